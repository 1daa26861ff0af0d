"""Work with the database that ends by a moment, whatever the server does.

A server that is stopped ignores the timeouts that it was given, and the caller of a webhook waits. So whoever must
answer in time says until when (:func:`until`), and every wait for the server in that thread ends then: the connection
is given up, and what was asked fails as if the server were gone. What it had been sent may still be done; whoever gives
up so must be able to do the same work again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from psycopg import Connection, OperationalError
from psycopg.abc import PQGen
from psycopg.errors import _WaitTimeout
from sqlalchemy import Engine, event

RV = TypeVar("RV")
#: The moment, on the monotonic clock, at which waits in this thread end.
_until: ContextVar[float | None] = ContextVar("until", default=None)


class TookTooLongError(OperationalError):
    """The server did not answer by the moment that was given."""


@contextmanager
def until(moment: float) -> Iterator[None]:
    """End every wait for the server at ``moment`` (``time.monotonic()``); they raise :class:`TookTooLongError`."""
    token = _until.set(moment)
    try:
        yield
    finally:
        _until.reset(token)


class BoundedConnection(Connection[Any]):
    """A connection whose waits end at the moment of the thread that uses it."""

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """As the driver's, and no longer than the moment."""
        end = _until.get()
        left = None if end is None else max(end - time.monotonic(), 0.01)
        if left is None or (timeout is not None and timeout < left):
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, left)
        except _WaitTimeout:
            # Nobody knows what it is doing: nothing more is asked of it.
            self.pgconn.finish()
            raise TookTooLongError("the server did not answer in time") from None


def bound(engine: Engine, threads: int) -> None:
    """Let the engine's connections be bounded; up to ``threads`` may be opened at once.

    To open one can hang as well, in the driver's own wait: that is done by another thread, and waited for.
    """
    openers = ThreadPoolExecutor(threads, thread_name_prefix="connect")

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: object, _record: object, arguments: Any, named: Any) -> Connection[Any]:
        end = _until.get()
        if end is None:
            return BoundedConnection.connect(*arguments, **named)
        opened = openers.submit(BoundedConnection.connect, *arguments, **named)
        try:
            return opened.result(timeout=max(end - time.monotonic(), 0.01))
        except FutureTimeoutError:
            opened.add_done_callback(_close)
            raise TookTooLongError("the server did not let us in in time") from None


def _close(opened: Future[Any]) -> None:
    """It came after nobody waited for it any more."""
    if not opened.cancelled() and opened.exception() is None:
        opened.result().close()


__all__ = ["TookTooLongError", "bound", "until"]
