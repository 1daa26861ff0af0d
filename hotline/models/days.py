"""The nightly count: what the carrier lists of a day beside what we have of it, and what nobody can explain."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.database import Base
from core.ids import new_id
from hotline.models.contacts import one_of

#: missing: the carrier lists it and we never took it in. aside: it was taken for nobody's. The others are contacts:
#: her call never ended, it was answered by nobody whom we know, or she was not answered and nobody is asked for her.
WHY = ("missing", "aside", "not_over", "by_nobody", "nobody_asked")


class CountedDay(Base):
    """A calendar day in Istanbul that was compared with the carrier's lists."""

    __tablename__ = "hotline_counted_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    #: How many calls and texts to our numbers the carrier lists.
    calls: Mapped[int]
    texts: Mapped[int]
    counted_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class Unexplained(Base):
    """A call, a text or a contact for whose end the nightly count found no explanation."""

    __tablename__ = "hotline_unexplained"
    __table_args__ = (
        CheckConstraint(one_of("why", WHY), name="why"),
        Index("ix_hotline_unexplained_noted_at", "noted_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    #: None where the number is nobody's line alone: an on-call number.
    centre_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_centres.id"))
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("hotline_contacts.id"))
    channel: Mapped[str]
    carrier_sid: Mapped[str]
    why: Mapped[str]
    #: When she called or wrote.
    at: Mapped[datetime]
    noted_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


__all__ = ["WHY", "CountedDay", "Unexplained"]
