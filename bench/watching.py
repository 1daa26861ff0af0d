"""From a text's webhook to the screens: the parent's side of :mod:`bench.screens`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from bench.child import Child
from bench.house import PUBLIC_URL, House, Process
from bench.measures import Memory, cpu_seconds, median, memory, quantile

#: None at all is what the webhook's own answer is compared with.
DASHBOARDS = (0, 1, 50, 500)
#: Webhooks arrive at this rate while all dashboards come back at once.
RETURN_RATE = 50


@dataclass
class Crowd:
    """All runs with one number of dashboards."""

    screens: int
    times: list[float] = field(default_factory=list)
    last: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    connected_s: list[float] = field(default_factory=list)
    live_ms: list[float] = field(default_factory=list)
    missed: int = 0
    live: Memory | None = None

    def row(self) -> list[str]:
        """Milliseconds from the webhook to a screen, to the last screen, and to the carrier's answer."""
        seen = [quantile(self.times, 0.5), quantile(self.times, 0.99), median(self.last)] if self.times else []
        shown = [f"{value:.1f}" for value in seen] or ["", "", ""]
        rest = [median(self.answers), median(self.live_ms)]
        return [str(self.screens), *shown, *(f"{value:.1f}" for value in rest), str(self.missed)]


@dataclass(frozen=True)
class Return:
    """All dashboards came back at once: how many, after how long, and p99 of the webhooks before and meanwhile (ms)."""

    screens: int
    seconds: float
    before: float
    meanwhile: float


class Watching:
    """Runs the crowds on a house whose web, live, relay and worker are up."""

    def __init__(self, house: House, live: Process) -> None:
        self._house, self._live = house, live
        self._seed = 20_000
        self.crowds = {screens: Crowd(screens) for screens in DASHBOARDS}

    def round(self, events: int) -> None:
        """Each number of dashboards once."""
        for crowd in self.crowds.values():
            self._seed += 1
            told = {
                "screens": crowd.screens,
                "events": events,
                "live_port": self._house.live_port,
                "port": self._house.port,
                "origin": PUBLIC_URL,
                "tokens": self._house.tokens,
                "account": self._house.account.as_json(),
                "known": self._house.contacts(),
                "seed": self._seed,
            }
            with Child("bench.screens", told) as screens:
                used = -cpu_seconds(self._live.pid)
                seen = screens.go()
                used += cpu_seconds(self._live.pid)
                crowd.live = memory(self._live.pid)
            crowd.times += seen["times"]
            crowd.last += seen["last"]
            crowd.answers += seen["answers"]
            crowd.missed += seen["missed"]
            crowd.connected_s.append(seen["connected_s"])
            crowd.live_ms.append(used / events * 1000)

    def come_back(self, seconds: float) -> Return:
        """Let the largest crowd lose its sockets and come back."""
        told = {
            "screens": DASHBOARDS[-1],
            "live_port": self._house.live_port,
            "origin": PUBLIC_URL,
            "tokens": self._house.tokens,
        }
        with Child("bench.returning", told) as crowd, ThreadPoolExecutor(1) as aside:
            before = self._load(seconds)
            meanwhile = aside.submit(self._load, seconds)
            back = crowd.go()
            return Return(back["screens"], back["seconds"], quantile(before, 0.99), quantile(meanwhile.result(), 0.99))

    def _load(self, seconds: float) -> list[float]:
        self._seed += 1
        told = {
            "kind": "sms", "port": self._house.port, "connections": 16, "seconds": 0.0, "seed": self._seed, "sids": [],
            "count": int(RETURN_RATE * seconds), "rate": RETURN_RATE, "account": self._house.account.as_json(),
        }  # fmt: skip
        with Child("bench.load", told) as load:
            times: list[float] = load.go()["times"]
        return times
