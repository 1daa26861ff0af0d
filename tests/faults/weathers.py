"""Every weather, in the order of the table."""

from __future__ import annotations

from typing import Final

from tests.faults import asleep, clocks, disks
from tests.faults.clocks import clock_wrong
from tests.faults.disks import disk_full
from tests.faults.flood import danger_first
from tests.faults.gone import Gone
from tests.faults.obstacles import (
    carrier_fails,
    database_read_only,
    database_stopped,
    no_connection_left,
    nothing,
    redis_flushed,
    redis_stopped,
    slow_clients,
)
from tests.faults.weather import Weather

_GONE: Final = Gone()
_ANYWHERE: Final = (
    Weather("PostgreSQL stopped", database_stopped, seconds=120.0, events=60),
    Weather("PostgreSQL read-only", database_read_only),
    Weather("PostgreSQL without a free connection", no_connection_left),
    Weather("Redis stopped", redis_stopped),
    Weather("Redis flushed", redis_flushed, seconds=15.0),
    Weather("carrier answers 500", carrier_fails(rest_500=1.0)),
    Weather("carrier answers 429", carrier_fails(rest_429=1.0)),
    Weather("carrier's answers never arrive", carrier_fails(response_lost=1.0)),
    Weather("carrier's callbacks never arrive", carrier_fails(lost_callback=1.0)),
    Weather("200 clients that send a letter a second, or nothing", slow_clients),
    Weather("200 clients that asked and are gone", _GONE.stands, seconds=40.0, judges=_GONE.judges),
    Weather(
        "600 calls and 3,000 texts a minute",
        nothing,
        seconds=120.0,
        events=4,
        flood=(1200, 6000),
        judges=danger_first,
    ),
)


def _on_disks(name: str, folder: str, *, database: bool = True, away: bool = False) -> Weather:
    stands = disk_full(folder, database=database)
    return Weather(name, stands, prepares=disks.small_disks, why_not=disks.why_not, away=away)


_DISKS: Final = (
    _on_disks("disk full: database", "postgres"),
    _on_disks("disk full: log", "log"),
    _on_disks("disk full: temporary files", "tmp"),
    _on_disks("disk full: journal", "journal"),
    _on_disks("disk full: journal, with PostgreSQL stopped", "journal", database=False, away=True),
)


def _by_a_clock(name: str, by: int, *, database: bool = True) -> Weather:
    stands = clock_wrong(by, database=database)
    judges = clocks.dated_wrongly
    return Weather(name, stands, prepares=clocks.movable_clock, why_not=clocks.why_not, judges=judges)


_HOURS: Final = 3 * 3600
_CLOCKS: Final = (
    _by_a_clock("clock of the application's machine 3 h fast", _HOURS),
    _by_a_clock("clock of the application's machine 3 h slow", -_HOURS),
    _by_a_clock("clock 3 h fast, with PostgreSQL stopped", _HOURS, database=False),
)


def _before_sleeping(_house: object) -> None:
    """A house of its own: the sessions of its people end while it sleeps."""


ASLEEP: Final = Weather(
    "everything stopped, started after three hours",
    asleep.asleep,
    prepares=_before_sleeping,
    judges=asleep.not_kept,
    away=True,
    attended=False,
)
WEATHERS: Final = (*_ANYWHERE, *_DISKS, *_CLOCKS, ASLEEP)
