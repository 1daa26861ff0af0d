"""The load: requests that were signed beforehand, over connections that stay open. A process of its own.

Closed loop: every connection sends its next request when the last one is answered. Open loop: requests fall due at a
fixed rate, whatever the answers do, and the time is counted from when a request was due.

One thread and ``epoll``: such a client costs a fraction of what it measures, where threads or coroutines cost as much.
"""

from __future__ import annotations

import itertools
import selectors
import socket
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bench import child
from bench.carrier import Account, Carrier, Signed

_OK = b"HTTP/1.1 200"
_READ = 65536
#: Nothing is answered later than this: the edge itself gives up long before.
_LOST_S = 10.0


class Pipe:
    """One connection that asks one thing at a time."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sid = ""
        self.since = 0.0
        self._got = b""
        self._length = -1

    def send(self, request: Signed, since: float) -> None:
        """Send a request; ``since`` is when its time begins."""
        self.sid, self.since, self._got, self._length = request.sid, since, b"", -1
        self.socket.sendall(request.wire)

    def receive(self) -> bool | None:
        """Read what came: None while there is more to come, then whether the answer is a good one."""
        part = self.socket.recv(_READ)
        if not part:
            raise ConnectionError("the server closed a connection")
        self._got += part
        if self._length < 0:
            head = self._got.find(b"\r\n\r\n")
            if head < 0:
                return None
            self._length = head + 4 + _content_length(self._got[:head])
        return None if len(self._got) < self._length else self._got.startswith(_OK)


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


@dataclass
class Result:
    """What a load saw."""

    seconds: float = 0.0
    errors: int = 0
    #: Milliseconds of each answer, in the order of the answers.
    times: list[float] = field(default_factory=list)
    sids: list[str] = field(default_factory=list)


def closed_loop(pipes: list[Pipe], requests: Iterator[Signed], seconds: float) -> Result:
    """Keep every connection busy for ``seconds`` or until the requests are used up."""
    result, begun = Result(), time.perf_counter()
    with selectors.DefaultSelector() as ready:
        busy = 0
        for pipe in pipes:
            busy += _next(pipe, requests, ready)
        while busy:
            busy += sum(_answered(pipe, result, begun + seconds, requests, ready) for pipe in _readable(ready))
    result.seconds = time.perf_counter() - begun
    return result


def _next(pipe: Pipe, requests: Iterator[Signed], ready: selectors.BaseSelector) -> int:
    request = next(requests, None)
    if request is None:
        return 0
    ready.register(pipe.socket, selectors.EVENT_READ, pipe)
    pipe.send(request, time.perf_counter())
    return 1


def _answered(
    pipe: Pipe, result: Result, until: float, requests: Iterator[Signed], ready: selectors.BaseSelector
) -> int:
    """Take an answer and send the next request; the change of the number of busy connections."""
    now = _note(pipe, result)
    if now is None:
        return 0
    request = next(requests, None) if now < until else None
    if request is None:
        ready.unregister(pipe.socket)
        return -1
    pipe.send(request, time.perf_counter())
    return 0


def _note(pipe: Pipe, result: Result) -> float | None:
    good = pipe.receive()
    if good is None:
        return None
    now = time.perf_counter()
    result.times.append((now - pipe.since) * 1000)
    result.sids.append(pipe.sid)
    result.errors += not good
    return now


def _readable(ready: selectors.BaseSelector, timeout: float = _LOST_S) -> list[Pipe]:
    events = ready.select(timeout)
    if not events and timeout >= _LOST_S:
        raise ConnectionError("no answer")
    return [key.data for key, _ in events]


def open_loop(pipes: list[Pipe], requests: Iterable[Signed], rate: float) -> Result:
    """Send each request when it is due, on any free connection; one that has to wait for it is late by that."""
    result, begun = Result(), time.perf_counter()
    due = ((begun + number / rate, request) for number, request in enumerate(requests))
    free, coming = list(pipes), next(due, None)
    with selectors.DefaultSelector() as ready:
        for pipe in pipes:
            ready.register(pipe.socket, selectors.EVENT_READ, pipe)
        while coming is not None or len(free) < len(pipes):
            now = time.perf_counter()
            while coming is not None and free and coming[0] <= now:
                free.pop().send(coming[1], coming[0])
                coming = next(due, None)
            wait = _LOST_S if coming is None or not free else max(coming[0] - time.perf_counter(), 0.0)
            free += [pipe for pipe in _readable(ready, wait) if _note(pipe, result) is not None]
    result.seconds = time.perf_counter() - begun
    return result


def main() -> None:
    """A child: ``kind``, ``port``, ``connections``, ``seconds``, ``count``, ``seed``, ``account``, perhaps ``rate``."""
    told = child.task()
    carrier = Carrier(Account.of(told["account"]), told["seed"])
    if told["kind"] == "status":
        requests = list(itertools.islice(carrier.statuses(told["sids"]), told["count"]))
    else:
        make = carrier.voice if told["kind"] == "voice" else carrier.sms
        requests = [make() for _ in range(told["count"])]
    pipes = [Pipe(told["port"]) for _ in range(told["connections"])]
    child.prepared()
    if told.get("rate"):
        result = open_loop(pipes, requests, told["rate"])
    else:
        result = closed_loop(pipes, iter(requests), told["seconds"])
    child.answer(vars(result))


if __name__ == "__main__":
    main()
