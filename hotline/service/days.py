"""What the nightly count wrote down: a day that was compared, and what nobody can explain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from core.clock import after
from core.ids import new_id
from hotline.models import CountedDay, Unexplained

#: What was noted may be looked at for so many days, as what was set aside.
KEPT_DAYS = 30


@dataclass(frozen=True, slots=True)
class Open:
    """A call, a text or a contact without an explanation."""

    centre_id: UUID | None
    contact_id: UUID | None
    channel: str
    carrier_sid: str
    why: str
    at: datetime


def note_day(session: Session, day: date, calls: int, texts: int) -> None:
    """The carrier's lists of a day were compared with ours."""
    session.merge(CountedDay(day=day, calls=calls, texts=texts))
    session.flush()


def note_unexplained(session: Session, found: Iterable[Open]) -> None:
    """Write down what has no explanation. What the count before noted of the same stands once, as it is seen now."""
    session.execute(delete(Unexplained).where(Unexplained.noted_at < after(-KEPT_DAYS * 86400)))
    for one in found:
        same = Unexplained.carrier_sid == one.carrier_sid
        if one.contact_id is not None:
            same = Unexplained.contact_id == one.contact_id
        session.execute(delete(Unexplained).where(same))
        row = {name: getattr(one, name) for name in Open.__slots__}
        session.execute(insert(Unexplained).values(id=new_id(), **row))


__all__ = ["KEPT_DAYS", "Open", "note_day", "note_unexplained"]
