"""A fresh world for every test of the practice exchange."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.practice.running import Running
from tests.practice.world import World

#: The cases of attributes stand in modules into which pytest does not look by itself.
pytest.register_assert_rewrite("tests.practice.attributes")


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """A real server with a program behind it."""
    started = Running(tmp_path / "state.jsonl")
    yield started
    started.stop()
