"""What must leave the process towards the screens: rows of the transaction, numbered and published by the relay.

A row names a topic and a subject, never content: the relay draws the subject's neutral row after the commit, so a
screen is never told more than the board shows, and a burst of changes to one subject is drawn once.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, insert, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.clock import NOW_DEFAULT
from core.database import Base, table_of
from core.statements import Write


class Outbox(Base):
    """One change for one centre's screens. ``number`` is given by the relay, in the order it saw the commits."""

    __tablename__ = "core_outbox"
    __table_args__ = (
        Index("ix_core_outbox_unpublished", "id", postgresql_where=text("published_at IS NULL")),
        Index("ix_core_outbox_centre_id_number", "centre_id", "number"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    centre_id: Mapped[UUID]
    topic: Mapped[str]
    subject: Mapped[str]
    number: Mapped[int | None] = mapped_column(BigInteger)
    written_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    published_at: Mapped[datetime | None]


class Stream(Base):
    """The last number given out in one centre's stream."""

    __tablename__ = "core_streams"

    centre_id: Mapped[UUID] = mapped_column(primary_key=True)
    head: Mapped[int] = mapped_column(BigInteger, server_default="0")


_WRITE = Write(insert(table_of(Outbox)))


def publish(session: Session, centre_ids: UUID | Iterable[UUID], topic: str, subject: UUID | str) -> None:
    """Tell the screens of these centres that ``subject`` changed."""
    for centre in [centre_ids] if isinstance(centre_ids, UUID) else centre_ids:
        _WRITE(session, {"centre_id": centre, "topic": topic, "subject": str(subject)})
