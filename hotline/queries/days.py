"""Reads of the nightly count."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from core.clock import after, koza_now
from hotline.models import Contact, CountedDay, InboxEntry, Quarantined, Unexplained

#: An event that never became a contact cannot be closed by anybody: who leads is told of it for a day.
TOLD_S = 86400


@dataclass(frozen=True, slots=True)
class CountedRow:
    """A day that was compared with the carrier's lists."""

    day: date
    calls: int
    texts: int
    counted_at: datetime


@dataclass(frozen=True, slots=True)
class UnexplainedRow:
    """What the nightly count could not explain: references alone. ``contact_id`` where it became a contact."""

    centre_id: UUID | None
    contact_id: UUID | None
    channel: str
    carrier_sid: str
    why: str
    at: datetime


def last_counted(session: Session) -> CountedRow | None:
    """The newest day that was compared. Unscoped: it tells of nobody."""
    row = session.execute(
        select(CountedDay.day, CountedDay.calls, CountedDay.texts, CountedDay.counted_at)
        .order_by(CountedDay.day.desc())
        .limit(1),
    ).first()
    return None if row is None else CountedRow(*row)


def uncounted_for(session: Session) -> timedelta:
    """How long the last count is past; before the first one, how long somebody has been reaching us."""
    since = func.coalesce(
        select(func.max(CountedDay.counted_at)).scalar_subquery(),
        select(func.min(Contact.received_at)).scalar_subquery(),
        koza_now(),
    )
    waited: timedelta = session.execute(select(koza_now() - since)).scalar_one()  # type: ignore[assignment]
    return waited


def taken_in(session: Session, kind: str, sids: Collection[str]) -> set[str]:
    """Which of these calls or texts stand in the inbox."""
    return set(session.scalars(select(InboxEntry.key).where(InboxEntry.kind == kind, InboxEntry.key.in_(sids))))


def put_aside(session: Session, kind: str, sids: Collection[str]) -> set[str]:
    """Which of them were taken for nobody's."""
    return set(session.scalars(select(Quarantined.key).where(Quarantined.kind == kind, Quarantined.key.in_(sids))))


def noted(session: Session, centre_ids: Collection[UUID] | None) -> list[UnexplainedRow]:
    """What the count noted, for these centres or (None) for all: of contacts whatever stands, of the rest for a day.

    What came in after all is left out; whether a contact's end is explained by now, the rooms above know.
    """
    since = or_(Unexplained.contact_id.is_not(None), Unexplained.noted_at > after(-TOLD_S))
    wanted = _unexplained().where(since).order_by(Unexplained.at)
    if centre_ids is not None:
        wanted = wanted.where(or_(Unexplained.centre_id.is_(None), Unexplained.centre_id.in_(centre_ids)))
    rows = [UnexplainedRow(*row) for row in session.execute(wanted)]
    missing = [row for row in rows if row.why == "missing"]
    came = {
        (kind, sid)
        for kind in {row.channel for row in missing}
        for sid in taken_in(session, kind, [row.carrier_sid for row in missing if row.channel == kind])
    }
    return [row for row in rows if (row.channel, row.carrier_sid) not in came or row.why != "missing"]


def _unexplained() -> Select[UUID | None, UUID | None, str, str, str, datetime]:
    return select(
        Unexplained.centre_id,
        Unexplained.contact_id,
        Unexplained.channel,
        Unexplained.carrier_sid,
        Unexplained.why,
        Unexplained.at,
    )


__all__ = ["CountedRow", "UnexplainedRow", "last_counted", "noted", "put_aside", "taken_in", "uncounted_for"]
