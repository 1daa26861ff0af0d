"""Statements of the webhooks' path, compiled once and handed to the driver: reads at once, writes together.

Finding a statement's compiled form and wrapping its result cost several times what the database needs for it. A
:class:`Read` or :class:`Write` is an ordinary statement on our tables, written down as the driver takes it the first
time it is used, and from then on only given values.

What a :class:`Write` writes is not read before the transaction looks at the database again. So it waits in the session,
and all that waits is sent in one go, in its order: before anything is read through the session, before the mapper
flushes, before a savepoint, and with the commit. A webhook costs a few round trips however many rooms react to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple, cast
from uuid import UUID

from psycopg import Connection, Error
from sqlalchemy import Insert as SqlInsert
from sqlalchemy import LargeBinary, Uuid, any_, event, literal
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.elements import ClauseElement, ColumnElement

from core import driver
from core.merging import Insert, Waiting, cut, together

#: Where it stands in ``session.info`` that each write is sent by itself, so that one that fails is known by its caller.
ONE_BY_ONE = "writes_one_by_one"
_WAITING = "writes_waiting"
#: Where it stands which connection the driver has for which transaction.
_DRIVER = "driver_connection"
_PLACE = re.compile(r"%\((\w+)\)s|%%")

Row = Mapping[str, Any]


def among(column: Any, ids: Iterable[UUID]) -> ColumnElement[bool]:
    """Whether an id is one of these, however many: they go as one value.

    A list in the statement makes of each length a statement of its own, which is written down, read and planned anew;
    with a board of thousands that takes longer than to find them, and past some ten thousand it is refused.
    """
    return cast("ColumnElement[bool]", column == any_(literal(list(ids), ARRAY(Uuid()))))


class WritesFailedError(Exception):
    """Writes that were sent together failed, and which of them is not known: do the work again, one by one."""


class _Text(NamedTuple):
    """A statement as the driver takes it: numbered places, the value of each, and what some go through before."""

    sql: str
    #: Its parts, if it inserts one row.
    insert: Insert | None
    names: tuple[str, ...]
    fixed: Mapping[str, Any]
    turned: tuple[tuple[str, Callable[[Any], Any]], ...]

    def values(self, row: Row) -> list[Any]:
        given = {**self.fixed, **row}
        for name, turn in self.turned:
            given[name] = turn(given[name])
        return [given[name] for name in self.names]


def _written_down(session: Session, statement: Executable, keys: tuple[str, ...]) -> _Text:
    dialect = session.get_bind().dialect
    compiled: Any = cast("ClauseElement", statement).compile(dialect=dialect, column_keys=keys)
    if getattr(compiled, "insert_prefetch", ()) or getattr(compiled, "update_prefetch", ()):
        message = "a default of this table is made in Python: give its value"
        raise TypeError(message)
    if "POSTCOMPILE" in compiled.string:
        message = "a list whose length is known only when it is sent: compare with each, or with an array"
        raise TypeError(message)
    names: dict[str, int] = {}

    def numbered(place: re.Match[str]) -> str:
        return "%" if place[0] == "%%" else f"${names.setdefault(place[1], len(names) + 1)}"

    sql = _PLACE.sub(numbered, compiled.string)
    fixed = {name: value for name, value in compiled.construct_params(_check=False).items() if name in names}
    turns = (
        (name, bind.type.dialect_impl(dialect).bind_processor(dialect))
        for name, bind in compiled.binds.items()
        # Bytes are taken as they are.
        if not isinstance(bind.type, LargeBinary)
    )
    turned = tuple((name, turn) for name, turn in turns if turn is not None and name in names)
    return _Text(sql, cut(sql), tuple(names), fixed, turned)


def _driver(session: Session) -> Connection[Any]:
    """The driver's connection of this transaction; found once, because the way to it costs as much as a statement."""
    transaction, connection = session.info.get(_DRIVER, (None, None))
    if transaction is None or transaction is not session.get_transaction():
        connection = session.connection().connection.driver_connection
        session.info[_DRIVER] = (session.get_transaction(), connection)
    return cast("Connection[Any]", connection)


def _as_ours(session: Session, error: Error) -> DBAPIError:
    """The driver's error as the rest of the house knows it, without the statement's values.

    A connection that is gone is given up here, as the pool does when it meets the error itself.
    """
    connection = session.connection()
    lost = _driver(session).closed
    if lost:
        connection.invalidate(error)
    return cast(
        "DBAPIError",
        DBAPIError.instance("", None, error, Error, hide_parameters=True, connection_invalidated=lost),
    )


class _Prepared:
    """A statement, written down once for each set of values that it is given."""

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._texts: dict[tuple[str, ...], _Text] = {}

    def _text(self, session: Session, row: Row) -> _Text:
        keys = tuple(row)
        text = self._texts.get(keys)
        if text is None:
            text = self._texts[keys] = _written_down(session, self._statement, keys)
        return text


class Read(_Prepared):
    """A statement whose rows are wanted at once; each row is a tuple with names."""

    def all(self, session: Session, values: Row | None = None, *, beside: bool = False, **more: Any) -> list[Any]:
        """Every row. ``beside``: nothing that waits can concern it. Raises :class:`sqlalchemy.exc.DBAPIError`."""
        return read_together(session, (self, more if values is None else values), beside=beside)[0]

    def first(self, session: Session, values: Row | None = None, *, beside: bool = False, **more: Any) -> Any | None:
        """The first row, or None."""
        return next(iter(self.all(session, values, beside=beside, **more)), None)

    def asked(self, session: Session, values: Row) -> driver.Statement:
        """The statement with these values, as the driver takes it."""
        text = self._text(session, values)
        return text.sql, text.values(values)


def read_together(session: Session, *asked: tuple[Read, Row], beside: bool = False) -> list[list[Any]]:
    """The rows of several reads, asked in one round trip; each sees what the one before it waited for.

    What waits goes before them in the same round trip. ``beside``: nothing that waits can concern them, and it goes on
    waiting. Raises :class:`WritesFailedError` where a row of what waited was refused, else the error itself.
    """
    if not beside:
        session.flush()
    before = [] if beside else together(_taken_out(session))
    try:
        found = driver.send(_driver(session), [*before, *(read.asked(session, values) for read, values in asked)])
    except Error as error:
        ours = _as_ours(session, error)
        if before and _is_of_one_write(error):
            raise WritesFailedError from ours
        raise ours from error
    return found[len(before) :]


class Write(_Prepared):
    """A statement of whose result nothing is wanted; it is sent together with the others that wait.

    ``once_by``: for an insert that replaces what is there, the values by which it knows it.
    """

    def __init__(self, statement: Executable, *, once_by: tuple[str, ...] = ()) -> None:
        # Without "inline" a number that the table gives would be asked back, and nobody wants it.
        super().__init__(statement.inline() if isinstance(statement, SqlInsert) else statement)
        self._once_by = once_by

    def __call__(self, session: Session, row: Row) -> None:
        """Let it be written with these values. What is wrong with it shows when it is sent."""
        text = self._text(session, row)
        insert = text.insert
        if insert is not None and insert.tail and not self._once_by:
            insert = None
        key = tuple(row[name] for name in self._once_by)
        waiting = session.info.setdefault(_WAITING, [])
        waiting.append(Waiting(text.sql, text.values(row), insert, key))
        if ONE_BY_ONE in session.info:
            send_waiting(session)


def send_waiting(session: Session, *, commit: bool = False) -> None:
    """Send what waits, and end the transaction with it when ``commit``; nothing happens when nothing waits.

    Raises :class:`WritesFailedError` where a row was refused, else the error itself. Also one write alone may be sent
    long after its caller has gone on, by somebody who only reads. One by one its caller meets the error itself.
    """
    waiting = _taken_out(session)
    if not waiting:
        return
    try:
        driver.send(_driver(session), together(waiting), commit=commit)
    except Error as error:
        ours = _as_ours(session, error)
        if ONE_BY_ONE in session.info or not _is_of_one_write(error):
            raise ours from error
        raise WritesFailedError from ours


def _taken_out(session: Session) -> list[Waiting]:
    """What waits, which from here on waits no more: whoever takes it sends it."""
    waiting: list[Waiting] = session.info.get(_WAITING, [])
    if waiting:
        session.info[_WAITING] = []
    return waiting


def _send_with_the_commit(session: Session) -> None:
    """What waits leaves with the commit, in one round trip; SQLAlchemy then finds nothing left to commit.

    What the mapper holds goes first, and so do the writes that waited before it: it sends them itself.
    """
    nested = session.in_nested_transaction()
    if not nested:
        session.flush()
    send_waiting(session, commit=not nested)


def _is_of_one_write(error: Error) -> bool:
    """Whether the database refused a row: no lock in the way, no time that was over, no server that is gone."""
    return error.sqlstate is not None and error.sqlstate.startswith(("22", "23", "42", "P0"))


def watch(sessions: Any) -> None:
    """Make the sessions of a factory send what waits before they look at the database by other ways."""
    event.listen(sessions, "do_orm_execute", lambda state: send_waiting(state.session))
    event.listen(sessions, "before_flush", lambda session, _context, _instances: send_waiting(session))
    event.listen(sessions, "before_commit", _send_with_the_commit)
    event.listen(sessions, "after_soft_rollback", lambda session, _previous: session.info.pop(_WAITING, None))


@contextmanager
def savepoint(session: Session) -> Iterator[None]:
    """What is done within is taken back alone when it fails; what waited before it is sent before it."""
    send_waiting(session)
    with session.begin_nested():
        yield


__all__ = [
    "ONE_BY_ONE",
    "Read",
    "Row",
    "Write",
    "WritesFailedError",
    "among",
    "read_together",
    "savepoint",
    "send_waiting",
    "watch",
]
