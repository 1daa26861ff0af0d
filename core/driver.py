"""Several statements in one go: the way of the webhooks' statements to PostgreSQL and back.

Through the driver's cursors a statement costs several times what the server needs for it, and a transaction's BEGIN and
COMMIT are round trips of their own. Here a transaction begins with its first statements and ends with its last, each
statement is prepared once on a connection, and the driver's compiled adapters turn values and rows. It stands on what
psycopg documents as its lower layer (``psycopg.pq``, ``psycopg.adapt``) and on its generators.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

from psycopg import Connection, InternalError, adapters, generators, pq
from psycopg._preparing import PrepareManager
from psycopg.abc import PQGen
from psycopg.abc import Transformer as Turner
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq.abc import PGconn, PGresult

#: A statement with numbered places (``$1``), and the values of these places.
Statement = tuple[str, Sequence[Any]]
_IDLE, _OK = pq.TransactionStatus.IDLE, pq.ConnStatus.OK
_FAILED, _ROWS = pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.TUPLES_OK

_ANY, _INTERVAL = 0, adapters.types["interval"].oid


@dataclass
class _Prepared:
    """A statement that the server knows by a name, and how its rows are made."""

    name: bytes
    row: Callable[[Sequence[Any]], Any] | None = None


class _Names(PrepareManager):
    """What is prepared on one connection: the driver's own statements, and beside them ours.

    After a rollback the driver lets the server forget everything that is prepared, ours as well, but not at once: with
    the next statement that it sends itself. So that is brought forward before ours are used or prepared.
    """

    def __init__(self, connection: Connection[Any]) -> None:
        super().__init__()
        self.ours: dict[str, _Prepared] = {}
        #: Finds the adapters of each type once for the whole life of the connection.
        self.turner: Turner = Transformer(connection)
        self._given = 0

    def clear(self) -> bool:
        self.ours = {}
        return super().clear()

    def new(self) -> _Prepared:
        """A name that was never used on this connection, as what failed may stand there all the same."""
        self._given += 1
        return _Prepared(b"koza_%d" % self._given)


def adopt(connection: Connection[Any]) -> None:
    """Prepare a connection that was opened just now for :func:`send`."""
    connection._prepared = _Names(connection)  # noqa: SLF001 - the one place where the driver forgets what ours hang on


def _names(connection: Connection[Any]) -> _Names:
    names = connection._prepared  # noqa: SLF001 - as above
    if not isinstance(names, _Names):
        message = "the connection was not adopted"
        raise TypeError(message)
    connection.wait(names.maintain_gen(connection))
    return names


def send(connection: Connection[Any], statements: Sequence[Statement], *, commit: bool = False) -> list[list[Any]]:
    """Send the statements together, in their order, in the connection's transaction; returns each one's rows.

    Begins the transaction where none has begun; ``commit`` ends it in the same go. Rows are tuples with names. Raises
    the :class:`psycopg.Error` of the first statement that fails; the transaction has then failed as a whole.
    """
    with connection.lock:
        names = _names(connection)
        turner = names.turner
        talk = _Talk(connection.pgconn)
        if connection.pgconn.transaction_status == _IDLE:
            talk.say(b"BEGIN")
        places = [talk.prepared(names, sql, _turned(turner, values)) for sql, values in statements]
        if commit:
            talk.say(b"COMMIT")
        results = connection.wait(talk.held())
    for result in results:
        if result.status == _FAILED:
            raise error_from_result(result, encoding="utf-8")
    if commit and results[-2].command_status != b"COMMIT":
        # A transaction that had failed before: the server takes it back and calls that a success.
        message = "the transaction had failed and was not committed"
        raise InternalError(message)
    names.ours |= talk.new
    return [_rows(turner, prepared, results[place]) for prepared, place in places]


class _Talk:
    """What is said in one go; each thing said has one result, and the last result is that of the whole."""

    def __init__(self, pgconn: PGconn) -> None:
        self._pgconn = pgconn
        self._said: list[Callable[[], None]] = []
        self.new: dict[str, _Prepared] = {}

    def say(self, command: bytes) -> None:
        self._said.append(partial(self._pgconn.send_query_params, command, None))

    def prepared(self, names: _Names, sql: str, values: _Values) -> tuple[_Prepared, int]:
        """Run a statement, prepared before if need be; returns it with the place of its result."""
        found = names.ours.get(sql) or self.new.get(sql)
        if found is None:
            found = self.new[sql] = names.new()
            self._said.append(partial(self._pgconn.send_prepare, found.name, sql.encode(), values.types))
        self._said.append(partial(self._pgconn.send_query_prepared, found.name, values.turned, values.formats))
        return found, len(self._said) - 1

    def held(self) -> PQGen[list[PGresult]]:
        """Say all of it, and wait for every result without keeping other threads from their work."""
        pgconn, results = self._pgconn, list[PGresult]()
        pgconn.enter_pipeline_mode()
        try:
            for call in self._said:
                call()
            pgconn.pipeline_sync()
            yield from generators.send(pgconn)
            while len(results) <= len(self._said):
                results += yield from generators.fetch_many(pgconn)
        finally:
            # A connection that broke off cannot leave the mode, and is given up by who meets the error.
            if pgconn.status == _OK:
                pgconn.exit_pipeline_mode()
        return results


class _Values(NamedTuple):
    turned: Any
    formats: list[pq.Format]
    types: list[int]


def _turned(turner: Turner, values: Sequence[Any]) -> _Values:
    """Values as the server reads them.

    Their types are what the statement makes of them, so that one text is prepared once: a number is not a smallint for
    ever because the first one was small. Only spans of time are named: a moment less something can be many things.
    """
    formats = [PyFormat.BINARY if isinstance(value, bytes) else PyFormat.TEXT for value in values]
    turned = turner.dump_sequence(values, formats)
    types = [_INTERVAL if isinstance(value, timedelta) else _ANY for value in values]
    return _Values(turned, list(turner.formats or ()), types)


def _rows(turner: Turner, prepared: _Prepared, result: PGresult) -> list[Any]:
    if result.status != _ROWS:
        return []
    if prepared.row is None:
        names = [(result.fname(place) or b"").decode() for place in range(result.nfields)]
        made: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # noqa: PYI024 - the statement's names
        prepared.row = made._make
    turner.set_pgresult(result)
    rows: list[Any] = turner.load_rows(0, result.ntuples, prepared.row)
    return rows


__all__ = ["Statement", "send"]
