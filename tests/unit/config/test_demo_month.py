"""The demonstration's month has cases of every age, at whichever hour of whichever day it is made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from config.demo_history import moments_of, with_cases

_CASES = 18


def test_some_cases_are_new_and_some_are_over_at_every_hour() -> None:
    begun = datetime(2026, 11, 20, tzinfo=UTC)
    for hour in range(10 * 24):
        now, dice = begun + timedelta(hours=hour), Random(10_000)
        moments = sorted(moments_of(dice, 40, now))
        ages = [now - moments[index] for index in with_cases(dice, moments, _CASES, now)]
        assert len(ages) == _CASES
        # Open until its fourth day, over after its twentieth; both are put off to the hours of work.
        assert timedelta(days=1) < min(ages) < timedelta(days=4), now
        assert max(ages) > timedelta(days=22), now


def test_a_month_with_fewer_contacts_than_cases_makes_a_case_of_each_that_is_a_day_old() -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    moments = [now - timedelta(hours=hours) for hours in (90, 60, 30, 20)]
    assert with_cases(Random(1), moments, _CASES, now) == {0, 1, 2}
    assert with_cases(Random(1), [], _CASES, now) == set()
