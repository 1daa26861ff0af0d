"""What is in the way of a house for a while: engines, the carrier, and clients that mean no good."""

from __future__ import annotations

import resource
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import psycopg
import redis

from config.engines.postgres import libpq
from config.engines.processes import Mark
from tests.faults.exchange import Exchange
from tests.faults.house import House
from tests.faults.killer import signalled

_SLOW_CLIENTS = 200


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
def journal_refused(house: House, exchange: Exchange) -> Iterator[None]:
    """PostgreSQL answers nothing, and whatever the web's processes write to a disk is refused, as by a full one."""
    web = [mark for pid in house.workers("web") if (mark := Mark.of(pid))]
    before = {mark.pid: resource.prlimit(mark.pid, resource.RLIMIT_FSIZE) for mark in web}
    with database_stopped(house, exchange):
        for pid, (_, most) in before.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, most))
        try:
            yield
        finally:
            for mark in web:
                if mark.alive():
                    resource.prlimit(mark.pid, resource.RLIMIT_FSIZE, before[mark.pid])


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
def forsaken(house: House, exchange: Exchange) -> Iterator[None]:
    """Redis answers nothing, and the carrier refuses what is asked of it and forgets to call back."""
    with redis_stopped(house, exchange), carrier_fails(rest_500=1.0, lost_callback=1.0)(house, exchange):
        yield


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


@contextmanager
def _administrator(house: House) -> Iterator[psycopg.Connection[Any]]:
    address = libpq(house.environment()["DATABASE_URL"])
    with psycopg.connect(address, autocommit=True, connect_timeout=3) as connection:
        yield connection
