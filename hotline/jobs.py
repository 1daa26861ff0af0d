"""Due rows of this room."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from core.due import DueHandlers
from hotline.service import calls

#: What is due is served within a second or two; this long after its time something was away.
LATE = timedelta(seconds=10)


def deadline(session: Session, subject: str, _epoch: int) -> None:
    """Her ceiling: the last rung, now, without waiting for her next poll.

    Noticed late it waits for her poll all the same: the database was away, and she may be speaking with the duty
    telephone of the safe answer by now.
    """
    try:
        contact, call, moment = calls.hold(session, UUID(subject))
    except calls.NotACallError:
        return
    if call.stage == "last_rung" or not calls.past_deadline(call, moment):
        return
    calls.reach_last_rung(session, contact, call)
    if moment - call.deadline_at < LATE:
        calls.send_on(session, contact, call, "rung")


def alone(session: Session, subject: str, _epoch: int) -> None:
    """She has been alone in the talking room for too long."""
    calls.alone_for_too_long(session, UUID(subject))


def register(due: DueHandlers) -> None:
    """Key: the contact's id; running twice changes nothing."""
    due.on(calls.DEADLINE, deadline)
    due.on(calls.ALONE, alone)
