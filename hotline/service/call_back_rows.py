"""Rows of calls that we place to her: found, held, and what they decide for the call that comes of one."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from hotline.models import CALLER, HERS, CallBack, Contact, Leg
from hotline.queries import call_backs as queries


def hold_call_back(session: Session, call_back_id: UUID) -> CallBack | None:
    """The row, locked before its sends and telephones, so that what happens to it takes turns."""
    return session.get(CallBack, call_back_id, with_for_update=True, populate_existing=True)


def call_back_of_leg(session: Session, leg: Leg) -> CallBack | None:
    """The row of one of its two telephones, locked; ``None`` for every other telephone."""
    return hold_call_back(session, UUID(leg.ref)) if leg.purpose in (CALLER, HERS) else None


def unsure_who_answered(session: Session, contact: Contact) -> bool:
    """Whether we called and nobody has made sure that it is she who answered.

    Then nothing is said to whoever it is but by a person: the waiting room would tell who we are.
    """
    return contact.call_back_of is not None and queries.nobody_is_sure(session, contact.id)


__all__ = ["call_back_of_leg", "hold_call_back", "unsure_who_answered"]
