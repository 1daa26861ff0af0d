"""Who speaks in a contact: a known number is a hint and never an identity, until a person has made sure.

That a number is recorded for the other party too is known from this side alone: a contact of it that an operator marked
so, or an intake whose caller was the one who uses violence. The perpetrator unit's files are never asked, and learn
nothing of it (Law 6284, Art. 15/4); what is told is one bit about a number, without whose record it is, where or when.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, union
from sqlalchemy.orm import Session

from hotline.queries import earlier_contacts
from hotline.queries.reach import contacts_of_address, reach
from intake.callers import OTHER_PARTY, PERPETRATOR, Kind, holds, roles_with, standing
from intake.models import CallerMark, IdentityCheck, Intake, Merge, OtherPartyMark, SafeContact, TextPolicy
from intake.rules import SILENT_HOURS, check_holds
from staff.scope import Scope

#: So many contacts of a number are looked through for one of hers.
_LOOKED_THROUGH = 10


@dataclass(frozen=True, slots=True)
class Identity:
    """What somebody made sure of, and how. ``suspected``: whoever speaks may be the other party.

    ``kinds`` is who calls, by the record; ``not_her``: somebody else speaks, so no check of who she is holds.
    """

    checked: bool = False
    how: str = ""
    checked_by: UUID | None = None
    checked_at: datetime | None = None
    suspected: bool = False
    kinds: tuple[Kind, ...] = ()

    @property
    def not_her(self) -> bool:
        """Whether somebody else than she speaks, or may."""
        return holds(self.kinds, "not_her")


def kinds_in(session: Session, contact_id: UUID) -> tuple[Kind, ...]:
    """Who calls in a contact, as it is recorded; unscoped, for whoever holds or read its intake."""
    said = session.execute(
        select(Intake.caller_role, Intake.contact_class).where(Intake.contact_id == contact_id)
    ).one_or_none()
    marked = select(CallerMark.kind).where(CallerMark.contact_id == contact_id, CallerMark.ended_at.is_(None))
    marks = set(session.scalars(marked))
    if suspected_in(session, [contact_id]):
        marks.add(OTHER_PARTY)
    role, class_ = said if said is not None else (None, None)
    return standing(role, class_, marks)


def identity_of(session: Session, contact_id: UUID) -> Identity:
    """Who speaks in a contact, for whoever already read its intake."""
    kinds = kinds_in(session, contact_id)
    if holds(kinds, "not_her"):
        return Identity(suspected=any(kind.code == OTHER_PARTY for kind in kinds), kinds=kinds)
    found = session.execute(
        select(IdentityCheck.how, IdentityCheck.checked_by, IdentityCheck.checked_at).where(
            IdentityCheck.contact_id == contact_id, IdentityCheck.ended_at.is_(None)
        )
    ).one_or_none()
    known = reach(session, contact_id) if found is not None else None
    if found is None or known is None:
        return Identity(kinds=kinds)
    hours = session.scalar(select(TextPolicy.silent_hours).where(TextPolicy.centre_id == known.centre_id))
    if not check_holds(found.checked_at, known.last_text_at, hours or SILENT_HOURS):
        return Identity(kinds=kinds)
    return Identity(checked=True, how=found.how, checked_by=found.checked_by, checked_at=found.checked_at, kinds=kinds)


def suspected_in(session: Session, contact_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of the contacts that somebody marked as perhaps the other party's."""
    return frozenset(
        session.scalars(
            select(OtherPartyMark.contact_id).where(
                OtherPartyMark.contact_id.in_(contact_ids), OtherPartyMark.ended_at.is_(None)
            )
        )
    )


def not_hers(session: Session, contact_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of the contacts in which somebody else than she spoke, or may have: they are never told as hers."""
    return _spoke(session, contact_ids, roles_with("not_her"))


def _spoke(session: Session, contact_ids: Collection[UUID], roles: Collection[str]) -> frozenset[UUID]:
    """Those of the contacts that are marked as perhaps the other party's, or whose caller had one of these roles."""
    marked = select(OtherPartyMark.contact_id).where(
        OtherPartyMark.contact_id.in_(contact_ids), OtherPartyMark.ended_at.is_(None)
    )
    said = select(Intake.contact_id).where(Intake.contact_id.in_(contact_ids), Intake.caller_role.in_(roles))
    return frozenset(session.scalars(union(marked, said)))


def recorded_for_other_party(session: Session, contact_id: UUID) -> bool:
    """Whether the number of this contact is recorded for the other party too, at whatever centre."""
    known = reach(session, contact_id)
    if known is None or known.address_index is None:
        return False
    others = [one for one in contacts_of_address(session, known.address_index) if one != contact_id]
    return bool(_spoke(session, others, [PERPETRATOR]))


def merged(session: Session, intake_id: UUID) -> bool:
    """Whether somebody confirmed that this record and another are one woman's; unscoped, for rules."""
    confirmed = select(Merge.id).where(
        or_(Merge.first_id == intake_id, Merge.second_id == intake_id),
        Merge.confirmed_at.is_not(None),
        Merge.ended_at.is_(None),
    )
    return session.execute(confirmed.limit(1)).first() is not None


def unsure_on_known_number(session: Session, scope: Scope, contact_id: UUID, intake_id: UUID) -> bool:
    """Whether the number belongs to another conversation too, and nobody made sure who speaks in this one.

    Another conversation is an agreement about the number that was made in one, a contact before this one that the
    reader may see and in which nobody else spoke, one of the other party's, or one that was confirmed to be hers as
    well: whatever makes the page say that the number is known. What was agreed in this conversation is none.
    """
    known = reach(session, contact_id)
    if known is None or identity_of(session, contact_id).checked:
        return False
    if merged(session, intake_id):
        return True
    if known.address_index is None:
        return False
    agreed = select(SafeContact.id).where(
        SafeContact.address_index == known.address_index,
        SafeContact.superseded_at.is_(None),
        SafeContact.intake_id.is_distinct_from(intake_id),
    )
    if session.execute(agreed.limit(1)).first() is not None:
        return True
    earlier = [one.id for one in earlier_contacts(session, scope, contact_id, limit=_LOOKED_THROUGH)]
    return bool(set(earlier) - not_hers(session, earlier)) or recorded_for_other_party(session, contact_id)


__all__ = [
    "Identity",
    "identity_of",
    "kinds_in",
    "merged",
    "not_hers",
    "recorded_for_other_party",
    "suspected_in",
    "unsure_on_known_number",
]
