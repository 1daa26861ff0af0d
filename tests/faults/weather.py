"""Weather: what the house stands in for a while as people call and text, and what each of them meets meanwhile."""

from __future__ import annotations

import random
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg
import redis

from config.engines.processes import Mark, wait_until
from hotline.phrases import phrase
from practice.script import APPLICATION_ERROR
from tests.faults import count, promises
from tests.faults.desk import Operator
from tests.faults.exchange import Exchange
from tests.faults.house import House
from tests.faults.killer import signalled
from tests.faults.people import LINE, settle_in
from tests.faults.street import Street
from tests.support import planted
from tests.support.dumps import libpq

_PATIENCE, _TALK = (40.0, 60.0), (5.0, 12.0)
_EMPTY_SECONDS = 240.0
_WHOLE_SECONDS = 180.0
_SLOW_CLIENTS = 200
_FLOODS = 4
_DANGER, _STAYS = 0.1, 40.0
_SAMPLE = 100
#: Seconds after which somebody who hears nothing thinks that nobody is there.
_LONG = 2.0


@dataclass(frozen=True)
class Weather:
    """What is in the way, for how long, and how many people come meanwhile."""

    name: str
    stands: Callable[[House, Exchange], Any]
    seconds: float = 30.0
    events: int = 20
    #: Calls and texts that nobody accompanies, beside the others.
    flood: tuple[int, int] = (0, 0)


@dataclass
class Met:
    """What people met in one weather, and what was there when it was over."""

    weather: Weather
    answers: list[float] = field(default_factory=list)
    #: What callers heard first.
    heard: Counter[str] = field(default_factory=Counter)
    #: What ``/readyz`` said meanwhile.
    ready: Counter[str] = field(default_factory=Counter)
    missing: int = 0
    doubled: int = 0
    late: int = 0
    broken: int = 0
    #: Seconds from its end until everybody stood in the database and the house said that it is ready.
    whole: float | None = None

    @property
    def slow(self) -> int:
        """Answers for which a caller waited too long."""
        return sum(one > _LONG for one in self.answers)

    @property
    def failures(self) -> list[str]:
        """Every promise that did not hold, in words."""
        name = self.weather.name
        found = [
            (f"{name}: {self.missing} missing", self.missing),
            (f"{name}: {self.doubled} doubled", self.doubled),
            (f"{name}: {self.broken} unanswered without a page, or doubled", self.broken),
            (f"{name}: {self.heard['error']} callers heard the carrier's error", self.heard["error"]),
            (f"{name}: {self.slow} answers took more than 2 s", self.slow),
            (f"{name}: was not whole again", self.whole is None),
        ]
        return [text for text, wrong in found if wrong]


@contextmanager
def stopped(marks: list[Mark]) -> Iterator[None]:
    """Processes that stand still."""
    for one in marks:
        signalled(one, signal.SIGSTOP)
    try:
        yield
    finally:
        for one in marks:
            signalled(one, signal.SIGCONT)


def database_stopped(house: House, _exchange: Exchange) -> Any:
    """PostgreSQL takes connections and answers nothing."""
    return stopped(house.database_processes())


@contextmanager
def database_read_only(house: House, _exchange: Exchange) -> Iterator[None]:
    """PostgreSQL answers and writes nothing, as after a failover to a standby."""
    with _administrator(house) as connection:
        connection.execute("SET default_transaction_read_only = off")
        connection.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        connection.execute("SELECT pg_reload_conf()")
        try:
            yield
        finally:
            connection.execute("ALTER SYSTEM RESET default_transaction_read_only")
            connection.execute("SELECT pg_reload_conf()")


@contextmanager
def no_connection_left(house: House, _exchange: Exchange) -> Iterator[None]:
    """Somebody else holds every connection that the server gives, and ours were just closed."""
    over, held = threading.Event(), ExitStack()

    def take() -> None:
        while not over.is_set():
            try:
                held.enter_context(_administrator(house))
            except psycopg.Error:
                over.wait(0.02)

    with held:
        thieves = [threading.Thread(target=take, daemon=True) for _ in range(4)]
        with _administrator(house) as connection:
            for thief in thieves:
                thief.start()
            over.wait(2.0)
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'koza-%'"
            )
        try:
            yield
        finally:
            over.set()
            for thief in thieves:
                thief.join(10)


def redis_stopped(house: House, _exchange: Exchange) -> Any:
    """Redis takes connections and answers nothing."""
    mark = house.mark("redis")
    return stopped([mark] if mark else [])


@contextmanager
def redis_flushed(house: House, _exchange: Exchange) -> Iterator[None]:
    """Everything in Redis is gone, once."""
    with redis.Redis.from_url(house.environment()["REDIS_URL"]) as client:
        client.flushall()
    yield


def carrier_fails(**faults: float) -> Callable[[House, Exchange], Any]:
    """A carrier with faults of ``practice.faults.Faults``."""

    @contextmanager
    def stands(_house: House, exchange: Exchange) -> Iterator[None]:
        exchange.do("faults", faults=faults)
        try:
            yield
        finally:
            exchange.do("faults", faults={})

    return stands


@contextmanager
def slow_clients(house: House, _exchange: Exchange) -> Iterator[None]:
    """Connections that say nothing, or a letter a second: of a head that never ends, and of a body."""
    begun = [
        b"",
        b"POST /twilio/sms HTTP/1.1\r\nHost: koza\r\nX-Slow: ",
        b"POST /twilio/sms HTTP/1.1\r\nHost: koza\r\nContent-Length: 5000\r\n\r\nBody=",
    ]
    over, connections = threading.Event(), []
    for number in range(_SLOW_CLIENTS):
        connection = socket.create_connection(("127.0.0.1", house.port), timeout=5)
        connection.sendall(begun[number % len(begun)])
        connections.append(connection)

    def trickle() -> None:
        while not over.wait(1.0):
            for number, connection in enumerate(connections):
                if number % len(begun):
                    with suppress(OSError):
                        connection.sendall(b"a")

    dripping = threading.Thread(target=trickle, daemon=True)
    dripping.start()
    try:
        yield
    finally:
        over.set()
        dripping.join(10)
        for connection in connections:
            connection.close()


@contextmanager
def nothing(_house: House, _exchange: Exchange) -> Iterator[None]:
    """Nothing is in the way but how many they are."""
    yield


class Flood(threading.Thread):
    """A part of many people who call and text at an even pace; every tenth caller presses 5."""

    def __init__(self, house: House, calls: int, texts: int, seconds: float, dice: random.Random) -> None:
        super().__init__(name="flood", daemon=True)
        self._exchange = Exchange(house.exchange_url)
        self._kinds = ["call"] * calls + ["text"] * texts
        self._seconds = seconds
        self._dice = dice
        self.callers: list[tuple[str, str]] = []

    def run(self) -> None:
        """Let them come."""
        self._dice.shuffle(self._kinds)
        begun = time.monotonic()
        for place, kind in enumerate(self._kinds):
            due = begun + place * self._seconds / len(self._kinds)
            wait_until(lambda: False, max(due - time.monotonic(), 0.0))
            number = planted.number()
            if kind == "text":
                self._exchange.text(number, LINE, f"{planted.SENTENCE} {place}")
                continue
            key = "5" if self._dice.random() < _DANGER else "1"
            behaviour = {"answering": "manual", "presses": [{"digits": key, "after": 2.0}], "hang_up_after": _STAYS}
            made = self._exchange.do("call", **{"from": number, "to": LINE, "behaviour": behaviour})
            self.callers.append((number, str(made["sid"])))
        self._exchange.close()


WEATHERS = (
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
    Weather("600 calls and 3,000 texts a minute", nothing, seconds=120.0, events=4, flood=(1200, 6000)),
)


def run(house: House, weathers: tuple[Weather, ...], say: Callable[[str], None], seed: int = 1) -> list[Met]:
    """One weather after the other on a house that is not started yet; it is stopped in every case."""
    exchange = Exchange(house.exchange_url)
    try:
        house.start()
        people = settle_in(house, exchange, 6)
        operators = [Operator(house, person, people.password) for person in people.operators]
        for operator in operators:
            operator.sign_in()
        for operator in operators:
            operator.start()
        try:
            found = []
            for weather in weathers:
                met = _stand_in(house, exchange, weather, seed)
                say(row(met))
                found.append(met)
            return found
        finally:
            for operator in operators:
                operator.stop()
    finally:
        exchange.close()
        house.stop()


def _stand_in(house: House, exchange: Exchange, weather: Weather, seed: int) -> Met:
    met, (_, before) = Met(weather), exchange.tally()
    late = _late(house)
    begun, over = time.monotonic(), threading.Event()

    def progress() -> float:
        return min((time.monotonic() - begun) / weather.seconds, 1.0)

    calls, texts = (number // _FLOODS for number in weather.flood)
    floods = [Flood(house, calls, texts, weather.seconds, random.Random(seed + part)) for part in range(_FLOODS)]
    street = Street(house, weather.events, progress, random.Random(seed), _PATIENCE, _TALK)
    watch = threading.Thread(target=_watch, args=(house, met.ready, over), daemon=True)
    with weather.stands(house, exchange):
        street.start()
        watch.start()
        for flood in floods if sum(weather.flood) else ():
            flood.start()
        wait_until(lambda: False, weather.seconds, every=0.5)
        over.set()
    ended = time.monotonic()
    watch.join(10)
    whole = wait_until(lambda: _whole(house, exchange), _WHOLE_SECONDS, every=0.5)
    met.whole = time.monotonic() - ended if whole else None
    street.wait_empty(_EMPTY_SECONDS)
    for flood in floods if sum(weather.flood) else ():
        flood.join(_EMPTY_SECONDS)
    verdict = count.compare(count.read(house, exchange))
    met.missing, met.doubled = len(verdict.missing), len(verdict.doubled)
    met.late = _late(house) - late
    met.broken = len(promises.broken(house))
    met.answers = exchange.tally()[1][len(before) :]
    callers = [(walk.caller, walk.sid) for walk in street.walks] + [one for flood in floods for one in flood.callers]
    for caller, sid in callers[:: max(len(callers) // _SAMPLE, 1)]:
        met.heard[_first(exchange.heard(caller, sid))] += 1
    return met


def _watch(house: House, said: Counter[str], over: threading.Event) -> None:
    while not over.wait(1.0):
        said[str(house.answers(f"{house.url}/readyz", 3.0))] += 1


def _whole(house: House, exchange: Exchange) -> bool:
    house.query("UPDATE core_due SET at = koza_now() WHERE kind = 'hotline.reconcile' RETURNING 1")
    if house.answers(f"{house.url}/readyz") != 200:
        return False
    return count.compare(count.read(house, exchange)).clean


def _late(house: House) -> int:
    return int(house.rows("SELECT count(*) FROM hotline_contacts WHERE late_seconds IS NOT NULL")[0][0])


_FIRST: Mapping[str, str] = {
    phrase("greeting", "tr").text: "greeting",
    phrase("one_moment", "tr").text: "duty telephones",
    phrase("closing", "tr").text: "closing sentence",
    APPLICATION_ERROR: "error",
}


def _first(sentences: list[str]) -> str:
    """The first that is known of what a caller heard."""
    return next((_FIRST[one] for one in sentences if one in _FIRST), "nothing")


def row(met: Met) -> str:
    """One line of the table."""
    heard = ", ".join(f"{name} {number}" for name, number in met.heard.most_common()) or "–"
    ready = ", ".join(f"{name} × {number}" for name, number in met.ready.most_common())
    longest = f"{met.slow} of {len(met.answers)}; {max(met.answers, default=0.0):.1f} s"
    whole = "was not" if met.whole is None else f"{met.whole:.0f} s"
    counts = (met.late, met.missing, met.doubled)
    cells = (met.weather.name, f"{met.weather.seconds:.0f} s", heard, ready, longest, *counts, whole)
    return f"| {' | '.join(str(cell) for cell in cells)} |"


HEAD = (
    "| Weather | For | Callers heard first | /readyz said | Answers over 2 s; the longest | Late | Missing | Doubled "
    "| Whole again after |\n|---|---:|---|---|---|---:|---:|---:|---:|"
)


@contextmanager
def _administrator(house: House) -> Iterator[psycopg.Connection[Any]]:
    address = libpq(house.environment()["DATABASE_URL"])
    with psycopg.connect(address, autocommit=True, connect_timeout=3) as connection:
        yield connection


__all__ = ["HEAD", "WEATHERS", "Met", "Weather", "row", "run"]
