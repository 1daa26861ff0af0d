"""What the register holds of some of the demonstration's cases, entered by the same use cases as any other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from config.demo_words import DecisionWords, words
from core.actor import Actor, staff_actor
from core.clock import now
from core.i18n import ISTANBUL
from escalation.cases.register import service as register
from escalation.cases.register.rules.periods import Length
from staff.scope import Scope

_SCOPE: Final = Scope.system("demo")
_ENTRY: Final = {"judge": "court", "civil_authority": "civil", "police_chief": "police_preventive"}


def enter_decisions(session: Session, lawyer_id: UUID, centre_id: UUID, province: str, cases: Sequence[UUID]) -> None:
    """Enter one decision of the catalogue for each of ``cases``, as many as there are of both."""
    actor, moment = staff_actor(lawyer_id, centre_id), now(session)
    for case_id, told in zip(cases, words().decisions, strict=False):
        _enter(session, actor, province, case_id, told, moment)


def _enter(session: Session, actor: Actor, province: str, case_id: UUID, told: DecisionWords, moment: datetime) -> None:
    issued = moment - timedelta(days=told.days_ago)
    decided_on = issued.astimezone(ISTANBUL).date()
    authority_id = register.add_authority(session, actor, _SCOPE, told.kind, province, told.authority)
    new = register.NewDecision(
        authority_id=authority_id,
        decided_on=decided_on,
        issued_at=issued if told.kind == "police_chief" else None,
        items=tuple(register.NewItem(code, length=Length(told.days, "days")) for code in told.codes),
        docket=told.docket,
        notices=_notices(told, decided_on),
        entry=_ENTRY[told.kind],
    )
    decision_id = register.record_decision(session, actor, _SCOPE, case_id, new)
    if told.approved_after:
        approved_at = issued + timedelta(hours=told.approved_after)
        register.submit_urgent(session, actor, _SCOPE, decision_id, approved_at)
        register.record_approval(session, actor, _SCOPE, decision_id, "approved", answered_at=approved_at)
    if told.breach_days_ago is not None:
        _breach(session, actor, decision_id, told, moment - timedelta(days=told.breach_days_ago))


def _notices(told: DecisionWords, decided_on: date) -> tuple[register.NewNotice, ...]:
    if told.served_after is None:
        return ()
    return (register.NewNotice("perpetrator", decided_on + timedelta(days=told.served_after)),)


def _breach(session: Session, actor: Actor, decision_id: UUID, told: DecisionWords, at: datetime) -> None:
    day = at.astimezone(ISTANBUL).date()
    breach_id = register.report_breach(session, actor, _SCOPE, decision_id, [told.codes[-1]], at, account=told.breach)
    register.file_breach(session, actor, _SCOPE, breach_id, "prosecutor", day + timedelta(days=1))
    register.order_detention(session, actor, _SCOPE, breach_id, told.detention_days, day + timedelta(days=3))
