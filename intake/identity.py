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

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from hotline.queries.reach import contacts_of_address, reach
from intake.models import IdentityCheck, Intake, OtherPartyMark
from intake.rules import check_holds

#: The answer to who calls that says that it is the other party.
PERPETRATOR = "perpetrator"


@dataclass(frozen=True, slots=True)
class Identity:
    """What somebody made sure of, and how. ``suspected``: whoever speaks may be the other party."""

    checked: bool = False
    how: str = ""
    checked_by: UUID | None = None
    checked_at: datetime | None = None
    suspected: bool = False


def identity_of(session: Session, contact_id: UUID) -> Identity:
    """Who speaks in a contact, for whoever already read its intake."""
    marked = select(OtherPartyMark.id).where(OtherPartyMark.contact_id == contact_id, OtherPartyMark.ended_at.is_(None))
    if session.execute(marked).first() is not None:
        return Identity(suspected=True)
    found = session.execute(
        select(IdentityCheck.how, IdentityCheck.checked_by, IdentityCheck.checked_at).where(
            IdentityCheck.contact_id == contact_id, IdentityCheck.ended_at.is_(None)
        )
    ).one_or_none()
    known = reach(session, contact_id) if found is not None else None
    if found is None or known is None or not check_holds(found.checked_at, known.last_text_at):
        return Identity()
    return Identity(checked=True, how=found.how, checked_by=found.checked_by, checked_at=found.checked_at)


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
    """Those of the contacts in which the other party spoke, or may have: they are never told as hers."""
    marked = select(OtherPartyMark.contact_id).where(
        OtherPartyMark.contact_id.in_(contact_ids), OtherPartyMark.ended_at.is_(None)
    )
    said = select(Intake.contact_id).where(Intake.contact_id.in_(contact_ids), Intake.caller_role == PERPETRATOR)
    return frozenset(session.scalars(union(marked, said)))


def recorded_for_other_party(session: Session, contact_id: UUID) -> bool:
    """Whether the number of this contact is recorded for the other party too, at whatever centre."""
    known = reach(session, contact_id)
    if known is None or known.address_index is None:
        return False
    others = [one for one in contacts_of_address(session, known.address_index) if one != contact_id]
    return bool(not_hers(session, others))


__all__ = ["PERPETRATOR", "Identity", "identity_of", "not_hers", "recorded_for_other_party", "suspected_in"]
