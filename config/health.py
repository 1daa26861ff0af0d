"""Whether a server on this machine still answers, and which of its workers do not.

A port that several processes serve answers as long as one of them does, and the kernel chooses which one. So every
answer of ``/healthz`` names its process, many are asked for, and a worker that was heard before and is heard no more
is taken to hang. Nobody waits for an answer here: a stopped process would hold up the one that watches it.

One that works is no hanging one. Where more people call than a machine can serve, the question waits behind their
requests, and to end the worker would cost everybody whom it serves, and leave the others fewer hands.
"""

from __future__ import annotations

import json
import selectors
import socket
import threading
import time
from dataclasses import dataclass, field

import psutil

#: A server, and each worker of it, must answer within this time, or it is replaced.
HEALTH_SECONDS = 4.0
#: So long where it is at work meanwhile: the part of a processor that it takes is at least this. One that hangs takes
#: next to nothing; one that goes round and round for ever is ended later.
WORKING_SECONDS = 30.0
_AT_WORK = 0.05
#: Until its first answer a new server is given this long.
GRACE_SECONDS = 60.0
_EVERY = 1.0
#: Questions in a round. The two dozen within HEALTH_SECONDS all miss one of two workers once in 2**24.
_QUESTIONS = 6
_REQUEST = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
_LONGEST_ANSWER = 4096


@dataclass(eq=False)
class _Question:
    """One request on its way."""

    connection: socket.socket
    until: float
    heard: bytes = b""


@dataclass
class Health:
    """What is known of the server on a port. Asked and answered in a thread of its own."""

    port: int
    _server: int = 0
    _deadline: float = 0.0
    _answered: bool = False
    #: When each process answered last, and the processor's time that it had taken by then.
    _heard: dict[int, tuple[float, float]] = field(default_factory=dict)
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, server: int) -> None:
        """Watch a new server, by the process id of the process that was started: patience until its first answer."""
        with self._lock:
            self._server, self._answered, self._heard = server, False, {}
            self._deadline = time.monotonic() + GRACE_SECONDS
        if self._thread is None:
            self._thread = threading.Thread(target=self._ask, name="health", daemon=True)
            self._thread.start()

    @property
    def answered(self) -> bool:
        """True once the present server has answered, and not only one that it succeeds."""
        return self._answered

    def failed(self) -> bool:
        """True when the whole server has not answered in time."""
        now = time.monotonic()
        if now <= self._deadline:
            return False
        with self._lock:
            heard = dict(self._heard)
        return not any(_at_work(worker, *last, now) for worker, last in heard.items())

    def silent(self) -> list[int]:
        """Process ids of workers that answered before and have not for too long."""
        now = time.monotonic()
        with self._lock:
            late = {worker: last for worker, last in self._heard.items() if last[0] < now - HEALTH_SECONDS}
        return [worker for worker, last in late.items() if not _at_work(worker, *last, now)]

    def forget(self, worker: int) -> None:
        """A worker was ended; the process that takes its place has another id."""
        with self._lock:
            self._heard.pop(worker, None)

    def end(self) -> None:
        """Stop asking."""
        self._ended.set()

    def take(self, body: bytes) -> None:
        """Read one answer. ``process`` serves, ``server`` started it; one process may be both."""
        try:
            told = json.loads(body)
            process, server = int(told["process"]), int(told["server"])
        except (ValueError, TypeError, KeyError):
            return
        now = time.monotonic()
        with self._lock:
            if self._server in {process, server}:
                self._heard[process] = (now, _taken(process))
                self._answered = True
                self._deadline = now + HEALTH_SECONDS + _EVERY

    def _ask(self) -> None:
        with selectors.DefaultSelector() as selector:
            next_round = time.monotonic()
            while not self._ended.is_set():
                now = time.monotonic()
                if now >= next_round:
                    next_round = now + _EVERY
                    self._send_round(selector, now)
                # Short, so that the end of the watching is not waited for.
                for key, _events in selector.select(min(0.2, max(0.0, next_round - now)) or 0.01):
                    self._read(selector, key.data)
                self._give_up(selector)
            for key in list(selector.get_map().values()):
                key.data.connection.close()

    def _send_round(self, selector: selectors.BaseSelector, now: float) -> None:
        for _ in range(_QUESTIONS):
            try:
                # On this machine a connection is made at once or refused at once, also to a stopped process.
                connection = socket.create_connection(("127.0.0.1", self.port), timeout=1.0)
                connection.sendall(_REQUEST)
            except OSError:
                return
            connection.setblocking(False)
            question = _Question(connection, now + WORKING_SECONDS)
            selector.register(connection, selectors.EVENT_READ, question)

    def _read(self, selector: selectors.BaseSelector, question: _Question) -> None:
        try:
            part = question.connection.recv(_LONGEST_ANSWER)
        except OSError:
            part = b""
        question.heard += part
        if part and len(question.heard) < _LONGEST_ANSWER:
            return
        head, _, body = question.heard.partition(b"\r\n\r\n")
        if head.startswith(b"HTTP/1.1 200"):
            self.take(body)
        _close(selector, question)

    @staticmethod
    def _give_up(selector: selectors.BaseSelector) -> None:
        now = time.monotonic()
        for key in list(selector.get_map().values()):
            if key.data.until < now:
                _close(selector, key.data)


def _taken(process: int) -> float:
    """Seconds of the processor that a process has taken; none where there is no such process."""
    try:
        times = psutil.Process(process).cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)


def _at_work(process: int, heard_at: float, taken: float, now: float) -> bool:
    """Whether a process that owes an answer since ``heard_at`` is busy, and not yet for too long."""
    silent = now - heard_at
    return silent < WORKING_SECONDS and _taken(process) - taken >= _AT_WORK * silent


def _close(selector: selectors.BaseSelector, question: _Question) -> None:
    selector.unregister(question.connection)
    question.connection.close()
