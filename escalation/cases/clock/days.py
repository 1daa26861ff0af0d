"""The calendar and the duty courts as an administrator reads them, and a look at what a changed day would move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.catalogue import Label
from escalation.cases.clock.models import CalendarRow, DutyCourt
from escalation.cases.clock.service.calendar import Moved


@dataclass(frozen=True, slots=True)
class DayView:
    """A day of the calendar; ``closed_from`` none: open although the shipped data differ."""

    day: date
    closed_from: time | None
    title: Label
    estimated: bool
    #: An administrator decided it.
    changed: bool


@dataclass(frozen=True, slots=True)
class CourtView:
    """When a province's duty court answers; equal hours mean around the clock."""

    province_code: str
    open_from: time
    open_until: time
    words: str


class LookedError(Exception):
    """Nothing went wrong: the change was made only to see what it moves, and its transaction must end without it."""

    def __init__(self, moved: list[Moved]) -> None:
        super().__init__("looked")
        self.moved = moved


def days(session: Session, since: date, until: date) -> list[DayView]:
    """The days that are no ordinary working days, and those that an administrator opened, in order."""
    query = select(CalendarRow).where(CalendarRow.day >= since, CalendarRow.day <= until).order_by(CalendarRow.day)
    return [
        DayView(
            row.day,
            row.closed_from,
            Label(tr=row.title_tr, en=row.title_en),
            row.estimated,
            row.origin == "administrator",
        )
        for row in session.scalars(query)
    ]


def duty_courts(session: Session) -> list[CourtView]:
    """The provinces whose duty court's hours are known."""
    rows = session.scalars(select(DutyCourt).order_by(DutyCourt.province_code))
    return [CourtView(row.province_code, row.open_from, row.open_until, row.words) for row in rows]


def only_look(change: Callable[[], list[Moved]]) -> None:
    """Make a change and raise :class:`LookedError` with what it moved, so that the transaction is taken back."""
    raise LookedError(change())
