"""When whom is reminded of a period, from its reckoning: pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from escalation.cases.clock.calendar import Calendar
from escalation.cases.clock.periods import Offset, Rule, deadlines_file
from escalation.cases.clock.reckoning import Ends, Reckoned, last_office_moment, local_of, utc

#: The name of the reminder that is told when a period is opened.
OPENING: Final = "at opening"
_DAY: Final = timedelta(days=1)
#: A period without an end gets the first of its yearly reminders; the next is planned when it came.
_YEARS_WITHOUT_END: Final = 1


@dataclass(frozen=True, slots=True)
class Planned:
    """A reminder: the words of the catalogue that name it, its moment in UTC, the task that comes with it.

    ``step`` is where on the ladder it begins.
    """

    key: str
    at: datetime
    task: str | None = None
    step: int = 0


def plan(rule: Rule, reckoned: Reckoned, calendar: Calendar, *, since: datetime, variant: str = "") -> list[Planned]:
    """The reminders from ``since`` on, in order of time.

    Where the duty court is needed somebody is told at once. Of those whose moment has gone by, the last is told at
    once as well: a decision that is entered late must not pass in silence. Those that fall on one moment are one, which
    bears the task and reaches as high as any of them: what was to be done thirty days before is still to be done.
    """
    every = [
        Planned(key, at, rule.tasks.get(key), rule.begins.get(key, 0))
        for key, offset in rule.offsets
        if offset.variant in {"", variant}
        for at in _moments(rule, offset, reckoned, calendar, since)
    ]
    if reckoned.duty_court:
        # No office hour is left in which a later reminder could be acted on: the duty judge is named at once.
        every.append(Planned(OPENING, since, rule.tasks.get(OPENING)))
    every.sort(key=lambda one: one.at)
    missed = [one for one in every if one.at < since]
    found: dict[datetime, Planned] = {}
    for one in (*(one for one in every if one.at >= since), *(replace(one, at=since) for one in reversed(missed))):
        found[one.at] = _together(found[one.at], one) if one.at in found else one
    return [found[at] for at in sorted(found)]


def _together(first: Planned, other: Planned) -> Planned:
    """Two reminders of one moment as one, under the name of the first."""
    return replace(first, task=first.task or other.task, step=max(first.step, other.step))


def repeats(rule: Rule, key: str) -> timedelta | None:
    """After how long a reminder comes again; ``None`` for one that comes once."""
    offset = dict(rule.offsets).get(key)
    return offset.span if offset is not None and offset.kind == "every" else None


def _moments(rule: Rule, offset: Offset, reckoned: Reckoned, calendar: Calendar, since: datetime) -> Iterator[datetime]:
    if offset.kind == "opening":
        yield since
    elif offset.kind == "after":
        yield reckoned.start_at + offset.span
    elif offset.kind == "every":
        # Entered after some of its times went by, it comes with the next of them.
        gone = max((since - reckoned.start_at) // offset.span, 0)
        yield reckoned.start_at + (gone + 1) * offset.span
    elif offset.kind == "new_year":
        yield from _new_years(reckoned, calendar)
    elif reckoned.ends is not None:
        yield _before_end(rule, offset, reckoned, reckoned.ends, calendar)


def _before_end(rule: Rule, offset: Offset, reckoned: Reckoned, ends: Ends, calendar: Calendar) -> datetime:
    match offset.kind:
        case "unrolled":
            return ends.unrolled_at
        case "end":
            # What the other side did not do is told when it is surely over.
            late = rule.whose == "theirs" and rule.ends != "moment"
            return ends.safe_at if late else ends.legal_at
        case "day":
            return utc(ends.legal_day, rule.day_at or deadlines_file().reminders_at)
        case "last_working_day":
            return utc(calendar.previous_working(ends.legal_day - _DAY), deadlines_file().reminders_at)
        case _ if offset.unit == "days":
            return _days_before(rule, offset.n, local_of(reckoned.start_at).date(), ends.legal_day, calendar)
        case _:
            return _time_before(rule, offset, reckoned.start_at, ends, calendar)


def _time_before(rule: Rule, offset: Offset, start_at: datetime, ends: Ends, calendar: Calendar) -> datetime:
    """So many hours before the end that the safer reading gives: the unmoved one of hours, office hours of days.

    A moment outside office hours becomes the last one within them: at three in the morning nobody would read it.
    """
    by_clock = rule.terms["default"].unit == "hours"
    at = (ends.unrolled_at if by_clock else ends.safe_at) - offset.span
    within = last_office_moment(at, calendar)
    return within if within >= start_at else at


def _days_before(rule: Rule, days: int, start: date, end: date, calendar: Calendar) -> datetime:
    day = end - timedelta(days=days)
    if not rule.keep_day and day >= start:
        day = calendar.previous_working(day)
    return utc(day, deadlines_file().reminders_at)


def _new_years(reckoned: Reckoned, calendar: Calendar) -> Iterator[datetime]:
    start = local_of(reckoned.start_at).date()
    last = reckoned.ends.legal_day.year if reckoned.ends else start.year + _YEARS_WITHOUT_END
    for year in range(start.year + 1, last + 1):
        yield utc(calendar.next_working(date(year, 1, 1)), deadlines_file().reminders_at)
