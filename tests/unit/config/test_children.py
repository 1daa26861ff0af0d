"""Whoever dies is started again; whoever hangs is replaced; nobody is left."""

from __future__ import annotations

import http.client
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.children import Child, Household, Job, Tended
from config.console import Console
from config.engines.processes import in_group, read_marks, wait_until
from core.i18n import use_locale

pytestmark = pytest.mark.processes
SLEEPER = [sys.executable, "-c", "import signal; print('up', flush=True); signal.pause()"]
#: Starts a child in its own group that outlives a killed parent, as servers with workers do.
PARENT = [
    sys.executable,
    "-c",
    "import os, signal\nif os.fork(): print('up', flush=True)\nsignal.pause()",
]


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with use_locale("en"):
        yield


@pytest.fixture
def log() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def household(tmp_path: Path, log: io.StringIO) -> Iterator[Household]:
    console = Console({}, (), log)
    children = [Child(Job("web", SLEEPER), os.environ, console), Child(Job("worker", PARENT), os.environ, console)]
    household = Household(tmp_path / "processes.json", "r1")
    household.start(children)
    yield household
    household.stop(("web", "worker"))


def pid(household: Household, number: int) -> int:
    mark = household.children[number].mark
    assert mark is not None
    return mark.pid


def restarted(household: Household, number: int, before: int) -> bool:
    def again() -> bool:
        household.tend()
        mark = household.children[number].mark
        return mark is not None and mark.pid != before

    return wait_until(again, 20)


def test_a_killed_child_is_started_again_and_written_down(household: Household, tmp_path: Path) -> None:
    before = pid(household, 0)
    os.kill(before, signal.SIGKILL)
    assert restarted(household, 0, before)
    marks, more = read_marks(tmp_path / "processes.json")
    assert marks["web"].pid == pid(household, 0)
    assert more == {"run_id": "r1"}


def test_the_workers_of_a_killed_server_go_with_it(household: Household, log: io.StringIO) -> None:
    leader = pid(household, 1)
    assert wait_until(lambda: len(in_group(leader)) == 2, 10)
    os.kill(leader, signal.SIGKILL)
    assert restarted(household, 1, leader)
    assert in_group(leader) == []
    assert "worker: ended with status -9" in log.getvalue()


def test_stopping_leaves_nobody_and_no_pid_file(household: Household, tmp_path: Path) -> None:
    groups = [pid(household, number) for number in (0, 1)]
    household.stop(("worker", "web"))
    assert [in_group(group) for group in groups] == [[], []]
    assert not (tmp_path / "processes.json").exists()


def test_a_child_that_does_not_answer_is_replaced(log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.health.GRACE_SECONDS", 0.05)
    child = Child(Job("web", SLEEPER, health=1), os.environ, Console({}, (), log))
    child.start()
    try:
        assert wait_until(lambda: child.tend() or "answers no more" in log.getvalue(), 20)
    finally:
        child.stop()


def test_who_yields_makes_way_for_the_door_also_where_the_whole_house_makes_way_for_others() -> None:
    # A house that was started nicely itself: a number of its own would put the screens before the door.
    supervising = [sys.executable, "-m", "tests.support.nice_house"]
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    for nice in (0, 7, 19):
        told = subprocess.run(["nice", "-n", str(nice), *supervising], capture_output=True, text=True, check=True)
        door, screens = map(int, told.stdout.split())
        assert door == min(ours + nice, 19)
        assert screens == min(door + 5, 19)


def test_an_engine_that_will_not_start_is_tried_again_and_stops_nobody(log: io.StringIO) -> None:
    tries = []

    def start() -> None:
        tries.append(1)
        raise OSError("no room")

    engine = Tended("redis", lambda: False, start, Console({}, (), log))
    engine.tend()
    engine.tend()
    assert len(tries) == 1  # the second try waits
    assert "redis: no room" in log.getvalue()


class Front:
    """A server whose two workers share a port, as the web's do; what they answer names them."""

    def __init__(self, log: io.StringIO) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        command = [sys.executable, "-m", "tests.support.two_workers", str(self.port)]
        self.child = Child(Job("web", command, health=self.port, overlaps=True), os.environ, Console({}, (), log))
        self.child.start()

    def workers(self) -> set[tuple[int, int]]:
        """(worker, server) of some answers in a row; empty when a question found nobody."""
        answers = [self._ask() or self._ask() or self._ask() for _ in range(12)]
        return set() if None in answers else set(filter(None, answers))

    def _ask(self) -> tuple[int, int] | None:
        # What stood in the queue of a worker that goes is refused, and two of them go; a carrier asks again as well.
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=1) as answer:
                told = json.loads(answer.read())
        except (OSError, http.client.HTTPException):
            return None
        return told["process"], told["server"]

    def two(self) -> bool:
        """Both workers are up, and the watching has heard them."""
        self.child.tend()
        health = self.child._health
        return health is not None and len(health._heard) == 2


@pytest.fixture
def front(log: io.StringIO) -> Iterator[Front]:
    front = Front(log)
    assert wait_until(front.two, 20, every=0.05)
    yield front
    front.child.stop()


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP])
def test_the_workers_of_a_server_that_is_struck_serve_until_its_successor_answers(
    front: Front, log: io.StringIO, blow: signal.Signals
) -> None:
    before = front.workers()
    leader = front.child.mark
    assert leader is not None
    os.kill(leader.pid, blow)
    seen: list[set[tuple[int, int]]] = []

    def succeeded() -> bool:
        front.child.tend()
        seen.append(front.workers())
        return bool(seen[-1]) and not {worker for worker, _ in seen[-1]} & {worker for worker, _ in before}

    assert wait_until(succeeded, 30, every=0.02)
    # Somebody answered every question that was asked meanwhile.
    assert all(seen)
    assert wait_until(lambda: in_group(leader.pid) == [], 20)
    assert ("stands still" in log.getvalue()) == (blow == signal.SIGSTOP)


def test_a_server_that_stands_still_with_its_workers_is_replaced_whole(front: Front) -> None:
    leader = front.child.mark
    assert leader is not None
    for mark in in_group(leader.pid):
        os.kill(mark.pid, signal.SIGSTOP)

    def succeeded() -> bool:
        front.child.tend()
        return in_group(leader.pid) == [] and bool(front.workers())

    assert wait_until(succeeded, 30, every=0.05)


def test_a_worker_that_stands_still_before_anybody_has_heard_it_is_ended(
    front: Front, monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    (stopped, server), (other, _) = sorted(front.workers())
    health = front.child._health
    assert health is not None
    # Nothing that is heard counts: neither that it answers nor that it does no more.
    monkeypatch.setattr(health, "take", lambda _body: None)
    health._heard.clear()
    health._deadline = time.monotonic() + 1000
    os.kill(stopped, signal.SIGSTOP)

    def replaced() -> bool:
        front.child.tend()
        return not any(mark.pid == stopped for mark in in_group(server))

    assert wait_until(replaced, 20, every=0.05)
    assert f"worker {stopped} stands still" in log.getvalue()
    assert any(mark.pid == other for mark in in_group(server))


def test_a_worker_that_answers_no_more_is_ended_and_its_neighbour_goes_on(
    front: Front, monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    # A real one hangs and is not stopped: the kernel says nothing of it.
    monkeypatch.setattr("config.children._STOPPED_SECONDS", 1000.0)
    (hung, server), (other, _) = sorted(front.workers())
    os.kill(hung, signal.SIGSTOP)

    def replaced() -> bool:
        front.child.tend()
        return hung not in {mark.pid for mark in in_group(server)}

    assert wait_until(replaced, 30, every=0.05)
    assert f"worker {hung} answers no more" in log.getvalue()
    assert other in {mark.pid for mark in in_group(server)}
    assert front.child.mark is not None
    assert front.child.mark.pid == server


def test_a_worker_that_is_late_because_it_works_is_left_to_it_for_longer(
    front: Front, monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    monkeypatch.setattr("config.health.HEALTH_SECONDS", 1.5)
    (busy, server), _ = sorted(front.workers())
    os.kill(busy, signal.SIGUSR1)

    def late() -> bool:
        front.child.tend()
        health = front.child._health
        return health is not None and time.monotonic() - health._heard[busy][0] > 3.0

    assert wait_until(late, 30, every=0.05)
    assert busy in {mark.pid for mark in in_group(server)}
    assert f"worker {busy}" not in log.getvalue()
    monkeypatch.setattr("config.health.WORKING_SECONDS", 1.0)

    def replaced() -> bool:
        front.child.tend()
        return busy not in {mark.pid for mark in in_group(server)}

    assert wait_until(replaced, 30, every=0.05)
    assert f"worker {busy} answers no more" in log.getvalue()


def test_a_process_that_stands_still_is_replaced(household: Household, log: io.StringIO) -> None:
    before = pid(household, 0)
    os.kill(before, signal.SIGSTOP)
    assert restarted(household, 0, before)
    assert "web: stands still" in log.getvalue()
