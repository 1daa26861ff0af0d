"""Tables of the law's clock; imported by the room of cases alone."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.crypto import Sealed, secret
from core.database import Base
from core.ids import new_id
from escalation.cases.clock import rules

DEADLINE_STATES = ("open", "met", "unknown", "lapsed_confirmed", "cancelled")
REMINDER_STATES = ("waiting", "told", "acknowledged", "ended")
ORIGINS = ("shipped", "administrator")
_LIVE = text("state IN ('open', 'unknown')")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"


class CalendarRow(Base):
    """A day on which offices are closed, or, where an administrator says so, open although the shipped data differ."""

    __tablename__ = "cases_calendar_days"
    __table_args__ = (CheckConstraint(_one_of("origin", ORIGINS), name="origin"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    #: The hour from which it is closed; none: an ordinary working day.
    closed_from: Mapped[time | None]
    title_tr: Mapped[str]
    title_en: Mapped[str]
    estimated: Mapped[bool] = mapped_column(server_default=text("false"))
    #: A shipped update never takes the place of what an administrator decided.
    origin: Mapped[str]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    changed_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class DutyCourt(Base):
    """When the duty court of a province answers; equal hours mean around the clock."""

    __tablename__ = "cases_duty_courts"

    province_code: Mapped[str] = mapped_column(ForeignKey("staff_provinces.code"), primary_key=True)
    open_from: Mapped[time]
    open_until: Mapped[time]
    #: How it is reached, for staff.
    words: Mapped[str] = mapped_column(server_default="")
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    changed_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class Deadline(Base):
    """A period of the law that runs about something of a case.

    ``part`` tells apart periods of one rule about one subject: items of a decision that end on different days.
    """

    __tablename__ = "cases_deadlines"
    __table_args__ = (
        CheckConstraint(_one_of("state", DEADLINE_STATES), name="state"),
        #: That a measure lapsed is never the clock's word: somebody was told so, and the register knows by whom.
        CheckConstraint("state <> 'lapsed_confirmed' OR lapse_told_at IS NOT NULL", name="lapse_confirmed"),
        CheckConstraint("(state IN ('open', 'unknown')) = (closed_at IS NULL)", name="closed_at"),
        Index(
            "uq_cases_deadlines_live",
            "rule",
            "subject_kind",
            "subject_id",
            "part",
            unique=True,
            postgresql_where=_LIVE,
        ),
        Index("ix_cases_deadlines_case_id", "case_id"),
        Index("ix_cases_deadlines_subject", "subject_kind", "subject_id"),
        Index("ix_cases_deadlines_centre_live", "centre_id", "unrolled_at", postgresql_where=_LIVE),
        Index("ix_cases_deadlines_live_end", "unrolled_at", postgresql_where=_LIVE),
        #: Of what somebody is reminded: of a centre in the order of its list, and of a case.
        Index(
            "ix_cases_deadlines_told",
            "centre_id",
            "safe_at",
            "opened_at",
            "id",
            postgresql_where=text(f"told AND {_LIVE.text}"),
        ),
        Index("ix_cases_deadlines_told_of_case", "case_id", postgresql_where=text(f"told AND {_LIVE.text}")),
        #: What waits for somebody: counted for every page.
        Index(
            "ix_cases_deadlines_waits",
            "centre_id",
            "case_id",
            "rule",
            "waits_step",
            "state",
            "id",
            postgresql_where=text("waits_step IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    rule: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    part: Mapped[str] = mapped_column(server_default="")
    variant: Mapped[str] = mapped_column(server_default="")
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases_cases.id"))
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("staff_centres.id"))
    state: Mapped[str] = mapped_column(server_default="open")
    #: From what it is counted, as it was told: under ``given`` each basis, moment or day, and what the decision writes.
    triggers: Mapped[dict[str, Any]]
    #: The basis that drives; the others are in ``reading``.
    basis: Mapped[str]
    start_at: Mapped[datetime]
    legal_day: Mapped[date | None]
    legal_at: Mapped[datetime | None]
    unrolled_at: Mapped[datetime | None]
    safe_at: Mapped[datetime | None]
    duty_court: Mapped[bool] = mapped_column(server_default=text("false"))
    #: The steps of every reading, as they were when it was reckoned last.
    reading: Mapped[dict[str, Any]]
    #: Neutral codes and ids that whoever opened it needs again.
    facts: Mapped[dict[str, Any]]
    opened_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    opened_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    closed_at: Mapped[datetime | None]
    closed_act: Mapped[str | None]
    lapse_told_at: Mapped[datetime | None]
    #: Of its reminders, kept by a trigger of theirs: whether one was ever told, and the highest step of those that are
    #: told and wait for somebody; none where nothing waits.
    told: Mapped[bool] = mapped_column(server_default=text("false"))
    waits_step: Mapped[int | None]


class Reminder(Base):
    """One reminder of a period. It climbs its rule's ladder from ``told_at`` on, until somebody acknowledges it."""

    __tablename__ = "cases_reminders"
    __table_args__ = (
        CheckConstraint(_one_of("state", REMINDER_STATES), name="state"),
        CheckConstraint("(state = 'acknowledged') = (acknowledged_at IS NOT NULL)", name="acknowledged_at"),
        Index("ix_cases_reminders_deadline_id", "deadline_id"),
        Index("ix_cases_reminders_told", "deadline_id", postgresql_where=text("state = 'told'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    deadline_id: Mapped[UUID] = mapped_column(ForeignKey("cases_deadlines.id"))
    #: The words of the catalogue that name it.
    key: Mapped[str]
    #: The task of the catalogue that comes with it.
    task: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="waiting")
    #: When it is told; while it is told, when the next step of the ladder is told as well.
    at: Mapped[datetime]
    step: Mapped[int] = mapped_column(server_default="0")
    told_at: Mapped[datetime | None]
    snoozes: Mapped[int] = mapped_column(server_default="0")
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases_tasks.id"))
    page_id: Mapped[UUID | None] = mapped_column(ForeignKey("paging_pages.id"))


class ClosureTick(Sealed, Base):
    """A measure or approval that ends before the next working day, to be ticked off on the last one before."""

    __tablename__ = "cases_closure_ticks"
    __table_args__ = (
        CheckConstraint(_one_of("done", rules.DONE), name="done"),
        #: A tick says what was done; looking at it is not enough.
        CheckConstraint("(ticked_at IS NULL) = (done IS NULL)", name="ticked"),
        UniqueConstraint("deadline_id", "day"),
        Index("ix_cases_closure_ticks_centre_day", "centre_id", "day"),
        #: The list that still counts is the one whose closed days are not over.
        Index("ix_cases_closure_ticks_centre_following", "centre_id", "next_working_day"),
    )

    centre_id: Mapped[UUID] = mapped_column(ForeignKey("staff_centres.id"))
    deadline_id: Mapped[UUID] = mapped_column(ForeignKey("cases_deadlines.id"))
    day: Mapped[date]
    next_working_day: Mapped[date]
    ticked_at: Mapped[datetime | None]
    ticked_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    done: Mapped[str | None]
    words = secret()
    #: When it went to the director because nobody had ticked it off.
    escalated_at: Mapped[datetime | None]
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases_tasks.id"))


class ClockTask(Base):
    """A task that the clock gave for a period: ``task`` is its key in the catalogue, which says what finishes it."""

    __tablename__ = "cases_clock_tasks"
    __table_args__ = (Index("ix_cases_clock_tasks_deadline_id", "deadline_id"),)

    task_id: Mapped[UUID] = mapped_column(ForeignKey("cases_tasks.id"), primary_key=True)
    deadline_id: Mapped[UUID] = mapped_column(ForeignKey("cases_deadlines.id"))
    task: Mapped[str]


__all__ = [
    "DEADLINE_STATES",
    "ORIGINS",
    "REMINDER_STATES",
    "CalendarRow",
    "ClockTask",
    "ClosureTick",
    "Deadline",
    "DutyCourt",
    "Reminder",
]
