"""Breaches, and the ledger of coercive detention (Law 6284, Art. 13)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.clock import now as database_now
from core.facts import report
from core.ids import new_id
from escalation.cases.models import Case
from escalation.cases.register.catalogues import detention_catalogue
from escalation.cases.register.events import (
    BreachCalledOff,
    BreachDecided,
    BreachFiled,
    BreachRecorded,
    DetentionExecuted,
    DetentionOrdered,
)
from escalation.cases.register.models import Breach, Decision, Item
from escalation.cases.register.rules import breaches
from escalation.cases.register.rules.errors import RegisterError
from escalation.cases.register.service import acts
from staff.rules import ISTANBUL
from staff.scope import Scope


def report_breach(
    session: Session,
    actor: Actor,
    scope: Scope,
    decision_id: UUID,
    codes: Collection[str],
    occurred_at: datetime,
    *,
    account: str = "",
    confirmed: Collection[str] = (),
) -> UUID:
    """A measure was breached; returns the breach's id. Also whoever may write in the case reports one.

    A breach of a decision that is not in force, or before it was decided, is a hint to confirm. Raises
    OutOfScopeError, MissingPermissionError, and :class:`RegisterError`: no_items, not_in_decision, in_future,
    confirm_hints.
    """
    case, decision = acts.held(session, scope, Decision, decision_id, in_case=True)
    held = set(session.scalars(select(Item.code).where(Item.decision_id == decision.id)))
    if not codes:
        raise RegisterError("no_items")
    if not set(codes) <= held:
        raise RegisterError("not_in_decision", tuple(sorted(set(codes) - held)))
    acts.not_in_future(session, occurred_at)
    day = occurred_at.astimezone(ISTANBUL).date()
    over = decision.ended_on is not None and day > decision.ended_on
    told = {"before_decision": day < decision.decided_on, "after_end": over}
    acts.confirmed([hint for hint, is_so in told.items() if is_so], confirmed)
    breach = Breach(
        id=new_id(),
        data_key_id=case.data_key_id,
        case_id=case.id,
        centre_id=case.centre_id,
        decision_id=decision.id,
        codes=sorted(set(codes)),
        state="reported",
        occurred_at=occurred_at,
        reported_by=actor.id,
    )
    breach.account = account.strip() or None
    session.add(breach)
    acts.note(session, actor, case, "breach_report", "breach", breach.id, after="reported")
    moment = occurred_at.astimezone(ISTANBUL).isoformat()
    report(session, BreachRecorded(case.contact_id, case.centre_id, case.id, actor.id, breach.id, decision.id, moment))
    return breach.id


def file_breach(
    session: Session,
    actor: Actor,
    scope: Scope,
    breach_id: UUID,
    filed_with: str,
    filed_on: date,
    *,
    letter: str = "",
) -> None:
    """The breach was reported to the ``prosecutor`` or the ``court``. ``letter`` is the number of the letter.

    Raises OutOfScopeError, MissingPermissionError, and :class:`RegisterError`: not_possible, in_future,
    unknown_addressee, before_breach.
    """
    case, breach = _held(session, scope, breach_id)
    acts.one_of(filed_with, breaches.FILED_WITH, "unknown_addressee")
    acts.not_in_future(session, filed_on)
    _after_breach(breach, filed_on)
    acts.move(session, actor, case, breach, breaches.MACHINE, "file", filed_with=filed_with)
    breach.filed_with, breach.filed_on = filed_with, filed_on
    breach.letter = letter.strip() or None
    session.flush()
    ids = (case.contact_id, case.centre_id, case.id, actor.id, breach.id, breach.decision_id)
    report(session, BreachFiled(*ids, filed_with, filed_on.isoformat()))


def order_detention(
    session: Session,
    actor: Actor,
    scope: Scope,
    breach_id: UUID,
    days: int,
    decided_on: date,
    *,
    docket: str = "",
    number: str = "",
    confirmed: Collection[str] = (),
) -> None:
    """The court ordered ``days`` of coercive detention. An unusual length is a hint to confirm, never a refusal.

    Raises OutOfScopeError, MissingPermissionError, and :class:`RegisterError`: not_possible, in_future, before_breach,
    wrong_days, confirm_hints with outside_first, outside_repeated, over_cap.
    """
    case, breach = _held(session, scope, breach_id)
    acts.possible(breach, breaches.MACHINE, "accept")
    acts.not_in_future(session, decided_on)
    _after_breach(breach, decided_on)
    if not 1 <= days <= 366:
        raise RegisterError("wrong_days")
    earlier = earlier_days(session, breach)
    acts.confirmed(breaches.detention_hints(days, earlier, detention_catalogue()), confirmed)
    breach.days = days
    acts.move(session, actor, case, breach, breaches.MACHINE, "accept", days=days)
    _answered(session, breach, decided_on, docket, number)
    ids = (case.contact_id, case.centre_id, case.id, actor.id, breach.id, breach.decision_id)
    report(session, DetentionOrdered(*ids, days, days + sum(earlier), decided_on.isoformat()))


def earlier_days(session: Session, breach: Breach) -> list[int]:
    """The days of detention that stand for other breaches of the same decision, in the order of the breaches."""
    query = select(Breach.days).where(
        Breach.decision_id == breach.decision_id,
        Breach.id != breach.id,
        Breach.state.in_(("accepted", "executed")),
    )
    return [days for days in session.scalars(query.order_by(Breach.occurred_at)) if days is not None]


def refuse_detention(
    session: Session,
    actor: Actor,
    scope: Scope,
    breach_id: UUID,
    decided_on: date,
    *,
    docket: str = "",
    number: str = "",
) -> None:
    """The court refused coercive detention. Raises as :func:`file_breach`."""
    case, breach = _held(session, scope, breach_id)
    acts.not_in_future(session, decided_on)
    _after_breach(breach, decided_on)
    acts.move(session, actor, case, breach, breaches.MACHINE, "refuse")
    breach.days = None
    _answered(session, breach, decided_on, docket, number)
    ids = (case.contact_id, case.centre_id, case.id, actor.id, breach.id, breach.decision_id)
    report(session, BreachDecided(*ids, "refused", decided_on.isoformat()))


def object_to_detention(session: Session, actor: Actor, scope: Scope, breach_id: UUID, objected_on: date) -> None:
    """Somebody objected to what the court said of a breach; its answer is ordered or refused detention.

    Raises as :func:`file_breach`.
    """
    case, breach = _held(session, scope, breach_id)
    acts.not_in_future(session, objected_on)
    _after_breach(breach, objected_on)
    acts.move(session, actor, case, breach, breaches.MACHINE, "object")
    breach.objected_on = objected_on
    session.flush()
    ids = (case.contact_id, case.centre_id, case.id, actor.id, breach.id, breach.decision_id)
    report(session, BreachDecided(*ids, "objected", objected_on.isoformat()))


def execute_detention(
    session: Session,
    actor: Actor,
    scope: Scope,
    breach_id: UUID,
    starts_on: date,
    ends_on: date,
    *,
    confirmed: Collection[str] = (),
) -> None:
    """He is detained from ``starts_on``; ``ends_on`` is the day of his release, before which she is warned.

    Another length than was ordered is a hint to confirm. Raises OutOfScopeError, MissingPermissionError, and
    :class:`RegisterError`: not_possible, in_future, before_breach, wrong_days, confirm_hints with another_length.
    """
    case, breach = _held(session, scope, breach_id)
    acts.possible(breach, breaches.MACHINE, "execute")
    acts.not_in_future(session, starts_on)
    _after_breach(breach, starts_on)
    if ends_on < starts_on:
        raise RegisterError("wrong_days")
    # The day of arrest may count as the first one: both readings are usual.
    usual = (ends_on - starts_on).days in {(breach.days or 0) - 1, breach.days}
    acts.confirmed([] if usual else ["another_length"], confirmed)
    breach.starts_on, breach.ends_on = starts_on, ends_on
    acts.move(session, actor, case, breach, breaches.MACHINE, "execute")
    ids = (case.contact_id, case.centre_id, case.id, actor.id, breach.id, breach.decision_id)
    report(session, DetentionExecuted(*ids, starts_on.isoformat(), ends_on.isoformat()))


def call_off_breach(session: Session, actor: Actor, scope: Scope, breach_id: UUID, reason: str) -> None:
    """A breach was written down by mistake: it stays, as called off, and nothing counts or follows it any more.

    Raises OutOfScopeError, MissingPermissionError, and :class:`RegisterError`: called_off, court_decided,
    reason_needed.
    """
    case, breach = acts.held(session, scope, Breach, breach_id)
    refusal = breaches.call_off_refusal(breach.state, called_off=breach.called_off_at is not None)
    if refusal is not None:
        raise RegisterError(refusal)
    if not reason.strip():
        raise RegisterError("reason_needed")
    breach.called_off_at, breach.called_off_by = database_now(session), actor.id
    breach.called_off_reason = reason.strip()
    acts.note(session, actor, case, "breach_call_off", "breach", breach.id, state=breach.state)
    ids = (case.contact_id, case.centre_id, case.id, actor.id, breach.id, breach.decision_id)
    report(session, BreachCalledOff(*ids))


def _held(session: Session, scope: Scope, breach_id: UUID) -> tuple[Case, Breach]:
    """The breach with its case, held. What was called off has no future: raises :class:`RegisterError` called_off."""
    case, breach = acts.held(session, scope, Breach, breach_id)
    if breach.called_off_at is not None:
        raise RegisterError("called_off")
    return case, breach


def _after_breach(breach: Breach, day: date) -> None:
    if day < breach.occurred_at.astimezone(ISTANBUL).date():
        raise RegisterError("before_breach")


def _answered(session: Session, breach: Breach, decided_on: date, docket: str, number: str) -> None:
    breach.decided_on = decided_on
    if docket.strip():
        breach.docket = docket.strip()
        breach.docket_index = acts.index(session, "docket", docket)
    if number.strip():
        breach.number = number.strip()
    session.flush()
