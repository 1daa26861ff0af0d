"""Walks through the law's clock: no move outside its machines, none without its audit entry, no lapse by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.audit import AuditEntry
from core.due import Due
from escalation.cases.clock import rules, service
from escalation.cases.clock.models import ClosureTick, Deadline, Reminder
from escalation.cases.clock.periods import Rule, rule_of
from escalation.cases.clock.queries import ReminderView
from escalation.cases.clock.reckoning import Trigger
from tests.edge.escalation.clock.conftest import Clockwork, local
from tests.edge.escalation.conftest import ACTOR

_FEW = settings(
    max_examples=20, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
#: What a reminder may become; ``ended`` comes with the end of its period alone.
_REMINDER_MOVES: Final = frozenset(
    {("waiting", "told"), ("told", "acknowledged"), ("told", "waiting"), ("waiting", "ended"), ("told", "ended")}
)
#: What the entry of each change of a period is called.
_ENTRY: Final = {
    "met": "deadline_closed",
    "cancelled": "deadline_closed",
    "lapsed_confirmed": "deadline_closed",
    "unknown": "deadline_unknown",
    "open": "deadline_reckoned",
}
#: Periods that end unknown, that did their work with their end, and that only a record ends.
_BEGINS: Final = (
    *("urgent_lapse_judge", "measure_expiry", "urgent_submit"),
    *("renewal_window", "objection_window", "service_pending"),
)
_RECORDS: Final = sorted({act for key in _BEGINS for act in (*rule_of(key).closes, *rule_of(key).cancels)})
_SPANS: Final = [timedelta(minutes=20), timedelta(hours=3), timedelta(hours=26), timedelta(days=4)]


@dataclass(frozen=True)
class Seen:
    """Everything that the clock knows of one subject, and what was written down about it."""

    periods: dict[UUID, str]
    reminders: dict[UUID, tuple[str, int, int, UUID]]
    ticks: dict[UUID, tuple[bool, bool]]
    entries: Counter[tuple[str, str, str]]

    def written(self, act: str, period: UUID, state: str = "") -> int:
        """How often an act was written down about a period."""
        return self.entries[act, str(period), state]


class Walk:
    """One subject of the clock, and what may be done about it in any order."""

    def __init__(self, clockwork: Clockwork, begins: str) -> None:
        self.clockwork, self.subject = clockwork, uuid4()
        self.begins = begins
        #: Every state and every audited act that was seen on the way.
        self.reached: set[str] = set()
        self.open()

    def open(self) -> None:
        """Let the period run from now, or reckon it anew from a beginning that has become known."""
        now, today = self.clockwork.house.moment(), self.clockwork.today()
        triggers = {
            "urgent_submit": Trigger("decision", now),
            "urgent_lapse_judge": Trigger("submission", now),
            "measure_expiry": Trigger("decision", today, today + timedelta(days=5)),
            "renewal_window": Trigger("decision", today, today + timedelta(days=33)),
            "objection_window": Trigger("service", today),
            "service_pending": Trigger("decision", now),
        }
        self.clockwork.open(self.begins, triggers[self.begins], subject_id=self.subject)

    def seen(self) -> Seen:
        """The state in the database."""
        return self.clockwork.house.do(self._read)

    def _read(self, session: Session) -> Seen:
        of_mine = select(Deadline.id).where(Deadline.subject_id == self.subject)
        periods = session.execute(select(Deadline.id, Deadline.state).where(Deadline.subject_id == self.subject)).all()
        reminders = session.scalars(select(Reminder).where(Reminder.deadline_id.in_(of_mine))).all()
        ticks = session.scalars(select(ClosureTick).where(ClosureTick.deadline_id.in_(of_mine))).all()
        told = select(AuditEntry).where(AuditEntry.subject_id.in_([str(row.id) for row in periods]))
        return Seen(
            {row.id: row.state for row in periods},
            {one.id: (one.state, one.step, one.snoozes, one.deadline_id) for one in reminders},
            {one.id: (one.ticked_at is not None, one.escalated_at is not None) for one in ticks},
            Counter((row.act, row.subject_id, str(row.detail.get("state", ""))) for row in session.scalars(told)),
        )

    def does(self, act: Callable[[], object], *, lapse: bool = False, says: str | None = None) -> tuple[Seen, Seen]:
        """Do one thing, which is refused with the code ``says``; returns what was before and what is after."""
        before, lost = self.seen(), self._lost()
        if says is None:
            act()
        else:
            with pytest.raises(service.ClockError, match=says):
                act()
        after = self.seen()
        if says is not None:
            assert after == before
        self._periods(before, after, lapse=lapse)
        self._reminders(before, after)
        self._ticks(before, after)
        assert lapse or self._lost() == lost
        self.reached.update(after.periods.values(), (act for act, _period, _state in after.entries))
        return before, after

    def _lost(self) -> int:
        return [reason for reason, _state in self.clockwork.pages()].count("protection_lost")

    def _periods(self, before: Seen, after: Seen, *, lapse: bool) -> None:
        assert set(before.periods) <= set(after.periods)
        for period, state in after.periods.items():
            was = before.periods.get(period)
            new = after.entries - before.entries
            moved = [entry for entry in new.elements() if entry[1] == str(period) and entry[0] in set(_ENTRY.values())]
            if was is None:
                assert after.written("deadline_opened", period) == 1
                was = "open"
            if was == state:
                assert [entry for entry in moved if entry[0] != "deadline_reckoned"] == [], (was, moved)
                continue
            assert (was, state) in {(known, then) for (known, _act), then in rules.TRANSITIONS.items()}
            assert [entry[0] for entry in moved].count(_ENTRY[state]) == 1, (was, state, moved)
            if state not in rules.LIVE:
                assert (_ENTRY[state], str(period), state) in moved
            assert state != "lapsed_confirmed" or lapse

    def _reminders(self, before: Seen, after: Seen) -> None:
        told: Counter[UUID] = Counter()
        over: Counter[UUID] = Counter()
        for key, (state, step, snoozes, period) in after.reminders.items():
            was, was_step, was_snoozes, _period = before.reminders.get(key, ("waiting", 0, 0, period))
            assert was == state or (was, state) in _REMINDER_MOVES, (was, state)
            assert (state == "ended") <= (after.periods[period] not in rules.LIVE)
            assert step >= was_step
            assert (state == "waiting" and was == "told") == (snoozes > was_snoozes)
            told[period] += step - was_step + (was == "waiting" and state == "told")
            over[period] += was != "ended" and state == "ended"
        for period in after.periods:
            written = after.written("reminder_told", period) - before.written("reminder_told", period)
            assert told[period] <= written <= told[period] + over[period], (told, written)
            taken = sum(one[0] == "acknowledged" and one[3] == period for one in after.reminders.values())
            assert after.written("reminder_acknowledged", period) == taken
            put_off = sum(one[2] for one in after.reminders.values() if one[3] == period)
            assert after.written("reminder_snoozed", period) == put_off
        # What was planned and never told may be planned anew; what was told stays.
        lost = set(before.reminders) - set(after.reminders)
        assert {before.reminders[key][0] for key in lost} <= {"waiting"}

    def _ticks(self, before: Seen, after: Seen) -> None:
        assert set(before.ticks) <= set(after.ticks)
        for key, (ticked, escalated) in after.ticks.items():
            was_ticked, was_escalated = before.ticks.get(key, (False, False))
            assert (ticked, escalated) >= (was_ticked, was_escalated)
            assert not (ticked and escalated and was_ticked and not was_escalated)
        for act, place in (("closure_ticked", 0), ("closure_escalated", 1)):
            written = sum(count for (name, _period, _state), count in after.entries.items() if name == act)
            assert written == sum(one[place] for one in after.ticks.values())

    def passes(self, span: timedelta) -> None:
        """Time goes by, and what falls due is done."""
        self._go_on_to(self.clockwork.house.moment() + span)

    def reaches_the_end(self) -> None:
        """Time goes by until a minute after the legal moment of what runs."""
        ends = [self.clockwork.deadline(key).legal_at for key, state in self.seen().periods.items() if state == "open"]
        for legal_at in filter(None, ends[:1]):
            self._go_on_to(max(legal_at, self.clockwork.house.moment()) + timedelta(minutes=1))

    def _go_on_to(self, moment: datetime) -> None:
        house = self.clockwork.house
        # What pages do when nobody answers is not what this walk is about.
        house.do(
            lambda session: session.execute(
                delete(Due).where(Due.centre_id == house.centre_id, ~Due.kind.like("cases.%"))
            )
        )
        self.does(lambda: self.clockwork.at(moment))

    def record(self, act: str) -> None:
        """An act is recorded somewhere in the register; only what it ends ends."""
        house = self.clockwork.house
        before, after = self.does(
            lambda: house.do(lambda session: service.record_act(session, ACTOR, "measure", self.subject, act))
        )
        for period, was in before.periods.items():
            done = rules.act_of_record(self._rule(period), act)
            assert after.periods[period] == ((done and rules.after_act(was, done)) or was)

    def _rule(self, period: UUID) -> Rule:
        return rule_of(self.clockwork.deadline(period).rule)

    def close(self, act: str) -> None:
        """Somebody says of one period that it is done."""
        period, state = next(iter(self.seen().periods.items()))
        done = rules.act_of_record(self._rule(period), act)
        refused = done is None or rules.after_act(state, done) is None
        says = "not_ended_by_it" if refused else None
        self.does(lambda: self.clockwork.act("lawyer", service.close_by, period, act), says=says)

    def lapse(self) -> None:
        """A person says, with source and time, that no approval was given."""
        house, told = self.clockwork.house, self.clockwork.house.moment()
        actor, case_id = house["lawyer"].actor, self.clockwork.case_id

        def tell(session: Session) -> None:
            service.lapse_told(session, actor, "measure", self.subject, case_id, told)

        before, after = self.does(lambda: house.do(tell), lapse=True)
        for period, was in before.periods.items():
            waited = self._rule(period).key in rules.APPROVALS
            then = {"unknown": "lapsed_confirmed", "open": "cancelled"}.get(was, was) if waited else was
            assert after.periods[period] == then

    def learn(self) -> None:
        """Where the period still runs, a later beginning becomes known, and the end lies ahead again."""
        if set(self.seen().periods.values()) & set(rules.LIVE):
            self.does(self.open)

    def acknowledge(self, place: int) -> None:
        """Somebody takes a reminder on; one that was taken on stays so."""
        chosen = self._chosen(place)
        if chosen is not None:
            says = None if chosen.state in {"told", "acknowledged"} else "not_told"
            self.does(lambda: self.clockwork.act("lawyer", service.acknowledge, chosen.id), says=says)

    def snooze(self, place: int, span: timedelta) -> None:
        """Somebody puts a reminder off: within its limits it waits, beyond them she is told why not."""
        chosen = self._chosen(place)
        if chosen is not None:
            of = self.clockwork.deadline(chosen.deadline_id)
            known, until = rule_of(of.rule), self.clockwork.house.moment() + span
            safe_at = of.safe_at if known.whose == "hers" else None
            says = rules.snooze_refusal(known, span, chosen.snoozes, until, safe_at)
            says = says if chosen.state == "told" else "not_told"
            self.does(lambda: self.clockwork.act("lawyer", service.snooze, chosen.id, span), says=says)

    def _chosen(self, place: int) -> ReminderView | None:
        found = [one for period in self.seen().periods for one in self.clockwork.reminders(period)]
        found.sort(key=lambda one: (one.state != "told", one.at, one.id))
        return found[place % len(found)] if found else None

    def tick(self) -> None:
        """Legal ticks off what the check before closed days lists; twice is once."""
        for tick_id in self.seen().ticks:
            act = partial(self.clockwork.act, "lawyer", service.tick, tick_id, "asked")
            self.does(act)
            before, after = self.does(act)
            assert before == after


def employ_everybody(clockwork: Clockwork) -> None:
    """Every step of every ladder reaches somebody: one that does not would be passed over."""
    for name in ("worker", "lawyer", "liaison", "lead", "director"):
        assert clockwork.house[name]


def test_no_move_outside_the_machines_and_none_without_its_entry(clockwork: Clockwork) -> None:
    employ_everybody(clockwork)
    clockwork.house.do(service.start_checks)

    class Walking(RuleBasedStateMachine):
        @initialize(begins=st.sampled_from(_BEGINS))
        def begin(self, begins: str) -> None:
            self.walk = Walk(clockwork, begins)

        @rule(span=st.sampled_from(_SPANS))
        def passes(self, span: timedelta) -> None:
            self.walk.passes(span)

        @rule()
        def reaches_the_end(self) -> None:
            self.walk.reaches_the_end()

        @rule(act=st.sampled_from(_RECORDS))
        def record(self, act: str) -> None:
            self.walk.record(act)

        @rule(act=st.sampled_from(["approved", "served", "lifted", "objected", "nothing"]))
        def close(self, act: str) -> None:
            self.walk.close(act)

        @rule(at_the_end=st.booleans())
        def lapse(self, at_the_end: bool) -> None:
            if at_the_end:
                self.walk.reaches_the_end()
            self.walk.lapse()

        @rule()
        def learn(self) -> None:
            self.walk.learn()

        @rule(place=st.integers(0, 3))
        def acknowledge(self, place: int) -> None:
            self.walk.acknowledge(place)

        @rule(place=st.integers(0, 3), span=st.sampled_from([timedelta(minutes=15), timedelta(days=1), timedelta(9)]))
        def snooze(self, place: int, span: timedelta) -> None:
            self.walk.snooze(place, span)

        @rule()
        def tick(self) -> None:
            self.walk.tick()

    run_state_machine_as_test(Walking, settings=_FEW)


def test_every_state_and_every_act_is_reached(clockwork: Clockwork) -> None:
    """The same walk along chosen ways, so that what the other one looks at is known to happen at all."""
    employ_everybody(clockwork)
    clockwork.house.do(service.start_checks)
    ticked, left, objected, extended = (
        Walk(clockwork, begins)
        for begins in ("urgent_lapse_judge", "urgent_lapse_judge", "objection_window", "measure_expiry")
    )
    objected.record("objected")
    extended.record("extended")
    ticked.passes(timedelta(hours=16, minutes=5))
    ticked.snooze(0, timedelta(minutes=15))
    ticked.passes(timedelta(hours=1))
    ticked.acknowledge(0)
    ticked.reaches_the_end()
    ticked.learn()
    ticked.reaches_the_end()
    # On the Friday at ten both are listed, one is ticked off, and at three the other goes to the director.
    ticked.passes(local(2026, 10, 9, 14) - clockwork.house.moment())
    ticked.tick()
    left.passes(timedelta(hours=2))
    ticked.lapse()
    reached = set[str]().union(*(walk.reached for walk in (ticked, left, objected, extended)))
    acts = {"reminder_acknowledged", "reminder_snoozed", "closure_ticked", "closure_escalated", "deadline_reckoned"}
    assert reached >= {*rules.STATES, *acts}
    assert "closure_ticked" not in left.reached
    assert "closure_escalated" not in ticked.reached
