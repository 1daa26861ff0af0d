"""A number that disturbs is marked by a person's act alone, and cleared by a shift lead."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import koza_now
from hotline.queries.reach import reach
from intake.access import KIND, locked, tell_screens
from intake.models import Intake, NuisanceMark
from staff.scope import Scope

#: Classes of contact that weigh. A silent call never does.
CLASSES = frozenset({"abusive", "prank"})


def class_changed(session: Session, actor: Actor, found: Intake) -> None:
    """What kind of contact it was is another thing now: its number is marked, or not any more. The intake is held."""
    known = reach(session, found.contact_id)
    if known is None or known.address_index is None:
        return
    if found.contact_class in CLASSES:
        mark = insert(NuisanceMark).values(
            contact_id=found.contact_id, address_index=known.address_index, marked_by=actor.id, marked_at=koza_now()
        )
        again = {"marked_by": actor.id, "marked_at": koza_now(), "cleared_at": None, "cleared_by": None}
        session.execute(
            mark.on_conflict_do_update(
                index_elements=["contact_id"], set_=again, where=NuisanceMark.cleared_at.is_not(None)
            )
        )
    else:
        mine = NuisanceMark.contact_id == found.contact_id
        _clear(session, actor, select(NuisanceMark.contact_id).where(mine))


def clear_nuisance(session: Session, actor: Actor, scope: Scope, intake_id: UUID) -> None:
    """Nothing is kept in mind of this contact's number any more. Needs ``contact.block`` at its centre.

    Raises OutOfScopeError, MissingPermissionError.
    """
    found = locked(session, scope, intake_id)
    scope.require_record(session, "contact", found.contact_id, found.centre_id, act="block")
    known = reach(session, found.contact_id)
    if known is None or known.address_index is None:
        return
    hers = select(NuisanceMark.contact_id).where(NuisanceMark.address_index == known.address_index)
    count = _clear(session, actor, hers)
    record(session, actor, "nuisance_cleared", KIND, intake_id, found.centre_id, count=count)
    tell_screens(session, found.contact_id)


def _clear(session: Session, actor: Actor, contacts: Select[UUID]) -> int:
    cleared = session.scalars(
        update(NuisanceMark)
        .where(NuisanceMark.contact_id.in_(contacts), NuisanceMark.cleared_at.is_(None))
        .values(cleared_at=koza_now(), cleared_by=actor.id)
        .returning(NuisanceMark.contact_id),
    ).all()
    return len(cleared)


__all__ = ["CLASSES", "class_changed", "clear_nuisance"]
