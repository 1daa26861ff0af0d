"""Recordings of prompts are uploaded, heard by who brought them, put to use, and taken out of use.

They hold for every line of the house. An upload is heard by no caller until it was put to use: a wrong file, or a
silent one, would be what a frightened person hears. Nothing here touches a call: the next document plays what holds.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import koza_now
from core.due import set_due
from hotline.models import Recording
from hotline.phrases import LANGUAGES
from hotline.queries.recordings import can_be_recorded
from hotline.sound_files import read_sound
from staff.errors import MissingPermissionError
from staff.queries import speaks_for_the_house
from staff.scope import Scope

#: Who may: whoever manages lines, for the whole house.
PERMISSION: Final = "line.manage"
#: The due row of a sound that is past.
FORGET: Final = "hotline.recording"
#: A document that is being played names the recording before, and the carrier may have yet to fetch it.
_KEPT: Final = timedelta(days=1)
#: Rarely written, and never by two at once; whoever reads is not held up.
_ALONE: Final = text("LOCK TABLE hotline_recordings IN SHARE ROW EXCLUSIVE MODE")


class RecordingError(Exception):
    """It cannot be done. ``reason``: ``unknown_prompt``, ``unknown_language`` or ``decided_already``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def may_change(session: Session, scope: Scope) -> bool:
    """Whether this reader decides what callers of every line hear."""
    return scope.may(PERMISSION) and speaks_for_the_house(session, scope)


def _hold(session: Session, scope: Scope) -> None:
    """Alone, and for the whole house: who manages the lines of one of several centres does not change the others'."""
    if not may_change(session, scope):
        raise MissingPermissionError(scope.actor, PERMISSION, "recording")
    session.execute(_ALONE)


def _held(session: Session, scope: Scope, recording_id: UUID, state: str) -> Recording:
    found = session.get(Recording, recording_id)
    if found is None or found.state != state:
        raise RecordingError("decided_already")
    _hold(session, scope)
    session.refresh(found)
    if found.state != state:
        raise RecordingError("decided_already")
    return found


def upload(session: Session, actor: Actor, scope: Scope, prompt: str, language: str, file: bytes) -> UUID:
    """Keep a file for a prompt in a language, beside what callers hear; another that waited there is dropped.

    Raises :class:`RecordingError`, :class:`hotline.sound_files.SoundError` and MissingPermissionError.
    """
    if prompt not in can_be_recorded():
        raise RecordingError("unknown_prompt")
    if language not in LANGUAGES:
        raise RecordingError("unknown_language")
    sound = read_sound(file)
    _hold(session, scope)
    same = (Recording.prompt == prompt, Recording.language == language)
    for waiting in session.scalars(select(Recording).where(*same, Recording.state == "waiting")):
        _end(session, actor, waiting, "dropped")
    session.flush()
    last = session.scalar(select(func.coalesce(func.max(Recording.number), 0)).where(*same))
    made = Recording(
        id=uuid4(),
        prompt=prompt,
        language=language,
        number=(last or 0) + 1,
        state="waiting",
        media_type=sound.media_type,
        milliseconds=round(sound.seconds * 1000),
        size=len(sound.content),
        content=sound.content,
        uploaded_by=actor.id if actor.kind == "staff" else None,
    )
    session.add(made)
    session.flush()
    _note(session, actor, "recording_uploaded", made)
    return made.id


def put_to_use(session: Session, actor: Actor, scope: Scope, recording_id: UUID) -> None:
    """From the next document on callers hear it; what they heard before is past. Raises as :func:`upload` does."""
    chosen = _held(session, scope, recording_id, "waiting")
    same = (Recording.prompt == chosen.prompt, Recording.language == chosen.language)
    for current in session.scalars(select(Recording).where(*same, Recording.state == "current")):
        _end(session, actor, current, "past")
    session.flush()
    chosen.state = "current"
    session.flush()
    _note(session, actor, "recording_used", chosen)


def take_out(session: Session, actor: Actor, scope: Scope, recording_id: UUID) -> None:
    """The carrier's voice reads this prompt again. Raises :class:`RecordingError` and MissingPermissionError."""
    _end(session, actor, _held(session, scope, recording_id, "current"), "past")


def drop(session: Session, actor: Actor, scope: Scope, recording_id: UUID) -> None:
    """An upload that no caller has heard is thrown away. Raises as :func:`take_out` does."""
    _end(session, actor, _held(session, scope, recording_id, "waiting"), "dropped")


def forget_sound(session: Session, recording_id: UUID) -> None:
    """No call can be playing it any more, so it goes: a voice is somebody's. That it was is still known."""
    past = (Recording.id == recording_id, Recording.state == "past")
    session.execute(update(Recording).where(*past).values(content=None))


def _end(session: Session, actor: Actor, recording: Recording, state: str) -> None:
    recording.state, recording.ended_at = state, koza_now()
    if state == "dropped":
        recording.content = None
    else:
        set_due(session, FORGET, str(recording.id), _KEPT)
    session.flush()
    _note(session, actor, "recording_dropped" if state == "dropped" else "recording_ended", recording)


def _note(session: Session, actor: Actor, act: str, recording: Recording) -> None:
    record(
        session,
        actor,
        act,
        "recording",
        recording.id,
        prompt=recording.prompt,
        language=recording.language,
        number=recording.number,
        size=recording.size,
    )
