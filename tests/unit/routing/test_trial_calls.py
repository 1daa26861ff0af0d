"""When the telephones of a shift are tried: before it, and never at an hour that wakes anybody."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from core.catalogue import CatalogueError, load_catalogue
from routing.trial_calls import PATH, WAKING, TrialCalls, call_at, is_humane, trial_calls
from staff.rules import ISTANBUL

MIDNIGHT = datetime(2026, 11, 23, tzinfo=ISTANBUL)
moments = st.integers(0, 14 * 24 * 60).map(lambda minute: MIDNIGHT + timedelta(minutes=minute))


@given(moments, moments)
def test_it_is_before_the_shift_and_wakes_nobody(start: datetime, now: datetime) -> None:
    at = call_at(trial_calls(), start, now)
    if at is not None:
        assert now <= at < start
        assert WAKING[0] <= at.astimezone(ISTANBUL).time() < WAKING[1]
        assert is_humane(trial_calls(), at)


@given(moments)
def test_whoever_stands_in_the_rota_a_day_ahead_is_always_tried(start: datetime) -> None:
    assert call_at(trial_calls(), start, start - timedelta(days=1)) is not None


@pytest.mark.parametrize(
    ("start", "now", "at"),
    [
        (timedelta(hours=16), timedelta(), timedelta(hours=14, minutes=30)),
        # The night shift and the early one: in the evening before.
        (timedelta(days=1), timedelta(), timedelta(hours=20)),
        (timedelta(days=1, hours=8), timedelta(), timedelta(hours=20)),
        # Written into the rota late: at once, or in the morning if there is one before it.
        (timedelta(hours=16), timedelta(hours=15), timedelta(hours=15)),
        (timedelta(days=1, hours=9), timedelta(hours=23), timedelta(days=1, hours=8)),
        (timedelta(days=1, hours=2), timedelta(hours=23), None),
    ],
)
def test_when(start: timedelta, now: timedelta, at: timedelta | None) -> None:
    assert call_at(trial_calls(), MIDNIGHT + start, MIDNIGHT + now) == (None if at is None else MIDNIGHT + at)


@pytest.mark.parametrize("change", [{"from": "06:30"}, {"to": "22:30"}, {"from": "20:30"}])
def test_a_policy_that_would_wake_people_stops_the_start(tmp_path: Path, change: dict[str, str]) -> None:
    wrong = tmp_path / "trial_calls.yaml"
    wrong.write_text(yaml.safe_dump({**yaml.safe_load(PATH.read_text()), **change}, allow_unicode=True))
    with pytest.raises(CatalogueError, match="wake"):
        load_catalogue(wrong, TrialCalls)
    assert time(7) == WAKING[0]
