"""Decisions on measures, their items, and what became of them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.crypto import Sealed, secret
from core.database import Base
from core.ids import new_id
from escalation.cases.register.models.checks import one_of
from escalation.cases.register.rules import decisions, objections, periods

END_REASONS = ("refused", "lapsed", "lifted", "modified", "expired", "objection")
CHANGE_KINDS = ("extension", "modification", "lifting")
APPROVAL_STATES = ("pending", "approved", "refused", "unknown", "lapsed")
ENTRIES = ("court", "civil", "police_preventive", "police_protective", "import")
NOTICE_PARTIES = ("protected", "perpetrator")
NOTICE_MANNERS = ("served", "pronounced")


class Decision(Sealed, Base):
    """A decision as it stands. ``codes``, ``first_end``, ``last_end`` are of its items: lists are asked by them."""

    __tablename__ = "cases_decisions"
    __table_args__ = (
        CheckConstraint(one_of("state", decisions.STATES), name="state"),
        CheckConstraint(one_of("authority_kind", decisions.AUTHORITIES), name="authority_kind"),
        CheckConstraint(one_of("approver", decisions.APPROVERS), name="approver"),
        CheckConstraint("(authority_kind = 'police_chief') = (approver IS NOT NULL)", name="urgent"),
        CheckConstraint("(authority_kind = 'police_chief') = (issued_at IS NOT NULL)", name="issued_at"),
        CheckConstraint(one_of("entry", ENTRIES), name="entry"),
        CheckConstraint(one_of("end_reason", END_REASONS), name="end_reason"),
        #: The lists below find ids, and what decides whether a reader may know of them, without looking at the rows.
        Index(
            "ix_cases_decisions_case_id",
            "case_id",
            "decided_on",
            "id",
            postgresql_include=["state", "first_end", "codes"],
        ),
        #: A reader's lists are those of her centre: newest first, in one state or province, what ends next.
        #: What is counted of a month stands in the index itself.
        Index(
            "ix_cases_decisions_centre_id_decided_on",
            "centre_id",
            "decided_on",
            "id",
            postgresql_include=["approver", "case_id"],
        ),
        Index(
            "ix_cases_decisions_centre_id_state",
            "centre_id",
            "state",
            "decided_on",
            "id",
            postgresql_include=["case_id", "codes"],
        ),
        Index("ix_cases_decisions_centre_id_province", "centre_id", "province_code", "decided_on", "id"),
        Index("ix_cases_decisions_centre_id_ended_on", "centre_id", "ended_on", "state"),
        Index("ix_cases_decisions_centre_id_authority_id", "centre_id", "authority_id", "decided_on", "id"),
        Index("ix_cases_decisions_authority_id", "authority_id"),
        Index(
            "ix_cases_decisions_ending",
            "centre_id",
            "first_end",
            "id",
            postgresql_include=["case_id"],
            postgresql_where=text("state IN ('active', 'extended', 'modified')"),
        ),
        Index("ix_cases_decisions_codes", "codes", postgresql_using="gin"),
        Index("ix_cases_decisions_docket_index", "docket_index", "centre_id"),
        Index("ix_cases_decisions_number_index", "number_index", "centre_id"),
        #: The same paper is entered once for a case.
        Index(
            "uq_cases_decisions_paper",
            "case_id",
            "paper_index",
            unique=True,
            postgresql_where=text("paper_index IS NOT NULL"),
        ),
        Index("ix_cases_decisions_paper_index", "paper_index"),
    )

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases_cases.id"))
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("staff_centres.id"))
    application_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases_applications.id"))
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("cases_authorities.id"))
    authority_kind: Mapped[str]
    province_code: Mapped[str]
    state: Mapped[str]
    entry: Mapped[str]
    decided_on: Mapped[date]
    #: The moment of an urgent decision, from which hours are counted.
    issued_at: Mapped[datetime | None]
    approver: Mapped[str | None]
    docket = secret()
    docket_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    number = secret()
    number_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: Court, docket and decision number as one key.
    paper_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: Whom it protects and against whom, as the paper names them.
    protected = secret()
    against = secret()
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases_documents.id"))
    codes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    first_end: Mapped[date | None]
    last_end: Mapped[date | None]
    ended_on: Mapped[date | None]
    end_reason: Mapped[str | None]
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    entered_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class Item(Sealed, Base):
    """One measure of a decision, with its own period."""

    __tablename__ = "cases_decision_items"
    __table_args__ = (
        CheckConstraint(one_of("start_basis", periods.START_BASES), name="start_basis"),
        CheckConstraint(one_of("length_unit", periods.UNITS), name="length_unit"),
        CheckConstraint("(length_count IS NULL) = (length_unit IS NULL)", name="length"),
        CheckConstraint("length_count > 0", name="length_count"),
        CheckConstraint("(ended_on IS NULL) = (end_reason IS NULL)", name="ended"),
        CheckConstraint(one_of("end_reason", END_REASONS), name="end_reason"),
        Index("ix_cases_decision_items_decision_id", "decision_id"),
        Index("ix_cases_decision_items_code", "code", "decision_id"),
    )

    decision_id: Mapped[UUID] = mapped_column(ForeignKey("cases_decisions.id"))
    code: Mapped[str]
    measure_id: Mapped[UUID] = mapped_column(ForeignKey("cases_measure_versions.id"))
    #: The words of "other", an address he may not approach, a distance.
    detail = secret()
    start_basis: Mapped[str]
    length_count: Mapped[int | None]
    length_unit: Mapped[str | None]
    #: The last day where the paper names one, or an extension set it.
    stated_end: Mapped[date | None]
    begins: Mapped[date | None]
    ends: Mapped[date | None]
    safe_ends: Mapped[date | None]
    ended_on: Mapped[date | None]
    end_reason: Mapped[str | None]


class UrgentApproval(Sealed, Base):
    """The approval that an urgent decision waits for, and how its answer became known."""

    __tablename__ = "cases_urgent_approvals"
    __table_args__ = (
        CheckConstraint(one_of("state", APPROVAL_STATES), name="state"),
        #: Lapsed only by a person who asked: who said so, and when.
        CheckConstraint(
            "state <> 'lapsed' OR (source_sealed IS NOT NULL AND learned_at IS NOT NULL AND told_by IS NOT NULL)",
            name="lapsed_by_confirmation",
        ),
    )

    decision_id: Mapped[UUID] = mapped_column(ForeignKey("cases_decisions.id"), unique=True)
    state: Mapped[str]
    submitted_at: Mapped[datetime | None]
    #: Its legal moment, if it went by without an answer.
    unknown_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    #: Who told us the answer (a desk of the court), and when.
    source = secret()
    learned_at: Mapped[datetime | None]
    told_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))


class Notice(Base):
    """Service of notice, or the pronouncement in somebody's presence."""

    __tablename__ = "cases_notices"
    __table_args__ = (
        CheckConstraint(one_of("party", NOTICE_PARTIES), name="party"),
        CheckConstraint(one_of("manner", NOTICE_MANNERS), name="manner"),
        Index("ix_cases_notices_decision_id", "decision_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    decision_id: Mapped[UUID] = mapped_column(ForeignKey("cases_decisions.id"))
    party: Mapped[str]
    manner: Mapped[str]
    served_on: Mapped[date]
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class Objection(Sealed, Base):
    """An objection to a decision."""

    __tablename__ = "cases_objections"
    __table_args__ = (
        CheckConstraint(one_of("state", objections.STATES), name="state"),
        CheckConstraint(one_of("party", objections.PARTIES), name="party"),
        CheckConstraint("(state = 'filed') = (decided_on IS NULL)", name="decided_on"),
        Index("ix_cases_objections_decision_id", "decision_id"),
        Index(
            "uq_cases_objections_open", "decision_id", "party", unique=True, postgresql_where=text("state = 'filed'")
        ),
    )

    decision_id: Mapped[UUID] = mapped_column(ForeignKey("cases_decisions.id"))
    party: Mapped[str]
    state: Mapped[str]
    filed_on: Mapped[date]
    decided_on: Mapped[date | None]
    docket = secret()
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class Change(Sealed, Base):
    """An extension, modification or lifting: a decision about a decision."""

    __tablename__ = "cases_decision_changes"
    __table_args__ = (
        CheckConstraint(one_of("kind", CHANGE_KINDS), name="kind"),
        Index("ix_cases_decision_changes_decision_id", "decision_id"),
        Index("ix_cases_decision_changes_centre_id_decided_on", "centre_id", "decided_on", "kind"),
    )

    decision_id: Mapped[UUID] = mapped_column(ForeignKey("cases_decisions.id"))
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("staff_centres.id"))
    kind: Mapped[str]
    decided_on: Mapped[date]
    #: The new last day of an extension.
    until: Mapped[date | None]
    docket = secret()
    number = secret()
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases_documents.id"))
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
