"""Ends the house's processes without warning, at chosen moments, and takes the time until each is back at work."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from config.engines.processes import Mark, wait_until
from tests.faults.house import House

TARGETS = ("web", "live", "relay", "worker", "redis", "postgres")
MOMENTS = ("greeting", "waiting", "ringing", "talking", "any")
_RECOVERY_SECONDS = 90.0
_POLL_SECONDS = 0.05
_WORKER = "worker process"
_MOMENT_SECONDS = 10.0
#: What stands in the database as somebody's place in her call; ringing is a telephone of staff on its way.
_STAGES = """
    SELECT CASE stage WHEN 'joining' THEN 'ringing' ELSE stage END, count(*) FROM hotline_calls
    WHERE ended_at IS NULL GROUP BY 1
    UNION ALL
    SELECT 'ringing', count(*) FROM hotline_legs WHERE ended_at IS NULL AND answered_at IS NULL
"""


@dataclass(frozen=True)
class Blow:
    """One process ended or stopped, and what it met."""

    target: str
    what: str
    #: Callers in each place when it fell.
    met: dict[str, int]
    recovery: float | None


class Watcher(threading.Thread):
    """Knows from the database where callers stand at this moment."""

    def __init__(self, house: House) -> None:
        super().__init__(name="watcher", daemon=True)
        self._house = house
        self._stopping = threading.Event()
        self.stages: dict[str, int] = {}

    def run(self) -> None:
        """Look again and again."""
        while not self._stopping.wait(0.3):
            rows = self._house.query(_STAGES)
            if rows is not None:
                seen: Counter[str] = Counter()
                for stage, count in rows:
                    seen[stage] += count
                self.stages = {name: count for name, count in seen.items() if count}

    def stop(self) -> None:
        """Stop looking."""
        self._stopping.set()
        self.join(30)


class Killer:
    """Strikes one process after the other; the next blow comes when the house stands again."""

    def __init__(self, house: House, dice: random.Random, watcher: Watcher, say: Callable[[str], None]) -> None:
        self._house = house
        self._dice = dice
        self._say = say
        self._watcher = watcher
        self._staffed = {name: len(house.workers(name)) for name in ("web", "live")}
        self.blows: list[Blow] = []

    def plan(self, kills: int, stops: tuple[float, ...]) -> list[tuple[str, str, float]]:
        """(target, moment, seconds stopped or 0 for a kill) in an order that keeps blows of one target apart."""
        turn = self._dice.randrange(len(MOMENTS))
        blows: list[tuple[str, str, float]] = []
        for round_ in range(kills):
            order = list(TARGETS)
            self._dice.shuffle(order)
            for target in order:
                # Every target meets every moment when it is struck often enough.
                moment = MOMENTS[(turn + round_ + TARGETS.index(target)) % len(MOMENTS)]
                blows.append((target, moment, 0.0))
        for number, seconds in enumerate(stops):
            place = len(blows) * (number + 1) // (len(stops) + 1)
            blows.insert(place + number, ("postgres", "any", seconds))
        return blows

    def strike(self, target: str, moment: str, stopped: float) -> Blow:
        """One blow at the wanted moment, or at this one when that does not come."""
        if moment != "any":
            wait_until(lambda: bool(self._watcher.stages.get(moment)), _MOMENT_SECONDS, every=0.1)
        met = dict(self._watcher.stages)
        blow = self._stop_database(stopped, met) if stopped else self._kill(target, met)
        self.blows.append(blow)
        back = "did not come back" if blow.recovery is None else f"back after {blow.recovery:.1f} s"
        places = ", ".join(f"{count} {name}" for name, count in sorted(met.items())) or "nobody"
        self._say(f"{len(self.blows):>3}  {target:<9} {blow.what:<15} on the line: {places:<40} {back}")
        return blow

    def _kill(self, target: str, met: dict[str, int]) -> Blow:
        back = self._back(target)
        victim, what = self._victim(target)
        begun = time.monotonic()
        _send(victim, signal.SIGKILL)

        def replaced() -> bool:
            # Threads of a dying process outlive its first one for a moment, and its workers still answer then.
            return not victim.alive() and (what == _WORKER or self._house.mark(target) != victim)

        return Blow(target, what, met, _until(lambda: replaced() and back(), begun))

    def _victim(self, target: str) -> tuple[Mark, str]:
        """The process to kill: the one that the supervisor watches, or every second time one that it started."""
        before = sum(blow.target == target for blow in self.blows)
        main = self._house.mark(target)
        if main is None:
            raise RuntimeError(f"{target} does not run")
        workers = [mark for pid in self._house.workers(target) if (mark := Mark.of(pid))]
        if before % 2 == 0 or not workers:
            return main, "main process"
        return self._dice.choice(workers), _WORKER

    def _stop_database(self, seconds: float, met: dict[str, int]) -> Blow:
        marks = self._house.database_processes()
        back = self._back("postgres")
        for one in marks:
            _send(one, signal.SIGSTOP)
        threading.Event().wait(seconds)
        begun = time.monotonic()
        for one in marks:
            _send(one, signal.SIGCONT)
        return Blow("postgres", f"stopped {seconds:.0f} s", met, _until(back, begun))

    def _back(self, target: str) -> Callable[[], bool]:
        """What tells that a target works again; made before the blow, so that it knows what was before."""
        house = self._house
        if target in {"relay", "worker"}:
            return self._ticked(target)
        if target in {"web", "live"}:
            url, wanted = house.url if target == "web" else house.live_url, self._staffed[target]
            return lambda: len(house.workers(target)) >= wanted and house.answers(f"{url}/healthz") == 200
        if target == "redis":
            return house.redis_answers
        ticks = (self._ticked("relay"), self._ticked("worker"))
        return lambda: (
            house.query("SELECT 1") is not None
            and all(ticked() for ticked in ticks)
            and house.answers(f"{house.url}/readyz") == 200
        )

    def _ticked(self, component: str) -> Callable[[], bool]:
        """True when the component has begun and finished rounds after the first time it was asked about."""
        first: list[int] = []

        def ticked() -> bool:
            rows = self._house.query("SELECT ticks FROM core_beats WHERE component = %(name)s", name=component)
            if not rows:
                return False
            first.append(rows[0][0])
            return bool(rows[0][0] >= first[0] + 2)

        return ticked


def _send(mark: Mark, number: signal.Signals) -> None:
    if mark.alive():
        with suppress(ProcessLookupError):
            os.kill(mark.pid, number)


def _until(back: Callable[[], bool], begun: float) -> float | None:
    """Seconds since ``begun`` when it is back, None when it did not come back in time."""
    return time.monotonic() - begun if wait_until(back, _RECOVERY_SECONDS, every=_POLL_SECONDS) else None


def worst(blows: list[Blow]) -> Iterator[tuple[str, int, float | None]]:
    """Per target and kind of blow: how many, and the longest recovery (None: one did not recover)."""
    for target in TARGETS:
        for stopped in (False, True):
            mine = [blow for blow in blows if blow.target == target and blow.what.startswith("stopped") == stopped]
            if mine:
                name = f"{target}, stopped" if stopped else target
                times = [blow.recovery for blow in mine]
                longest = None if None in times else max(time for time in times if time is not None)
                yield name, len(mine), longest
