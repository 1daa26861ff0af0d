"""Tables of the perpetrator unit; imported by this room alone, and by no part of the survivor's side."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.crypto import Sealed, secret
from core.database import Base


class PerpetratorFile(Sealed, Base):
    """What the perpetrator unit does with one person: court's request, programme, reports to court."""

    __tablename__ = "perpetrators_files"
    __table_args__ = (
        CheckConstraint("origin IN ('court_order', 'voluntary')", name="origin"),
        CheckConstraint("state IN ('open', 'closed')", name="state"),
        Index("ix_perpetrators_files_centre_id_opened_at", "centre_id", "opened_at"),
    )

    ref: Mapped[str] = mapped_column(unique=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("staff_centres.id"))
    origin: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="open")
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    display_name = secret()
    #: Id of the case on the other side, sealed: only the lawyers and the director may follow it.
    linked_case = secret()
    opened_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    closed_at: Mapped[datetime | None]


__all__ = ["PerpetratorFile"]
