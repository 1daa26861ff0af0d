"""From a trigger to the moment of the law: pure, in Istanbul's time, the same whatever zone the process runs in.

Two moments come out. The legal one is when the period ends by the law's text as we read it. The safe one is, for what
protects her, the last moment of office hours at which an act is still in time (never later than the legal one, never
on a closed day); for what the other side may do, the first moment of office hours at which it is surely over.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from core.catalogue import Label
from core.i18n import ISTANBUL, format_date, format_datetime
from escalation.cases.clock.calendar import Calendar
from escalation.cases.clock.periods import CLOCK_UNITS, Rule, StepWords, Term, deadlines_file

_MIDNIGHT: Final = time(0)
_DAY: Final = timedelta(days=1)
Value = str | int | date | datetime | Label


class ReckoningError(ValueError):
    """A period cannot be reckoned; ``reason``: no_length (the decision writes none), no_trigger, unknown_basis."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Trigger:
    """What a period is counted from: an aware moment, or a day where no hour was written.

    ``decided`` is the end, or the length, that a decision writes, for periods that take theirs from there.
    """

    basis: str
    at: datetime | date
    decided: date | Term | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a reckoning: the key of its words in the catalogue, and what fills them."""

    code: str
    values: tuple[tuple[str, Value], ...] = ()

    def words(self) -> str:
        """The step in the current language; moments in Istanbul's time."""
        text = str(_words_of(self.code))
        return text % {name: _shown(name, value) for name, value in self.values}

    @property
    def source(self) -> str:
        """What the step stands on."""
        return _words_of(self.code).source

    @property
    def mark(self) -> str:
        """VERIFIED, BELIEVED or OURS."""
        return _words_of(self.code).mark


def _words_of(code: str) -> StepWords:
    return deadlines_file().steps[code]


def _shown(name: str, value: Value) -> str:
    if isinstance(value, datetime):
        return format_datetime(value)
    if isinstance(value, date):
        return format_date(value)
    return str(deadlines_file().bases[value]) if name == "basis" and isinstance(value, str) else str(value)


class Ends(NamedTuple):
    """Where a period ends. Moments are in UTC.

    ``unrolled_at`` is the end before it moved off a closed day: reminders go by it. ``legal_day`` is the local day on
    whose end (or hour) the period ends. ``safe_at`` is said at the head of this module.
    """

    legal_day: date
    legal_at: datetime
    unrolled_at: datetime
    safe_at: datetime


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A period from one trigger; no ``ends`` where the law counts no days.

    ``duty_court``: no ordinary office hour is left before the end.
    """

    rule: str
    basis: str
    start_at: datetime
    ends: Ends | None
    duty_court: bool
    steps: tuple[Step, ...]

    @property
    def legal_at(self) -> datetime | None:
        """The legal moment, if there is one."""
        return None if self.ends is None else self.ends.legal_at

    @property
    def safe_at(self) -> datetime | None:
        """The safe moment, if there is one."""
        return None if self.ends is None else self.ends.safe_at


@dataclass(frozen=True, slots=True)
class Reading:
    """What drives the reminders, and the readings from other triggers, which are shown beside it."""

    driving: Reckoned
    others: tuple[Reckoned, ...] = ()


def local_of(moment: datetime) -> datetime:
    """A moment in Istanbul's time. Raises ReckoningError for one without a zone."""
    if moment.tzinfo is None:
        raise ReckoningError("no_zone")
    return moment.astimezone(ISTANBUL)


@lru_cache(maxsize=65_536)
def utc(day: date, hour: time = _MIDNIGHT) -> datetime:
    """The moment of a local day and hour."""
    return datetime.combine(day, hour, ISTANBUL).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The end of a local day: the midnight that begins the next one."""
    return utc(day + _DAY)


def plus_months(day: date, months: int) -> date:
    """The day of the same number so many months later, or the last of that month (Law 6100, Art. 92/2)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def closing_of(day: date, calendar: Calendar) -> time:
    """When offices that are open on ``day`` can be taken to close."""
    office = deadlines_file().office
    return office.half_day_closes if calendar.is_half(day) else office.closes


def last_office_moment(until: datetime, calendar: Calendar) -> datetime:
    """The last moment of office hours that is not later than ``until``."""
    local = local_of(until)
    day = local.date()
    if not calendar.is_closed(day) and local.time() >= deadlines_file().office.opens:
        return utc(day, min(local.time(), closing_of(day, calendar)))
    day = calendar.previous_working(day - _DAY)
    return utc(day, closing_of(day, calendar))


def first_office_moment(since: datetime, calendar: Calendar) -> datetime:
    """The first moment of office hours on a full working day that is not earlier than ``since``."""
    local, office = local_of(since), deadlines_file().office
    day = calendar.next_working(local.date(), half_counts=False)
    if day == local.date() and local.time() > office.opens:
        if local.time() <= office.closes:
            return since
        day = calendar.next_working(day + _DAY, half_counts=False)
    return utc(day, office.opens)


def reckon(
    rule: Rule,
    trigger: Trigger,
    calendar: Calendar,
    *,
    variant: str = "",
) -> Reckoned:
    """One period from one trigger. Raises ReckoningError."""
    if trigger.basis not in rule.start:
        raise ReckoningError("unknown_basis")
    start_at, start_day, steps = _start(rule, trigger)
    term = rule.term(variant)
    if term is None:
        steps.append(Step("no_end"))
        return Reckoned(rule.key, trigger.basis, start_at, None, duty_court=False, steps=tuple(steps))
    if term.unit in CLOCK_UNITS or term.unit == "at_start":
        end_at = start_at + timedelta(**{term.unit: term.n} if term.n else {})
        steps.append(_counted(term, end_at))
        end_day = local_of(end_at).date()
    else:
        end_day = _end_day(term, start_day, calendar, trigger.decided, steps)
        end_at = _end_at(rule, end_day, calendar)
    legal_day, legal_at = _rolled(rule, end_day, end_at, calendar, steps)
    safe_at = _safe(rule, end_day, end_at, legal_at, calendar, by_clock=term.unit in CLOCK_UNITS)
    duty = rule.court and _needs_duty_court(start_at, start_day, legal_day, safe_at, calendar)
    steps.append(Step("safe" if rule.whose == "hers" else "relied_on", (("at", safe_at),)))
    if duty:
        steps.append(Step("duty_court"))
    if not calendar.reaches(legal_day):
        steps.append(Step("calendar_ends"))
    return Reckoned(
        rule.key,
        trigger.basis,
        start_at,
        Ends(legal_day, legal_at, end_at, safe_at),
        duty_court=duty,
        steps=tuple(steps),
    )


def reckon_all(
    rule: Rule,
    triggers: Iterable[Trigger],
    calendar: Calendar,
    *,
    variant: str = "",
) -> Reading:
    """Every reading of a period; hers is driven by the earliest end, theirs by the latest. Raises ReckoningError."""
    found = [reckon(rule, trigger, calendar, variant=variant) for trigger in triggers]
    if not found:
        raise ReckoningError("no_trigger")
    found.sort(key=lambda one: (one.legal_at or one.start_at, one.start_at), reverse=rule.whose == "theirs")
    return Reading(found[0], tuple(found[1:]))


def _start(rule: Rule, trigger: Trigger) -> tuple[datetime, date, list[Step]]:
    at = trigger.at
    steps = [Step("trigger", (("basis", trigger.basis), ("at", at)))]
    if isinstance(at, datetime):
        return at.astimezone(UTC), local_of(at).date(), steps
    # Whole days are counted from the day itself; only a period of hours has to take an hour for granted.
    if any(term.unit in CLOCK_UNITS for term in rule.terms.values()):
        steps.append(Step("day_assumed_start" if rule.whose == "hers" else "day_assumed_end"))
    return (utc(at) if rule.whose == "hers" else end_of(at)), at, steps


def _counted(term: Term, end_at: datetime) -> Step:
    if term.unit == "at_start":
        return Step("at_start", (("at", end_at),))
    return Step("hours", (("n", term.n), ("at", end_at)))


_DAYS: Final[dict[str, Callable[[date, int], date]]] = {
    "days": lambda day, n: day + timedelta(days=n),
    "weeks": lambda day, n: day + timedelta(weeks=n),
    "months": plus_months,
    "years": lambda day, n: plus_months(day, 12 * n),
}


def _end_day(term: Term, start: date, calendar: Calendar, decided: date | Term | None, steps: list[Step]) -> date:
    if term.unit == "decided":
        if decided is None:
            raise ReckoningError("no_length")
        if not isinstance(decided, Term):
            steps.append(Step("decided_day", (("day", decided),)))
            return decided
        term = decided
    steps.append(Step("day_not_counted"))
    if term.unit == "working_days":
        end = calendar.nth_working_after(start, term.n)
    elif term.unit in _DAYS:
        end = _DAYS[term.unit](start, term.n)
    else:
        raise ReckoningError("no_length")
    steps.append(Step(term.unit, (("n", term.n), ("day", end))))
    return end


def _end_at(rule: Rule, day: date, calendar: Calendar) -> datetime:
    if rule.ends == "office" and not calendar.is_closed(day):
        return utc(day, closing_of(day, calendar))
    return end_of(day)


def _rolled(rule: Rule, day: date, end_at: datetime, calendar: Calendar, steps: list[Step]) -> tuple[date, datetime]:
    """Where the end lies after the rule of closed days: hers keeps a half day, theirs moves off it as well."""
    half = calendar.is_half(day)
    if not calendar.is_closed(day):
        if half and rule.roll and rule.whose == "theirs":
            moved = calendar.next_working(day, half_counts=False)
            steps.append(Step("half_day_moves", (("day", moved),)))
            return moved, end_of(moved)
        if half:
            steps.append(Step("half_day_counts"))
        return day, end_at
    name = _name(day, calendar)
    if not rule.roll:
        steps.append(Step("not_rolled", (("name", name), ("day", day))))
        return day, end_at
    moved = calendar.next_working(day, half_counts=rule.whose == "hers")
    steps.append(Step("rolled", (("name", name), ("day", moved))))
    return moved, _end_at(rule, moved, calendar)


def _name(day: date, calendar: Calendar) -> Label:
    found = calendar.holiday(day)
    return deadlines_file().weekend if found is None else found.title


def _safe(
    rule: Rule, end_day: date, end_at: datetime, legal_at: datetime, calendar: Calendar, *, by_clock: bool
) -> datetime:
    if rule.whose == "theirs":
        return first_office_moment(legal_at, calendar)
    if by_clock or rule.ends == "moment":
        return last_office_moment(end_at, calendar)
    day = calendar.previous_working(end_day if rule.safe == "same_day" else end_day - _DAY)
    return utc(day, closing_of(day, calendar))


def _needs_duty_court(
    start_at: datetime, start_day: date, legal_day: date, safe_at: datetime, calendar: Calendar
) -> bool:
    """No office hour is left between now and the end, or two closed days lie before the only working day."""
    if safe_at <= start_at:
        return True
    none_between = calendar.nth_working_after(start_day, 1) >= legal_day
    return none_between and calendar.closed_between(start_day, legal_day) > 1
