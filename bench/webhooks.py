"""The webhooks of the house beside those of others, the bare view and the commit floor: A B C … A B C …, medians.

Processor time is the steadier figure where a machine is shared: it is counted over the process trees of the web and of
the database, while the load is a third process.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bench.child import Child
from bench.house import House
from bench.measures import cpu_seconds, median, quantile

CONNECTIONS = 16
#: How many callers ring at once while the first TwiML is looked at; each rings again when it is answered.
CLIENTS = (1, 16, 64)
#: A hotline's busiest minute is far below this; it is the load at which the time of an answer is looked at.
STEADY_RATE = 100
KINDS = {"voice": "voice arrival", "status": "voice status", "sms": "text arrival"}
HOUSE, BARE, FLOOR = "house", "bare", "floor"
_ALONE = {BARE: "bare view, one insert", FLOOR: "commit floor, no web"}
#: Rows that a case must leave behind, one for each answered request: nothing of the load may go to the journal.
_LEFT_BEHIND = {"voice": "hotline_inbox", "sms": "hotline_inbox", "status": "hotline_status_events"}


class Served(NamedTuple):
    """Who answers webhooks: its name in the tables, its port, and the process whose tree does the work."""

    title: str
    port: int
    pid: int


@dataclass
class Case:
    """All runs of one case: who answers, and which kind of webhook."""

    by: str
    kind: str
    title: str
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


@dataclass
class FirstTwiml:
    """How long the first ring waited for its TwiML, in milliseconds, while so many rang at once."""

    title: str
    clients: int
    times: list[float] = field(default_factory=list)

    def row(self) -> list[str]:
        """Half of them, and the last of a hundred."""
        return [
            f"{self.title}, {self.clients} at once",
            *(f"{quantile(self.times, share):.1f}" for share in (0.5, 0.99)),
        ]


class Webhooks:
    """Runs the cases on a house whose web and bare view are up, and whose rivals are."""

    def __init__(self, house: House, served: Mapping[str, Served], *, seconds: float) -> None:
        self._house, self._served, self._seconds = house, served, seconds
        self._seeds: Iterator[int] = iter(range(1, 10_000))
        self._rang: dict[str, list[str]] = {}
        whole = [by for by in served if by != BARE]
        self.first = [FirstTwiml(served[by].title, clients) for clients in CLIENTS for by in served if by != BARE]
        # A status finds a call that rang, so it comes after the rings of the same server.
        self.cases = [
            *(Case(by, kind, f"{title}, {served[by].title}") for kind, title in KINDS.items() for by in whole),
            *(Case(by, "sms", title) for by, title in _ALONE.items()),
        ]

    def warm_up(self, seconds: float) -> None:
        """Let every thread open its connection and every statement be compiled once; nothing is noted."""
        for case in self.cases:
            self._full(case, seconds)

    def round(self) -> None:
        """Each case once at full load."""
        for case in self.cases:
            result, web, database = self._full(case, self._seconds)
            self._note(case, result, web, database)

    def steady(self, seconds: float) -> None:
        """Each case once at the steady rate."""
        for case in self.cases:
            if case.by == FLOOR:
                continue
            told = self._task(case, int(STEADY_RATE * seconds), 0.0) | {"rate": STEADY_RATE}
            with Child("bench.load", told) as load:
                result = load.go()
            if case.kind == "voice":
                self._rang[case.by] = result["sids"]
            # The first second finds caches that the other case has emptied.
            case.steady += result["times"][STEADY_RATE:]
            case.errors += result["errors"]

    def first_twiml(self, seconds: float) -> None:
        """First rings of one, some and many callers at once, each server in turn."""
        voice = {case.title: case for case in self.cases if case.kind == "voice"}
        for first in self.first:
            case = voice[f"{KINDS['voice']}, {first.title}"]
            told = self._task(case, int(max(case.rates) * seconds * 2), seconds) | {"connections": first.clients}
            with Child("bench.load", told) as load:
                result = load.go()
            first.times += result["times"]
            case.errors += result["errors"]

    def _full(self, case: Case, seconds: float) -> tuple[dict[str, Any], float, float]:
        table = {BARE: "bench_bare", FLOOR: "bench_contacts"}.get(case.by, _LEFT_BEHIND[case.kind])
        before = self._house.count(table)
        with self._child(case, seconds) as child:
            web_pid = child.pid if case.by == FLOOR else self._served[case.by].pid
            pids = [web_pid, self._house.postgres_pid]
            used = [-cpu_seconds(pid) for pid in pids]
            result: dict[str, Any] = child.go()
            web, database = (cpu_seconds(pid) + begun for pid, begun in zip(pids, used, strict=True))
        if case.kind == "voice":
            self._rang[case.by] = result["sids"]
        result["unkept"] = len(result["times"]) - (self._house.count(table) - before)
        return result, web, database

    def _child(self, case: Case, seconds: float) -> Child:
        if case.by == FLOOR:
            url = self._house.postgres.url()
            first = next(self._seeds) * 10**12
            return Child("bench.floor", {"url": url, "threads": CONNECTIONS, "seconds": seconds, "first": first})
        # Enough for the whole time, from what the case did before; signing thousands too many takes its time as well.
        expected = max(case.rates) if case.rates else {BARE: 2500.0}.get(case.by, 1000.0)
        return Child("bench.load", self._task(case, int(expected * seconds * 2), seconds))

    def _task(self, case: Case, count: int, seconds: float) -> dict[str, Any]:
        return {
            "kind": case.kind,
            "port": self._served[case.by].port,
            "connections": CONNECTIONS,
            "seconds": seconds,
            "count": count,
            "seed": next(self._seeds),
            "sids": self._rang.get(case.by, []),
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
