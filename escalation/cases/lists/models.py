"""The table of lists."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.crypto import Sealed
from core.database import Base

LIST_STATES = ("uploaded", "confirmed", "undone", "dropped")


class BroughtList(Sealed, Base):
    """A list with a key of its own; its content goes when it was confirmed, or after a day."""

    __tablename__ = "cases_lists"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(one) for one in LIST_STATES)})", name="state"),
        CheckConstraint("(state = 'uploaded') = (content_sealed IS NOT NULL)", name="content"),
        Index("ix_cases_lists_centre_id_uploaded_at", "centre_id", "uploaded_at"),
    )

    centre_id: Mapped[UUID] = mapped_column(ForeignKey("staff_centres.id"))
    state: Mapped[str]
    content_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    uploaded_by: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    uploaded_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    confirmed_at: Mapped[datetime | None]
    #: When it was taken back, or dropped unconfirmed.
    ended_at: Mapped[datetime | None]
    #: Ids of what it made: ``cases`` and ``decisions``.
    made: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
