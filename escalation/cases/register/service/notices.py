"""Service of notice, pronouncement, and objections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.facts import report
from core.ids import new_id
from escalation.cases.models import Case
from escalation.cases.register.events import MeasureModified, ObjectionDecided, ObjectionFiled, ServiceRecorded
from escalation.cases.register.models import Decision, Notice, Objection
from escalation.cases.register.models.decisions import NOTICE_MANNERS, NOTICE_PARTIES
from escalation.cases.register.rules import decisions, objections
from escalation.cases.register.rules.errors import RegisterError
from escalation.cases.register.service import acts
from escalation.cases.register.service.periods import end, reckon
from staff.scope import Scope


@dataclass(frozen=True, slots=True)
class NewNotice:
    """That a decision reached somebody."""

    party: str
    served_on: date
    manner: str = "served"


def record_notice(session: Session, actor: Actor, scope: Scope, decision_id: UUID, notice: NewNotice) -> UUID:
    """A decision was served on her or on him, or pronounced in their presence; its periods are reckoned anew.

    Raises OutOfScopeError, MissingPermissionError, and :class:`RegisterError`: unknown_party, unknown_manner,
    in_future, notice_before_decision.
    """
    case, decision = acts.held(session, scope, Decision, decision_id)
    check_notice(session, notice, decision.decided_on)
    notice_id = keep_notice(session, actor, case, decision, notice)
    reckon(session, actor, case, decision)
    return notice_id


def check_notice(session: Session, notice: NewNotice, decided_on: date) -> None:
    """Refuse what cannot have happened. Raises as :func:`record_notice`."""
    acts.one_of(notice.party, NOTICE_PARTIES, "unknown_party")
    acts.one_of(notice.manner, NOTICE_MANNERS, "unknown_manner")
    acts.not_in_future(session, notice.served_on)
    if notice.served_on < decided_on:
        raise RegisterError("notice_before_decision")


def keep_notice(session: Session, actor: Actor, case: Case, decision: Decision, notice: NewNotice) -> UUID:
    """Write a checked notice down; the caller reckons the periods."""
    row = Notice(
        id=new_id(),
        decision_id=decision.id,
        party=notice.party,
        manner=notice.manner,
        served_on=notice.served_on,
        recorded_by=actor.id,
    )
    session.add(row)
    acts.note(
        session, actor, case, "notice_recorded", "decision", decision.id, party=notice.party, manner=notice.manner
    )
    served_on = notice.served_on.isoformat()
    report(
        session,
        ServiceRecorded(
            case.contact_id, case.centre_id, case.id, actor.id, decision.id, notice.party, notice.manner, served_on
        ),
    )
    return row.id


def file_objection(
    session: Session,
    actor: Actor,
    scope: Scope,
    decision_id: UUID,
    party: str,
    filed_on: date,
    *,
    docket: str = "",
) -> UUID:
    """Somebody objected to a decision (Law 6284, Art. 9); it goes on protecting meanwhile. Returns the objection's id.

    Raises OutOfScopeError, MissingPermissionError, and :class:`RegisterError`: unknown_party, in_future,
    before_decision, already_objected.
    """
    case, decision = acts.held(session, scope, Decision, decision_id)
    acts.one_of(party, objections.PARTIES, "unknown_party")
    acts.not_in_future(session, filed_on)
    if filed_on < decision.decided_on:
        raise RegisterError("before_decision")
    open_one = select(Objection.id).where(
        Objection.decision_id == decision.id, Objection.party == party, Objection.state == "filed"
    )
    known = session.execute(open_one).scalar_one_or_none()
    if known is not None:
        raise RegisterError("already_objected", known_id=known)
    objection = Objection(
        id=new_id(),
        data_key_id=case.data_key_id,
        decision_id=decision.id,
        party=party,
        state="filed",
        filed_on=filed_on,
        recorded_by=actor.id,
    )
    objection.docket = docket.strip() or None
    session.add(objection)
    acts.note(session, actor, case, "objection_file", "objection", objection.id, party=party, after="filed")
    report(
        session,
        ObjectionFiled(
            case.contact_id, case.centre_id, case.id, actor.id, decision.id, objection.id, party, filed_on.isoformat()
        ),
    )
    return objection.id


def decide_objection(
    session: Session,
    actor: Actor,
    scope: Scope,
    objection_id: UUID,
    outcome: str,
    decided_on: date,
    *,
    effect: str = "none",
) -> None:
    """The court decided on an objection; it is final.

    ``outcome``: accepted, rejected. ``effect`` of an accepted one: ``lifted`` ends the decision, ``modified`` keeps it
    (its items are changed by :func:`escalation.cases.register.service.modify`), ``none`` leaves it. Raises
    OutOfScopeError, MissingPermissionError, and :class:`RegisterError`: not_possible, in_future, unknown_effect,
    unknown_outcome, before_decision.
    """
    known = session.get(Objection, objection_id)
    if known is None:
        raise scope.out_of_scope("objection", objection_id)
    case, decision = acts.held(session, scope, Decision, known.decision_id)
    objection = session.get_one(Objection, objection_id, with_for_update=True, populate_existing=True)
    acts.one_of(outcome, ("accepted", "rejected"), "unknown_outcome")
    acts.one_of(effect, objections.EFFECTS if outcome == "accepted" else ("none",), "unknown_effect")
    acts.not_in_future(session, decided_on)
    if decided_on < objection.filed_on:
        raise RegisterError("before_decision")
    name = "accept" if outcome == "accepted" else "reject"
    acts.possible(objection, objections.MACHINE, name)
    objection.decided_on = decided_on
    acts.move(session, actor, case, objection, objections.MACHINE, name, effect=effect)
    day = decided_on.isoformat()
    ids = (case.contact_id, case.centre_id, case.id, actor.id, decision.id)
    report(session, ObjectionDecided(*ids, objection.id, outcome, day))
    if effect == "lifted":
        end(session, actor, case, decision, "lift", "objection", decided_on)
    elif effect == "modified":
        acts.move(session, actor, case, decision, decisions.MACHINE, "modify")
        report(session, MeasureModified(*ids, day))
