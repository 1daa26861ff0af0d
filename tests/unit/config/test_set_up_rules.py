"""The week as a grid, and short names."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.set_up import rules
from dashboard.rota import uncovered

DAY = st.dates(date(2026, 1, 1), date(2036, 12, 31))
WORD = st.sampled_from(["", rules.OFF, *rules.PATTERNS])
WEEK = st.lists(WORD, min_size=rules.DAYS, max_size=rules.DAYS)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Ankara", "ankara"),
        ("Şanlıurfa", "sanliurfa"),
        ("İZMİR", "izmir"),
        ("Iğdır", "igdir"),
        ("Kahramanmaraş KOZA-ŞÖNİM", "kahramanmaras-koza-sonim"),
        ("…", ""),
    ],
)
def test_a_province_becomes_a_short_name(name: str, slug: str) -> None:
    assert rules.slug_of(name) == slug


@given(st.text())
def test_a_short_name_is_one_that_a_centre_may_have(name: str) -> None:
    slug = rules.slug_of(name)
    assert slug == "" or re.fullmatch("[a-z0-9][a-z0-9-]{0,39}", slug)
    assert rules.slug_of(slug) == slug


@given(WORD, WEEK, DAY)
def test_shifts_that_were_written_are_drawn_as_they_were_meant(every: str, days: list[str], first: date) -> None:
    spans = rules.spans_of(every, days, first)
    assert rules.spans_of(*rules.grid_of(spans, first), first) == spans


@given(WORD, WEEK, DAY)
def test_nobody_serves_twice_at_once(every: str, days: list[str], first: date) -> None:
    spans = rules.spans_of(every, days, first)
    assert all(before[1] <= after[0] for before, after in pairwise(sorted(spans)))


@pytest.mark.parametrize("people", [["all"], ["day", "evening", "night"], ["long_day", "long_night"]])
@given(first=DAY)
def test_whole_days_leave_no_hour_of_the_week(people: list[str], first: date) -> None:
    spans = [span for every in people for span in rules.spans_of(every, [""] * rules.DAYS, first)]
    begin = rules.turn_of(first)
    assert uncovered(spans, begin, begin + rules.DAYS * rules.A_DAY) == []


@given(st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_the_first_day_is_the_one_that_runs(moment: datetime) -> None:
    begin = rules.turn_of(rules.first_day(moment))
    assert begin <= moment < begin + timedelta(days=1)


@pytest.mark.parametrize(
    ("roles", "duty"),
    [
        (["operator"], "operator"),
        (["director"], "oncall"),
        (["admin"], ""),
        (["auditor", "oncall"], "oncall"),
        ([], ""),
    ],
)
def test_who_stands_on_the_rota(roles: list[str], duty: str) -> None:
    assert rules.duty_of(roles) == duty
