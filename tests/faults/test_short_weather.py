"""The short form of the weather: a few seconds of each that can be had anywhere, and three hours of sleep."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.faults.night import silently
from tests.faults.obstacles import carrier_fails, database_stopped, journal_refused, redis_stopped
from tests.faults.weather import Pace, Weather, run
from tests.faults.weathers import ASLEEP
from tests.support.engines import passable_folder

_PACE = Pace(patience=(4.0, 7.0), talk=(2.0, 3.0))
_SHORT = (
    Weather("PostgreSQL stopped", database_stopped, seconds=4.0, events=5),
    Weather("PostgreSQL stopped, the journal's disk refuses", journal_refused, seconds=4.0, events=5, away=True),
    Weather("Redis stopped", redis_stopped, seconds=3.0, events=4),
    Weather("carrier answers 500", carrier_fails(rest_500=1.0), seconds=3.0, events=4),
    Weather("carrier's callbacks never arrive", carrier_fails(lost_callback=1.0), seconds=3.0, events=4),
)
_ASLEEP = replace(ASLEEP, seconds=4.0, events=5)


@pytest.mark.processes
@pytest.mark.xdist_group("supervision")
@pytest.mark.timeout(420)
def test_nobody_is_lost_in_any_weather(tmp_path_factory: pytest.TempPathFactory) -> None:
    met = run(passable_folder(tmp_path_factory, "weather"), _SHORT, silently, pace=_PACE)
    assert [failure for one in met for failure in one.failures] == []
    assert [one.weather for one in met] == list(_SHORT)
    assert met[0].late + met[1].late > 0


@pytest.mark.processes
@pytest.mark.xdist_group("supervision")
@pytest.mark.timeout(420)
def test_three_hours_asleep_send_nothing_old_and_call_on_call_staff(tmp_path_factory: pytest.TempPathFactory) -> None:
    (met,) = run(passable_folder(tmp_path_factory, "asleep"), (_ASLEEP,), silently, pace=_PACE)
    assert met.failures == []
    assert met.late > 0
