"""The one clock: the database's.

``koza_now()`` is a STABLE SQL function: plain ``now()`` in production. Elsewhere it looks at the one row of
``core_clock``, so that a test can move or stop the time of every process at once without sleeping.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from sqlalchemy import DateTime, Interval, bindparam, select, text
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import GenericFunction

from core.statements import Read

#: Every stored moment carries its zone; PostgreSQL keeps it in UTC.
TSTZ = DateTime(timezone=True)


class koza_now(GenericFunction[datetime]):  # noqa: N801 - named as the SQL function it renders
    """SQL ``koza_now()``: the moment this transaction began, on the clock that tests may move."""

    type = TSTZ
    name = "koza_now"
    inherit_cache = True


_NOW = Read(select(koza_now().label("now")))


def after(seconds: float) -> ColumnElement[datetime]:
    """The moment ``seconds`` from now, as SQL."""
    return koza_now() + bindparam(None, timedelta(seconds=seconds), type_=Interval)


def now(session: Session) -> datetime:
    """The transaction's moment, read from the database."""
    moment: datetime = _NOW.all(session, beside=True)[0].now
    return moment


def shift(session: Session, by: timedelta) -> None:
    """Move the clock of every process on this database; in production nothing reads the row, so nothing moves."""
    session.execute(
        text("UPDATE core_clock SET shift = shift + :by").bindparams(bindparam("by", by, type_=Interval)),
    )


class KnownClock:
    """The database's clock, for when that does not answer: what it said last, and what has gone by since.

    The machine's own clock may be wrong by hours, and only a process that has never been told goes by it.
    """

    def __init__(self) -> None:
        self._ahead: float | None = None

    def told(self, moment: datetime) -> None:
        """The database says that it is ``moment`` now."""
        self._ahead = moment.timestamp() - time.monotonic()

    def seconds(self) -> float:
        """Seconds since the epoch."""
        if self._ahead is None:
            return time.time()
        return time.monotonic() + self._ahead


#: Server default of moment columns.
NOW_DEFAULT = text("koza_now()")

CLOCK_PRODUCTION = """
CREATE OR REPLACE FUNCTION koza_now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT now()'
"""

CLOCK_MOVABLE = """
CREATE OR REPLACE FUNCTION koza_now() RETURNS timestamptz LANGUAGE sql STABLE
AS 'SELECT coalesce(frozen_at, now() + shift) FROM core_clock WHERE id = 1'
"""

__all__ = [
    "CLOCK_MOVABLE",
    "CLOCK_PRODUCTION",
    "NOW_DEFAULT",
    "TSTZ",
    "KnownClock",
    "after",
    "koza_now",
    "now",
    "shift",
]
