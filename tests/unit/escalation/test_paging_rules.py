from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import segments
from escalation.paging import rules
from hotline.phrases import phrase

REASONS = st.sampled_from(rules.REASONS)
LEVELS = st.sampled_from(rules.LEVELS)
MOMENTS = st.integers(1_700_000_000, 1_950_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
STEPS = st.builds(
    rules.Step,
    roles=st.lists(st.sampled_from(rules.ROLES), min_size=1, unique=True).map(tuple),
    delay_s=st.integers(1, 7200),
    parallel=st.booleans(),
)
LADDERS = st.builds(
    rules.Ladder,
    slug=st.just("x"),
    steps=st.lists(STEPS, max_size=5).map(tuple),
    last_resort=STEPS,
    loops=st.integers(1, 4),
    contact_within_s=st.integers(1, 7200),
    snooze_max_s=st.integers(0, 7200),
)


#: What may wake a person between 22:00 and 07:00, in the words of the requirement, and by which reasons.
MAY_WAKE = {
    "a caller still waiting": {"nobody_present"},
    "an unanswered or level-1 contact": {"call_unanswered", "text_unanswered", "nobody_present"},
    "an operator's request with its reason": {"operator_request"},
    "duress": {"duress"},
    "check-in timer": {"check_in"},
    "confirmed loss of protection": {"protection_lost"},
    "a release from detention today": {"detention_release"},
    "the pager itself": {"pager"},
}


def test_only_what_is_listed_may_wake_and_all_of_it_does() -> None:
    assert set().union(*MAY_WAKE.values()) == rules.WAKING
    assert set(rules.REASONS) - rules.WAKING == {"due"}
    assert [reason for reason in rules.REASONS if not rules.may_wake(reason, 1, time(3))] == ["due"]


@given(REASONS, LEVELS, st.times())
def test_by_day_all_may_ring_and_by_night_the_closed_list_alone(reason: str, level: int, local: time) -> None:
    night = not time(7) <= local < time(22)
    assert rules.may_wake(reason, level, local) == (not night or reason in rules.WAKING)


@pytest.mark.parametrize(
    ("local", "night"),
    [(time(21, 59, 59), False), (time(22), True), (time(0), True), (time(6, 59, 59), True), (time(7), False)],
)
def test_the_edges_of_the_night(local: time, night: bool) -> None:
    assert rules.is_night(local) is night
    assert rules.may_wake("due", 1, local) is not night


def test_a_level_outside_its_range_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="level"):
        rules.may_wake("duress", 5, time(12))


@given(REASONS, LEVELS, MOMENTS)
def test_nobody_is_notified_before_they_may_be_nor_later_than_the_morning(
    reason: str, level: int, moment: datetime
) -> None:
    at = rules.notify_at(reason, level, moment)
    assert moment <= at <= moment + timedelta(hours=9)
    assert rules.may_wake(reason, level, at.astimezone(rules.ZONE).time())
    if at > moment:
        assert at.astimezone(rules.ZONE).time() == time(7)
        assert reason not in rules.WAKING


@given(LADDERS)
def test_the_last_resort_comes_within_the_budget_and_never_ends(ladder: rules.Ladder) -> None:
    before = ladder.loops * len(ladder.steps)
    climbed = rules.first_rungs(ladder, before + 5)
    assert [rung.last_resort for rung in climbed] == [False] * before + [True] * 5
    assert sum(rules.step_at(ladder, rung).delay_s for rung in climbed[:before]) == rules.budget_s(ladder)
    assert all(rules.step_at(ladder, rung) == ladder.last_resort for rung in climbed[before:])


@given(LADDERS)
def test_no_rung_comes_twice_so_no_notification_key_does(ladder: rules.Ladder) -> None:
    climbed = rules.first_rungs(ladder, 40)
    assert len({(rung.step, rung.loop) for rung in climbed}) == 40
    assert all(rules.next_rung(ladder, one) == two for one, two in pairwise(climbed))


POINTS = st.lists(
    st.builds(rules.Point, id=st.uuids(), medium=st.sampled_from(["sms", "voice"])),
    max_size=6,
    unique_by=lambda point: point.id,
)


@given(POINTS, st.booleans())
def test_every_telephone_has_its_turn_and_at_most_one_call_at_a_time(points: list[rules.Point], parallel: bool) -> None:
    plan = rules.plan(points, parallel=parallel)
    assert {point.id for point, _ in plan} == {point.id for point in points}
    assert len(plan) == len(points)
    now = [point.medium for point, rule_no in plan if rule_no == 0]
    assert len(now) == len(set(now))
    assert bool(now) == bool(points)
    if not parallel:
        assert len(now) <= 1
    later = [rule_no for _, rule_no in plan if rule_no > 0]
    assert later == sorted(set(later))


def test_in_parallel_the_best_text_and_the_best_call_go_together() -> None:
    one, two, three = (rules.Point(UUID(int=n), medium) for n, medium in enumerate(["voice", "sms", "voice"]))
    assert rules.plan([one, two, three], parallel=True) == [(two, 0), (one, 0), (three, 1)]
    assert rules.plan([one, two, three], parallel=False) == [(two, 0), (one, 1), (three, 2)]


STATES = st.sampled_from(["waiting", "sending", "accepted", "delivered", "reached", "failed", "unknown", "cancelled"])


@given(st.lists(STATES, max_size=8))
def test_a_notification_never_falls_back(reported: list[str]) -> None:
    rank = {"waiting": 0, "sending": 1, "unknown": 2, "accepted": 2, "delivered": 3}
    state = "waiting"
    for new in reported:
        old, state = state, rules.raised(state, new)
        if old in rank and state in rank:
            assert rank[state] >= rank[old]
        if old in {"reached", "cancelled"}:
            assert state == old
        if old == "failed":
            assert state in {"failed", "reached"}


CODES = st.sampled_from(["K7Q2", "AB23", "Z9Z9"])


@given(CODES, st.lists(st.tuples(CODES, st.none() | MOMENTS)), MOMENTS)
def test_a_code_rests_for_seventy_two_hours(code: str, taken: list[tuple[str, datetime | None]], now: datetime) -> None:
    free = rules.code_is_free(code, taken, now)
    in_use = any(other == code and (closed is None or now - closed < timedelta(hours=72)) for other, closed in taken)
    assert free is not in_use


PAGE_STATES = ["open", "acked", "engaged", "snoozed", "closed", "merged"]
ACTS = ["accept", "contact", "lapse", "give_back", "snooze", "wake", "close", "merge"]


@given(st.lists(st.sampled_from(ACTS), max_size=20))
def test_a_page_ends_only_closed_or_merged(acts: list[rules.PageAct]) -> None:
    state = "open"
    for act in acts:
        after = rules.after_act(state, act)
        if after is None:
            continue
        assert state not in {"closed", "merged"}
        assert state in rules.states_before(act)
        state = after
    assert state in PAGE_STATES


def test_an_act_has_one_outcome_so_that_one_update_can_do_it() -> None:
    for act in ACTS:
        outcomes = {rules.after_act(state, act) for state in rules.states_before(act)}  # type: ignore[arg-type]
        assert len(outcomes) == 1
    assert rules.states_before("lapse") == ("acked",)


@given(LADDERS, LEVELS, st.integers(-10, 10_000))
def test_level_1_is_never_put_off(ladder: rules.Ladder, level: int, seconds: int) -> None:
    assert rules.snooze_allowed(level, ladder, seconds) == (level > 1 and 0 < seconds <= ladder.snooze_max_s)


@given(
    LEVELS,
    st.none() | st.sampled_from(["01", "06", "35", "81"]),
    st.none() | st.sampled_from(["tr", "en", "ar", "ku"]),
    st.sampled_from(["tr", "en"]),
)
def test_a_page_is_one_plain_segment_without_anything_else(
    level: int, province: str | None, language: str | None, locale: str
) -> None:
    text = phrase("page_text", locale).fill(**rules.text_values("K7Q2", level, province, language))
    letter = "D" if locale == "tr" else "L"
    assert text == f"K7Q2 {letter}{level} {province or '00'} {(language or 'tr').upper()}"
    for said in (text, phrase("page_taken", locale).fill(code="K7Q2")):
        sent = segments(said)
        assert (sent.encoding, sent.count) == ("GSM-7", 1)


@given(LEVELS, st.integers(2, 99_999), st.sampled_from(["tr", "en"]))
def test_a_page_of_many_adds_a_number_and_nothing_else(level: int, number: int, locale: str) -> None:
    values = rules.text_values("K7Q2", level, "06", "ku")
    one, many = (
        phrase("page_text", locale).fill(**values),
        phrase("page_text_many", locale).fill(**values, count=number),
    )
    assert many == f"{one} x{number}"
    for said in (many, phrase("page_more", locale).fill(code="K7Q2", count=number)):
        assert (segments(said).encoding, segments(said).count) == ("GSM-7", 1)


@given(st.integers(1, 5_000))
def test_who_has_many_is_told_when_they_have_doubled(number: int) -> None:
    told = [at for at in range(1, number + 1) if rules.worth_telling(at)]
    assert told == [2**power for power in range(1, number.bit_length()) if 2**power <= number]


def test_the_texts_of_the_example() -> None:
    assert phrase("page_text", "tr").fill(**rules.text_values("K7Q2", 1, "06", "ku")) == "K7Q2 D1 06 KU"
    assert phrase("page_taken", "tr").fill(code="K7Q2") == "K7Q2 alindi"
    assert phrase("page_taken", "en").fill(code="K7Q2") == "K7Q2 taken"
