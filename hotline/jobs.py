"""Due rows of this room."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from core.due import DueHandlers
from hotline.service import calls, holding, inbox, recordings, silence, statuses, stepping_out
from hotline.silence import silence as policy_of_silence
from hotline.waiting_words import waiting_words

#: What is due is served within a second or two; this long after its time something was away.
LATE = timedelta(seconds=10)


def deadline(session: Session, subject: str, _epoch: int) -> None:
    """Her ceiling: the last rung, now, without waiting for her next poll.

    Noticed late it waits for her poll all the same: the database was away, and she may be speaking with the duty
    telephone of the safe answer by now.
    """
    try:
        contact, call, moment = holding.hold(session, UUID(subject))
    except holding.NotACallError:
        return
    if call.stage == "last_rung" or not calls.past_deadline(call, moment):
        return
    calls.reach_last_rung(session, contact, call)
    if moment - call.deadline_at < LATE:
        calls.send_on(session, contact, call, "rung")


def alone(session: Session, subject: str, _epoch: int) -> None:
    """She has been alone in the talking room for too long."""
    calls.alone_for_too_long(session, UUID(subject))


def kept_long_enough(session: Session, subject: str, _epoch: int) -> None:
    """What was set aside on one day has been there to be looked at for a month."""
    inbox.drop_day(session, UUID(subject))


def parked(session: Session, subject: str, epoch: int) -> None:
    """A callback came before what it speaks of, or between a look for it and a commit."""
    kind, _, sid = subject.partition(":")
    statuses.look_at_parked(session, kind, sid, epoch)


def no_longer_played(session: Session, subject: str, _epoch: int) -> None:
    """A recording was replaced or taken out a day ago."""
    recordings.forget_sound(session, UUID(subject))


def out(session: Session, subject: str, _epoch: int) -> None:
    """She must be back in the talking room by now."""
    stepping_out.did_not_answer(session, UUID(subject))


def too_quiet(session: Session, _subject: str, _epoch: int) -> None:
    """It is time to look again for lines that nobody reaches."""
    silence.look_for_silence(session)


def start(session: Session) -> None:
    """Have lines looked at from now on; called when the database is brought up."""
    silence.start_looking(session)


def register(due: DueHandlers) -> None:
    """Key: the id of the contact, of a step out, of the day's data key, of a recording, or a SID.

    Running twice changes nothing. A policy that cannot be read stops the start, and not a call at night.
    """
    waiting_words()
    policy_of_silence()
    due.on(calls.DEADLINE, deadline)
    due.on(calls.ALONE, alone)
    due.on(inbox.KEPT_LONG_ENOUGH, kept_long_enough)
    due.on(statuses.PARKED, parked)
    due.on(recordings.FORGET, no_longer_played)
    due.on(stepping_out.OUT, out)
    due.on(silence.LOOK, too_quiet)
