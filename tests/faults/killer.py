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
from dataclasses import dataclass, replace

from config.engines.processes import Mark, wait_until
from tests.faults.house import House

TARGETS = ("web", "live", "relay", "worker", "redis", "postgres")
MOMENTS = ("greeting", "waiting", "ringing", "talking", "any")
#: Processes that somebody watches, so that one that stands still is replaced.
HELD = ("web", "live", "relay", "worker")
_REDIS_STOPPED_SECONDS = 5.0
_RECOVERY_SECONDS = 90.0
#: People go on calling meanwhile, so that a board may be right only for moments; it is not waited for longer.
_BOARD_SECONDS = 15.0
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
    #: Whether it was stopped (SIGSTOP) instead of ended.
    stopped: bool = False
    #: Seconds from the recovery until the screen that stayed showed what stands in the database; None: not in time.
    board: float | None = None


@dataclass(frozen=True)
class Order:
    """What is to be struck, at which moment, and for how many seconds it is stopped (None: ended, 0: left stopped)."""

    target: str
    moment: str
    stopped: float | None = None


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

    def __init__(
        self,
        house: House,
        dice: random.Random,
        watcher: Watcher,
        say: Callable[[str], None],
        board_is_right: Callable[[], bool],
    ) -> None:
        self._house = house
        self._dice = dice
        self._say = say
        self._board_is_right = board_is_right
        self._watcher = watcher
        self._staffed = {name: len(house.workers(name)) for name in ("web", "live")}
        self.blows: list[Blow] = []

    def plan(self, kills: int, stops: tuple[float, ...], holds: int) -> list[Order]:
        """What is to be struck, in an order that keeps blows of one target apart."""
        turn = self._dice.randrange(len(MOMENTS))
        blows: list[Order] = []
        for round_ in range(kills):
            order = list(TARGETS)
            self._dice.shuffle(order)
            for target in order:
                # Every target meets every moment when it is struck often enough.
                moment = MOMENTS[(turn + round_ + TARGETS.index(target)) % len(MOMENTS)]
                blows.append(Order(target, moment))
        halts = [Order("postgres", "any", seconds) for seconds in stops]
        halts += [Order("redis", "any", _REDIS_STOPPED_SECONDS)] * holds
        # Nobody lets these go on: whoever watches them must find out.
        halts += [Order(target, self._dice.choice(MOMENTS), 0.0) for target in HELD for _ in range(holds)]
        self._dice.shuffle(halts)
        for number, halt in enumerate(halts):
            blows.insert(len(blows) * (number + 1) // (len(halts) + 1), halt)
        return blows

    def strike(self, order: Order) -> Blow:
        """One blow at the wanted moment, or at this one when that does not come."""
        target, moment = order.target, order.moment
        if moment != "any":
            wait_until(lambda: bool(self._watcher.stages.get(moment)), _MOMENT_SECONDS, every=0.1)
        met = dict(self._watcher.stages)
        if order.stopped:
            blow = self._stop_engine(target, order.stopped, met)
        else:
            blow = self._end(target, met, signal.SIGKILL if order.stopped is None else signal.SIGSTOP)
        recovered = time.monotonic()
        if wait_until(self._board_is_right, _BOARD_SECONDS, every=0.2):
            blow = replace(blow, board=time.monotonic() - recovered)
        self.blows.append(blow)
        back = "did not come back" if blow.recovery is None else f"back after {blow.recovery:.1f} s"
        places = ", ".join(f"{count} {name}" for name, count in sorted(met.items())) or "nobody"
        self._say(f"{len(self.blows):>3}  {target:<9} {blow.what:<15} on the line: {places:<40} {back}")
        return blow

    def _end(self, target: str, met: dict[str, int], how: signal.Signals) -> Blow:
        """A process that is killed, or stopped for good: in both cases another must take its place."""
        back = self._back(target)
        victim, what = self._victim(target)
        begun = time.monotonic()
        signalled(victim, how)

        def replaced() -> bool:
            # Threads of a dying process outlive its first one for a moment, and its workers still answer then.
            return not victim.alive() and (what == _WORKER or self._house.mark(target) != victim)

        stopped = how is signal.SIGSTOP
        said = f"{what.partition(' ')[0]} stopped" if stopped else what
        return Blow(target, said, met, _until(lambda: replaced() and back(), begun), stopped)

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

    def _stop_engine(self, target: str, seconds: float, met: dict[str, int]) -> Blow:
        """An engine that stands still for a while, as when its machine swaps, and goes on."""
        server = self._house.mark(target)
        marks = self._house.database_processes() if target == "postgres" else [server] if server else []
        back = self._back(target)
        for one in marks:
            signalled(one, signal.SIGSTOP)
        threading.Event().wait(seconds)
        begun = time.monotonic()
        for one in marks:
            signalled(one, signal.SIGCONT)
        return Blow(target, f"stopped {seconds:.0f} s", met, _until(back, begun), stopped=True)

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


def signalled(mark: Mark, number: signal.Signals) -> None:
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
            mine = [blow for blow in blows if blow.target == target and blow.stopped == stopped]
            if mine:
                name = f"{target}, stopped" if stopped else target
                times = [blow.recovery for blow in mine]
                longest = None if None in times else max(time for time in times if time is not None)
                yield name, len(mine), longest
