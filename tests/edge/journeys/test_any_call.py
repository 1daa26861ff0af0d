"""Any call, drawn by number: it ends with a human, a safe alternative or her own hang-up, whatever goes wrong.

Each run draws callers, staff, telephones, presence and weather (`tests.support.walks`), plays them against the real
door in virtual time, and is judged from the carrier's side and from the rows. `make soak` plays ten times as many.
A run that failed is played alone with KOZA_RUN=its number.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from unittest.mock import patch

import pytest

from tests.support.walks.draw import WEATHERS, draw
from tests.support.walks.judge import judge, tell
from tests.support.walks.play import Stage
from tests.support.world import World

#: In the test command; `make soak` asks for more by KOZA_RUNS.
RUNS = int(os.environ.get("KOZA_RUNS", "200"))
#: So many follow each other in one world; each block can be another worker's.
BLOCK = 20
ONE = os.environ.get("KOZA_RUN")
BLOCKS = [[int(ONE)]] if ONE else [list(range(first, min(first + BLOCK, RUNS))) for first in range(0, RUNS, BLOCK)]


@pytest.mark.parametrize("numbers", BLOCKS, ids=lambda numbers: f"{numbers[0]}-{numbers[-1]}")
def test_every_call_ends_well(world: World, numbers: list[int]) -> None:
    wrong = []
    wall, processor = time.perf_counter(), time.process_time()
    with Stage(world) as stage:
        for number in numbers:
            played = stage.play(draw(number))
            found = judge(world, played)
            wrong += [f"run {number}: {one}" for one in found]
            if found:
                print(tell(world, played))
    used = f"{time.process_time() - processor:.1f} s of the processor, {time.perf_counter() - wall:.1f} s"
    print(f"runs {numbers[0]}-{numbers[-1]}: {used}")
    assert wrong == []


def _nothing(*_arguments: object, **_named: object) -> None:
    return None


def _never(*_arguments: object) -> bool:
    return False


def _misspelt() -> str:
    return '<?xml version="1.0" encoding="UTF-8"?><Response><Hangup quietly="true"/></Response>'


@pytest.mark.parametrize(
    ("broken", "by", "seen"),
    [
        ("hotline.service.calls.past_deadline", _never, "s without anybody"),
        ("escalation.paging.service.call_unanswered", _nothing, "nobody is paged for her"),
        ("hotline.service.sending.end_leg", _nothing, "a telephone of staff"),
        ("hotline.service.calls.signal_danger", _nothing, "after her 5 she heard"),
        ("hotline.voice_scripts.hang_up", _misspelt, "a document that the carrier would not take"),
    ],
)
def test_what_is_broken_is_seen(world: World, broken: str, by: Callable[..., object], seen: str) -> None:
    """The same runs against a house that breaks one promise: one of the first of them tells."""
    with Stage(world) as stage, patch(broken, by):
        assert any(seen in wrong for number in range(40) for wrong in judge(world, stage.play(draw(number))))


def test_a_run_is_drawn_the_same_each_time_and_every_weather_comes() -> None:
    runs = [draw(number) for number in range(200)]
    assert runs == [draw(number) for number in range(200)]
    assert {run.trouble.weather for run in runs} == set(WEATHERS)
