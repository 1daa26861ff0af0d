"""What callers hear: prompts with their recordings, and what a line says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard.presenters.forms import Field, FormError, Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingView:
    """A recording, as it can be heard on the page."""

    id: str
    href: str
    #: Of which prompt in which language, for a label that is read aloud.
    title: str
    number: int
    seconds: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptText:
    """A prompt in one language. ``state`` says who speaks it, ``missing`` that it should be recorded and is not."""

    code: str
    language: str
    text: str
    state: str
    tone: Tone
    missing: bool
    #: Where a file for it is brought; empty for who may not.
    href: str
    recording: RecordingView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptView:
    """A prompt in every language; ``told`` says when it is heard, where that is not plain."""

    key: str
    title: str
    told: str
    texts: tuple[PromptText, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRecording:
    """A file that was brought and that nobody hears yet, beside the text it should be."""

    recording: RecordingView
    code: str
    text: str
    #: What is heard until then, and would be past.
    instead: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineGreeting:
    """A line, and whether its greeting says whose it is."""

    id: str
    number: str
    name: str
    centre: str
    named: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptsPage:
    """What callers of the lines hear. Without ``fields`` it is only read."""

    prompts: tuple[PromptView, ...]
    waiting: tuple[WaitingRecording, ...]
    lines: tuple[LineGreeting, ...]
    fields: tuple[Field, ...]
    limits: str
    missing: str
    errors: tuple[FormError, ...] = ()
