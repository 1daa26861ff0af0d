"""When Turkey's offices are closed for a public holiday (Law 2429): shipped data, written by ``tools.court_calendar``.

The dates of the two bayrams are the official ones for the coming years and estimates beyond them. The law's clock
begins with the same days; what an administrator changes there counts for the clock's periods alone.
"""

from __future__ import annotations

from datetime import date, time
from functools import cache
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from core.catalogue import Catalogue, Entry, Label, load_catalogue

FILE: Final = Path(__file__).parent / "catalogue" / "holidays.yaml"
#: The eves of the two bayrams and of Republic Day are half days.
HALF_DAY_FROM: Final = time(13, 0)


class CalendarDay(Entry):
    """A day on which offices are closed, from ``closed_from`` on."""

    day: date
    closed_from: time
    title: Label
    estimated: bool = False


class CalendarFile(Catalogue):
    """The shipped calendar."""

    until: date
    days: Annotated[tuple[CalendarDay, ...], Field(min_length=1)]


@cache
def shipped_file() -> CalendarFile:
    """The shipped calendar, read once."""
    return load_catalogue(FILE, CalendarFile)


def closed_from(day: date) -> time | None:
    """The hour from which offices are closed on ``day`` for a public holiday; ``None`` where they are not."""
    return _by_day().get(day)


@cache
def _by_day() -> dict[date, time]:
    return {item.day: item.closed_from for item in shipped_file().days}
