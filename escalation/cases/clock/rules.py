"""Decisions of the clock: what a period's state may become, who is told next, when somebody can be reached. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal, get_args

from escalation.cases.clock.calendar import Calendar
from escalation.cases.clock.periods import Rule, deadlines_file
from escalation.cases.clock.reckoning import closing_of, local_of, utc
from escalation.cases.register.catalogues import detention_catalogue

State = Literal["open", "met", "unknown", "lapsed_confirmed", "cancelled"]
STATES: Final[tuple[State, ...]] = get_args(State)
#: States in which a period still asks something of somebody.
LIVE: Final[tuple[State, ...]] = ("open", "unknown")
Act = Literal["recorded", "cancelled", "end_unknown", "end_met", "lapse_confirmed", "moved_on"]
#: What each act makes of a period; an act that is not here is refused. That a measure lapsed is said by a person
#: alone, and only after the moment at which it was unknown: no act of the clock leads to ``lapsed_confirmed``.
TRANSITIONS: Final[dict[tuple[State, Act], State]] = {
    ("open", "recorded"): "met",
    ("unknown", "recorded"): "met",
    ("open", "cancelled"): "cancelled",
    ("unknown", "cancelled"): "cancelled",
    ("open", "end_unknown"): "unknown",
    ("open", "end_met"): "met",
    ("unknown", "lapse_confirmed"): "lapsed_confirmed",
    ("unknown", "moved_on"): "open",
}
#: Periods whose unknown end may turn out to be that nothing protects her.
APPROVALS: Final = frozenset({"urgent_submit", "urgent_lapse_civil", "urgent_lapse_judge"})
#: What the check before closed days looks at: measures and approvals.
CHECKED: Final = APPROVALS | {"measure_expiry"}
#: What was done about a period before closed days: the authority was asked; it was applied for; she was told and wants
#: no more; something else protects her; what the words say.
DONE: Final = ("asked", "filed", "told", "covered", "other")
_DAY: Final = timedelta(days=1)


def after_act(state: str, act: Act) -> State | None:
    """What ``act`` makes of a period in ``state``; ``None`` when it is not possible there."""
    return next((then for (known, name), then in TRANSITIONS.items() if (known, name) == (state, act)), None)


def act_of_end(rule: Rule) -> Act | None:
    """What the end of a period is by itself: unknown, met, or nothing where only a record ends it."""
    if rule.at_end == "stays":
        return None
    return "end_unknown" if rule.at_end == "unknown" else "end_met"


def act_of_record(rule: Rule, recorded: str) -> Act | None:
    """Whether a recorded act ends a period, or makes that it never ran; ``None`` where it does neither."""
    if recorded in rule.cancels:
        return "cancelled"
    return "recorded" if recorded in rule.closes else None


def next_step(rule: Rule, step: int) -> int | None:
    """The next step of the ladder; ``None`` after the last."""
    return step + 1 if step + 1 < len(rule.ladder) else None


def told(rule: Rule, step: int) -> frozenset[str]:
    """The addressees that have been told when a reminder stands on ``step``."""
    return frozenset(role for roles in rule.ladder[: step + 1] for role in roles)


def snooze_refusal(rule: Rule, span: timedelta, before: int, until: datetime, safe_at: datetime | None) -> str | None:
    """Why a reminder may not be put off, as a code: too long, too often, past the last safe moment."""
    if not timedelta(0) < span <= rule.snooze.span:
        return "snooze_too_long"
    if before >= rule.snooze.times:
        return "snoozed_too_often"
    return "past_safe_moment" if safe_at is not None and until >= safe_at else None


def closure_after(day: date, calendar: Calendar) -> date | None:
    """The next working day, where ``day`` is the last one before enough closed days; else ``None``."""
    if calendar.is_closed(day):
        return None
    following = calendar.next_working(day + _DAY)
    closed = (following - day).days - 1
    return following if closed >= deadlines_file().closure_check.closed_days else None


def closure_hours(day: date, calendar: Calendar) -> tuple[datetime, datetime]:
    """When the check of a day begins and when what is unticked goes to the director."""
    check = deadlines_file().closure_check
    late = check.late_on_half_day if calendar.is_half(day) else min(check.late, closing_of(day, calendar))
    return utc(day, check.at), utc(day, late)


@dataclass(frozen=True, slots=True)
class CourtHours:
    """When the duty court of a province answers, in local time; equal hours mean around the clock."""

    open_from: time = time(0)
    open_until: time = time(0)
    words: str = ""


def court_answers_at(moment: datetime, hours: CourtHours) -> datetime:
    """``moment`` itself while the duty court answers, else when it answers next."""
    if hours.open_from == hours.open_until:
        return moment
    local = local_of(moment)
    now, opens, closes = local.time(), hours.open_from, hours.open_until
    is_open = opens <= now < closes if opens < closes else now >= opens or now < closes
    if is_open:
        return moment
    return utc(local.date() if now < opens else local.date() + _DAY, opens)


def safe_window(
    moment: datetime, days: Collection[int], from_minute: int | None, to_minute: int | None
) -> tuple[datetime, datetime] | None:
    """The safe window in which ``moment`` lies, or the next one; ``None`` where no hours were agreed.

    ``days`` are ISO weekdays (none: every day), the minutes are after midnight in Istanbul.
    """
    if from_minute is None or to_minute is None:
        return None
    return next((window for window in _windows(moment, days, from_minute, to_minute) if window[1] > moment), None)


def _windows(
    moment: datetime, days: Collection[int], from_minute: int, to_minute: int
) -> Iterator[tuple[datetime, datetime]]:
    today = local_of(moment).date()
    # A window over midnight belongs to the day on which it begins, so yesterday's may still be open.
    length = timedelta(minutes=(to_minute - from_minute) % (24 * 60) or 24 * 60)
    for day in (today + timedelta(days=n) for n in range(-1, 8)):
        if not days or day.isoweekday() in days:
            begin = utc(day) + timedelta(minutes=from_minute)
            yield begin, begin + length


def shares_reached(days: Sequence[int]) -> list[int]:
    """The shares of the cap (per cent, as the catalogue lists them) that detentions of so many days together reach."""
    most = detention_catalogue().cap.days
    return [share for share in deadlines_file().detention_shares if sum(days) * 100 >= most * share]
