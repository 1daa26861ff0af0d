"""The suite's own engines."""

from __future__ import annotations

import psycopg
import pytest
from redis import Redis

from config.engines.postgres import libpq
from core.settings import Settings


def test_every_worker_has_a_migrated_database(database_url: str) -> None:
    with psycopg.connect(libpq(database_url)) as connection:
        assert connection.execute("SELECT koza_now() IS NOT NULL").fetchone() == (True,)


def test_redis_answers(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        assert redis.ping()


def test_the_environment_is_complete(environment: dict[str, str]) -> None:
    assert Settings.load(environment).env == "test"


@pytest.mark.xdist_group("groups")
def test_groups_of_tests_stay_on_one_worker(request: pytest.FixtureRequest, worker: str) -> None:
    """pytest-xdist hands a group to its scheduler by the test's name; where that fails it fails without a word."""
    if worker != "main":
        assert request.node.nodeid.endswith("@groups")
