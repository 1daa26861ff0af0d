"""The approval that an urgent decision of the police waits for (Law 6284, Art. 3/2 and 5/2; Reg. Art. 29)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.clock import now as database_now
from core.facts import report
from escalation.cases.models import Case
from escalation.cases.register.events import (
    ApprovalRecorded,
    ApprovalUnknown,
    MeasureLapsed,
    UrgentDecisionSubmitted,
)
from escalation.cases.register.models import Decision, UrgentApproval
from escalation.cases.register.rules import decisions
from escalation.cases.register.rules.errors import RegisterError
from escalation.cases.register.service import acts
from escalation.cases.register.service.decisions import keep_secret
from escalation.cases.register.service.periods import end, end_items, live_items, reckon
from staff.rules import ISTANBUL
from staff.scope import Scope


def submit_urgent(session: Session, actor: Actor, scope: Scope, decision_id: UUID, submitted_at: datetime) -> None:
    """The file reached the authority that approves, at ``submitted_at``: its hours run from here.

    Raises OutOfScopeError, MissingPermissionError, and :class:`RegisterError`: not_possible, in_future,
    before_decision.
    """
    case, decision = _told_of(session, scope, decision_id, submitted_at)
    _submit(session, actor, case, decision, submitted_at)


def learn_submission(session: Session, actor: Actor, scope: Scope, decision_id: UUID, submitted_at: datetime) -> None:
    """Somebody learned only now that the file had reached the authority, of a decision whose answer nobody knows.

    So it is with a paper that comes to us days later. The answer stays unknown; that it was submitted, and until when
    its hours ran, is known now. Raises as :func:`submit_urgent`, and not_possible where the submission is known.
    """
    case, decision = _told_of(session, scope, decision_id, submitted_at)
    approval = _approval(session, decision)
    if decision.state != "approval_unknown" or approval.submitted_at is not None:
        raise RegisterError("not_possible", decisions.MACHINE.possible(decision.state))
    approval.submitted_at = submitted_at
    acts.note(session, actor, case, "decision_submission_learned", decisions.MACHINE.name, decision.id)
    _tell_submitted(session, actor, case, decision, submitted_at)


def _told_of(session: Session, scope: Scope, decision_id: UUID, submitted_at: datetime) -> tuple[Case, Decision]:
    case, decision = acts.held(session, scope, Decision, decision_id)
    acts.not_in_future(session, submitted_at)
    if decision.issued_at is not None and submitted_at < decision.issued_at:
        raise RegisterError("before_decision")
    return case, decision


def _submit(session: Session, actor: Actor, case: Case, decision: Decision, at: datetime | None) -> None:
    acts.move(session, actor, case, decision, decisions.MACHINE, "submit", known=at is not None)
    _approval(session, decision).submitted_at = at
    session.flush()
    if at is not None:
        _tell_submitted(session, actor, case, decision, at)


def _tell_submitted(session: Session, actor: Actor, case: Case, decision: Decision, at: datetime) -> None:
    told = at.astimezone(ISTANBUL).isoformat()
    ids = (case.contact_id, case.centre_id, case.id, actor.id, decision.id)
    report(session, UrgentDecisionSubmitted(*ids, decision.approver or "", told))


def record_approval(
    session: Session,
    actor: Actor,
    scope: Scope,
    decision_id: UUID,
    outcome: str,
    *,
    answered_at: datetime | None = None,
    refused_items: Collection[UUID] = (),
    source: str = "",
) -> None:
    """The answer of the approving authority is known: ``approved`` or ``refused``.

    ``refused_items`` are those that were not approved with the others. An answer to a file of whose submission nobody
    knew says that it was submitted. Raises OutOfScopeError, MissingPermissionError, and :class:`RegisterError`:
    not_possible, in_future, unknown_outcome, nothing_left where every item was refused.
    """
    case, decision = acts.held(session, scope, Decision, decision_id)
    acts.one_of(outcome, ("approved", "refused"), "unknown_outcome")
    acts.not_in_future(session, answered_at)
    if decision.state == "issued_urgent":
        _submit(session, actor, case, decision, None)
    acts.possible(decision, decisions.MACHINE, "refuse" if outcome == "refused" else "approve")
    live = {item.id for item in live_items(session, decision.id)}
    if outcome == "approved" and live <= set(refused_items):
        raise RegisterError("nothing_left")
    now = database_now(session)
    day = (answered_at or now).astimezone(ISTANBUL).date()
    _learned(session, actor, decision, outcome, source, answered_at=answered_at, learned_at=now)
    told = "" if answered_at is None else answered_at.astimezone(ISTANBUL).isoformat()
    recorded = ApprovalRecorded(case.contact_id, case.centre_id, case.id, actor.id, decision.id, outcome, told)
    if outcome == "refused":
        end(session, actor, case, decision, "refuse", "refused", day)
        report(session, recorded)
        return
    acts.move(session, actor, case, decision, decisions.MACHINE, "approve")
    end_items(session, actor, case, decision, refused_items, "refused", day)
    report(session, recorded)
    reckon(session, actor, case, decision, tell=True)
    keep_secret(session, actor, case, decision)


def mark_approval_unknown(session: Session, actor: Actor, decision_id: UUID, since: datetime) -> bool:
    """The legal moment went by without an answer: unknown, and by no means lapsed. Returns whether it was moved.

    Called by whoever keeps the deadline, with its moment ``since``, rolled to a working day. Idempotent.
    """
    decision = session.get(Decision, decision_id)
    if decision is None:
        return False
    case = session.get_one(Case, decision.case_id, with_for_update=True, populate_existing=True)
    decision = session.get_one(Decision, decision_id, with_for_update=True, populate_existing=True)
    if decision.state == "approval_unknown":
        _later(_approval(session, decision), since)
    if decisions.MACHINE.after(decision.state, "lose_sight") is None:
        return False
    acts.move(session, actor, case, decision, decisions.MACHINE, "lose_sight")
    approval = _approval(session, decision)
    approval.state, approval.unknown_at = "unknown", since
    session.flush()
    ids = (case.contact_id, case.centre_id, case.id, actor.id, decision.id)
    report(session, ApprovalUnknown(*ids, decision.approver or ""))
    return True


def _later(approval: UrgentApproval, since: datetime) -> None:
    """Its hours ran longer than was known: who was told before their end was told too early."""
    if approval.unknown_at is not None and since > approval.unknown_at:
        approval.unknown_at = since


def confirm_lapsed(
    session: Session, actor: Actor, scope: Scope, decision_id: UUID, *, source: str, learned_at: datetime
) -> None:
    """A person asked and was told that no approval was given: the measure ended by itself.

    ``source`` says who told, ``learned_at`` when. Only a person may: what nobody knows has not lapsed. Raises
    OutOfScopeError, MissingPermissionError, and :class:`RegisterError`: a_person_confirms, source_needed, in_future,
    not_possible, before_the_end.
    """
    case, decision = acts.held(session, scope, Decision, decision_id)
    if actor.kind != "staff" or actor.id is None:
        raise RegisterError("a_person_confirms")
    if not source.strip():
        raise RegisterError("source_needed")
    acts.not_in_future(session, learned_at)
    acts.possible(decision, decisions.MACHINE, "lapse")
    refusal = decisions.lapse_refusal(_approval(session, decision).unknown_at, learned_at)
    if refusal is not None:
        raise RegisterError(refusal)
    _learned(session, actor, decision, "lapsed", source, answered_at=None, learned_at=learned_at)
    day = learned_at.astimezone(ISTANBUL).date()
    end(session, actor, case, decision, "lapse", "lapsed", day)
    told = learned_at.astimezone(ISTANBUL).isoformat()
    report(session, MeasureLapsed(case.contact_id, case.centre_id, case.id, actor.id, decision.id, told))


def _learned(
    session: Session,
    actor: Actor,
    decision: Decision,
    state: str,
    source: str,
    *,
    answered_at: datetime | None,
    learned_at: datetime,
) -> None:
    approval = _approval(session, decision)
    approval.state = state
    approval.source = source.strip() or None
    approval.answered_at, approval.learned_at, approval.told_by = answered_at, learned_at, actor.id
    session.flush()


def _approval(session: Session, decision: Decision) -> UrgentApproval:
    found = session.scalars(select(UrgentApproval).where(UrgentApproval.decision_id == decision.id)).one_or_none()
    if found is None:
        # A judge's decision waits for nobody.
        raise RegisterError("not_possible", decisions.MACHINE.possible(decision.state))
    return found
