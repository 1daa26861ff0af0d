"""From a text's webhook to the screens: the parent's side of :mod:`bench.screens`."""

from __future__ import annotations

from dataclasses import dataclass, field

from bench.child import Child
from bench.house import PUBLIC_URL, House, Process
from bench.measures import Memory, cpu_seconds, median, memory, quantile

DASHBOARDS = (1, 50, 300)


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
        shown = [
            quantile(self.times, 0.5), quantile(self.times, 0.99), median(self.last), median(self.answers),
            median(self.live_ms),
        ]  # fmt: skip
        return [str(self.screens), *(f"{value:.1f}" for value in shown), str(self.missed)]


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
