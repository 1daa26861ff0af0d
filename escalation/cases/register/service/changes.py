"""Extension, modification and lifting of a decision (Law 6284, Art. 8/2)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from core.actor import Actor
from core.facts import report
from core.ids import new_id
from escalation.cases.models import Case
from escalation.cases.register.catalogue_rows import measures
from escalation.cases.register.events import MeasureExtended, MeasureModified
from escalation.cases.register.models import Change, Decision
from escalation.cases.register.rules import decisions, periods
from escalation.cases.register.rules.errors import RegisterError
from escalation.cases.register.service import acts
from escalation.cases.register.service.answers import answered_by
from escalation.cases.register.service.decisions import Known, NewItem, check_items, keep_items, keep_secret
from escalation.cases.register.service.periods import end, end_items, live_items, reckon
from staff.scope import Scope


@dataclass(frozen=True, slots=True)
class Paper:
    """The decision that changes a decision: its day and numbers, and the application that it answers."""

    decided_on: date
    docket: str = field(default="", repr=False)
    number: str = field(default="", repr=False)
    document_id: UUID | None = None
    application_id: UUID | None = None


def extend(
    session: Session,
    actor: Actor,
    scope: Scope,
    decision_id: UUID,
    paper: Paper,
    until: date,
    *,
    items: Collection[UUID] | None = None,
) -> None:
    """The decision, or some of its items, protects until ``until``, the last day.

    Raises OutOfScopeError, MissingPermissionError, and :class:`RegisterError`: not_possible, in_future,
    before_decision, not_longer where an item would end no later than before, unknown_item.
    """
    case, decision = acts.held(session, scope, Decision, decision_id)
    _check(session, decision, paper)
    chosen = [item for item in live_items(session, decision.id) if items is None or item.id in items]
    if not chosen or (items is not None and len(chosen) != len(set(items))):
        raise RegisterError("unknown_item")
    if any(until <= (item.ends or item.safe_ends or paper.decided_on) for item in chosen):
        raise RegisterError("not_longer")
    acts.move(session, actor, case, decision, decisions.MACHINE, "extend", items=len(chosen))
    _keep(session, actor, case, decision, "extension", paper, until)
    for item in chosen:
        item.stated_end = until
    session.flush()
    day = paper.decided_on.isoformat()
    ids = (case.contact_id, case.centre_id, case.id, actor.id, decision.id)
    report(session, MeasureExtended(*ids, day, until.isoformat()))
    reckon(session, actor, case, decision)
    if paper.application_id is not None:
        codes = {item.code for item in chosen}
        answered_by(session, actor, case, paper.application_id, decision, codes)


def modify(
    session: Session,
    actor: Actor,
    scope: Scope,
    decision_id: UUID,
    paper: Paper,
    *,
    ended: Collection[UUID] = (),
    added: Sequence[NewItem] = (),
    confirmed: Collection[str] = (),
) -> None:
    """Some items ended and others were added; the rest goes on.

    What is unusual about an added item is a hint that passes when it is among ``confirmed``. Raises OutOfScopeError,
    MissingPermissionError, and :class:`RegisterError`: not_possible, in_future, before_decision, nothing_changed,
    unknown_item, lift_instead where nothing would be left, confirm_hints, item_twice also for one that goes on, and as
    :func:`escalation.cases.register.service.record_decision` for the added items.
    """
    case, decision = acts.held(session, scope, Decision, decision_id)
    _check(session, decision, paper)
    if not ended and not added:
        raise RegisterError("nothing_changed")
    live = {item.id: item.code for item in live_items(session, decision.id)}
    if not set(ended) <= live.keys():
        raise RegisterError("unknown_item")
    if live.keys() <= set(ended) and not added:
        raise RegisterError("lift_instead")
    known = measures(session)
    if added:
        check_items(added, known, beside={code for item_id, code in live.items() if item_id not in ended})
        acts.confirmed(_unusual(decision, paper, added, known), confirmed)
    acts.move(session, actor, case, decision, decisions.MACHINE, "modify", ended=len(set(ended)), added=len(added))
    _keep(session, actor, case, decision, "modification", paper, None)
    day = paper.decided_on.isoformat()
    report(session, MeasureModified(case.contact_id, case.centre_id, case.id, actor.id, decision.id, day))
    end_items(session, actor, case, decision, ended, "modified", paper.decided_on)
    keep_items(session, case, decision, [_from(paper.decided_on, item) for item in added], known)
    reckon(session, actor, case, decision)
    keep_secret(session, actor, case, decision)


def _unusual(decision: Decision, paper: Paper, added: Sequence[NewItem], known: Known) -> list[str]:
    """Hints about added measures. What the police decided is by now the decision of who approved it."""
    whose = decision.approver or decision.authority_kind
    told = list(decisions.hints(whose, [known[item.code][1] for item in added]))
    for item in added:
        hints = periods.length_hints(paper.decided_on, item.length, item.ends)
        told += [f"{hint}:{item.code}" for hint in hints]
    return told


def _from(changed_on: date, item: NewItem) -> NewItem:
    """An added measure begins with the decision that adds it, not with the one it is added to."""
    return item if item.ends or not item.length else replace(item, ends=item.length.after(changed_on), length=None)


def lift(session: Session, actor: Actor, scope: Scope, decision_id: UUID, paper: Paper) -> None:
    """The decision was lifted and no longer protects.

    Raises OutOfScopeError, MissingPermissionError, and :class:`RegisterError`: not_possible, in_future,
    before_decision.
    """
    case, decision = acts.held(session, scope, Decision, decision_id)
    _check(session, decision, paper)
    end(session, actor, case, decision, "lift", "lifted", paper.decided_on)
    _keep(session, actor, case, decision, "lifting", paper, None)


def _check(session: Session, decision: Decision, paper: Paper) -> None:
    acts.not_in_future(session, paper.decided_on)
    if paper.decided_on < decision.decided_on:
        raise RegisterError("before_decision")
    if decision.state not in decisions.IN_FORCE:
        raise RegisterError("not_possible", decisions.MACHINE.possible(decision.state))


def _keep(
    session: Session, actor: Actor, case: Case, decision: Decision, kind: str, paper: Paper, until: date | None
) -> None:
    change = Change(
        id=new_id(),
        data_key_id=case.data_key_id,
        decision_id=decision.id,
        centre_id=decision.centre_id,
        kind=kind,
        decided_on=paper.decided_on,
        until=until,
        document_id=paper.document_id,
        recorded_by=actor.id,
    )
    change.docket = paper.docket.strip() or None
    change.number = paper.number.strip() or None
    session.add(change)
    session.flush()
