"""Which prompts have a recording, and which should have one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.models import Recording
from hotline.phrases import LANGUAGES, Language, catalogue
from hotline.voice_scripts import SAID, Speaker
from staff import queries as staff_queries


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """A recording that callers hear (``current``), or that waits to be heard first."""

    id: UUID
    prompt: str
    language: str
    number: int
    state: str
    media_type: str
    milliseconds: int
    size: int
    uploaded_by: UUID | None
    uploaded_at: datetime


@dataclass(frozen=True, slots=True)
class StoredSound:
    """The sound of a recording."""

    media_type: str
    content: bytes


def recordings(session: Session, *states: str) -> list[RecordingRow]:
    """The recordings in these states (by default those that are heard and those that wait), by prompt and language."""
    columns = [getattr(Recording, name) for name in RecordingRow.__slots__]
    wanted = Recording.state.in_(states or ("current", "waiting"))
    rows = session.execute(
        select(*columns).where(wanted).order_by(Recording.prompt, Recording.language, Recording.state)
    )
    return [RecordingRow(*row) for row in rows]


def sound_of(session: Session, recording_id: UUID) -> StoredSound | None:
    """The sound of a recording, also of one that was replaced a moment ago; None where it is gone."""
    row = session.execute(
        select(Recording.media_type, Recording.content).where(
            Recording.id == recording_id, Recording.content.is_not(None)
        )
    ).one_or_none()
    return None if row is None else StoredSound(row.media_type, bytes(row.content))


def can_be_recorded() -> tuple[str, ...]:
    """The prompts of callers, in the order of the catalogue; one with a place to fill is always spoken."""
    return tuple(
        entry.key
        for entry in catalogue().phrases
        if entry.use == "prompt" and entry.medium == "voice" and not entry.parameters
    )


def said_on_lines(session: Session) -> frozenset[str]:
    """The prompts that a caller of some open line can hear today."""
    named = {line.institution_name_spoken for line in staff_queries.lines(session)}
    unheard = {key for key, said in (("greeting", True), ("greeting_neutral", False)) if said not in named}
    return SAID - unheard


def wanting(session: Session) -> list[tuple[str, Language]]:
    """The prompts that a voice of another language reads to callers today, because nobody recorded them."""
    speaker = Speaker({(row.prompt, row.language): "" for row in recordings(session, "current")})
    return read_by_another(said_on_lines(session), speaker)


def read_by_another(prompts: Iterable[str], speaker: Speaker) -> list[tuple[str, Language]]:
    """Those of ``prompts`` that a voice of another language reads, in the order of the catalogue."""
    asked = set(prompts)
    return [
        (key, language)
        for language in LANGUAGES
        for key in can_be_recorded()
        if key in asked and speaker.approximates(key, language)
    ]
