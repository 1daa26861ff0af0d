"""Doing what is due: each row in a transaction of its own, the most urgent first, by whoever lives.

Of what is due the most urgent is done first, by its ``rank``, and of one rank what is due longest. Every fourth row is
taken by its time alone: where there is more to do than can be done, the less urgent waits longer and never for ever.

A sweeper claims a row by an advisory lock on its id, not by the row's own lock: the row stays free for whoever sets or
cancels the same due time meanwhile. With ``FOR UPDATE`` the sweeper would hold the row and wait for the call it is
about, while a webhook holds the call and waits for the row.

What many rows of one sweep would each read for themselves, such as who is at work, is read once (:func:`shared`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlalchemy import BigInteger, Integer, Text, any_, bindparam, delete, func, select, update
from sqlalchemy import cast as as_type
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased
from sqlalchemy.sql.elements import ColumnElement

from core.clock import after, koza_now
from core.database import Ground, table_of
from core.due import ALARM_AFTER, Due, DueHandlers, holds_up
from core.log import get_logger
from core.metrics import alarms
from core.statements import Read, Write, WritesFailedError
from core.unit_of_work import ReactionFailedError, run, unit_of_work

log = get_logger(__name__)

T = TypeVar("T")
_MAX_BACKOFF_S = 300
#: First half of the advisory locks by which sweepers claim rows; the second half is the row's id.
_CLAIM = 0x6B6F7A
#: Of so many rows one is taken by its time alone.
_FAIR = 4
#: How many rows a sweeper looks at to find one that no other sweeper has.
_LOOK = 100
#: For how long what was read for one row may serve others, and how many of those that are due then it may serve.
_SHARED_S = 1.0
_SHARED_BY = 400
#: Where it stands in ``session.info`` which sweep a handler is called by.
_SWEEP = "sweep"


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A due row as it was when it was claimed."""

    id: int
    version: int
    kind: str
    subject: str
    epoch: int
    tries: int
    in_lane: bool
    centre_id: UUID | None


@dataclass(frozen=True, slots=True)
class _Reading:
    """Something that was read for one row, and the rows that were due before it was read."""

    value: Any
    serves: frozenset[tuple[int, int]]
    until: float


@dataclass(slots=True)
class _Sweep:
    """One sweep: the row it is at, and what its rows have read."""

    row: _Claimed | None = None
    readings: dict[Hashable, _Reading] = field(default_factory=dict)


def shared(session: Session, name: Hashable, read: Callable[[], T]) -> T:
    """What ``read`` finds, read once for all rows of a kind that were due together; within a second, in one sweep.

    A row that was set later, or set anew, has it read anew: whoever sets a row may rely on it that what she wrote with
    it, or before it, is seen by its handler. Outside a sweep nothing is shared. ``read`` may read only what no handler
    of this kind writes, for a handler's own transaction may be taken back after it.
    """
    this: _Sweep | None = session.info.get(_SWEEP)
    if this is None or this.row is None:
        return read()
    known = this.readings.get(name)
    if known is None or (this.row.id, this.row.version) not in known.serves or time.monotonic() > known.until:
        # Which rows it may serve is read before it, so it sees whatever was committed with them.
        serves = frozenset((row.id, row.version) for row in _DUE_TOGETHER.all(session, of_kind=this.row.kind))
        until = time.monotonic() + _SHARED_S
        known = this.readings[name] = _Reading(read(), serves, until)
    return cast("T", known.value)


def sweep(ground: Ground, *, limit: int = 200, seconds: float = math.inf) -> int:
    """Do up to ``limit`` due rows, each in its own transaction; returns how many were tried.

    None is begun after ``seconds``: whoever sweeps gives signs of life in between, however slow the machine is. A row
    whose handler raises stays, is tried again with growing pauses, and alarms after three failures.
    """
    tried, end, this = 0, time.monotonic() + seconds, _Sweep()
    while tried < limit and time.monotonic() < end:
        wanted = _LONGEST_DUE if tried % _FAIR == _FAIR - 1 else _MOST_URGENT
        if not _sweep_one(ground, wanted, this):
            break
        tried += 1
    return tried


def _sweep_one(ground: Ground, wanted: Read, this: _Sweep) -> bool:
    """Do one row; False when nothing is due that this process can do and no other does."""
    row: _Claimed | None = None
    skipped: frozenset[str] = frozenset()
    one_by_one = False
    while True:
        try:
            with unit_of_work(ground, skipped_reactions=skipped, one_by_one=one_by_one) as session:
                due_id = _claim(session, wanted, ground.due_handlers.kinds, None if row is None else row.id)
                if due_id is None:
                    return row is not None
                row = this.row = _read(session, due_id)
                session.info[_SWEEP] = this
                if row is not None:
                    _handle(session, ground.due_handlers, row)
        except Exception as error:
            if row is None:
                raise
            if isinstance(error, ReactionFailedError) and error.name not in skipped:
                skipped |= {error.name}
                continue
            if isinstance(error, WritesFailedError) and not one_by_one:
                # Which of them is not known: one by one, the reaction whose write it is is the one that is skipped.
                one_by_one = True
                continue
            log.exception("due_failed", due=row.id, kind=row.kind)
            _postpone(ground, row)
            return True
        else:
            return True


def _claim(session: Session, wanted: Read, kinds: Sequence[str], again: int | None) -> int | None:
    """Claim the first ``wanted`` row until the transaction ends, or ``again`` the one that was claimed before."""
    values: dict[str, Any] = {"kinds": list(kinds)}
    found = wanted.first(session, values) if again is None else _DUE_STILL.first(session, values | {"again": again})
    return None if found is None else cast("int", found.id)


def _claiming(*wanted: ColumnElement[bool], order: tuple[InstrumentedAttribute[Any], ...]) -> Read:
    earlier = aliased(Due)
    overtakes = (
        select(earlier.id)
        .where(earlier.lane == Due.lane, earlier.id < Due.id, holds_up(earlier, Due.reaction))
        .exists()
    )
    due = (
        select(Due.id)
        .where(Due.at <= koza_now(), Due.kind == any_(_KINDS), ~overtakes, *wanted)
        .order_by(*order)
        .limit(_LOOK)
        .cte("due")
        .prefix_with("MATERIALIZED")
    )
    # Ids beyond four bytes share locks with others: then two rows are done one after the other, which harms nobody.
    key = as_type(due.c.id % 2**31, Integer)
    return Read(select(due.c.id).where(func.pg_try_advisory_xact_lock(_CLAIM, key)).limit(1))


# Built once: every worker asks each second, and in a flood for each of thousands.
_KINDS = bindparam("kinds", type_=ARRAY(Text()))
_MOST_URGENT = _claiming(order=(Due.rank, Due.at, Due.id))
_LONGEST_DUE = _claiming(order=(Due.at, Due.id))
_DUE_STILL = _claiming(Due.id == bindparam("again", type_=BigInteger()), order=(Due.id,))
_ROW = Read(
    select(
        Due.id,
        Due.version,
        Due.kind,
        Due.subject,
        Due.epoch,
        Due.tries,
        Due.lane.is_not(None).label("in_lane"),
        Due.centre_id,
    ).where(Due.id == bindparam("due_id", type_=BigInteger()), Due.at <= koza_now())
)
_DUE_TOGETHER = Read(
    select(Due.id, Due.version)
    .where(Due.kind == bindparam("of_kind"), Due.at <= koza_now())
    .order_by(Due.rank, Due.at)
    .limit(_SHARED_BY)
)
_DUE = table_of(Due)
_REMOVE = Write(
    delete(_DUE).where(
        _DUE.c.id == bindparam("done", type_=BigInteger()), _DUE.c.version == bindparam("as_it_was", type_=Integer())
    )
)


def _read(session: Session, due_id: int) -> _Claimed | None:
    """The claimed row as it is now: whoever held the claim before may have done or postponed it since we looked."""
    row = _ROW.first(session, due_id=due_id)
    return None if row is None else _Claimed(*row)


def _handle(session: Session, handlers: DueHandlers, row: _Claimed) -> None:
    handler = handlers.of(row.kind)
    if handler is None:
        return
    done = {"done": row.id, "as_it_was": row.version}
    if row.in_lane:
        # It must not hold up the reactions to the facts that it reports itself.
        _REMOVE(session, done)
    handler(session, row.subject, row.epoch)
    if not row.in_lane:
        _REMOVE(session, done)


def _postpone(ground: Ground, row: _Claimed) -> None:
    tries = row.tries + 1
    with unit_of_work(ground) as session:
        session.execute(
            update(Due)
            .where(Due.id == row.id, Due.version == row.version)
            .values(tries=tries, at=after(min(2.0**tries, _MAX_BACKOFF_S))),
        )
    if tries == ALARM_AFTER:
        log.error("due_alarm", due=row.id, kind=row.kind)
        alarms.add(kind="reaction_failing")
        _tell_people(ground, row)


def _tell_people(ground: Ground, row: _Claimed) -> None:
    tell = ground.due_handlers.stuck
    if tell is None:
        return
    try:
        run(ground, lambda session: tell(session, row.kind, row.centre_id))
    except Exception:
        # What keeps the row from being done may keep this too; the log and the alarm stand.
        log.exception("due_alarm_failed", due=row.id)


__all__ = ["shared", "sweep"]
