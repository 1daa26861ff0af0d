"""What the law leaves to the institution to decide before an installation may serve people."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.database import Base
from core.ids import new_id

#: ``transfer_abroad``: personal data that reach the carrier leave the country (Law 6698, Art. 9). ``circular_2019_12``:
#: whether and how the Presidential circular on data security binds this installation. ``information_notice``: how the
#: people who reach us are informed (Law 6698, Art. 10).
Matter = Literal["transfer_abroad", "circular_2019_12", "information_notice"]
MATTERS: tuple[Matter, ...] = get_args(Matter)


class LawDecision(Base):
    """A decision of the institution; the newest of its matter holds, older ones stay and explain the past."""

    __tablename__ = "staff_law_decisions"
    __table_args__ = (
        CheckConstraint("matter IN ('transfer_abroad', 'circular_2019_12', 'information_notice')", name="matter"),
        Index("ix_staff_law_decisions_matter_recorded_at", "matter", "recorded_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    matter: Mapped[str]
    #: What was decided, in a sentence.
    decision: Mapped[str]
    #: The office that decided, and where the paper is found.
    decided_by: Mapped[str]
    reference: Mapped[str]
    decided_on: Mapped[date]
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
