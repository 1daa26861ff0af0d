"""Applications for measures."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.crypto import Sealed, secret
from core.database import Base
from escalation.cases.register.models.checks import one_of
from escalation.cases.register.rules import applications

_FILED = "('filed', 'granted', 'partly_granted', 'refused')"


class Application(Sealed, Base):
    """What is asked of an authority for her, with her approval."""

    __tablename__ = "cases_applications"
    __table_args__ = (
        CheckConstraint(one_of("state", applications.STATES), name="state"),
        CheckConstraint(one_of("purpose", applications.PURPOSES), name="purpose"),
        CheckConstraint(one_of("approval_manner", applications.MANNERS), name="approval_manner"),
        #: Nothing is filed that she did not approve, and nothing is filed without its moment.
        CheckConstraint(f"state NOT IN {_FILED} OR (approved_at IS NOT NULL AND filed_at IS NOT NULL)", name="filed"),
        Index("ix_cases_applications_case_id", "case_id"),
        Index(
            "ix_cases_applications_open",
            "centre_id",
            "state",
            postgresql_where=text("state IN ('draft', 'approved_by_her', 'filed')"),
        ),
        Index("ix_cases_applications_centre_id_filed_at", "centre_id", "filed_at"),
        Index("ix_cases_applications_centre_id_answered_on", "centre_id", "answered_on", "state"),
        Index("ix_cases_applications_docket_index", "docket_index"),
    )

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases_cases.id"))
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("staff_centres.id"))
    purpose: Mapped[str]
    state: Mapped[str]
    authority_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases_authorities.id"))
    #: For an extension, secrecy, monitoring or breach: the decision it is about.
    about_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases_decisions.id", use_alter=True))
    secrecy_asked: Mapped[bool] = mapped_column(server_default=text("false"))
    #: What happened, in her words.
    statement = secret()
    docket = secret()
    #: Why she does not want it any more.
    withdrawal = secret()
    docket_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    made_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    approved_at: Mapped[datetime | None]
    approval_manner: Mapped[str | None]
    filed_at: Mapped[datetime | None]
    answered_on: Mapped[date | None]
    withdrawn_at: Mapped[datetime | None]


class ApplicationItem(Base):
    """A measure that an application asks for."""

    __tablename__ = "cases_application_items"

    application_id: Mapped[UUID] = mapped_column(ForeignKey("cases_applications.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    measure_id: Mapped[UUID] = mapped_column(ForeignKey("cases_measure_versions.id"))
