"""A ground on the suite's engines, and the clock's hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from config.wiring import build_ground, load_catalogues
from core import clock
from core.crypto import Keyring
from core.database import Ground
from core.settings import Settings
from core.sweeping import sweep
from core.unit_of_work import unit_of_work


def make_ground(environment: Mapping[str, str]) -> Ground:
    """A ground on a migrated database; the key file is made when it is missing, the catalogues are loaded."""
    settings = Settings.load(environment)
    if not settings.data_key_file.exists():
        Keyring.generate().save(settings.data_key_file)
    ground = build_ground(settings, pool_size=20, application="koza-tests")
    with unit_of_work(ground) as session:
        load_catalogues(session)
    return ground


#: What is still on its way when a test ends. Only rows that say so are written: nobody vacuums the suite's tables, and
#: writing every attempt of every test anew after each of them makes them grow by the square.
_ON_THE_WAY = (
    "UPDATE hotline_sends SET state = 'cancelled' WHERE state IN ('waiting', 'unknown', 'claimed')",
    "UPDATE hotline_attempts SET live = false WHERE live",
    "UPDATE hotline_calls SET ended_at = now() WHERE ended_at IS NULL",
    "DELETE FROM core_due",
)


def forget(ground: Ground) -> None:
    """Let nothing that tests began go on: the next one's clock would do it all, page by page and rung by rung."""
    with ground.engine.begin() as connection:
        for statement in _ON_THE_WAY:
            connection.execute(text(statement))


class Clock:
    """Moves the database's clock for every process on it; it is set back when the test ends."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def advance(self, seconds: float, *, sweeping: bool = True) -> None:
        """Let ``seconds`` pass, then do what fell due in them."""
        with unit_of_work(self._ground) as session:
            clock.shift(session, timedelta(seconds=seconds))
        if sweeping:
            # All of it: the tests of a worker share a database, and what others left falls due as well.
            sweep(self._ground, limit=5_000)

    def reset(self) -> None:
        """Back to the machine's time."""
        with self._ground.engine.begin() as connection:
            connection.execute(text("UPDATE core_clock SET shift = '0', frozen_at = NULL"))


@pytest.fixture(scope="session")
def ground(environment: dict[str, str]) -> Iterator[Ground]:
    """What the house stands on, on this worker's database."""
    ground = make_ground(environment)
    yield ground
    ground.engine.dispose()


@pytest.fixture
def session(ground: Ground) -> Iterator[Session]:
    """A session whose work is rolled back at the end; for what one transaction shows."""
    session = ground.sessions()
    yield session
    session.rollback()
    session.close()


@pytest.fixture
def hand(ground: Ground) -> Iterator[Clock]:
    """The clock's hand."""
    hand = Clock(ground)
    yield hand
    hand.reset()
