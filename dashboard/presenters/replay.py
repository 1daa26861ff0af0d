"""How a call was routed, second by second, for who leads the shift."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard.presenters.forms import Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayGroup:
    """People with one reason in common. ``asked``: the reason why they were; else why they were not."""

    why: str
    people: tuple[str, ...]
    asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayLine:
    """What happened in one instant, ``after`` so many seconds from the first ring."""

    at: datetime
    after: int
    what: str
    kind: str
    tone: Tone = ""
    groups: tuple[ReplayGroup, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayPage:
    """The whole call. ``whole``: it was written down who was not asked, which calls of an earlier release lack."""

    contact: str
    ref: str
    line: str
    language: str
    arrived_at: datetime
    state: str
    lines: tuple[ReplayLine, ...]
    whole: bool


__all__ = ["ReplayGroup", "ReplayLine", "ReplayPage"]
