"""What marks of a number weigh: it only falls, never jumps, and is nothing where nobody marked anything."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.nuisance import FRESH, Nuisance, hints, nuisance, score

DAY = 24 * 3600.0
ages = st.lists(st.floats(0, 400 * DAY), max_size=30)
policies = st.builds(
    Nuisance,
    source=st.just("test"),
    valid_from=st.just(date(2026, 1, 1)),
    half_life_days=st.integers(1, 90),
    hint_from=st.integers(1, 100),
)


@given(ages, st.floats(0, 400 * DAY), policies)
def test_it_only_falls_with_time(marks: list[float], later: float, policy: Nuisance) -> None:
    now, then = score(marks, policy), score([age + later for age in marks], policy)
    assert 0 <= then <= now + 1e-9
    # Of whoever was met without a word a word is never said later, unless a person marked anew.
    assert hints(marks, policy) or not hints([age + later for age in marks], policy)


@given(ages, policies)
def test_after_a_half_life_it_weighs_half(marks: list[float], policy: Nuisance) -> None:
    then = score([age + policy.half_life_days * DAY for age in marks], policy)
    assert then == pytest.approx(score(marks, policy) / 2)


@given(ages, st.floats(0, 400 * DAY), policies)
def test_a_further_mark_never_makes_it_less_and_adds_at_most_one_fresh(
    marks: list[float], another: float, policy: Nuisance
) -> None:
    before, after = score(marks, policy), score([*marks, another], policy)
    assert before - 1e-9 <= after <= before + FRESH + 1e-9


@given(policies)
def test_who_was_never_marked_is_met_without_a_word(policy: Nuisance) -> None:
    assert score([], policy) == 0
    assert not hints([], policy)


@given(ages, policies)
def test_whatever_was_marked_is_forgotten_in_the_end(marks: list[float], policy: Nuisance) -> None:
    assert not hints([age + 20 * policy.half_life_days * DAY for age in marks], policy)


def test_the_shipped_hint_stands_for_nine_days_after_one_mark() -> None:
    assert hints([0.0])
    assert hints([9 * DAY])
    assert not hints([10 * DAY])
    assert nuisance().half_life_days == 7


def test_a_clock_that_ran_ahead_makes_no_mark_weigh_more() -> None:
    assert score([-5 * DAY]) == FRESH
