"""The duty to report is assessed: opened with its basis, decided with a reason, and over when the report has left.

The house reminds and never reports: what left, to whom and when, is what a person wrote down.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import now
from core.facts import report
from core.ids import new_id
from intake.access import KIND, locked, tell_screens
from intake.errors import ReportDutyError
from intake.events import ReportDutyDecided, ReportDutyOpened
from intake.models import Intake, ReportDuty
from intake.report_duty import DECISIONS, LONGEST_REASON, LONGEST_REFERENCE, is_over, report_duties
from intake.service.identity import sealing_key
from staff.scope import Scope

#: A clock on the wall may be so much ahead of ours.
_AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, repr=False)
class Decided:
    """What was decided, why, and where the report went; ``sent_at`` None: it has not left yet."""

    decision: str
    reason: str
    authority: str = ""
    sent_at: datetime | None = None
    reference: str = ""


def open_duty(session: Session, actor: Actor, scope: Scope, intake_id: UUID, basis: str) -> UUID:
    """Begin an assessment; one that waits already is that one. Returns its id.

    Raises :class:`ReportDutyError` for an unknown basis, OutOfScopeError, MissingPermissionError.
    """
    found = locked(session, scope, intake_id)
    if basis not in {one.code for one in report_duties().bases}:
        raise ReportDutyError("basis", "unknown_code")
    return begin(session, actor, found, basis)


def begin(session: Session, actor: Actor, found: Intake, basis: str, *, by_itself: bool = False) -> UUID:
    """As :func:`open_duty`, of an intake that the caller holds."""
    waiting = session.scalars(
        select(ReportDuty.id).where(ReportDuty.intake_id == found.id, ReportDuty.over_at.is_(None))
    ).one_or_none()
    if waiting is not None:
        return waiting
    account = None if by_itself else actor.id
    duty = ReportDuty(
        id=new_id(),
        data_key_id=sealing_key(session, found),
        intake_id=found.id,
        contact_id=found.contact_id,
        basis=basis,
        opened_by=account,
        opened_at=now(session),
    )
    session.add(duty)
    session.flush()
    record(session, actor, "report_duty_opened", KIND, found.id, found.centre_id, basis=basis, by_itself=by_itself)
    report(session, ReportDutyOpened(found.contact_id, found.centre_id, found.id, duty.id, basis, account))
    tell_screens(session, found.contact_id)
    return duty.id


def decide_duty(session: Session, actor: Actor, scope: Scope, intake_id: UUID, basis: str, told: Decided) -> None:
    """Write down what was decided about the duty that waits, or that the report has left now.

    Raises :class:`ReportDutyError`, OutOfScopeError, MissingPermissionError.
    """
    found = locked(session, scope, intake_id)
    duty = session.scalars(
        select(ReportDuty).where(ReportDuty.intake_id == intake_id, ReportDuty.over_at.is_(None)).with_for_update()
    ).one_or_none()
    if duty is None:
        raise ReportDutyError("decision", "duty_over")
    moment = now(session)
    _check(found, basis, told, moment)
    duty.basis, duty.decision, duty.reason = basis, told.decision, told.reason.strip() or None
    duty.decided_by, duty.decided_at = actor.id, moment
    if told.sent_at is not None:
        duty.authority, duty.sent_at, duty.sent_by = told.authority, told.sent_at, actor.id
        duty.reference = told.reference.strip() or None
    over = is_over(told.decision, sent=told.sent_at is not None)
    duty.over_at = moment if over else None
    session.flush()
    authority = duty.authority or ""
    record(
        session,
        actor,
        "report_duty_decided",
        KIND,
        intake_id,
        found.centre_id,
        decision=told.decision,
        authority=authority,
        over=over,
    )
    report(
        session,
        ReportDutyDecided(
            found.contact_id, found.centre_id, intake_id, duty.id, told.decision, authority, over, actor.id
        ),
    )
    tell_screens(session, found.contact_id)


def _check(found: Intake, basis: str, told: Decided, moment: datetime) -> None:
    known = report_duties()
    if basis not in {one.code for one in known.bases}:
        raise ReportDutyError("basis", "unknown_code")
    if told.decision not in DECISIONS:
        raise ReportDutyError("decision", "unknown_code")
    if not told.reason.strip() and told.decision == "no_duty":
        raise ReportDutyError("reason", "no_reason")
    if len(told.reason) > LONGEST_REASON:
        raise ReportDutyError("reason", "too_long")
    if len(told.reference) > LONGEST_REFERENCE:
        raise ReportDutyError("reference", "too_long")
    if told.decision == "no_duty" and (told.sent_at is not None or told.authority):
        raise ReportDutyError("authority", "no_duty_no_report")
    if (told.sent_at is not None) != bool(told.authority):
        raise ReportDutyError("authority" if not told.authority else "at", "sent_where_and_when")
    if told.authority and told.authority not in {one.code for one in known.authorities}:
        raise ReportDutyError("authority", "unknown_code")
    if told.sent_at is not None and told.sent_at > moment + _AHEAD:
        raise ReportDutyError("at", "future")
    if told.sent_at is not None and told.sent_at < found.created_at - _AHEAD:
        raise ReportDutyError("at", "before_her")


__all__ = ["Decided", "begin", "decide_duty", "open_duty"]
