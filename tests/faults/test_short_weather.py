"""The short form of the weather: a few seconds of what can be had anywhere, and at last three hours of sleep."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.faults.night import silently
from tests.faults.obstacles import database_stopped, forsaken, journal_refused
from tests.faults.weather import Pace, Weather, ordinarily, run
from tests.faults.weathers import ASLEEP
from tests.support.engines import passable_folder

# Skipped is more than a step of the second factor: nobody waits for her next code.
_PACE = Pace(patience=(2.0, 3.0), talk=(1.0, 2.0), spread=1.5, skips=timedelta(seconds=31))
_SHORT = (
    Weather("PostgreSQL stopped", database_stopped, seconds=3.0, events=4),
    Weather("PostgreSQL stopped, and the disk of the journal full", journal_refused, seconds=3.0, events=4, away=True),
    Weather("Redis stopped, carrier answers 500, callbacks never", forsaken, seconds=3.0, events=4),
    replace(ASLEEP, seconds=3.0, events=4, prepares=ordinarily),
)


@pytest.mark.processes
@pytest.mark.xdist_group("supervision")
@pytest.mark.timeout(420)
def test_nobody_is_lost_in_any_weather(tmp_path_factory: pytest.TempPathFactory) -> None:
    met = run(passable_folder(tmp_path_factory, "weather"), _SHORT, silently, pace=_PACE)
    assert [failure for one in met for failure in one.failures] == []
    assert [one.weather for one in met] == list(_SHORT)
    # Somebody always comes into it, and is late unless the carrier's own retry finds the house well again in time.
    stood = [one.late or set(one.ready) - {"200"} for one in met if one.weather.stands is not forsaken]
    assert all(stood)
    assert any(one.late for one in met)
