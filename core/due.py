"""The one table of due times: offers, pages, deadlines, leases, deferred reactions, the reconciler.

A row says what is due for which subject and when. Every worker sweeps it each second; the queue in Redis only makes
that faster. A handler runs in the transaction that removes its row, so that a killed process leaves the row as it was.

Here it is set and forgotten; :mod:`core.sweeping` does what is due.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Identity,
    Index,
    Interval,
    SmallInteger,
    UniqueConstraint,
    bindparam,
    delete,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column
from sqlalchemy.sql.elements import ColumnElement

from core.clock import NOW_DEFAULT, koza_now
from core.database import Base, table_of
from core.log import get_logger
from core.statements import Write

log = get_logger(__name__)

#: Kind of the rows that hold deferred reactions.
REACTION = "reaction"
#: After this many failures of one row a person is told; the row is never dropped.
ALARM_AFTER = 3
#: The rank of what names none. Ranks are the levels of those whom a row is about, 1 is danger.
ORDINARY = 2

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


def claim_due(session: Session, kind: str) -> tuple[str, int] | None:
    """Lock the longest due row of a kind that no sweep takes, because its work is none for a transaction.

    Returns its subject and epoch; ``None`` where nothing is due or others hold all of it. Whoever claims it sets it
    anew before the lock is let go: another worker would take it too.
    """
    row = session.execute(
        select(Due.subject, Due.epoch)
        .where(Due.kind == kind, Due.at <= koza_now())
        .order_by(Due.at)
        .limit(1)
        .with_for_update(skip_locked=True),
    ).first()
    return None if row is None else (row.subject, row.epoch)


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
    waiting = select(Due.id).where(Due.lane == _lane(reaction, contact_id), holds_up(Due, reaction))
    return session.execute(waiting.limit(1)).first() is not None


def _lane(reaction: str, contact_id: UUID) -> str:
    room = reaction.rpartition(".")[0]
    return f"{room}:{contact_id}"


def holds_up(earlier: type[Due], reaction: str | InstrumentedAttribute[str | None]) -> ColumnElement[bool]:
    """What a waiting reaction of a room keeps from being done before it.

    All of the room's later reactions, for "she hung up" must not be done before "she waits". Once people have been
    alarmed only the same reaction: one that can never succeed shall not keep a contact from everything else.
    """
    return or_(earlier.reaction == reaction, earlier.tries < ALARM_AFTER)


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
    "claim_due",
    "defer_reaction",
    "holds_up",
    "is_held_up",
    "overdue_seconds",
    "set_due",
]
