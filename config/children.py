"""Processes that are kept alive: started, watched, started again, stopped in order."""

from __future__ import annotations

import http.client
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.console import Console
from config.engines.processes import POLITE, Mark, in_group, stop_child, write_marks
from core.i18n import gettext as _

FIRST_DELAY = 0.2
LONGEST_DELAY = 5.0
#: A process that lived this long is taken to have recovered: its next death is answered at once again.
_PROVEN_SECONDS = 10.0
#: A process must answer its health question within this time, or it is replaced.
HEALTH_SECONDS = 5.0
_HEALTH_EVERY = 1.0
#: Until its first answer a new process is given this long.
_GRACE_SECONDS = 60.0


@dataclass(frozen=True)
class Job:
    """What to keep running. ``health`` is a port of this machine whose ``/healthz`` must answer."""

    name: str
    command: Sequence[str]
    health: int | None = None


def koza_job(name: str, *, health: int | None = None) -> Job:
    """The job ``koza NAME``, in this very Python."""
    return Job(name, [sys.executable, "-m", "config.cli", name], health)


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
        self._health = _Health(job.health) if job.health else None

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
        self._started = time.monotonic()
        if self._process.stdout is not None:
            self._console.follow(self.job.name, self._process.stdout)
        if self._health:
            self._health.begin()

    def tend(self) -> bool:
        """Look after the process once; True if it was started again."""
        now = time.monotonic()
        if self._process is not None and self._process.poll() is None:
            if self._health is None or not self._health.failed():
                return False
            self._console.line(
                "koza", _("%(name)s: no answer for %(n)d s, replaced", name=self.job.name, n=HEALTH_SECONDS)
            )
            stop_child(self._process, POLITE[1:], group=True)
        if self._process is not None:
            self._mourn(self._process, now)
        if now < self._not_before:
            return False
        self.start()
        return True

    def stop(self) -> None:
        """Stop the process and whatever it started."""
        if self._health:
            self._health.end()
        if self._process is not None:
            stop_child(self._process, POLITE, group=True)
            stop_group(self._process.pid)
            self._process = None

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
        # Workers of a server that was killed may live on and hold its port.
        stop_group(process.pid)
        self._process = None


def stop_group(leader: int) -> None:
    """End what is left of a process group whose leader is our dead child (its id is not reused while any is left)."""
    for mark in in_group(leader):
        mark.stop(POLITE[1:])


class _Health:
    """Asks ``/healthz`` from its own thread: a hung process must not hang the one that watches it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._deadline = 0.0
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """A new process: patience until its first answer."""
        self._deadline = time.monotonic() + _GRACE_SECONDS
        if self._thread is None:
            self._thread = threading.Thread(target=self._ask, name="health", daemon=True)
            self._thread.start()

    def failed(self) -> bool:
        """True when the time to answer has passed."""
        return time.monotonic() > self._deadline

    def end(self) -> None:
        """Stop asking."""
        self._ended.set()

    def _ask(self) -> None:
        while not self._ended.wait(_HEALTH_EVERY):
            if answer(self._port, "/healthz", HEALTH_SECONDS) == http.HTTPStatus.OK:
                self._deadline = time.monotonic() + HEALTH_SECONDS + _HEALTH_EVERY


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

    def __init__(self, children: Sequence[Child], pid_file: Path, run_id: str, engines: Sequence[Tended] = ()) -> None:
        self.children = list(children)
        self._pid_file = pid_file
        self._run_id = run_id
        self._engines = list(engines)

    def start(self) -> None:
        """Start every child."""
        for child in self.children:
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
