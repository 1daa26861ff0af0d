"""Which records are read as one woman's: those that a person confirmed to be, as long as nothing speaks against it.

A row of ``intake_merges`` is asked each time and nothing is moved because of it. Two records are not read as one where
somebody else than she spoke in one of them, where the reader may not read one of them, and where one of them keeps away
somebody whom the other does not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from intake.access import allowed
from intake.identity import not_hers
from intake.models import Intake, Merge
from staff import queries as staff
from staff.scope import Scope

Pair = tuple[UUID, UUID]


def reached(start: Iterable[UUID], pairs: Collection[Pair]) -> frozenset[UUID]:
    """``start`` and whatever the pairs join with it, over however many."""
    found, new = set[UUID](), set(start)
    while new:
        found |= new
        new = {one for pair in pairs if found & set(pair) for one in pair} - found
    return frozenset(found)


def others_of_person(session: Session, scope: Scope, contact_ids: Collection[UUID]) -> list[UUID]:
    """The other contacts of the woman whose contacts these are, as far as the reader may read their intakes."""
    start = frozenset(session.scalars(select(Intake.id).where(Intake.contact_id.in_(contact_ids))))
    found, new = frozenset[UUID](), frozenset(start)
    while new:
        found |= new
        new = reached(found, _readable(session, scope, new)) - found
    if found == start:
        return []
    wanted = select(Intake.contact_id).where(Intake.id.in_(found - start)).order_by(Intake.created_at, Intake.id)
    return list(session.scalars(wanted))


def same_bars(session: Session, one: Intake, two: Intake) -> bool:
    """Whether the two keep away the same people: otherwise one would tell of the other to whom it must not."""
    contacts = staff.barred_accounts(session, "contact", [one.contact_id, two.contact_id])
    intakes = staff.barred_accounts(session, "intake", [one.id, two.id])

    def kept_away(record: Intake) -> frozenset[UUID]:
        return contacts.get(record.contact_id, frozenset()) | intakes.get(record.id, frozenset())

    return kept_away(one) == kept_away(two)


def _readable(session: Session, scope: Scope, intake_ids: Collection[UUID]) -> list[Pair]:
    """The confirmed pairs of these records that this reader reads as one."""
    pairs = session.execute(
        select(Merge.first_id, Merge.second_id).where(
            or_(Merge.first_id.in_(intake_ids), Merge.second_id.in_(intake_ids)),
            Merge.confirmed_at.is_not(None),
            Merge.ended_at.is_(None),
        )
    ).all()
    if not pairs:
        return []
    seen = select(Intake).where(Intake.id.in_({one for pair in pairs for one in pair}), allowed(scope))
    readable = {record.id: record for record in session.scalars(seen)}
    others = not_hers(session, [record.contact_id for record in readable.values()])
    hers = {key: record for key, record in readable.items() if record.contact_id not in others}
    return [
        (one, two) for one, two in pairs if one in hers and two in hers and same_bars(session, hers[one], hers[two])
    ]


__all__ = ["others_of_person", "reached", "same_bars"]
