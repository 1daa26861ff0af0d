"""What is known of the duty to report: for whoever may read the intake, and for the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from intake.access import allowed
from intake.models import Intake, ReportDuty
from staff.scope import Scope


@dataclass(frozen=True, slots=True, repr=False)
class ReportDutyView:
    """One assessment with its secrets opened."""

    id: UUID
    basis: str
    opened_by: UUID | None
    opened_at: datetime
    decision: str | None
    reason: str
    decided_by: UUID | None
    decided_at: datetime | None
    authority: str
    sent_at: datetime | None
    sent_by: UUID | None
    reference: str
    over: bool


def report_duties_of(session: Session, scope: Scope, contact_id: UUID) -> list[ReportDutyView]:
    """The assessments of a contact whose intake the reader may see, the newest first."""
    rows = session.scalars(
        select(ReportDuty)
        .join(Intake, Intake.id == ReportDuty.intake_id)
        .where(ReportDuty.contact_id == contact_id, allowed(scope))
        .order_by(ReportDuty.opened_at.desc(), ReportDuty.id.desc())
    )
    return [
        ReportDutyView(
            id=row.id,
            basis=row.basis,
            opened_by=row.opened_by,
            opened_at=row.opened_at,
            decision=row.decision,
            reason=row.reason or "",
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            authority=row.authority or "",
            sent_at=row.sent_at,
            sent_by=row.sent_by,
            reference=row.reference or "",
            over=row.over_at is not None,
        )
        for row in rows
    ]


def waiting_report_duties(scope: Scope) -> Select[*tuple[Any, ...]]:
    """Assessments that wait for somebody, by when they began: of the intakes that the reader may see, or may answer.

    Without delay is also at night, when whoever had her may have gone: that somebody has to decide is shown to all who
    answer at her centre, and nothing of what it is about. Under secrecy only to those to whom it was given.
    """
    answering = scope.where(
        "contact",
        centre=Intake.centre_id.expression,
        subject_id=Intake.contact_id.expression,
        act="answer",
        restricted=Intake.confidential.expression,
    )
    return select(
        ReportDuty.id, ReportDuty.contact_id, ReportDuty.intake_id, ReportDuty.opened_at, Intake.ref, Intake.case_id
    ).where(ReportDuty.intake_id == Intake.id, ReportDuty.over_at.is_(None), or_(allowed(scope), answering))


@dataclass(frozen=True, slots=True)
class WaitingDuty:
    """An assessment that waits: when it began, of which contact, and the case that came of it."""

    id: UUID
    contact_id: UUID
    intake_id: UUID
    centre_id: UUID
    case_id: UUID | None
    opened_at: datetime


def waiting_duties(
    session: Session, *, duty_id: UUID | None = None, contact_id: UUID | None = None
) -> list[WaitingDuty]:
    """Those that wait, by id or by contact. Unscoped: for the clock alone."""
    wanted = select(
        ReportDuty.id, ReportDuty.contact_id, Intake.id, Intake.centre_id, Intake.case_id, ReportDuty.opened_at
    ).where(ReportDuty.intake_id == Intake.id, ReportDuty.over_at.is_(None))
    if duty_id is not None:
        wanted = wanted.where(ReportDuty.id == duty_id)
    if contact_id is not None:
        wanted = wanted.where(ReportDuty.contact_id == contact_id)
    return [WaitingDuty(*row) for row in session.execute(wanted)]


__all__ = ["ReportDutyView", "WaitingDuty", "report_duties_of", "waiting_duties", "waiting_report_duties"]
