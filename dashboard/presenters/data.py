"""What an administrator sees of data that the law's clock and the register go by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from dashboard.presenters.forms import Field, FormError


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """A day on which offices are closed, or open although they usually are not."""

    day: date
    weekday: str
    hours: str
    title: str
    #: Where it comes from, in words.
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedRow:
    """A period that would end at another moment: neutral, for an administrator reads no case."""

    rule: str
    centre: str
    legal_before: datetime | None
    legal_after: datetime | None
    safe_before: datetime | None
    safe_after: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CourtRow:
    """A duty court's hours."""

    province: str
    hours: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingDaysPage:
    """The coming closed days, a form to change one, what that would move, and the duty courts."""

    days: tuple[DayRow, ...]
    fields: tuple[Field, ...]
    court_fields: tuple[Field, ...]
    courts: tuple[CourtRow, ...]
    until: date
    #: What was typed, to be sent again after the look.
    typed: tuple[tuple[str, str], ...] = ()
    looked: bool = False
    moved: tuple[MovedRow, ...] = ()
    more: int = 0
    errors: tuple[FormError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """A field of a measure with its two values."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRow:
    """A change that waits to be confirmed."""

    id: str
    code: str
    changes: tuple[ChangeRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureRow:
    """A measure that holds now."""

    code: str
    href: str
    ref: str
    title: str
    mark: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuresPage:
    """The catalogue of measures, and the changes that wait."""

    rows: tuple[MeasureRow, ...]
    proposals: tuple[ProposalRow, ...]
    errors: tuple[FormError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurePage:
    """One measure to be changed, or a new one."""

    code: str
    title: str
    fields: tuple[Field, ...]
    errors: tuple[FormError, ...] = ()
