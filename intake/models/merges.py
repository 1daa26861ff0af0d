"""Two records that somebody says are one woman's."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.crypto import Sealed, secret
from core.database import Base


class Merge(Sealed, Base):
    """That two records are one woman's: proposed, confirmed, and ended by whoever says that they are not.

    It moves nothing: contacts, agreements, grants and bars stay where they are, so that its end leaves what was before.
    """

    __tablename__ = "intake_merges"
    __table_args__ = (
        CheckConstraint("first_id < second_id", name="ordered"),
        Index(
            "uq_intake_merges_standing",
            "first_id",
            "second_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_intake_merges_second_id", "second_id", postgresql_where=text("ended_at IS NULL")),
    )

    #: Two intakes, the smaller id first: a pair stands once.
    first_id: Mapped[UUID] = mapped_column(ForeignKey("intake_intakes.id"))
    second_id: Mapped[UUID] = mapped_column(ForeignKey("intake_intakes.id"))
    proposed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    proposed_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    #: Why somebody thinks so.
    proposal = secret()
    confirmed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    confirmed_at: Mapped[datetime | None]
    #: How whoever confirmed it knows.
    reason = secret()
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    ended_at: Mapped[datetime | None]
    #: Why they are not, or are not sure to be.
    ended_why = secret()
