"""Acts that need a second person, and their one-person form at night."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.crypto import Sealed, secret
from core.database import Base

ActState = Literal["requested", "approved", "used", "expired", "reviewed"]
ACT_STATES: tuple[ActState, ...] = get_args(ActState)


class NightAct(Sealed, Base):
    """One use of a four-eyes act: asked for by one person, approved by another, or taken alone and reviewed."""

    __tablename__ = "staff_night_acts"
    __table_args__ = (
        CheckConstraint("state IN ('requested', 'approved', 'used', 'expired', 'reviewed')", name="state"),
        CheckConstraint("approved_by IS NULL OR approved_by <> requested_by", name="two_persons"),
        CheckConstraint("reviewed_by IS NULL OR reviewed_by <> requested_by", name="reviewed_by_another"),
        CheckConstraint(
            "night_form OR approved_by IS NOT NULL OR state IN ('requested', 'expired')",
            name="approved_or_night",
        ),
        Index(
            "uq_staff_night_acts_open",
            "act",
            "subject_kind",
            "subject_id",
            "requested_by",
            unique=True,
            postgresql_where=text("state IN ('requested', 'approved')"),
        ),
        Index("ix_staff_night_acts_centre_id_state", "centre_id", "state"),
    )

    act: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    centre_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_centres.id"))
    reason = secret()
    night_form: Mapped[bool]
    state: Mapped[str]
    requested_by: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    requested_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    expires_at: Mapped[datetime]
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    approved_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    reviewed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    reviewed_at: Mapped[datetime | None]
    #: ``in_order`` or ``objected``.
    review: Mapped[str | None]
