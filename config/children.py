"""Processes that are kept alive: started, watched, started again, stopped in order."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from config.console import Console
from config.engines.processes import POLITE, Ladder, Mark, in_group, stop_child, stop_together, write_marks
from config.health import Health
from core.i18n import gettext as _

FIRST_DELAY = 0.2
LONGEST_DELAY = 5.0
#: By how much who yields is nicer than the door: with everybody at work it gets about a third of what that gets.
_YIELDING = 5
_NICEST = 19
#: A process that lived this long is taken to have recovered: its next death is answered at once again.
_PROVEN_SECONDS = 10.0
#: A process that was stopped (SIGSTOP, a debugger) does nothing and holds what it has; after this long it is ended.
#: The kernel says so, nothing is guessed: with the start of its successor no caller waits longer than five seconds.
_STOPPED_SECONDS = 2.0
_LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Job:
    """What to keep running. ``health`` is a port of this machine whose ``/healthz`` must answer.

    ``overlaps`` is for a server whose workers share their port: those of one that ended go on serving until its
    successor answers, so that no caller finds the door shut meanwhile. ``yields`` is for what may be a little later
    when the machine has more to do than it can: what screens show, and not what a caller hears.
    """

    name: str
    command: Sequence[str]
    health: int | None = None
    overlaps: bool = False
    yields: bool = False


def koza_job(name: str, *words: str, health: int | None = None, overlaps: bool = False, yields: bool = False) -> Job:
    """The job ``koza NAME WORDS``, in this very Python."""
    return Job(name, [sys.executable, "-m", "config.cli", name, *words], health, overlaps, yields)


def module_job(name: str, module: str, *arguments: str) -> Job:
    """The job that runs a module as a program."""
    return Job(name, [sys.executable, "-m", module, *arguments])


class Child:
    """One job and its present process."""

    def __init__(self, job: Job, environment: Mapping[str, str], console: Console) -> None:
        self.job = job
        self._environment = environment
        self._console = console
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._delay = 0.0
        self._not_before = 0.0
        self._health = Health(job.health) if job.health else None
        self._orphans: list[int] = []
        self._moved = 0.0
        #: Since when each process that this one started stands still, and when that was last looked at.
        self._still: dict[int, float] = {}
        self._looked = 0.0

    @property
    def mark(self) -> Mark | None:
        """The present process, if it lives."""
        return Mark.of(self._process.pid) if self._process else None

    def start(self) -> None:
        """Start the process in a session of its own, so that the terminal's Ctrl-C reaches the supervisor alone."""
        self._process = subprocess.Popen(
            self.job.command,
            env=dict(self._environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._started = self._moved = time.monotonic()
        if self.job.yields:
            with suppress(OSError):
                # Counted from our own: where the whole house makes way for others, the screens still do for the door.
                ours = os.getpriority(os.PRIO_PROCESS, 0)
                os.setpriority(os.PRIO_PROCESS, self._process.pid, min(ours + _YIELDING, _NICEST))
        if self._process.stdout is not None:
            self._console.follow(self.job.name, self._process.stdout)
        if self._health:
            self._health.begin(self._process.pid)

    def tend(self) -> bool:
        """Look after the process once; True if it was started again."""
        now = time.monotonic()
        if self._process is not None and self._process.poll() is None:
            self._end_silent_workers(self._process.pid)
            self._end_stopped_workers(self._process.pid, now)
            self._relieve_orphans()
            failed = self._health is not None and self._health.failed()
            if not self._stands_still(self._process.pid, now) and not failed:
                return False
            self._console.line("koza", _("%(name)s: stands still or answers no more, replaced", name=self.job.name))
            stop_child(self._process, POLITE[1:], group=failed or not self._workers_serve(self._process.pid))
        if self._process is not None:
            self._mourn(self._process, now)
        if now < self._not_before:
            return False
        self.start()
        return True

    def stop(self) -> None:
        """Stop the process and whatever it or its predecessors started."""
        if self._health:
            self._health.end()
        if self._process is not None:
            stop_child(self._process, POLITE, group=True)
            stop_group(self._process.pid)
            self._process = None
        for leader in self._orphans:
            stop_group(leader)
        self._orphans.clear()

    def _stands_still(self, pid: int, now: float) -> bool:
        """Whether the process has been stopped for too long; a server's workers are known by their answers."""
        if not (mark := Mark.of(pid)) or not mark.stopped():
            self._moved = now
        return now - self._moved >= _STOPPED_SECONDS

    def _workers_serve(self, leader: int) -> bool:
        """Whether the workers of a server that stands still are to go on until its successor answers."""
        workers = [mark for mark in in_group(leader) if mark.pid != leader]
        return self.job.overlaps and bool(workers) and not any(mark.stopped() for mark in workers)

    def _end_silent_workers(self, leader: int) -> None:
        """End a worker that answers no more; the server that started it starts another."""
        if self._health is None:
            return
        for pid in self._health.silent():
            mark = next((mark for mark in in_group(leader) if mark.pid == pid), None)
            if mark is not None and pid != leader:
                self._console.line(
                    "koza", _("%(name)s: worker %(pid)d answers no more, ended", name=self.job.name, pid=pid)
                )
                mark.stop(POLITE[1:])
            self._health.forget(pid)

    def _end_stopped_workers(self, leader: int, now: float) -> None:
        """End what the process started and what stands still: nobody may have heard it yet, and the port is its too."""
        if now - self._looked < _LOOK_SECONDS:
            return
        self._looked = now
        stopped = [mark for mark in in_group(leader) if mark.pid != leader and mark.stopped()]
        self._still = {mark.pid: self._still.get(mark.pid, now) for mark in stopped}
        for mark in stopped:
            if now - self._still[mark.pid] >= _STOPPED_SECONDS:
                self._console.line(
                    "koza", _("%(name)s: worker %(pid)d stands still, ended", name=self.job.name, pid=mark.pid)
                )
                mark.stop(POLITE[1:])

    def _relieve_orphans(self) -> None:
        """The successor answers: the workers of its predecessors finish what they have in hand, and go."""
        if not self._orphans or self._health is None or not self._health.answered:
            return
        for leader in self._orphans:
            # Beside the tending: a request in hand may take a while, and the others must be looked after.
            threading.Thread(target=stop_group, args=(leader, POLITE), name="orphans", daemon=True).start()
        self._orphans.clear()

    def _mourn(self, process: subprocess.Popen[bytes], now: float) -> None:
        lived = now - self._started
        self._delay = FIRST_DELAY if lived > _PROVEN_SECONDS else min(max(self._delay * 2, FIRST_DELAY), LONGEST_DELAY)
        self._not_before = now + self._delay
        said = _(
            "%(name)s: ended with status %(status)d, again in %(seconds).1f s",
            name=self.job.name,
            status=process.returncode,
            seconds=self._delay,
        )
        self._console.line("koza", said)
        self._process = None
        # Workers of a server that was killed may live on.
        if self.job.overlaps:
            self._orphans.append(process.pid)
        else:
            stop_group(process.pid)


def stop_group(leader: int, ladder: Ladder = POLITE[1:]) -> None:
    """End what is left of a process group whose leader is our dead child (its id is not reused while any is left)."""
    stop_together(in_group(leader), ladder)


def answer(port: int, path: str, seconds: float) -> int | None:
    """The status with which a server on this machine answers, or ``None`` if it does not in time."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


@dataclass
class Tended:
    """An engine that is started again when it dies; clients reconnect to the same socket."""

    name: str
    alive: Callable[[], bool]
    start: Callable[[], None]
    console: Console
    not_before: float = 0.0
    delay: float = FIRST_DELAY

    def tend(self) -> None:
        """Start the engine again if it died; one that will not start is tried again with growing pauses."""
        now = time.monotonic()
        if self.alive():
            self.delay = FIRST_DELAY
            return
        if now < self.not_before:
            return
        self.console.line("koza", _("%(name)s: ended, started again", name=self.name))
        try:
            self.start()
        except Exception as error:  # noqa: BLE001 - whatever it is, the others must be kept alive
            self.delay = min(self.delay * 2, LONGEST_DELAY)
            self.not_before = now + self.delay
            self.console.line("koza", f"{self.name}: {error}")


class Household:
    """All children, in the order of starting."""

    def __init__(self, pid_file: Path, run_id: str, engines: Sequence[Tended] = ()) -> None:
        self.children: list[Child] = []
        self._pid_file = pid_file
        self._run_id = run_id
        self._engines = list(engines)

    def start(self, children: Sequence[Child]) -> None:
        """Start further children."""
        for child in children:
            self.children.append(child)
            child.start()
        self.write_down()

    def tend(self) -> None:
        """Look after everyone once."""
        for engine in self._engines:
            engine.tend()
        started = [child.tend() for child in self.children]
        if any(started):
            self.write_down()

    def write_down(self) -> None:
        """Leave the ids and start times for the next start, should this process be killed."""
        marks = {child.job.name: mark for child in self.children if (mark := child.mark)}
        write_marks(self._pid_file, marks, run_id=self._run_id)

    def stop(self, order: Sequence[str]) -> None:
        """Stop all, those named in ``order`` first and in that order."""
        rank = {name: place for place, name in enumerate(order)}
        for child in sorted(self.children, key=lambda child: rank.get(child.job.name, len(rank))):
            child.stop()
        self._pid_file.unlink(missing_ok=True)
