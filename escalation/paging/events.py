"""Facts of the pager, for the rooms above."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.facts import Fact


@dataclass(frozen=True)
class PageOpened(Fact):
    """Somebody on call is wanted. ``reason`` is of the closed list; ``waits`` until the morning."""

    page_id: UUID
    reason: str
    level: int
    requested_by: UUID | None
    waits: bool


@dataclass(frozen=True)
class PageJoined(Fact):
    """A text waits with others, or she called again: one page calls on-call staff for all of it."""

    page_id: UUID
    level: int
    reason: str = "text_unanswered"


@dataclass(frozen=True)
class PageNotified(Fact):
    """A message or call about a page was ordered for one member."""

    page_id: UUID
    account_id: UUID
    medium: str
    step: int
    loop: int


@dataclass(frozen=True)
class PageAccepted(Fact):
    """One member promised contact; ``channel``: keypad, text or dashboard."""

    page_id: UUID
    account_id: UUID
    channel: str


@dataclass(frozen=True)
class PageDeclined(Fact):
    """One member said that she cannot take it."""

    page_id: UUID
    account_id: UUID
    channel: str


@dataclass(frozen=True)
class PageReopened(Fact):
    """A page asks again: ``no_contact`` (the promise lapsed), ``given_back``, ``snooze_over`` or ``called_again``."""

    page_id: UUID
    why: str


@dataclass(frozen=True)
class PageSnoozed(Fact):
    """A page was put off."""

    page_id: UUID
    account_id: UUID | None
    seconds: int


@dataclass(frozen=True)
class PageExhausted(Fact):
    """Nobody accepted on any rung; the last resort is called, and again until somebody accepts."""

    page_id: UUID


@dataclass(frozen=True)
class PageContactMade(Fact):
    """The promise was kept."""

    page_id: UUID
    account_id: UUID | None


@dataclass(frozen=True)
class PageClosed(Fact):
    """A page asks nothing any more; ``why`` is a neutral code."""

    page_id: UUID
    account_id: UUID | None
    why: str
