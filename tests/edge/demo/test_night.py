"""The scripted night reaches the carrier: five calls and two texts, each from a number of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard import night
from tests.practice.running import Running
from tests.practice.world import LINE


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path / "practice.jsonl")
    yield running
    running.stop()


def test_five_calls_and_two_texts_arrive_within_three_minutes(running: Running) -> None:
    waited: list[float] = []
    assert night.play(running.server.url, LINE, wait=waited.append)
    truth = running.control("truth")
    arrived = [one for one in (*truth["calls"], *truth["messages"]) if one["to"] == LINE]
    assert len([one for one in truth["calls"] if one["to"] == LINE]) == 5
    assert len([one for one in truth["messages"] if one["to"] == LINE]) == 2
    assert len({one["from"] for one in arrived}) == 7
    assert sum(waited) < 180


def test_one_night_at_a_time(running: Running) -> None:
    second: list[bool] = []

    def interrupt(_seconds: float) -> None:
        if not second:
            second.append(night.play(running.server.url, LINE, wait=lambda _: None))

    assert night.play(running.server.url, LINE, wait=interrupt)
    assert second == [False]
