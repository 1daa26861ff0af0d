"""The one table of due times: offers, pages, deadlines, leases, deferred reactions, the reconciler.

A row says what is due for which subject and when. Every worker sweeps it each second; the queue in Redis only makes
that faster. A handler runs in the transaction that removes its row, so that a killed process leaves the row as it was.

Of what is due the most urgent is done first, by its ``rank``, and of one rank what is due longest. Every fourth row is
taken by its time alone: where there is more to do than can be done, the less urgent waits longer and never for ever.

A sweeper claims a row by an advisory lock on its id, not by the row's own lock: the row stays free for whoever sets or
cancels the same due time meanwhile. With ``FOR UPDATE`` the sweeper would hold the row and wait for the call it is
about, while a webhook holds the call and waits for the row.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Identity,
    Index,
    Integer,
    Interval,
    Select,
    SmallInteger,
    UniqueConstraint,
    bindparam,
    cast,
    delete,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, aliased, mapped_column
from sqlalchemy.sql.elements import ColumnElement

from core.clock import NOW_DEFAULT, after, koza_now
from core.database import Base, Ground, table_of
from core.log import get_logger
from core.metrics import alarms
from core.statements import Write
from core.unit_of_work import ReactionFailedError, run, unit_of_work

log = get_logger(__name__)

#: Kind of the rows that hold deferred reactions.
REACTION = "reaction"
#: After this many failures of one row a person is told; the row is never dropped.
ALARM_AFTER = 3
_MAX_BACKOFF_S = 300
#: First half of the advisory locks by which sweepers claim rows; the second half is the row's id.
_CLAIM = 0x6B6F7A
#: The rank of what names none. Ranks are the levels of those whom a row is about, 1 is danger.
ORDINARY = 2
#: Of so many rows one is taken by its time alone.
_FAIR = 4
#: How many rows a sweeper looks at to find one that no other sweeper has.
_LOOK = 100

DueHandler = Callable[[Session, str, int], None]
StuckHandler = Callable[[Session, str, "UUID | None"], None]


class Due(Base):
    """Something to be done at a time.

    A deferred reaction waits in a ``lane``: its room and contact. ``version`` grows when the row is set anew, so that
    a handler that ends removes what it was called for and nothing else.
    """

    __tablename__ = "core_due"
    __table_args__ = (
        UniqueConstraint("kind", "subject"),
        Index("ix_core_due_at", "at"),
        Index("ix_core_due_rank_at", "rank", "at"),
        Index("ix_core_due_lane", "lane", "id", postgresql_where=text("lane IS NOT NULL")),
        Index("ix_core_due_lane_contact", "lane_contact", postgresql_where=text("lane_contact IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]
    at: Mapped[datetime]
    rank: Mapped[int] = mapped_column(SmallInteger, server_default=str(ORDINARY))
    epoch: Mapped[int] = mapped_column(server_default="0")
    version: Mapped[int] = mapped_column(server_default="0")
    centre_id: Mapped[UUID | None]
    reaction: Mapped[str | None]
    lane: Mapped[str | None]
    lane_contact: Mapped[UUID | None]
    tries: Mapped[int] = mapped_column(server_default="0")
    written_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class DueHandlers:
    """What is done for each kind of due row."""

    def __init__(self) -> None:
        self._handlers: dict[str, DueHandler] = {}
        #: Tells people of a row that failed too often: gets (session, kind, centre).
        self.stuck: StuckHandler | None = None

    def on(self, kind: str, handler: DueHandler) -> None:
        """Register the one handler of ``kind``; it gets (session, subject, epoch) and may set the row due again."""
        if kind in self._handlers:
            message = f"two handlers for due rows of kind {kind}"
            raise ValueError(message)
        self._handlers[kind] = handler

    def of(self, kind: str) -> DueHandler | None:
        """The handler of a kind, or ``None`` for a kind that this release does not know."""
        return self._handlers.get(kind)

    @property
    def kinds(self) -> list[str]:
        """The kinds this process can handle."""
        return list(self._handlers)


def set_due(
    session: Session,
    kind: str,
    subject: str,
    at: datetime | timedelta | ColumnElement[datetime],
    *,
    epoch: int = 0,
    centre_id: UUID | None = None,
    rank: int = ORDINARY,
) -> None:
    """Make ``subject`` due at a moment or after a time, replacing what was due for the same kind and subject.

    ``rank`` is the level of whom it is about, 1 in danger: of what is due at a time the lower one is done first.
    """
    row = {"kind": kind, "subject": subject, "epoch": epoch, "centre_id": centre_id, "rank": rank}
    if isinstance(at, datetime):
        _SET(session, row | {"at": at})
    elif isinstance(at, timedelta):
        _SET_AFTER(session, row | {"after": at})
    elif isinstance(at, koza_now):
        _SET_NOW(session, row)
    else:
        session.execute(_replacing(insert(_DUE).values(at=at)), row)


def _replacing(statement: Insert) -> Insert:
    told = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["kind", "subject"],
        set_={
            "at": told.at,
            "rank": told.rank,
            "epoch": told.epoch,
            "centre_id": told.centre_id,
            "version": _DUE.c.version + 1,
            "tries": 0,
        },
    )


_DUE = table_of(Due)
_ONE = ("kind", "subject")
_SET = Write(_replacing(insert(_DUE)), once_by=_ONE)
_SET_NOW = Write(_replacing(insert(_DUE).values(at=koza_now())), once_by=_ONE)
_SET_AFTER = Write(
    _replacing(insert(_DUE).values(at=koza_now() + bindparam("after", type_=Interval()))),
    once_by=_ONE,
)
_CANCEL = Write(delete(_DUE).where(_DUE.c.kind == bindparam("of_kind"), _DUE.c.subject == bindparam("of_subject")))


def cancel_due(session: Session, kind: str, subject: str) -> None:
    """Forget what was due; nothing happens when there was nothing.

    A handler that runs at this moment is not stopped: it finds what changed when it has locked its subject.
    """
    _CANCEL(session, {"of_kind": kind, "of_subject": subject})


def defer_reaction(
    session: Session,
    fact_id: UUID,
    reaction: str,
    contact_id: UUID | None,
    centre_id: UUID | None,
) -> None:
    """Write a reaction down as due now; a fact of no contact has no order to keep."""
    session.execute(
        insert(Due).values(
            kind=REACTION,
            subject=f"{fact_id}:{reaction}",
            at=koza_now(),
            reaction=reaction,
            lane=None if contact_id is None else _lane(reaction, contact_id),
            lane_contact=contact_id,
            centre_id=centre_id,
        ),
    )


def is_held_up(session: Session, reaction: str, contact_id: UUID | None) -> bool:
    """Whether earlier reactions to this contact's facts wait that ``reaction`` must not overtake."""
    if contact_id is None:
        return False
    waiting = select(Due.id).where(Due.lane == _lane(reaction, contact_id), _holds_up(Due, reaction))
    return session.execute(waiting.limit(1)).first() is not None


def _lane(reaction: str, contact_id: UUID) -> str:
    room = reaction.rpartition(".")[0]
    return f"{room}:{contact_id}"


def _holds_up(earlier: type[Due], reaction: str | InstrumentedAttribute[str | None]) -> ColumnElement[bool]:
    """What a waiting reaction of a room keeps from being done before it.

    All of the room's later reactions, for "she hung up" must not be done before "she waits". Once people have been
    alarmed only the same reaction: one that can never succeed shall not keep a contact from everything else.
    """
    return or_(earlier.reaction == reaction, earlier.tries < ALARM_AFTER)


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


def sweep(ground: Ground, *, limit: int = 200, seconds: float = math.inf) -> int:
    """Do up to ``limit`` due rows, each in its own transaction; returns how many were tried.

    None is begun after ``seconds``: whoever sweeps gives signs of life in between, however slow the machine is. A row
    whose handler raises stays, is tried again with growing pauses, and alarms after three failures.
    """
    tried, end = 0, time.monotonic() + seconds
    while tried < limit and time.monotonic() < end:
        wanted = _LONGEST_DUE if tried % _FAIR == _FAIR - 1 else _MOST_URGENT
        if not _sweep_one(ground, wanted):
            break
        tried += 1
    return tried


def _sweep_one(ground: Ground, wanted: Select[int]) -> bool:
    """Do one row; False when nothing is due that this process can do and no other does."""
    row: _Claimed | None = None
    skipped: frozenset[str] = frozenset()
    while True:
        try:
            with unit_of_work(ground, skipped_reactions=skipped) as session:
                due_id = _claim(session, wanted, ground.due_handlers.kinds, None if row is None else row.id)
                if due_id is None:
                    return row is not None
                row = _read(session, due_id)
                if row is not None:
                    _handle(session, ground.due_handlers, row)
        except Exception as error:
            if row is None:
                raise
            if isinstance(error, ReactionFailedError) and error.name not in skipped:
                skipped |= {error.name}
                continue
            log.exception("due_failed", due=row.id, kind=row.kind)
            _postpone(ground, row)
            return True
        else:
            return True


def _claim(session: Session, wanted: Select[int], kinds: Sequence[str], again: int | None) -> int | None:
    """Claim the first ``wanted`` row until the transaction ends, or ``again`` the one that was claimed before."""
    if again is None:
        return session.execute(wanted, {"kinds": kinds}).scalar()
    return session.execute(_DUE_STILL, {"kinds": kinds, "again": again}).scalar()


def _claiming(*wanted: ColumnElement[bool], order: tuple[InstrumentedAttribute[Any], ...]) -> Select[int]:
    earlier = aliased(Due)
    overtakes = (
        select(earlier.id)
        .where(earlier.lane == Due.lane, earlier.id < Due.id, _holds_up(earlier, Due.reaction))
        .exists()
    )
    due = (
        select(Due.id)
        .where(Due.at <= koza_now(), Due.kind.in_(bindparam("kinds", expanding=True)), ~overtakes, *wanted)
        .order_by(*order)
        .limit(_LOOK)
        .cte("due")
        .prefix_with("MATERIALIZED")
    )
    # Ids beyond four bytes share locks with others: then two rows are done one after the other, which harms nobody.
    key = cast(due.c.id % 2**31, Integer)
    return select(due.c.id).where(func.pg_try_advisory_xact_lock(_CLAIM, key)).limit(1)


# Built once: every worker asks each second, and mostly nothing is due.
_MOST_URGENT = _claiming(order=(Due.rank, Due.at, Due.id))
_LONGEST_DUE = _claiming(order=(Due.at, Due.id))
_DUE_STILL = _claiming(Due.id == bindparam("again"), order=(Due.id,))


def _read(session: Session, due_id: int) -> _Claimed | None:
    """The claimed row as it is now: whoever held the claim before may have done or postponed it since we looked."""
    row = session.execute(
        select(
            Due.id,
            Due.version,
            Due.kind,
            Due.subject,
            Due.epoch,
            Due.tries,
            Due.lane.is_not(None),
            Due.centre_id,
        ).where(Due.id == due_id, Due.at <= koza_now()),
    ).one_or_none()
    return None if row is None else _Claimed(*row)


def _handle(session: Session, handlers: DueHandlers, row: _Claimed) -> None:
    handler = handlers.of(row.kind)
    if handler is None:
        return
    done = delete(Due).where(Due.id == row.id, Due.version == row.version)
    if row.in_lane:
        # It must not hold up the reactions to the facts that it reports itself.
        session.execute(done)
    handler(session, row.subject, row.epoch)
    if not row.in_lane:
        session.execute(done)


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


def overdue_seconds(session: Session) -> float:
    """Age in seconds of the most overdue row; 0 when nothing is late."""
    oldest = select((koza_now() - Due.at).label("late")).where(Due.at <= koza_now()).order_by(Due.at).limit(1)
    late: timedelta | None = session.execute(oldest).scalar()  # type: ignore[assignment]
    return late.total_seconds() if late is not None else 0.0


__all__ = [
    "ALARM_AFTER",
    "ORDINARY",
    "REACTION",
    "Due",
    "DueHandlers",
    "cancel_due",
    "defer_reaction",
    "is_held_up",
    "overdue_seconds",
    "set_due",
    "sweep",
]
