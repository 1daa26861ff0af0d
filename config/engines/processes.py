"""Processes that outlive the one that started them: recognised, and stopped, without ever hitting a stranger.

A process id alone is no name: the kernel gives it to the next process, in containers within seconds. Here a process
is its id together with its start time, and a zombie counts as dead (in a container nobody may reap it).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_POLL_SECONDS = 0.01
#: First ask, then force: (signal, seconds to wait for it).
Ladder = Sequence[tuple[signal.Signals, float]]
POLITE: Ladder = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))


@dataclass(frozen=True)
class Mark:
    """One process, for as long as the machine runs: its id and when it started."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> Mark | None:
        """The mark of a living process, or ``None`` if there is none (a zombie has none)."""
        started = _start_time(pid)
        return cls(pid, started) if started else None

    def alive(self) -> bool:
        """True while exactly this process runs."""
        return _start_time(self.pid) == self.started

    def stopped(self) -> bool:
        """True while it stands still: SIGSTOP, or a debugger (Linux; elsewhere never seen)."""
        return _stat(self.pid)[:1] in (["T"], ["t"])

    def stop(self, ladder: Ladder = POLITE, *, group: bool = False) -> None:
        """Send the ladder's signals until it is gone; with ``group`` to its whole process group.

        For processes that are not our children. Returns silently when it is already gone.
        """
        for number, seconds in ladder:
            if not self.alive():
                return
            _signal(self.pid, number, group=group)
            wait_until(lambda: not self.alive(), seconds)


def stop_together(marks: Iterable[Mark], ladder: Ladder = POLITE) -> None:
    """Stop many processes that are not our children: all are asked at once, and share the time to obey."""
    left = list(marks)
    for number, seconds in ladder:
        left = [mark for mark in left if mark.alive()]
        for mark in left:
            _signal(mark.pid, number, group=False)
        wait_until(lambda: not any(mark.alive() for mark in left), seconds)  # noqa: B023 - called before the next turn


def wait_until(condition: Callable[[], bool], seconds: float, *, every: float = _POLL_SECONDS) -> bool:
    """Poll a condition until it is true or the time has passed; returns whether it became true."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= end:
            return False
        time.sleep(every)
    return True


def stop_child(child: subprocess.Popen[bytes], ladder: Ladder = POLITE, *, group: bool = False) -> int:
    """Stop and reap a child of this process; returns its exit status."""
    for number, seconds in ladder:
        if child.poll() is not None:
            break
        _signal(child.pid, number, group=group)
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
    return child.wait()


def write_marks(path: Path, marks: Mapping[str, Mark], **more: str) -> None:
    """Write a pid file: names to marks, and further text a later start needs. Readable by its owner alone."""
    content = {"processes": {name: {"pid": m.pid, "started": m.started} for name, m in marks.items()}, **more}
    write_private(path, json.dumps(content, indent=1))


def read_marks(path: Path) -> tuple[dict[str, Mark], dict[str, str]]:
    """Read what :func:`write_marks` wrote; a missing or damaged file is an empty one (a crash may have cut it)."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        processes = content.pop("processes")
        marks = {name: Mark(int(entry["pid"]), str(entry["started"])) for name, entry in processes.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}, {}
    return marks, {name: str(value) for name, value in content.items()}


def write_private(path: Path, text: str) -> None:
    """Replace a file as a whole, with mode 0600: a reader sees the old text or the new, nobody else either."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def working_in(folder: Path) -> list[Mark]:
    """Processes whose working folder is ``folder`` (Linux; elsewhere none are found)."""
    target = os.path.realpath(folder)
    found = []
    for pid in _pids():
        try:
            here = (_PROC / str(pid) / "cwd").readlink()
        except OSError:
            continue
        if str(here) == target and (mark := Mark.of(pid)):
            found.append(mark)
    return found


def in_group(group: int) -> list[Mark]:
    """Processes of a process group (Linux; elsewhere none are found)."""
    found = []
    for pid in _pids():
        rest = _stat(pid)
        if rest and int(rest[2]) == group and (mark := Mark.of(pid)):
            found.append(mark)
    return found


def with_environment(name: str, value: str) -> list[Mark]:
    """Processes that were started with ``name=value`` in their environment, this one aside (Linux)."""
    wanted = f"{name}={value}".encode()
    found = []
    for pid in _pids():
        try:
            environment = (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if pid != os.getpid() and wanted in environment and (mark := Mark.of(pid)):
            found.append(mark)
    return found


def _pids() -> Iterator[int]:
    if not _PROC.is_dir():
        return
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            yield int(entry.name)


def _start_time(pid: int) -> str | None:
    """When a process started, as text that only compares equal for the same process; ``None`` when it is gone."""
    if not _PROC.joinpath("self", "stat").exists():
        return _start_time_by_ps(pid)
    rest = _stat(pid)
    if not rest or rest[0] in {"Z", "X"}:
        return None
    return f"{_boot_id()}/{rest[19]}"


def _stat(pid: int) -> list[str]:
    """Fields 3 (state), 4 (parent), 5 (group) … 22 (start) of proc(5)'s stat; empty when there is no process."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return []
    # The name may hold blanks and brackets: fields are counted after the last bracket.
    return stat.rpartition(")")[2].split()


def _boot_id() -> str:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _start_time_by_ps(pid: int) -> str | None:
    answer = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)],  # noqa: S607 - ps is found on PATH on purpose (macOS, BSD)
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    )
    state, _, started = answer.stdout.strip().partition(" ")
    return started.strip() if started and not state.startswith("Z") else None


def _signal(pid: int, number: signal.Signals, *, group: bool) -> None:
    send = os.killpg if group else os.kill
    try:
        send(pid, number)
        # A process that was stopped receives nothing but SIGKILL until it runs again.
        send(pid, signal.SIGCONT)
    except ProcessLookupError:
        return
