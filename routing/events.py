"""Facts of the routing, for the rooms above."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.facts import Fact


@dataclass(frozen=True)
class OffersMade(Fact):
    """A wave of offers went out to ``count`` people."""

    wave: int
    count: int


@dataclass(frozen=True)
class OfferAccepted(Fact):
    """One person has it. ``via``: board or phone; ``waited_seconds`` since the contact began to wait."""

    account_id: UUID
    via: str
    waited_seconds: int


@dataclass(frozen=True)
class NobodyReady(Fact):
    """Nobody can be offered this contact; told once per wait while the router goes on looking, and anew for danger.

    ``reason``: nobody (no one is ready), busy (all who are ready are talking), language (a text that nobody who is
    ready reads).
    """

    channel: str
    level: int
    reason: str


@dataclass(frozen=True)
class OffersExhausted(Fact):
    """Everybody ready was asked and nobody took it; told like NobodyReady, while the router goes on asking."""

    channel: str
    level: int
    waves: int


@dataclass(frozen=True)
class ContactReturned(Fact):
    """A contact that somebody had is waiting again, before others. ``why``: desk_leg, alone, owner_gone."""

    account_id: UUID | None
    why: str


@dataclass(frozen=True)
class DuressSignalled(Fact):
    """A member of staff pressed the duress key on a telephone on which a caller was offered."""

    account_id: UUID
