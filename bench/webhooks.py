"""The three webhooks of the house, beside the bare view and the commit floor: A B C … A B C …, medians.

Processor time is the steadier figure where a machine is shared: it is counted over the process trees of the web and of
the database, while the load is a third process.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bench.child import Child
from bench.house import House, Process
from bench.measures import cpu_seconds, median, quantile

CONNECTIONS = 16
#: A hotline's busiest minute is far below this; it is the load at which the time of an answer is looked at.
STEADY_RATE = 20
_NAMES = {
    "voice": "voice arrival",
    "status": "voice status",
    "sms": "text arrival",
    "bare": "bare view, one insert",
    "floor": "commit floor, no web",
}
CASES = tuple(_NAMES)
STEADY_CASES = ("voice", "sms", "bare")
#: Rows that a case must leave behind, one for each answered request: nothing of the load may go to the journal.
_LEFT_BEHIND = {
    "voice": "hotline_inbox",
    "sms": "hotline_inbox",
    "status": "hotline_status_events",
    "bare": "bench_bare",
    "floor": "bench_contacts",
}


@dataclass
class Case:
    """All runs of one case."""

    name: str
    rates: list[float] = field(default_factory=list)
    web_us: list[float] = field(default_factory=list)
    database_us: list[float] = field(default_factory=list)
    #: Milliseconds at full load, all runs together, and at the steady rate.
    times: list[float] = field(default_factory=list)
    steady: list[float] = field(default_factory=list)
    answered: int = 0
    errors: int = 0
    unkept: int = 0

    @property
    def title(self) -> str:
        """As the tables call it."""
        return _NAMES[self.name]

    @property
    def cpu_us(self) -> float:
        """Processor time of one request, web and database, in microseconds."""
        return median(self.web_us) + median(self.database_us)

    def row(self) -> list[str]:
        """Requests per second, processor time, time of an answer."""
        shown = [median(self.rates), median(self.web_us), median(self.database_us), self.cpu_us]
        waited = [quantile(self.times, 0.5), quantile(self.times, 0.99)]
        return [self.title, *(f"{value:,.0f}" for value in shown), *(f"{value:.1f}" for value in waited)]

    def steady_row(self) -> list[str]:
        """Time of an answer at the steady rate."""
        return [self.title, *(f"{quantile(self.steady, share):.1f}" for share in (0.5, 0.95, 0.99))]


class Webhooks:
    """Runs the cases on a house whose web and bare view are up."""

    def __init__(self, house: House, web: Process, bare: Process, *, seconds: float) -> None:
        self._house, self._seconds = house, seconds
        self._pids = {"voice": web.pid, "status": web.pid, "sms": web.pid, "bare": bare.pid}
        self._seeds: Iterator[int] = iter(range(1, 10_000))
        self._rang: list[str] = []
        self.cases = {name: Case(name) for name in CASES}

    def warm_up(self, seconds: float) -> None:
        """Let every thread open its connection and every statement be compiled once; nothing is noted."""
        for name in CASES:
            self._full(name, seconds)

    def round(self) -> None:
        """Each case once at full load."""
        for name in CASES:
            result, web, database = self._full(name, self._seconds)
            self._note(self.cases[name], result, web, database)

    def steady(self, seconds: float) -> None:
        """Each case once at the steady rate."""
        for name in STEADY_CASES:
            told = self._task(name, int(STEADY_RATE * seconds), 0.0) | {"rate": STEADY_RATE}
            with Child("bench.load", told) as load:
                result = load.go()
            # The first second finds caches that the other case has emptied.
            self.cases[name].steady += result["times"][STEADY_RATE // 2 :]
            self.cases[name].errors += result["errors"]

    def _full(self, name: str, seconds: float) -> tuple[dict[str, Any], float, float]:
        table = _LEFT_BEHIND[name]
        before = self._house.count(table)
        with self._child(name, seconds) as child:
            pids = [self._pids.get(name, child.pid), self._house.postgres_pid]
            used = [-cpu_seconds(pid) for pid in pids]
            result: dict[str, Any] = child.go()
            web, database = (cpu_seconds(pid) + begun for pid, begun in zip(pids, used, strict=True))
        if name == "voice":
            self._rang = result["sids"]
        result["unkept"] = len(result["times"]) - (self._house.count(table) - before)
        return result, web, database

    def _child(self, name: str, seconds: float) -> Child:
        if name == "floor":
            url = self._house.postgres.url()
            first = next(self._seeds) * 10**12
            return Child("bench.floor", {"url": url, "threads": CONNECTIONS, "seconds": seconds, "first": first})
        known = self.cases[name].rates
        # Enough for the whole time, from what the case did before; signing thousands too many takes its time as well.
        expected = max(known) if known else {"bare": 2500.0}.get(name, 800.0)
        return Child("bench.load", self._task(name, int(expected * seconds * 2), seconds))

    def _task(self, name: str, count: int, seconds: float) -> dict[str, Any]:
        return {
            "kind": "sms" if name == "bare" else name,
            "port": self._house.bare_port if name == "bare" else self._house.port,
            "connections": CONNECTIONS,
            "seconds": seconds,
            "count": count,
            "seed": next(self._seeds),
            "sids": self._rang,
            "account": self._house.account.as_json(),
        }

    @staticmethod
    def _note(case: Case, result: dict[str, Any], web: float, database: float) -> None:
        count = len(result["times"])
        if not count:
            return
        case.rates.append(count / result["seconds"])
        case.web_us.append(web / count * 1e6)
        case.database_us.append(database / count * 1e6)
        case.times += result["times"]
        case.answered += count
        case.errors += result["errors"]
        case.unkept += result["unkept"]
