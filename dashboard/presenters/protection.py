"""What protects her now, and the periods of the law that run about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard.presenters.forms import Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionLine:
    """A measure that protects her; not ``certain`` where nobody knows whether it still does."""

    ref: str
    title: str
    authority: str
    until: str
    certain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReckoningStep:
    """One step of a reckoning in words, and what it stands on."""

    words: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodReading:
    """One way to count a period. The first drives the reminders."""

    title: str
    legal_at: datetime | None
    steps: tuple[ReckoningStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodRow:
    """A period that runs or is asked about: its legal moment, and the last office hour that is surely in time."""

    title: str
    state: str
    tone: Tone
    legal_at: datetime | None
    safe_at: datetime | None
    duty_court: bool
    source: str
    readings: tuple[PeriodReading, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionPanel:
    """The register's answer for one person."""

    sentence: str
    tone: Tone
    lines: tuple[ProtectionLine, ...]
    missing: tuple[str, ...]
    today: tuple[str, ...]
    periods: tuple[PeriodRow, ...]
