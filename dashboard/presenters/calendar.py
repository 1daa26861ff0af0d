"""The working calendar as an administrator reads and changes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard.presenters.forms import Field, FormError


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedDay:
    """A day that is closed, or was opened."""

    day: str
    title: str
    told: str
    by: str
    estimated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedPeriod:
    """A running period that would end, or ends, at another moment; of whom is not told here."""

    rule: str
    centre: str
    legal_before: datetime | None
    legal_after: datetime | None
    safe_before: datetime | None
    safe_after: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarPage:
    """The calendar, a change that was looked at or made, and the duty courts."""

    days: tuple[ClosedDay, ...]
    fields: tuple[Field, ...]
    court_fields: tuple[Field, ...]
    courts: tuple[tuple[str, str, str], ...]
    #: What the form said, carried to the confirmation.
    carried: tuple[tuple[str, str], ...] = ()
    #: ``foreseen`` before it is confirmed, ``done`` after.
    stage: str = ""
    told: str = ""
    moved: tuple[MovedPeriod, ...] = ()
    foreseen: str = ""
    errors: tuple[FormError, ...] = ()
    court_errors: tuple[FormError, ...] = ()
