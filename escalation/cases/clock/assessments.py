"""The clock of the duty to report: without a case it runs by itself, with one it is a period of the case.

Both go by the period ``report_duty`` of the catalogue: the first reminder, then a step of its ladder each time that
nobody acted, then on-call staff. Who steps up reads it on the board; nothing is reported by the house.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from core.audit import record
from core.clock import now as database_now
from core.due import cancel_due, set_due
from core.outbox import publish
from escalation.cases.clock import service
from escalation.cases.clock.periods import Rule, rule_of
from escalation.cases.clock.reckoning import Trigger
from escalation.cases.clock.service import Opening
from escalation.cases.clock.service.held import CLOCK
from escalation.paging import service as paging
from intake.events import IntakeLinked, ReportDutyDecided, ReportDutyOpened
from intake.queries.report_duty import WaitingDuty, waiting_duties

#: The period of the catalogue, what it is about, and the due rows of an assessment's id.
RULE: Final = "report_duty"
SUBJECT: Final = "report_duty"
DUE: Final = "cases.report_duty"
#: What the screens hear of it: that there is something new to fetch.
_TOPIC: Final = "callback"


def opened(session: Session, fact: ReportDutyOpened) -> None:
    """Somebody has to decide: its time runs."""
    for duty in waiting_duties(session, duty_id=fact.duty_id):
        _run(session, duty)


def linked(session: Session, fact: IntakeLinked) -> None:
    """A case came of it: the time that ran goes on there, from the same beginning."""
    for duty in waiting_duties(session, contact_id=fact.contact_id):
        _run(session, duty)


def decided(session: Session, fact: ReportDutyDecided) -> None:
    """Nothing is waited for any more, once the report has left or there is no duty."""
    if not fact.over:
        return
    cancel_due(session, DUE, str(fact.duty_id))
    act = "reported" if fact.decision == "report" else "not_reportable"
    service.record_act(session, CLOCK, SUBJECT, fact.duty_id, act)
    if fact.contact_id is not None and fact.centre_id is not None:
        paging.due_done(session, CLOCK, fact.contact_id)
        publish(session, [fact.centre_id], _TOPIC, fact.duty_id)


def _run(session: Session, duty: WaitingDuty) -> None:
    if duty.case_id is not None:
        cancel_due(session, DUE, str(duty.id))
        trigger = Trigger("assessment", duty.opened_at)
        service.open_deadline(session, CLOCK, Opening(RULE, SUBJECT, duty.id, duty.case_id, [trigger]))
        return
    set_due(session, DUE, str(duty.id), duty.opened_at + _first(rule_of(RULE)), centre_id=duty.centre_id)
    publish(session, [duty.centre_id], _TOPIC, duty.id)


def remind(session: Session, duty_id: UUID) -> None:
    """Due: nobody has decided. Idempotent: it looks at the clock itself; the last step repeats until somebody acts."""
    for duty in waiting_duties(session, duty_id=duty_id):
        if duty.case_id is None:
            _climb(session, duty, rule_of(RULE), database_now(session))


def _climb(session: Session, duty: WaitingDuty, rule: Rule, moment: datetime) -> None:
    steps = (moment - duty.opened_at - _first(rule)) // rule.climb_span
    if steps >= 0:
        record(session, CLOCK, "report_duty_reminded", "intake", duty.intake_id, duty.centre_id, step=steps)
        publish(session, [duty.centre_id], _TOPIC, duty.id)
    if steps >= len(rule.ladder):
        paging.request_for_contact(session, CLOCK, duty.contact_id, "due")
    then = duty.opened_at + _first(rule) + (steps + 1) * rule.climb_span
    set_due(session, DUE, str(duty.id), then, centre_id=duty.centre_id)


def _first(rule: Rule) -> timedelta:
    return rule.offsets[0][1].span


__all__ = ["DUE", "RULE", "SUBJECT", "decided", "linked", "opened", "remind"]
