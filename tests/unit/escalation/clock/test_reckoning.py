"""What holds for every period, whatever the day: hers earlier, theirs later, in order, in one zone."""

from __future__ import annotations

import json
import os
import time as machine
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import deadlines as bench
from core.i18n import use_locale
from escalation.cases.clock import rules
from escalation.cases.clock.calendar import Calendar, shipped
from escalation.cases.clock.periods import Rule, Term, deadlines_file, parse_offset, parse_term, rule_of
from escalation.cases.clock.planning import plan
from escalation.cases.clock.reckoning import (
    Reckoned,
    ReckoningError,
    Trigger,
    closing_of,
    local_of,
    plus_months,
    reckon,
    reckon_all,
    utc,
)
from escalation.cases.clock.stored import reading_out, steps_in, triggers_in, triggers_out

ENDING = [rule for rule in deadlines_file().rules if rule.terms]
HERS = [rule for rule in ENDING if rule.whose == "hers"]
MOMENTS = st.integers(0, 11 * 365 * 24 * 60).map(lambda n: datetime(2024, 1, 2, tzinfo=UTC) + timedelta(minutes=n))
TERMS = st.one_of(
    st.integers(1, 180).map(lambda n: Term(n, "days")),
    st.integers(1, 6).map(lambda n: Term(n, "months")),
)


def reckoned(rule: Rule, at: datetime | date, term: Term) -> Reckoned:
    return reckon(rule, Trigger(rule.start[0], at, term), shipped())


@given(rule=st.sampled_from(HERS), at=MOMENTS, term=TERMS)
def test_hers_is_never_later_than_the_law_and_never_on_a_closed_day(rule: Rule, at: datetime, term: Term) -> None:
    ends = reckoned(rule, at, term).ends
    assert ends is not None
    assert ends.safe_at <= ends.unrolled_at <= ends.legal_at
    safe = local_of(ends.safe_at)
    assert not shipped().is_closed(safe.date())
    assert deadlines_file().office.opens <= safe.time() <= closing_of(safe.date(), shipped())


@given(rule=st.sampled_from([rule for rule in ENDING if rule.whose == "theirs"]), at=MOMENTS, term=TERMS)
def test_theirs_is_never_earlier_than_the_law(rule: Rule, at: datetime, term: Term) -> None:
    ends = reckoned(rule, at, term).ends
    assert ends is not None
    assert ends.safe_at >= ends.legal_at >= ends.unrolled_at
    safe = local_of(ends.safe_at).date()
    assert not shipped().is_closed(safe)
    assert not shipped().is_half(safe)
    if rule.roll:
        assert not shipped().is_closed(ends.legal_day)
        assert not shipped().is_half(ends.legal_day)


@given(rule=st.sampled_from(ENDING), one=MOMENTS, later=st.integers(0, 40 * 24 * 60) | st.integers(0, 4320), term=TERMS)
def test_a_later_beginning_never_ends_earlier(rule: Rule, one: datetime, later: int, term: Term) -> None:
    first, second = (reckoned(rule, at, term).ends for at in (one, one + timedelta(minutes=later)))
    assert first is not None
    assert second is not None
    assert first.legal_day <= second.legal_day
    # By the hour it may: moved off a Sunday a period ends with Monday's office hours, and one that ends on Monday at
    # ten is not moved. What anybody goes by, the safe moment and the end before the move, never steps back.
    assert rule.ends == "office" or first.legal_at <= second.legal_at
    assert first.safe_at <= second.safe_at
    assert first.unrolled_at <= second.unrolled_at


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Pacific/Auckland", "Europe/Istanbul"])
def test_the_zone_of_the_process_changes_nothing(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = [datetime(2026, 10, 28, hour, 30, tzinfo=UTC) for hour in range(24)]
    expected = [reckoned(rule, at, Term(3, "months")) for rule in ENDING for at in moments]
    before = os.environ.get("TZ")
    monkeypatch.setenv("TZ", zone)
    machine.tzset()
    utc.cache_clear()
    try:
        assert [reckoned(rule, at.astimezone(), Term(3, "months")) for rule in ENDING for at in moments] == expected
    finally:
        monkeypatch.undo()
        assert os.environ.get("TZ") == before
        machine.tzset()


@given(rule=st.sampled_from(HERS), at=MOMENTS, term=TERMS, late=st.integers(0, 60 * 24))
def test_somebody_is_told_while_it_can_be_acted_on(rule: Rule, at: datetime, term: Term, late: int) -> None:
    since = at + timedelta(hours=late)
    found = reckoned(rule, at, term)
    ends = found.ends
    assert ends is not None
    told = plan(rule, found, shipped(), since=since, variant="1")
    assert [one.at for one in told] == sorted({one.at for one in told})
    assert all(one.at >= since for one in told)
    # Goals of our own that come with their moment, and the day of a call, are no limits of the law.
    by_then = {"referral_pending", "follow_up_call", "safe_contact_stale", "detention_end"}
    if rule.key not in by_then and rule.court and rule.safe == "same_day" and not rule.key.endswith("_report"):
        assert told[0].at <= max(ends.safe_at, since)
    if rule.key == "measure_expiry":
        assert told[0].at <= max(ends.safe_at, since)


@given(at=MOMENTS, term=TERMS, days=st.integers(1, 60))
def test_of_two_beginnings_the_safer_drives_and_both_are_shown(at: datetime, term: Term, days: int) -> None:
    given_ = [Trigger("service", at + timedelta(days=days), term), Trigger("decision", at, term)]
    hers = reckon_all(rule_of("measure_expiry"), given_, shipped())
    assert hers.driving.basis == "decision"
    assert len(hers.others) == 1
    theirs = [Trigger("pronouncement", at), Trigger("service", at + timedelta(days=days))]
    found = reckon_all(rule_of("objection_window"), theirs, shipped())
    assert found.driving.legal_at == max(one.legal_at for one in (found.driving, *found.others) if one.legal_at)
    back = triggers_in(json.loads(json.dumps(triggers_out(given_))))
    assert reckon_all(rule_of("measure_expiry"), back, shipped()) == hers
    stored = json.loads(json.dumps(reading_out(hers)))
    assert steps_in(stored["driving"]["steps"]) == hers.driving.steps


@given(rule=st.sampled_from(deadlines_file().rules), at=MOMENTS, term=TERMS, locale=st.sampled_from(["tr", "en"]))
def test_every_step_has_words_and_a_source(rule: Rule, at: datetime, term: Term, locale: str) -> None:
    with use_locale(locale):
        for step in reckoned(rule, at, term).steps:
            assert "%(" not in step.words()
            assert step.source
            assert step.mark in {"VERIFIED", "BELIEVED", "OURS"}


@given(day=st.dates(date(2024, 1, 1), date(2035, 12, 31)), months=st.integers(0, 30))
def test_months_end_on_the_same_number_or_on_the_last_day(day: date, months: int) -> None:
    end = plus_months(day, months)
    assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == months
    assert end.day == day.day or (end + timedelta(days=1)).day == 1


def test_an_hour_that_nobody_wrote_is_taken_in_her_favour() -> None:
    found = reckoned(rule_of("urgent_lapse_judge"), date(2026, 10, 6), Term(0, "decided"))
    assert found.ends is not None
    assert found.ends.unrolled_at == utc(date(2026, 10, 7))
    assert "day_assumed_start" in [step.code for step in found.steps]


def test_beyond_the_calendar_the_reckoning_says_so() -> None:
    found = reckoned(rule_of("measure_expiry"), date(2035, 12, 1), Term(6, "months"))
    assert "calendar_ends" in [step.code for step in found.steps]


@pytest.mark.parametrize("at", [datetime(2026, 10, 28, 15, 0), datetime(2026, 10, 28)])  # noqa: DTZ001 - the point
def test_a_moment_without_a_zone_is_refused(at: datetime) -> None:
    with pytest.raises(ReckoningError, match="no_zone"):
        reckoned(rule_of("urgent_submit"), at, Term(0, "decided"))


@pytest.mark.parametrize("words", ["two days", "3 fortnights", "", "before 3 weeks", "on a day"])
def test_what_the_catalogue_does_not_know_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match="no "):
        parse_term(words)
    with pytest.raises(ValueError, match="no moment"):
        parse_offset(words)


def test_no_act_of_the_clock_says_that_a_measure_lapsed() -> None:
    ways = {(state, act) for (state, act), after in rules.TRANSITIONS.items() if after == "lapsed_confirmed"}
    assert ways == {("unknown", "lapse_confirmed")}
    assert {rules.act_of_end(rule) for rule in deadlines_file().rules} == {None, "end_unknown", "end_met"}
    for rule in deadlines_file().rules:
        assert (rule.key in rules.APPROVALS) <= (rules.act_of_end(rule) == "end_unknown")
    ended = {"met", "lapsed_confirmed", "cancelled"}
    assert not [state for state, _ in rules.TRANSITIONS if state in ended]


def test_every_ladder_ends_with_the_director_and_names_known_roles() -> None:
    known = {"owner", "legal", "police_liaison", "shift_lead", "director", "shelter_liaison", "employment"}
    for rule in deadlines_file().rules:
        assert rule.ladder[-1] == ("director",), rule.key
        assert {role for step in rule.ladder for role in step} <= known | {"perpetrator_worker"}, rule.key


@given(day=st.dates(date(2024, 1, 1), date(2035, 12, 1)))
def test_the_check_is_on_the_last_working_day_before_closed_days(day: date) -> None:
    calendar = shipped()
    following = rules.closure_after(day, calendar)
    if following is None:
        tomorrow = day + timedelta(days=1)
        assert calendar.is_closed(day) or calendar.next_working(tomorrow) <= tomorrow + timedelta(days=1)
        return
    between = [day + timedelta(days=n) for n in range(1, (following - day).days)]
    assert len(between) >= 2
    assert all(calendar.is_closed(one) for one in between)
    begins, late = rules.closure_hours(day, calendar)
    assert begins < late
    assert local_of(late).time() == (time(11, 30) if calendar.is_half(day) else time(15))


@given(
    at=MOMENTS,
    days=st.sets(st.integers(1, 7)),
    begin=st.integers(0, 24 * 60 - 1),
    end=st.integers(1, 24 * 60),
)
def test_her_safe_window_is_the_one_now_or_the_next(at: datetime, days: set[int], begin: int, end: int) -> None:
    if begin == end:
        return
    window = rules.safe_window(at, days, begin, end)
    assert window is not None
    opens, closes = window
    assert at < closes
    assert opens - at <= timedelta(days=8)
    local = local_of(opens)
    assert local.hour * 60 + local.minute == begin
    assert not days or local.isoweekday() in days
    assert rules.safe_window(at, days, None, None) is None


def test_a_calendar_that_closes_for_ever_is_refused() -> None:
    from core.catalogue import Label
    from escalation.cases.clock.calendar import Closed

    start = date(2026, 1, 1)
    closed = [Closed(start + timedelta(days=n), time(0), Label(tr="a", en="b")) for n in range(120)]
    with pytest.raises(ValueError, match="sixty days"):
        Calendar(closed, start, date(2026, 12, 31)).next_working(start)


def test_some_hundred_measure_years_are_neither_missed_nor_falsely_called_unprotected() -> None:
    found = bench.simulate(1500, seed=3)
    assert (found.missed, found.false) == (0, 0)
    assert min(found.unknown, found.confirmed, found.reminders) > 0


def test_the_simulation_would_notice_a_wrong_calendar_and_a_clock_that_says_too_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    none_closed = Calendar([], date(2024, 1, 1), date(2035, 12, 31))
    assert bench.simulate(100, calendar=none_closed).missed > 0
    monkeypatch.setitem(rules.TRANSITIONS, ("open", "end_unknown"), "lapsed_confirmed")
    assert bench.simulate(50).false > 0


def test_shares_of_the_cap_are_reached_in_order() -> None:
    reached = [rules.shares_reached([days]) for days in (0, 144, 145, 180, 181, 400)]
    assert reached == [[], [], [80], [80], [80, 100], [80, 100]]
    assert all(len(one) <= len(two) for one, two in pairwise(reached))
