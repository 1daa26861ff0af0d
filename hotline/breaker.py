"""Whether the database is tried at all, and what its errors mean: away, busy with the same rows, or a fault of ours."""

from __future__ import annotations

import threading
import time

from sqlalchemy.exc import DBAPIError

from core.bounded import TookTooLongError

#: After a failure the database is left alone this long; then one request tries it.
PAUSE_S = 1.0
#: Somebody else holds the rows: lock timeout, deadlock, serialization. It will be over in a moment.
_BUSY = frozenset({"55P03", "40P01", "40001"})
#: The server is full, shutting down, or takes nothing: SQLSTATE classes and codes.
_AWAY_CLASSES = ("08", "53", "57P", "58")
_AWAY = frozenset({"25006", "25P03"})
#: One statement took too long. That may be one row, or everybody's database.
_SLOW = frozenset({"57014"})
#: So many answers in a row that took too long are no accident of one row any more.
SLOW_IN_A_ROW = 2


class Breaker:
    """Keeps requests from queueing behind a database that does not answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = 0.0
        self._slow = 0

    def closed(self) -> bool:
        """Whether to try the database; while it is away one request per pause may."""
        with self._lock:
            moment = time.monotonic()
            if moment < self._until:
                return False
            if self._until:
                self._until = moment + PAUSE_S
            return True

    def failed(self) -> None:
        """The database is not there."""
        with self._lock:
            self._until = time.monotonic() + PAUSE_S

    def slow(self) -> None:
        """The database did not answer in time. Once may be one row that somebody holds: others are not kept from it.

        Each request waits for itself, so a database that hangs costs one request more before it is left alone.
        """
        with self._lock:
            self._slow += 1
            if self._slow >= SLOW_IN_A_ROW:
                self._until = time.monotonic() + PAUSE_S

    def worked(self) -> None:
        """The database answered."""
        with self._lock:
            self._until, self._slow = 0.0, 0


def is_busy(error: DBAPIError) -> bool:
    """Whether the same work may succeed at once: another transaction was in the way."""
    return getattr(error.orig, "sqlstate", None) in _BUSY


def is_slow(error: DBAPIError) -> bool:
    """Whether it took too long: the database gave up a statement, or we gave up the database."""
    return isinstance(error.orig, TookTooLongError) or getattr(error.orig, "sqlstate", None) in _SLOW


def is_away(error: DBAPIError) -> bool:
    """Whether the error says that the server is not there for anybody. One row that is refused does not."""
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return error.connection_invalidated or type(error).__name__ in {"OperationalError", "InterfaceError"}
    return state in _AWAY or state.startswith(_AWAY_CLASSES)


__all__ = ["PAUSE_S", "SLOW_IN_A_ROW", "Breaker", "is_away", "is_busy", "is_slow"]
