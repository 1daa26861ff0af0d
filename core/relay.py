"""The one relay: numbers what the transactions left in the outbox, publishes it, and chains the audit.

An id given at insert is no cursor: a transaction that commits late would be skipped for ever. So numbers are given
here, after the commits, by the one process that holds the advisory lock; a spare waits for it. Publishing is at
least once and consumers drop by number; a hole in the numbers (a relay killed at work) is no loss.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import BigInteger, Uuid, any_, bindparam, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, Insert, insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.sql.dml import ReturningInsert

from core.audit import chain_pending
from core.clock import NOW_DEFAULT, koza_now
from core.database import Base, Ground, table_of
from core.log import get_logger
from core.metrics import alarms
from core.outbox import Outbox, Stream
from core.statements import Read, Write
from core.unit_of_work import unit_of_work

log = get_logger(__name__)

#: Key of the advisory lock that makes one relay the active one.
LOCK_KEY = 0x6B6F7A61
#: Channel notified by the outbox trigger, and by the triggers of work that is due at once.
OUTBOX_CHANNEL = "koza_outbox"
WORK_CHANNEL = "koza_work"
_BATCH = 500


class Beat(Base):
    """The last sign of life of a component, for /readyz and /healthz/pager."""

    __tablename__ = "core_beats"

    component: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    ticks: Mapped[int] = mapped_column(BigInteger, server_default="0")


def beat(session: Session, component: str) -> None:
    """Write a sign of life down."""
    _BEAT(session, {"component": component})


def _beating() -> Insert:
    statement = insert(table_of(Beat)).values(at=koza_now(), ticks=1)
    again = {"at": koza_now(), "ticks": Beat.ticks + 1}
    return statement.on_conflict_do_update(index_elements=["component"], set_=again)


_BEAT = Write(_beating(), once_by=("component",))


def beat_age(session: Session, component: str) -> float | None:
    """Seconds since the last sign of life of ``component``; ``None`` when there never was one."""
    age: timedelta | None = session.execute(  # type: ignore[assignment]
        select(koza_now() - Beat.at).where(Beat.component == component),
    ).scalar()
    return None if age is None else age.total_seconds()


@dataclass(frozen=True)
class Message:
    """One numbered change as the screens get it. ``not_for`` lists accounts that are barred from the subject."""

    centre_id: UUID
    number: int
    topic: str
    subject: str
    row: Mapping[str, Any] | None
    not_for: Sequence[str] = field(default=())


class Sink(Protocol):
    """Where numbered changes go. Raises ``SinkUnavailableError`` when it surely took nothing or may not have."""

    def publish(self, messages: Sequence[Message]) -> None:
        """Hand the messages over, in order."""


class SinkUnavailableError(Exception):
    """The sink could not take the messages; they stay unpublished and are offered again."""


#: Draws the neutral row of each subject: (session, subjects) -> subject -> (row or None, barred accounts).
Drawn = tuple[Mapping[str, Any] | None, Sequence[str]]
Renderer = Callable[[Session, Sequence[str]], Mapping[str, Drawn]]


class Relay:
    """Number, draw, publish, mark, chain. ``tick`` does one round and returns whether there may be more."""

    def __init__(self, ground: Ground, sink: Sink, renderers: Mapping[str, Renderer]) -> None:
        self._ground = ground
        self._sink = sink
        self._renderers = renderers

    def tick(self) -> bool:
        """Do one round; safe to be killed anywhere."""
        numbered = self._number()
        published = self._publish(numbered) if numbered else True
        with unit_of_work(self._ground) as session:
            chained = chain_pending(session)
            beat(session, "relay")
        return (len(numbered) == _BATCH and published) or chained == _BATCH

    def prune(self) -> int:
        """Forget changes published more than a day ago; returns how many."""
        with unit_of_work(self._ground) as session:
            old = delete(Outbox).where(Outbox.published_at < koza_now() - text("interval '1 day'"))
            return len(session.scalars(old.returning(Outbox.id)).all())

    def _number(self) -> list[tuple[int, UUID, int, str, str]]:
        with unit_of_work(self._ground) as session:
            rows = _UNPUBLISHED.all(session)
            fresh: dict[UUID, list[int]] = {}
            for row in rows:
                if row.number is None:
                    fresh.setdefault(row.centre_id, []).append(row.id)
            given: dict[int, int] = {}
            for centre_id, new in fresh.items():
                head: int = _ADVANCE.all(session, centre_id=centre_id, by=len(new))[0].head
                given |= {one: head - len(new) + 1 + offset for offset, one in enumerate(new)}
            if given:
                _NUMBER(session, {"ids": list(given), "numbers": list(given.values())})
            return [(row.id, row.centre_id, row.number or given[row.id], row.topic, row.subject) for row in rows]

    def _publish(self, rows: Sequence[tuple[int, UUID, int, str, str]]) -> bool:
        drawn = self._draw({(topic, subject) for _, _, _, topic, subject in rows})
        messages = []
        for _, centre_id, number, topic, subject in rows:
            # What could not be drawn is left out: the screens see a hole in the numbers and fetch the snapshot.
            if (topic, subject) in drawn:
                row, not_for = drawn[topic, subject]
                messages.append(Message(centre_id, number, topic, subject, row, not_for))
        try:
            self._sink.publish(messages)
        except SinkUnavailableError:
            log.warning("relay_sink_unavailable", count=len(messages))
            return False
        with unit_of_work(self._ground) as session:
            _PUBLISHED(session, {"ids": [row[0] for row in rows]})
        return True

    def _draw(self, wanted: set[tuple[str, str]]) -> dict[tuple[str, str], Drawn]:
        by_topic: dict[str, list[str]] = {}
        for topic, subject in sorted(wanted):
            by_topic.setdefault(topic, []).append(subject)
        drawn: dict[tuple[str, str], Drawn] = {}
        for topic, subjects in by_topic.items():
            for subject, row in self._draw_topic(topic, subjects).items():
                drawn[topic, subject] = row
        return drawn

    def _draw_topic(self, topic: str, subjects: Sequence[str]) -> dict[str, Drawn]:
        """The rows of some subjects; one whose row cannot be drawn is left out and stops no other."""
        renderer = self._renderers.get(topic)
        nothing: Drawn = (None, ())
        if renderer is None:
            return dict.fromkeys(subjects, nothing)
        try:
            with unit_of_work(self._ground) as session:
                return {**dict.fromkeys(subjects, nothing), **renderer(session, subjects)}
        except OperationalError:
            # The database itself is away: nothing can be drawn, and nothing is marked as told.
            raise
        except Exception:
            if len(subjects) > 1:
                return self._draw_each(topic, subjects)
            log.exception("relay_cannot_draw", topic=topic)
            alarms.add(kind="relay_stalled")
            return {}

    def _draw_each(self, topic: str, subjects: Sequence[str]) -> dict[str, Drawn]:
        drawn: dict[str, Drawn] = {}
        for subject in subjects:
            drawn |= self._draw_topic(topic, [subject])
        return drawn


def lag(session: Session) -> tuple[int, float]:
    """How many changes were committed and not published yet, and the age of the oldest in seconds."""
    waiting = select(func.count(), func.extract("epoch", koza_now() - func.min(Outbox.written_at)))
    count, seconds = session.execute(waiting.where(Outbox.published_at.is_(None))).one()
    return count, float(seconds or 0.0)


# Built once: in a flood there are some rounds in every second.
_OUTBOX = table_of(Outbox)
_UNPUBLISHED = Read(
    select(_OUTBOX.c.id, _OUTBOX.c.centre_id, _OUTBOX.c.number, _OUTBOX.c.topic, _OUTBOX.c.subject)
    .where(_OUTBOX.c.published_at.is_(None))
    .order_by(_OUTBOX.c.id)
    .limit(_BATCH)
    # A relay that has lost the lock and does not know it yet must not number what we number.
    .with_for_update()
)
_IDS = bindparam("ids", type_=ARRAY(BigInteger()))
_GIVEN = (
    func.unnest(_IDS, bindparam("numbers", type_=ARRAY(BigInteger())))
    .table_valued("id", "number")
    .render_derived("given")
)
_NUMBER = Write(update(_OUTBOX).where(_OUTBOX.c.id == _GIVEN.c.id).values(number=_GIVEN.c.number))
_PUBLISHED = Write(update(_OUTBOX).where(_OUTBOX.c.id == any_(_IDS)).values(published_at=koza_now()))


def _advancing() -> ReturningInsert[int]:
    by = bindparam("by", type_=BigInteger())
    statement = insert(table_of(Stream)).values(centre_id=bindparam("centre_id", type_=Uuid()), head=by)
    onward = {"head": Stream.head + by}
    return statement.on_conflict_do_update(index_elements=["centre_id"], set_=onward).returning(Stream.head)


_ADVANCE = Read(_advancing())
# Every snapshot begins with it, and every screen that comes in.
_HEADS = Read(
    select(Stream.centre_id, Stream.head).where(Stream.centre_id == any_(bindparam("centre_ids", type_=ARRAY(Uuid()))))
)


def head_of(session: Session, centre_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The last number of each stream; read before a snapshot's rows, so the rows hold at least these changes."""
    rows = _HEADS.all(session, centre_ids=list(centre_ids))
    return dict.fromkeys(centre_ids, 0) | {row.centre_id: row.head for row in rows}
