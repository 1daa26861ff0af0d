"""When a line is too quiet to be well."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalogue import CatalogueError, load_catalogue
from hotline.silence import (
    HOURS,
    PATH,
    Silence,
    hour_of_week,
    is_silent,
    rates,
    silence,
    weeks_before,
    would_have_come,
)
from staff.rules import ISTANBUL

MONDAY = datetime(2026, 11, 23, tzinfo=ISTANBUL)


def drawn_weeks(seed: int) -> list[list[int]]:
    """Some weeks of a line that has busy and empty hours."""
    drawn = random.Random(seed)
    busiest = [drawn.choice((0, 0, 1, 4, 30)) for _ in range(HOURS)]
    return [[drawn.randint(0, most) for most in busiest] for _ in range(drawn.randint(2, 8))]


weeks = st.integers(0, 1 << 30).map(drawn_weeks)
moments = st.integers(0, 7 * 24 * 60 - 1).map(lambda minute: MONDAY + timedelta(minutes=minute))
spans = st.integers(0, 14 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))


def day_line(by_day: int, by_night: int) -> list[list[int]]:
    """Eight weeks of a line that has so many contacts an hour from 9 to 18, and so many in the other hours."""
    return [[by_day if 9 <= hour % 24 < 18 else by_night for hour in range(HOURS)] for _ in range(8)]


@given(weeks, moments, spans, spans)
@settings(max_examples=200, deadline=None)
def test_a_longer_silence_is_never_less_silent(
    past: list[list[int]], at: datetime, one: timedelta, more: timedelta
) -> None:
    if is_silent(silence(), past, at, at + one):
        assert is_silent(silence(), past, at, at + one + more)


@given(weeks, moments, spans, spans)
@settings(max_examples=200, deadline=None)
def test_what_would_have_come_adds_up(past: list[list[int]], at: datetime, one: timedelta, two: timedelta) -> None:
    rate = rates(past)
    whole = would_have_come(rate, at, at + one + two)
    parts = would_have_come(rate, at, at + one) + would_have_come(rate, at + one, at + one + two)
    assert whole == pytest.approx(parts)


@given(moments, spans, st.integers(0, 39))
@settings(max_examples=200, deadline=None)
def test_a_line_of_which_little_is_known_never_alarms(at: datetime, span: timedelta, contacts: int) -> None:
    drawn = random.Random(contacts)
    past = [[0] * HOURS for _ in range(8)]
    for _ in range(contacts):
        past[drawn.randrange(8)][drawn.randrange(HOURS)] += 1
    assert not is_silent(silence(), past, at, at + span)
    # Nor does one that rang for a single week, however often.
    assert not is_silent(silence(), [[30] * HOURS, *([[0] * HOURS] * 7)], at, at + span)


@given(st.integers(0, 7), st.integers(0, HOURS - 1), st.integers(100, 5000))
def test_one_flood_changes_nothing_of_what_is_normal(week: int, hour: int, flood: int) -> None:
    calm = day_line(2, 0)
    flooded = [list(one) for one in calm]
    flooded[week][hour] += flood
    assert rates(flooded) == rates(calm)


def test_a_line_that_is_quiet_at_night_alarms_by_day_and_not_by_night() -> None:
    past = day_line(4, 0)
    noon, evening = MONDAY + timedelta(hours=12), MONDAY + timedelta(hours=19)
    assert not is_silent(silence(), past, noon, noon + timedelta(minutes=110))
    assert is_silent(silence(), past, noon, noon + timedelta(minutes=130))
    assert not is_silent(silence(), past, evening, evening + timedelta(hours=13))
    assert is_silent(silence(), past, evening, evening + timedelta(hours=17))


def test_a_busy_line_alarms_no_sooner_than_after_the_least_time() -> None:
    past, noon = day_line(120, 120), MONDAY + timedelta(hours=12)
    assert not is_silent(silence(), past, noon, noon + timedelta(minutes=19))
    assert is_silent(silence(), past, noon, noon + timedelta(minutes=20))


def test_a_year_of_calls_that_come_by_chance_alarms_about_once() -> None:
    drawn, policy = random.Random(7), silence()
    # Twelve contacts on a day, none of them by appointment.
    past = [[0] * HOURS for _ in range(8)]
    for week in past:
        for _ in range(84):
            week[drawn.randrange(HOURS)] += 1
    at, alarms = MONDAY, 0
    for _ in range(365 * 12):
        following = at + timedelta(hours=drawn.expovariate(0.5))
        alarms += is_silent(policy, past, at, following)
        at = following
    assert alarms <= 6


def test_weeks_are_counted_back_from_the_last_contact() -> None:
    last = MONDAY + timedelta(hours=12, minutes=30)
    hours = {
        MONDAY + timedelta(hours=12): 2,
        MONDAY + timedelta(hours=12) - timedelta(days=7): 3,
        MONDAY - timedelta(days=300): 9,
    }
    past = weeks_before(silence(), last, hours)
    assert (past[0][hour_of_week(last)], past[1][hour_of_week(last)]) == (2, 3)
    assert sum(map(sum, past)) == 5


def test_a_wrong_policy_stops_the_start(tmp_path: Path) -> None:
    wrong = tmp_path / "silence.yaml"
    wrong.write_text(yaml.safe_dump({**yaml.safe_load(PATH.read_text()), "gaps": 1}, allow_unicode=True))
    with pytest.raises(CatalogueError, match="gaps"):
        load_catalogue(wrong, Silence)
