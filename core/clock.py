"""The one clock: the database's.

``koza_now()`` is a STABLE SQL function: plain ``now()`` in production. Elsewhere it looks at the one row of
``core_clock``, so that a test can move or stop the time of every process at once without sleeping.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import DateTime, Interval, bindparam, event, select, text
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


_NOW = Read(select(koza_now().label("moment")))
_KNOWN = "moment"


def after(seconds: float) -> ColumnElement[datetime]:
    """The moment ``seconds`` from now, as SQL."""
    return koza_now() + bindparam(None, timedelta(seconds=seconds), type_=Interval)


def now(session: Session) -> datetime:
    """The transaction's moment: read from the database once, as it stays the same until the transaction ends."""
    known: datetime | None = session.info.get(_KNOWN)
    if known is None:
        known = session.info[_KNOWN] = _NOW.all(session, beside=True)[0].moment
    return known


def note_now(session: Session, moment: datetime) -> None:
    """Keep the moment that another statement of this transaction has brought along."""
    session.info[_KNOWN] = moment


def watch(sessions: Any) -> None:
    """Let the sessions of a factory forget their moment when their transaction ends."""
    for ends in ("after_commit", "after_soft_rollback"):
        event.listen(sessions, ends, lambda session, *_: session.info.pop(_KNOWN, None))


def shift(session: Session, by: timedelta) -> None:
    """Move the clock of every process on this database; in production nothing reads the row, so nothing moves."""
    session.execute(
        text("UPDATE core_clock SET shift = shift + :by").bindparams(bindparam("by", by, type_=Interval)),
    )


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
    "after",
    "koza_now",
    "note_now",
    "now",
    "shift",
    "watch",
]
