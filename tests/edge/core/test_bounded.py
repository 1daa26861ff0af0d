"""Every wait for the server ends at the moment that was given; what comes after it finds a connection again."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from config.wiring import build_ground
from core.bounded import TookTooLongError, bound, until
from core.clock import now
from core.database import Ground
from core.unit_of_work import run, unit_of_work
from hotline.breaker import is_slow

_SOON_S = 0.2
#: So long that only the moment given can have ended a wait.
_FOR_EVER_S = 300


@pytest.fixture
def bounded(ground: Ground) -> Iterator[Ground]:
    """The house's database behind connections that may be bounded."""
    found = build_ground(ground.settings, pool_size=1, bounded=True)
    yield found
    found.engine.dispose()


@pytest.fixture
def silent() -> Iterator[Engine]:
    """A server that takes every connection and never says a word, as one that stands still."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        engine = create_engine(
            f"postgresql+psycopg://nobody@127.0.0.1:{port}/none", connect_args={"connect_timeout": _FOR_EVER_S}
        )
        bound(engine, 1)
        yield engine


def test_a_statement_ends_with_the_moment_and_the_next_one_gets_another_connection(bounded: Ground) -> None:
    with until(time.monotonic() + _SOON_S), pytest.raises(DBAPIError) as caught:
        run(bounded, lambda session: session.execute(text(f"SELECT pg_sleep({_FOR_EVER_S})")))
    assert isinstance(caught.value.orig, TookTooLongError)
    assert is_slow(caught.value)
    with unit_of_work(bounded) as session:
        assert now(session) is not None


def test_so_does_a_statement_that_goes_round_the_mapper(bounded: Ground) -> None:
    with unit_of_work(bounded) as session:
        moment = now(session)
    # The time of this transaction is asked through the driver's lower layer, while the moment has passed already.
    with bounded.engine.connect() as held:
        held.execute(text("LOCK TABLE core_clock IN ACCESS EXCLUSIVE MODE"))
        other = build_ground(bounded.settings, pool_size=1, bounded=True, lock_timeout_ms=_FOR_EVER_S * 1000)
        try:
            with until(time.monotonic() + _SOON_S), pytest.raises(DBAPIError) as caught:
                run(other, now)
        finally:
            other.engine.dispose()
    assert isinstance(caught.value.orig, TookTooLongError)
    with unit_of_work(bounded) as session:
        assert now(session) >= moment


def test_a_server_that_lets_nobody_in_is_not_waited_for_longer(silent: Engine) -> None:
    with until(time.monotonic() + _SOON_S), pytest.raises(DBAPIError) as caught:
        silent.connect()
    assert isinstance(caught.value.orig, TookTooLongError)
