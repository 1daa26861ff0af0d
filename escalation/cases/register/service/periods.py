"""The periods of a decision's items: reckoned anew whenever a day becomes known, and ended when they are over."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.due import cancel_due, set_due
from core.facts import report
from escalation.cases.models import Case
from escalation.cases.register.events import MeasureEnded, MeasureItemEnded, MeasurePeriodSet
from escalation.cases.register.models import Decision, Item, Notice
from escalation.cases.register.rules import decisions, periods
from escalation.cases.register.service import acts
from staff.rules import ISTANBUL

#: Due rows of the register; the subject is the decision's id.
PERIOD = "register.period"


def live_items(session: Session, decision_id: UUID) -> list[Item]:
    """The items that nothing has ended yet, in the order of their codes."""
    return list(
        session.scalars(
            select(Item).where(Item.decision_id == decision_id, Item.ended_on.is_(None)).order_by(Item.code, Item.id)
        )
    )


def reckon(session: Session, actor: Actor, case: Case, decision: Decision, *, tell: bool = False) -> None:
    """Reckon every live period from the days that are known; what changed is told, with ``tell`` everything."""
    starts = _starts(session, decision)
    items = live_items(session, decision.id)
    for item in items:
        length = periods.Length(item.length_count, _unit(item)) if item.length_count is not None else None
        reading = periods.read(item.start_basis, starts, length, item.stated_end)
        before = (item.begins, item.ends, item.safe_ends)
        item.begins, item.ends, item.safe_ends = reading.begins, reading.ends, reading.safe_ends
        if tell or before != (item.begins, item.ends, item.safe_ends):
            _tell_period(session, actor, case, decision, item)
    _keep_ends(decision, items)
    session.flush()
    _plan(session, decision, items)


def _unit(item: Item) -> periods.Unit:
    return next(unit for unit in periods.UNITS if unit == item.length_unit)


def _starts(session: Session, decision: Decision) -> periods.Starts:
    earliest = select(Notice.party, Notice.manner, func.min(Notice.served_on)).where(
        Notice.decision_id == decision.id,
    )
    days = {
        (party, manner): day
        for party, manner, day in session.execute(earliest.group_by(Notice.party, Notice.manner)).all()
    }
    pronounced = [day for (_party, manner), day in days.items() if manner == "pronounced"]
    # The period runs from service on the one it binds; that she was served starts nothing.
    return periods.Starts(decision.decided_on, min(pronounced, default=None), days.get(("perpetrator", "served")))


def _tell_period(session: Session, actor: Actor, case: Case, decision: Decision, item: Item) -> None:
    report(
        session,
        MeasurePeriodSet(
            case.contact_id,
            case.centre_id,
            case.id,
            actor.id,
            decision.id,
            item.id,
            item.code,
            item.start_basis,
            acts.iso(item.begins),
            acts.iso(item.ends),
            acts.iso(item.safe_ends),
            decision.decided_on.isoformat(),
            f"{item.length_count} {item.length_unit}" if item.length_count and item.stated_end is None else "",
        ),
    )


def _keep_ends(decision: Decision, items: Iterable[Item]) -> None:
    items = list(items)
    decision.first_end = min((item.safe_ends for item in items if item.safe_ends is not None), default=None)
    known = [item.ends for item in items if item.ends is not None]
    decision.last_end = max(known) if known and len(known) == len(items) else None


def _plan(session: Session, decision: Decision, items: Iterable[Item]) -> None:
    ends = [item.ends for item in items if item.ends is not None]
    if not ends or decision.state not in decisions.IN_FORCE:
        cancel_due(session, PERIOD, str(decision.id))
        return
    midnight = datetime.combine(min(ends) + timedelta(days=1), time(), ISTANBUL)
    set_due(session, PERIOD, str(decision.id), midnight, centre_id=decision.centre_id)


def period_over(session: Session, actor: Actor, decision_id: UUID) -> None:
    """A period of a decision is over: its items end, and the decision with the last of them. Idempotent."""
    decision = session.get(Decision, decision_id)
    if decision is None:
        return
    # In the order of every other writer: the case, then the decision.
    case = session.get_one(Case, decision.case_id, with_for_update=True, populate_existing=True)
    decision = session.get_one(Decision, decision_id, with_for_update=True, populate_existing=True)
    if decision.state not in decisions.IN_FORCE:
        return
    items = live_items(session, decision.id)
    day = acts.today(session)
    over = [item for item in items if item.ends is not None and item.ends < day]
    if not over:
        _plan(session, decision, items)
    elif len(over) == len(items):
        last = max(item.ends for item in over if item.ends is not None)
        end(session, actor, case, decision, "expire", "expired", last)
    else:
        for item in over:
            end_item(session, actor, case, decision, item, "expired", item.ends or day)
        reckon(session, actor, case, decision)


def end_item(
    session: Session, actor: Actor, case: Case, decision: Decision, item: Item, reason: str, ended_on: date
) -> None:
    """One item no longer protects, while its decision goes on."""
    item.ended_on, item.end_reason = ended_on, reason
    session.flush()
    acts.note(
        session,
        actor,
        case,
        "decision_item_ended",
        "decision",
        decision.id,
        item=str(item.id),
        code=item.code,
        reason=reason,
    )
    report(
        session,
        MeasureItemEnded(
            case.contact_id, case.centre_id, case.id, actor.id, decision.id, item.id, reason, ended_on.isoformat()
        ),
    )


def end(session: Session, actor: Actor, case: Case, decision: Decision, move: str, reason: str, ended_on: date) -> None:
    """A decision no longer protects: one move of its machine, and every live item ends with it."""
    acts.move(session, actor, case, decision, decisions.MACHINE, move, reason=reason)
    decision.ended_on, decision.end_reason = ended_on, reason
    for item in live_items(session, decision.id):
        item.ended_on, item.end_reason = ended_on, reason
    session.flush()
    cancel_due(session, PERIOD, str(decision.id))
    report(
        session,
        MeasureEnded(case.contact_id, case.centre_id, case.id, actor.id, decision.id, reason, ended_on.isoformat()),
    )


def end_items(
    session: Session,
    actor: Actor,
    case: Case,
    decision: Decision,
    wanted: Collection[UUID],
    reason: str,
    ended_on: date,
) -> None:
    """Some items end and others stay; the caller has made sure that one stays."""
    for item in live_items(session, decision.id):
        if item.id in wanted:
            end_item(session, actor, case, decision, item, reason, ended_on)
