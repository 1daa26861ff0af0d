"""What a contact is about, who is involved, and what was told or assessed because of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.crypto import Sealed, secret
from core.database import Base
from intake.models.words import one_of
from intake.report_duty import DECISIONS

#: open before triage; escalated once a case was opened from it.
INTAKE_STATES = ("open", "triaged", "assigned", "in_progress", "closed", "escalated")


class Intake(Sealed, Base):
    """One contact's record, a draft from the first ring or text. Nothing is required to save it.

    Which codes a field knows is catalogue data; which fields a closed record needs is ``intake.rules``.
    """

    __tablename__ = "intake_intakes"
    __table_args__ = (
        CheckConstraint("level BETWEEN 1 AND 4", name="level"),
        CheckConstraint(one_of("state", INTAKE_STATES), name="state"),
        Index("ix_intake_intakes_centre_id_created_at", "centre_id", "created_at"),
        Index("ix_intake_intakes_case_id", "case_id", postgresql_where=text("case_id IS NOT NULL")),
    )

    ref: Mapped[str] = mapped_column(unique=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("staff_centres.id"))
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("hotline_contacts.id"), unique=True)
    #: 1 danger to 4 information; 2 until somebody has triaged.
    level: Mapped[int] = mapped_column(server_default="2")
    #: Code of the rule that set the level; ``person`` where a person did.
    level_rule: Mapped[str] = mapped_column(server_default="before_triage")
    level_by: Mapped[UUID | None]
    level_reason = secret()
    state: Mapped[str] = mapped_column(server_default="open")
    language: Mapped[str | None]
    interpreter_needed: Mapped[bool] = mapped_column(server_default=text("false"))
    safe_to_talk: Mapped[str] = mapped_column(server_default="not_asked")
    #: In an emergency the form was opened before anybody asked whether she can talk.
    safe_later: Mapped[bool] = mapped_column(server_default=text("false"))
    caller_not_alone: Mapped[bool] = mapped_column(server_default=text("false"))
    caller_role: Mapped[str | None]
    contact_class: Mapped[str | None]
    display_name = secret()
    province_code: Mapped[str | None]
    district = secret()
    age_band: Mapped[str | None]
    gender: Mapped[str | None]
    #: She asked to speak with a woman.
    wants_woman: Mapped[bool] = mapped_column(server_default=text("false"))
    #: She said that it need not be a woman. Until then women are asked first for a caller.
    anybody_may_answer: Mapped[bool] = mapped_column(server_default=text("false"))
    violence_types: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))
    relation: Mapped[str | None]
    happened_when: Mapped[str | None]
    #: Where she is at this moment, for 112; forgotten after a day unless it is marked to be kept.
    location_now = secret()
    location_kept: Mapped[bool] = mapped_column(server_default=text("false"))
    immediate_danger: Mapped[str | None]
    #: What is heard beside her, in the words of who listens; what has a code stands in ``extra``.
    heard_words = secret()
    existing_measure: Mapped[str | None]
    #: Until when that measure holds, as far as she knows; the register alone says it for sure.
    measure_until: Mapped[date | None]
    wants: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))
    #: What she asks for, in her words.
    wants_words = secret()
    actions_taken: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))
    #: When the police were called, and under which number they keep it.
    police_called_at: Mapped[datetime | None]
    police_reference = secret()
    #: Facts in her words, at most 1000 characters.
    summary = secret()
    outcome: Mapped[str | None]
    next_contact: Mapped[datetime | None]
    operator_state: Mapped[str | None]
    #: Rises with every save; a screen that saves on an older one is told so.
    version: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    saved_at: Mapped[datetime | None]
    triaged_at: Mapped[datetime | None]
    triaged_by: Mapped[UUID | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None]
    #: The case that was opened from it; no foreign key, because the case's table is a higher room's.
    case_id: Mapped[UUID | None]
    #: Its case is under secrecy (Law 6284, Art. 8/6): read by those to whom it was given, not by a centre as a whole.
    confidential: Mapped[bool] = mapped_column(server_default=text("false"))
    #: Codes of fields that later work adds; neutral, never free text.
    extra: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))


class Screening(Base):
    """One set of answers, never changed: a newer one supersedes it."""

    __tablename__ = "intake_screenings"
    __table_args__ = (
        Index("ix_intake_screenings_intake_id", "intake_id", "at"),
        CheckConstraint("level IS NULL OR level BETWEEN 1 AND 4", name="level"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    intake_id: Mapped[UUID] = mapped_column(ForeignKey("intake_intakes.id"))
    #: Version of the questions in force when they were asked.
    catalogue_version: Mapped[int]
    #: Item code to answer code.
    answers: Mapped[dict[str, Any]]
    #: None where too little was asked to say anything.
    level: Mapped[int | None]
    rule: Mapped[str]
    supersedes_id: Mapped[UUID | None] = mapped_column(ForeignKey("intake_screenings.id"), unique=True)
    asked_by: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class Person(Sealed, Base):
    """Somebody in an intake: the woman herself, a child, an informant, the one who uses violence."""

    __tablename__ = "intake_people"
    __table_args__ = (Index("ix_intake_people_intake_id", "intake_id"),)

    intake_id: Mapped[UUID] = mapped_column(ForeignKey("intake_intakes.id"))
    role: Mapped[str]
    name = secret()
    note = secret()
    age_band: Mapped[str | None]
    gender: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class EmergencyCall(Sealed, Base):
    """One call to 112 about her, which a person made on a telephone of theirs; sealed with the intake's key.

    Never changed: what was wrong is put right by a further row.
    """

    __tablename__ = "intake_emergency_calls"
    __table_args__ = (Index("ix_intake_emergency_calls_intake_id", "intake_id", "called_at"),)

    intake_id: Mapped[UUID] = mapped_column(ForeignKey("intake_intakes.id"))
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("hotline_contacts.id"))
    #: Who called; None where it was nobody of ours.
    caller_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    #: Code of the catalogue: whose telephone it was.
    telephone: Mapped[str]
    which = secret()
    called_at: Mapped[datetime]
    #: The number under which 112 keeps it.
    reference = secret()
    #: What stood on the card and was read out, and what was told beside it.
    words = secret()
    #: Code of the catalogue: what 112 said.
    outcome: Mapped[str]
    noted_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class ReportDuty(Sealed, Base):
    """Whether something has to be reported to an authority: on what basis, what was decided, by whom, to whom, when.

    It waits until it was decided that there is no duty, or the report has left (``over_at``).
    """

    __tablename__ = "intake_report_duties"
    __table_args__ = (
        CheckConstraint(one_of("decision", DECISIONS), name="decision"),
        CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(sent_at IS NULL) = (authority IS NULL)", name="sent"),
        CheckConstraint(
            "(over_at IS NOT NULL)"
            " = COALESCE(decision = 'no_duty' OR decision = 'report' AND sent_at IS NOT NULL, false)",
            name="over",
        ),
        Index("uq_intake_report_duties_open", "intake_id", unique=True, postgresql_where=text("over_at IS NULL")),
        Index("ix_intake_report_duties_contact_id", "contact_id"),
    )

    intake_id: Mapped[UUID] = mapped_column(ForeignKey("intake_intakes.id"))
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("hotline_contacts.id"))
    basis: Mapped[str]
    #: None: it began by itself, because a child called.
    opened_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    opened_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    decision: Mapped[str | None]
    reason = secret()
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    decided_at: Mapped[datetime | None]
    authority: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    sent_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    #: The number under which the authority keeps it.
    reference = secret()
    over_at: Mapped[datetime | None]
