"""Items of a decision share a clock when they end on one day; acts that reach further than one subject."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor
from escalation.cases.clock import queries, rules
from escalation.cases.clock.models import Deadline
from escalation.cases.clock.service.closing import close, record_act
from escalation.cases.clock.service.held import asked_of, held
from escalation.cases.clock.service.opening import Opening, open_deadline


def join_part(session: Session, actor: Actor, opening: Opening, item_id: UUID) -> UUID | None:
    """Let the clock of ``opening.part`` run for one more item; ``None`` where its act was recorded already."""
    same = select(Deadline).where(
        Deadline.rule == opening.rule,
        Deadline.subject_kind == opening.subject_kind,
        Deadline.subject_id == opening.subject_id,
        Deadline.part == opening.part,
    )
    known = session.scalars(same.order_by(Deadline.opened_at.desc()).execution_options(populate_existing=True)).all()
    if any(one.state == "met" for one in known):
        return None
    live = next((one for one in known if one.state in rules.LIVE), None)
    items = {str(item_id), *(live.facts.get("items", ()) if live is not None else ())}
    return open_deadline(session, actor, replace(opening, facts={"items": sorted(items)}))


def leave_part(
    session: Session, actor: Actor, subject_kind: str, subject_id: UUID, item_id: UUID, *, but: str = ""
) -> None:
    """An item no longer ends on the day it did; the clock of a day that no item is left for never ran.

    ``but`` is the part that it keeps.
    """
    for deadline_id in session.scalars(queries.live_of(subject_kind, subject_id)).all():
        one = held(session, deadline_id)
        if one is None or one.deadline.part == but or one.deadline.state not in rules.LIVE:
            continue
        items = set(one.deadline.facts.get("items", ()))
        if str(item_id) not in items:
            continue
        items.remove(str(item_id))
        if items:
            one.deadline.facts = {"items": sorted(items), **asked_of(one.deadline)}
            session.flush()
        else:
            close(session, actor, one, "cancelled", "item_left")


def record_before(
    session: Session, actor: Actor, subject_kind: str, subject_id: UUID, rule: str, until: str, act: str
) -> None:
    """An act was recorded for every part of a rule that ends before ``until``, a date."""
    parts = session.scalars(
        select(Deadline.part).where(
            Deadline.subject_kind == subject_kind,
            Deadline.subject_id == subject_id,
            Deadline.rule == rule,
            Deadline.state.in_(rules.LIVE),
        ),
    ).all()
    for part in sorted(part for part in parts if not until or part < until):
        record_act(session, actor, subject_kind, subject_id, act, only=(rule,), part=part)


def record_in_case(session: Session, actor: Actor, case_id: UUID, rule: str, act: str) -> None:
    """An act was recorded that ends the periods of one rule in the whole case, whatever they are about."""
    subjects = session.execute(
        select(Deadline.subject_kind, Deadline.subject_id)
        .where(Deadline.case_id == case_id, Deadline.rule == rule, Deadline.state.in_(rules.LIVE))
        .distinct(),
    ).all()
    for subject_kind, subject_id in subjects:
        record_act(session, actor, subject_kind, subject_id, act, only=(rule,))
