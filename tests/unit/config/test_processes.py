"""A process is its id and its start time; only that one is ever stopped."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.engines.processes import (
    Mark,
    in_group,
    read_marks,
    stop_child,
    stop_together,
    wait_until,
    with_environment,
    working_in,
    write_marks,
)

pytestmark = pytest.mark.processes
SLEEPER = [sys.executable, "-c", "import signal; print(flush=True); signal.pause()"]
DEAF = [
    sys.executable,
    "-c",
    "import signal; signal.signal(15, signal.SIG_IGN); print(flush=True)\nwhile True: signal.pause()",
]


def started(command: list[str], folder: Path | None = None, **environment: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    return process


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = started(SLEEPER, tmp_path, KOZA_RUN_ID="the-run-of-this-test")
    yield process
    process.kill()
    process.wait()


def mark_of(process: subprocess.Popen[bytes]) -> Mark:
    mark = Mark.of(process.pid)
    assert mark is not None
    return mark


def test_a_mark_knows_its_process_and_no_other(sleeper: subprocess.Popen[bytes]) -> None:
    assert mark_of(sleeper).alive()
    assert not Mark(sleeper.pid, "another boot/1").alive()


def test_a_recycled_id_is_not_touched(sleeper: subprocess.Popen[bytes]) -> None:
    Mark(sleeper.pid, "another boot/1").stop()
    assert sleeper.poll() is None


def test_a_zombie_is_dead() -> None:
    process = started(SLEEPER)
    mark = mark_of(process)
    process.kill()
    assert wait_until(lambda: not mark.alive(), 10)  # nobody has waited for it yet
    process.wait()


def test_a_stopped_process_and_a_deaf_one_end(sleeper: subprocess.Popen[bytes]) -> None:
    os.kill(sleeper.pid, signal.SIGSTOP)
    stop_child(sleeper)
    assert sleeper.returncode == -signal.SIGTERM
    deaf = started(DEAF)
    stop_child(deaf, ((signal.SIGTERM, 0.05), (signal.SIGKILL, 10.0)))
    assert deaf.returncode == -signal.SIGKILL


def test_processes_are_found_by_folder_environment_and_group(sleeper: subprocess.Popen[bytes], tmp_path: Path) -> None:
    mark = mark_of(sleeper)
    assert working_in(tmp_path) == [mark]
    assert with_environment("KOZA_RUN_ID", "the-run-of-this-test") == [mark]
    assert in_group(sleeper.pid) == [mark]


def test_many_are_stopped_together() -> None:
    processes = [started(SLEEPER) for _ in range(3)]
    stop_together([mark_of(process) for process in processes])
    assert [process.wait() for process in processes] == [-signal.SIGTERM] * 3


def test_a_pid_file_is_private_and_a_damaged_one_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "run" / "processes.json"
    mark = Mark(12, "boot/34")
    write_marks(path, {"web": mark}, run_id="r")
    assert read_marks(path) == ({"web": mark}, {"run_id": "r"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text('{"processes": {"web"')
    assert read_marks(path) == ({}, {})
    assert read_marks(tmp_path / "none") == ({}, {})
