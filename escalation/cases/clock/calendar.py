"""The working calendar of courts and offices: which days are closed, from which hour, and what lies beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from functools import cache
from typing import Final

from core.catalogue import Label
from core.workdays import shipped_file

_SATURDAY: Final = 5
_WHOLE_DAY: Final = time(0)
#: No chain of closed days is longer; an administrator's slip must not make a search endless.
LONGEST_CLOSURE: Final = 60


@dataclass(frozen=True, slots=True)
class Closed:
    """A weekday on which offices are closed, wholly (``closed_from`` 00:00) or from an hour on."""

    day: date
    closed_from: time
    title: Label


class Calendar:
    """Closed days within ``first`` and ``last``; beyond them only weekends are known (:meth:`reaches`)."""

    def __init__(self, days: Iterable[Closed], first: date, last: date) -> None:
        self.first, self.last = first, last
        self._days = {item.day: item for item in days}
        self._whole = frozenset(day.toordinal() for day, item in self._days.items() if item.closed_from == _WHOLE_DAY)
        self._half = frozenset(day.toordinal() for day, item in self._days.items() if item.closed_from != _WHOLE_DAY)

    def with_day(self, day: date, given: Closed | None) -> Calendar:
        """The same calendar with one day closed otherwise, or open (``None``)."""
        others = [item for item in self._days.values() if item.day != day]
        return Calendar([*others, given] if given else others, self.first, max(self.last, day))

    def reaches(self, day: date) -> bool:
        """Whether holidays of this day are known at all."""
        return self.first <= day <= self.last

    def is_closed(self, day: date) -> bool:
        """Whether offices are closed the whole day: a weekend or a holiday."""
        number = day.toordinal()
        return (number - 1) % 7 >= _SATURDAY or number in self._whole

    def is_half(self, day: date) -> bool:
        """Whether offices close early on a weekday."""
        number = day.toordinal()
        return number in self._half and (number - 1) % 7 < _SATURDAY

    def holiday(self, day: date) -> Closed | None:
        """The holiday of a day, whole or half; ``None`` on others, also on a plain weekend."""
        return self._days.get(day)

    def next_working(self, day: date, *, half_counts: bool = True) -> date:
        """``day`` itself, or the first working day after it; half days are working days unless told otherwise."""
        return date.fromordinal(self._search(day.toordinal(), 1, half_counts=half_counts))

    def previous_working(self, day: date) -> date:
        """``day`` itself, or the last working day before it; half days are working days."""
        return date.fromordinal(self._search(day.toordinal(), -1, half_counts=True))

    def nth_working_after(self, day: date, number: int) -> date:
        """The ``number``-th working day after ``day``; half days are working days."""
        at = day.toordinal()
        for _ in range(number):
            at = self._search(at + 1, 1, half_counts=True)
        return date.fromordinal(at)

    def closed_between(self, after: date, before: date) -> int:
        """How many whole closed days lie strictly between two days, counted up to two: more changes nothing."""
        found = 0
        for number in range(after.toordinal() + 1, before.toordinal()):
            found += (number - 1) % 7 >= _SATURDAY or number in self._whole
            if found == 2:
                break
        return found

    def _search(self, number: int, step: int, *, half_counts: bool) -> int:
        whole, half = self._whole, self._half
        for _ in range(LONGEST_CLOSURE):
            if (number - 1) % 7 < _SATURDAY and number not in whole and (half_counts or number not in half):
                return number
            number += step
        raise ValueError("the calendar closes offices for longer than sixty days")


@cache
def shipped() -> Calendar:
    """The shipped calendar, for reckonings that need no database."""
    file = shipped_file()
    days = (Closed(item.day, item.closed_from, item.title) for item in file.days)
    return Calendar(days, file.valid_from, file.until)
