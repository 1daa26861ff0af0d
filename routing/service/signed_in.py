"""Nobody is signed out inside a contact, its hand-over, or a shift: the sessions of whoever is at work last longer."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import case, func, literal, select
from sqlalchemy.orm import Session

from core.clock import after
from core.due import set_due
from routing.models import Queued, Shift
from routing.people import runs_now
from staff.sessions import extend_sessions

#: Due kind: the subject is an account that has a caller on the line.
TALKING: Final = "routing.talking"
#: The hour of the hand-over, after a shift and after a contact.
_HAND_OVER: Final = timedelta(hours=1)
_LOOK_AGAIN: Final = timedelta(minutes=30)
#: A longer duty is one at home: nobody sits through it at one screen.
_LONGEST_AT_A_DESK: Final = timedelta(hours=24)


def keep_signed_in(session: Session, account_id: UUID) -> None:
    """Let her sessions last to the end of her present shift, or of what she has now, and an hour."""
    has = select(Queued.contact_id).where(Queued.taken_by == account_id, Queued.state == "taken").exists()
    start, end = func.lower(Shift.during), func.upper(Shift.during)
    shift_ends = (
        select(func.max(end))
        .where(Shift.account_id == account_id, runs_now(), end - start <= literal(_LONGEST_AT_A_DESK))
        .scalar_subquery()
    )
    hour = _HAND_OVER.total_seconds()
    until = session.execute(
        select(func.greatest(shift_ends + literal(_HAND_OVER), case((has, after(hour))))),
    ).scalar()
    if until is not None:
        extend_sessions(session, account_id, until)


def keep_while_talking(session: Session, account_id: UUID) -> None:
    """The same, looked at again and again while she has a caller, whether or not her screen says that she is ready."""
    keep_signed_in(session, account_id)
    caller = select(Queued.contact_id).where(
        Queued.taken_by == account_id,
        Queued.state == "taken",
        Queued.channel == "voice",
    )
    if session.execute(caller.limit(1)).first() is not None:
        set_due(session, TALKING, str(account_id), _LOOK_AGAIN)
