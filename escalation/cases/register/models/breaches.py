"""Breaches and the ledger of coercive detention."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.crypto import Sealed, secret
from core.database import Base
from escalation.cases.register.models.checks import one_of
from escalation.cases.register.rules import breaches


class Breach(Sealed, Base):
    """A measure was breached; with the court's answer this row is the ledger of detention.

    One that was written down by mistake keeps its state and is called off: a mark beside the machine, for the law knows
    no such state. From then on nothing counts it and nothing follows it.
    """

    __tablename__ = "cases_breaches"
    __table_args__ = (
        CheckConstraint(one_of("state", breaches.STATES), name="state"),
        CheckConstraint(one_of("filed_with", breaches.FILED_WITH), name="filed_with"),
        CheckConstraint("days BETWEEN 1 AND 366", name="days"),
        CheckConstraint("state NOT IN ('accepted', 'executed') OR days IS NOT NULL", name="ordered"),
        CheckConstraint("(state = 'executed') = (starts_on IS NOT NULL AND ends_on IS NOT NULL)", name="executed"),
        CheckConstraint("ends_on >= starts_on", name="ends_on"),
        CheckConstraint(f"called_off_at IS NULL OR {one_of('state', breaches.UNDECIDED)}", name="called_off"),
        Index("ix_cases_breaches_case_id", "case_id"),
        Index("ix_cases_breaches_decision_id", "decision_id"),
        Index("ix_cases_breaches_centre_id_occurred_at", "centre_id", "occurred_at"),
        Index("ix_cases_breaches_centre_id_decided_on", "centre_id", "decided_on"),
        Index(
            "ix_cases_breaches_open",
            "centre_id",
            "state",
            postgresql_where=text("state IN ('reported', 'filed', 'objected')"),
        ),
    )

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases_cases.id"))
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("staff_centres.id"))
    decision_id: Mapped[UUID] = mapped_column(ForeignKey("cases_decisions.id"))
    #: The breached measures.
    codes: Mapped[list[str]]
    state: Mapped[str]
    occurred_at: Mapped[datetime]
    account = secret()
    reported_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    reported_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    filed_with: Mapped[str | None]
    filed_on: Mapped[date | None]
    #: The prosecutor's letter and the court's file.
    letter = secret()
    docket = secret()
    docket_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    number = secret()
    decided_on: Mapped[date | None]
    days: Mapped[int | None]
    objected_on: Mapped[date | None]
    starts_on: Mapped[date | None]
    #: The day of release.
    ends_on: Mapped[date | None]
    called_off_at: Mapped[datetime | None]
    called_off_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    called_off_reason = secret()
