"""Tables of cases; imported by this room alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.crypto import Sealed, secret
from core.database import Base

CASE_STATES = ("open", "assessment", "planned", "active", "monitoring", "closed", "reopened")
CLOSURE_REASONS = ("safe", "moved", "no_contact", "withdrew", "death", "transferred", "other")
NOTE_KINDS = ("team", "legal", "author_only")
EVENT_KINDS = (
    "opened",
    "contact_linked",
    "state",
    "owner",
    "note",
    "task_added",
    "task_finished",
    "task_overdue",
)


def _one_of(column: str, values: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"


class Case(Sealed, Base):
    """One woman's case, from the intake that opened it to its closing; its notes and tasks use its key."""

    __tablename__ = "cases_cases"
    __table_args__ = (
        CheckConstraint(_one_of("state", CASE_STATES), name="state"),
        CheckConstraint(_one_of("closure_reason", CLOSURE_REASONS), name="closure_reason"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_at"),
        CheckConstraint("level BETWEEN 1 AND 4", name="level"),
        Index("ix_cases_cases_centre_id_opened_at", "centre_id", "opened_at"),
        #: Lists of a centre's cases, the newest first: all of them, or those in one state.
        Index("ix_cases_cases_centre_id_id", "centre_id", "id"),
        Index("ix_cases_cases_centre_id_state", "centre_id", "state", "id"),
        #: Under secrecy are few, and every list asks whether a case is.
        Index("ix_cases_cases_confidential", "id", postgresql_where=text("confidential")),
        Index("ix_cases_cases_owner_id", "owner_id", postgresql_where=text("state <> 'closed'")),
    )

    ref: Mapped[str] = mapped_column(unique=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("staff_centres.id"))
    province_code: Mapped[str | None]
    #: The intake that opened it; later ones are linked to it in ``intake``. None: a centre brought it along in a list.
    intake_id: Mapped[UUID | None] = mapped_column(ForeignKey("intake_intakes.id"), unique=True)
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("hotline_contacts.id"))
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    state: Mapped[str] = mapped_column(server_default="open")
    level: Mapped[int]
    #: Under a secrecy decision (Law 6284, Art. 8/6): for outsiders the case does not exist.
    confidential: Mapped[bool] = mapped_column(server_default=text("false"))
    title = secret()
    #: What who takes her call at night must know, written by the owner; it stands on the night card.
    night_line = secret()
    night_line_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    night_line_at: Mapped[datetime | None]
    opened_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    opened_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    closed_at: Mapped[datetime | None]
    closure_reason: Mapped[str | None]
    #: Why the director closed it although something was still open.
    closure_words = secret()


class CaseContact(Base):
    """A contact that belongs to a case; a contact belongs to one case at most."""

    __tablename__ = "cases_case_contacts"
    __table_args__ = (Index("ix_cases_case_contacts_case_id", "case_id"),)

    contact_id: Mapped[UUID] = mapped_column(ForeignKey("hotline_contacts.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases_cases.id"))
    linked_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    linked_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class Note(Sealed, Base):
    """Something written about a case, for the team, for the lawyers, or for its author alone."""

    __tablename__ = "cases_notes"
    __table_args__ = (
        CheckConstraint(_one_of("kind", NOTE_KINDS), name="kind"),
        Index("ix_cases_notes_case_id", "case_id", "at"),
    )

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases_cases.id"))
    kind: Mapped[str]
    author_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    body = secret()
    at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class Task(Sealed, Base):
    """Something that somebody has to do about a case, and until when."""

    __tablename__ = "cases_tasks"
    __table_args__ = (
        Index("ix_cases_tasks_case_id", "case_id"),
        Index("ix_cases_tasks_open", "assignee_id", "due_at", postgresql_where=text("done_at IS NULL")),
        Index("ix_cases_tasks_due_at", "due_at", "id", postgresql_where=text("done_at IS NULL")),
    )

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases_cases.id"))
    title = secret()
    due_at: Mapped[datetime | None]
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    #: When it was found undone after its time; stays, so that a late task is seen as late.
    overdue_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    done_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))


class CaseEvent(Base):
    """What happened to a case, in order; with its contacts' facts this is the case's story."""

    __tablename__ = "cases_events"
    __table_args__ = (
        CheckConstraint(_one_of("kind", EVENT_KINDS), name="kind"),
        Index("ix_cases_events_case_id_number", "case_id", "number"),
    )

    number: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases_cases.id"))
    kind: Mapped[str]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    #: Neutral codes and ids alone.
    params: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


__all__ = [
    "CASE_STATES",
    "CLOSURE_REASONS",
    "EVENT_KINDS",
    "NOTE_KINDS",
    "Case",
    "CaseContact",
    "CaseEvent",
    "Note",
    "Task",
]
