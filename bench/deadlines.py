"""python -m bench deadlines: years of measures run through the law's clock, against a reckoning that shares no code.

Each synthetic measure is decided, perhaps by the police, submitted, approved or not, learned of late or never, and
extended or not. `missed`: nobody was reminded while it could still be acted on, an end that nobody recorded was asked
by nobody, or the clock's moment differs from the plain reckoning beside it. `false`: the clock said that nothing
protects her while the measure was in force, or before a person had confirmed it.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import holidays
from dateutil.relativedelta import relativedelta

from bench.machine import Machine
from bench.scale import between
from core.i18n import ISTANBUL
from escalation.cases.clock import rules
from escalation.cases.clock.calendar import Calendar, shipped
from escalation.cases.clock.periods import Rule, Term, rule_of
from escalation.cases.clock.planning import plan
from escalation.cases.clock.reckoning import Reckoned, Trigger, reckon
from escalation.cases.register.rules import decisions

PAGE = Path(__file__).resolve().parent.parent / "docs" / "deadlines.md"
_FIRST, _DAYS = date(2024, 2, 1), 3500
_LENGTHS: tuple[tuple[Term, timedelta | relativedelta], ...] = (
    *((Term(n, "days"), timedelta(days=n)) for n in (10, 30, 60, 90, 180)),
    *((Term(n, "months"), relativedelta(months=n)) for n in range(1, 7)),
)
_DAY = timedelta(days=1)


@cache
def _closed(day: date) -> bool:
    return day.weekday() > 4 or day in _holidays(day.year, holidays.PUBLIC)


@cache
def _half(day: date) -> bool:
    return not _closed(day) and day in _holidays(day.year, holidays.HALF_DAY)


@cache
def _holidays(year: int, category: str) -> frozenset[date]:
    return frozenset(holidays.country_holidays("TR", years=year, categories=category))


def _next_open(day: date) -> date:
    while _closed(day):
        day += _DAY
    return day


def _local(day: date, hour: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ISTANBUL)


@dataclass
class Found:
    """What came out."""

    years: float = 0.0
    measures: int = 0
    periods: int = 0
    reminders: int = 0
    unknown: int = 0
    confirmed: int = 0
    missed: int = 0
    false: int = 0
    seconds: float = 0.0


@dataclass
class Life:
    """One measure and what really becomes of it."""

    dice: Random
    calendar: Calendar
    found: Found

    def live(self) -> None:
        """From its decision to its end."""
        dice = self.dice
        day = _FIRST + timedelta(days=dice.randrange(_DAYS))
        decided = _local(day) + timedelta(minutes=dice.randrange(24 * 60))
        if dice.random() < 0.6 and not self.urgent(decided):
            return
        begins = decided.date()
        for _ in range(dice.choice((1, 1, 2, 3))):
            begins = self.measure(begins)

    def urgent(self, decided: datetime) -> bool:
        """The police decided; returns whether it was really approved."""
        submitted = decided + timedelta(minutes=self.dice.randrange(10, 6 * 24 * 60))
        told = self.dice.random() < 0.9
        end = _local(_next_open(decided.date() + _DAY) + _DAY)
        self.period(rule_of("urgent_submit"), Trigger("decision", decided), end, act_at=submitted if told else None)
        judge = self.dice.random() < 0.7
        hours = timedelta(hours=24 if judge else 48)
        end = submitted + hours
        if _closed(end.date()):
            moved = _next_open(end.date())
            end = _local(moved, 12 if _half(moved) else 17)
        approved = self.dice.random() < 0.8
        learned = submitted + timedelta(minutes=self.dice.randrange(30, 12 * 24 * 60))
        act_at = learned if approved and self.dice.random() < 0.9 else None
        rule = rule_of("urgent_lapse_judge" if judge else "urgent_lapse_civil")
        self.period(rule, Trigger("submission", submitted), end, act_at=act_at, protects=approved)
        return approved

    def measure(self, begins: date) -> date:
        """A measure that was decided on a day; returns the day on which it ends or is extended."""
        term, length = self.dice.choice(_LENGTHS)
        last: date = begins + length
        act_at = _local(last) - timedelta(days=self.dice.randrange(-3, 20)) if self.dice.random() < 0.5 else None
        trigger = Trigger("decision", begins, term)
        self.period(rule_of("measure_expiry"), trigger, _local(last + _DAY), act_at=act_at)
        self.found.measures += 1
        self.found.years += (last - begins).days / 365.25
        return last

    def period(
        self, rule: Rule, trigger: Trigger, end: datetime, *, act_at: datetime | None, protects: bool = True
    ) -> None:
        """One period: its reckoning, its reminders, and its states in the order of time."""
        at = trigger.at
        late = timedelta(hours=self.dice.choice((0, 0, 0, 1, 20)))
        entered = (at if isinstance(at, datetime) else _local(at, 12)) + late
        reckoned = reckon(rule, trigger, self.calendar)
        told = plan(rule, reckoned, self.calendar, since=entered)
        self.found.periods += 1
        self.found.reminders += len(told)
        good = _is_right(reckoned, end)
        ends = reckoned.ends
        if ends is None:
            self.found.missed += 1
            return
        # An act after the last office hour needs no reminder that came before it; any other does.
        if not told or told[0].at > max(ends.safe_at, entered):
            good = False
        good = self.states(rule, ends.legal_at, act_at, protects=protects) and good
        self.found.missed += not good

    def states(self, rule: Rule, legal_at: datetime, act_at: datetime | None, *, protects: bool) -> bool:
        """Whether an end that nobody recorded was asked; counts every word that nothing protects her."""
        state: str = "open"
        if act_at is not None and act_at < legal_at:
            return rules.after_act(state, "recorded") == "met"
        act = rules.act_of_end(rule)
        state = (act and rules.after_act(state, act)) or state
        asked = state == "unknown"
        self.found.unknown += asked
        self.found.false += state == "lapsed_confirmed"
        if act_at is not None:
            return asked and rules.after_act(state, "recorded") == "met"
        if rule.key in rules.APPROVALS and not protects:
            # A person asks and is told; the register takes her word, never one of before the end.
            said = legal_at + timedelta(minutes=self.dice.randrange(-600, 3 * 24 * 60))
            refusal = decisions.lapse_refusal(legal_at, said)
            self.found.false += refusal is None and said < legal_at.replace(second=0, microsecond=0)
            if refusal is None:
                state = rules.after_act(state, "lapse_confirmed") or state
                self.found.confirmed += state == "lapsed_confirmed"
        return asked


def _is_right(reckoned: Reckoned, end: datetime) -> bool:
    """The same end as the plain reckoning, and a safe moment that lies before it, in hours when offices are open."""
    ends = reckoned.ends
    if ends is None or ends.legal_at != end or ends.safe_at > min(ends.legal_at, ends.unrolled_at):
        return False
    safe = ends.safe_at.astimezone(ISTANBUL)
    closes = 12 if _half(safe.date()) else 17
    return not _closed(safe.date()) and 9 <= safe.hour + safe.minute / 60 <= closes


def simulate(years: float, *, seed: int = 1, calendar: Calendar | None = None) -> Found:
    """Run measures until so many measure-years have gone by."""
    begun = time.perf_counter()
    found, dice = Found(), Random(seed)
    used = calendar or shipped()
    while found.years < years:
        Life(dice, used, found).live()
    found.seconds = time.perf_counter() - begun
    return found


def table(found: Found, seed: int) -> str:
    """The result as Markdown."""
    rows: tuple[tuple[str, Any], ...] = (
        ("measure-years", f"{found.years:,.0f}"),
        ("measures (with extensions)", f"{found.measures:,}"),
        ("periods reckoned and compared", f"{found.periods:,}"),
        ("reminders planned", f"{found.reminders:,}"),
        ("ends at which nobody knew, and somebody was asked", f"{found.unknown:,}"),
        ("lapses confirmed by a person", f"{found.confirmed:,}"),
        ("**missed**", f"**{found.missed:,}**"),
        ("**false “no protection”**", f"**{found.false:,}**"),
    )
    lines = ["| what | number |", "| --- | ---: |", *(f"| {name} | {value} |" for name, value in rows)]
    return "\n".join([*lines, "", f"Seed {seed}; {found.seconds:,.0f} s. {Machine.now().line()}."])


def main(told: list[str]) -> int:
    """Simulate and print; the status is 1 when anything was missed or falsely said."""
    parser = argparse.ArgumentParser(prog="python -m bench deadlines", description=__doc__)
    parser.add_argument("--years", type=float, default=1e6, help="measure-years to run through")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help=f"write into {PAGE.relative_to(PAGE.parent.parent)}")
    chosen = parser.parse_args(told)
    found = simulate(chosen.years, seed=chosen.seed)
    shown = table(found, chosen.seed)
    print(shown)
    if chosen.write:
        PAGE.write_text(between(PAGE.read_text(encoding="utf-8"), "simulation", shown), encoding="utf-8")
    return int(bool(found.missed or found.false))
