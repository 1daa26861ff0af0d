"""Due rows of the law's clock. Each handler looks at the state and the clock itself, so that twice is once."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from core.due import DueHandlers
from escalation.cases.clock import assessments, service


def reminder(session: Session, subject: str, _epoch: int) -> None:
    """``cases.reminder`` of a reminder's id: it is told, or climbs."""
    service.remind(session, UUID(subject))


def legal_moment(session: Session, subject: str, _epoch: int) -> None:
    """``cases.deadline_end`` of a deadline's id: its legal moment has come."""
    service.legal_moment(session, UUID(subject))


def protection_page(session: Session, subject: str, _epoch: int) -> None:
    """``cases.protection_page`` of a deadline's id: the duty court answers now."""
    service.protection_page(session, UUID(subject))


def closure_check(session: Session, _subject: str, _epoch: int) -> None:
    """``cases.closure_check``: ten o'clock, every day."""
    service.check_closure(session)


def closure_late(session: Session, subject: str, _epoch: int) -> None:
    """``cases.closure_late`` of a centre and a day: fifteen o'clock before closed days."""
    centre_id, _, day = subject.partition(":")
    service.closure_late(session, UUID(centre_id), date.fromisoformat(day))


def report_duty(session: Session, subject: str, _epoch: int) -> None:
    """``cases.report_duty`` of an assessment's id: nobody has said yet whether it is to be reported."""
    assessments.remind(session, UUID(subject))


def register(due: DueHandlers) -> None:
    """Tell the sweeper what is done for the clock's due rows."""
    due.on(service.REMINDER, reminder)
    due.on(service.END, legal_moment)
    due.on(service.PROTECTION, protection_page)
    due.on(service.CLOSURE, closure_check)
    due.on(service.CLOSURE_LATE, closure_late)
    due.on(assessments.DUE, report_duty)


def start(session: Session) -> None:
    """Have the check before closed days looked for, from now on; called when a process that sweeps begins."""
    service.start_checks(session)
