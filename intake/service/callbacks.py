"""Whom somebody is to call back: her call ended unanswered, and she agreed to be called at certain hours.

Such a task is never more than what the gate would allow: planned where it would let a person call, shown inside her
safe window alone, planned anew when what was agreed changes, and over when she was answered. Nothing dials by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import koza_now
from core.due import cancel_due, set_due
from core.facts import report
from core.ids import new_id
from core.outbox import publish
from core.statements import among
from hotline.queries.reach import reach
from intake import gate
from intake.events import CallbackOver, CallbackPlanned
from intake.models import Callback
from staff.queries import answering_centres

#: Due rows of this room: her window opens or closes; the subject is the task's id.
WINDOW = "intake.callback_window"
#: What screens hear of it: that there is something new to fetch.
TOPIC = "callback"


def plan_callback(session: Session, actor: Actor, contact_id: UUID) -> None:
    """Her call ended unanswered: she is called back in her next safe window, if the gate would allow it then.

    Of one number there is one such task, which goes with her last call.
    """
    plan = gate.plan_call(session, contact_id)
    if plan is None:
        return
    planned = insert(Callback).values(
        id=new_id(),
        centre_id=plan.known.centre_id,
        line_id=plan.known.line_id,
        contact_id=contact_id,
        address_index=plan.known.address_index,
        **_window(plan),
    )
    task = session.scalars(
        planned.on_conflict_do_update(
            index_elements=["address_index", "centre_id"],
            index_where=Callback.ended_at.is_(None),
            set_={"contact_id": contact_id, "line_id": plan.known.line_id, **_window(plan)},
        ).returning(Callback),
        execution_options={"populate_existing": True},
    ).one()
    record(session, actor, "callback_planned", "contact", contact_id, task.centre_id)
    report(session, CallbackPlanned(contact_id, task.centre_id))
    _wake(session, task, plan.known.now)
    _tell_screens(session, task)


def _window(plan: gate.CallPlan) -> dict[str, Any]:
    return {"tone": plan.tone, "opens_at": plan.opens_at, "closes_at": plan.closes_at}


def _wake(session: Session, task: Callback, now: datetime) -> None:
    """Look at it again when her window opens; when it stands open, as it closes."""
    at = task.opens_at if task.opens_at > now else task.closes_at
    if at is None:
        cancel_due(session, WINDOW, str(task.id))
    else:
        set_due(session, WINDOW, str(task.id), at, centre_id=task.centre_id)


def plan_anew(session: Session, task_id: UUID) -> None:
    """Her window opened or is over, or what was agreed changed: write down when she may be called now, if at all."""
    task = session.get(Callback, task_id, with_for_update=True, populate_existing=True)
    if task is None or task.ended_at is not None:
        return
    plan = gate.plan_call(session, task.contact_id)
    if plan is None:
        _end(session, [task.id], "refused")
        return
    task.tone, task.opens_at, task.closes_at = plan.tone, plan.opens_at, plan.closes_at
    session.flush()
    _wake(session, task, plan.known.now)
    _tell_screens(session, task)


def agreement_changed(session: Session, contact_id: UUID) -> None:
    """What was agreed with whoever has this contact's number changed."""
    known = reach(session, contact_id)
    if known is None or known.address_index is None:
        return
    hers = select(Callback.id).where(Callback.address_index == known.address_index, Callback.ended_at.is_(None))
    for task_id in session.scalars(hers).all():
        plan_anew(session, task_id)


def callback_over(session: Session, contact_ids: Sequence[UUID], why: str) -> None:
    """Whoever had these contacts need not be called back: somebody of ours speaks with her."""
    hers = select(Callback.id).where(among(Callback.contact_id, contact_ids), Callback.ended_at.is_(None))
    _end(session, session.scalars(hers).all(), why)


def _end(session: Session, task_ids: Sequence[UUID], why: str) -> None:
    if not task_ids:
        return
    ended = session.scalars(
        update(Callback)
        .where(among(Callback.id, task_ids), Callback.ended_at.is_(None))
        .values(ended_at=koza_now(), ended_why=why)
        .returning(Callback),
        execution_options={"populate_existing": True},
    ).all()
    for task in ended:
        cancel_due(session, WINDOW, str(task.id))
        report(session, CallbackOver(task.contact_id, task.centre_id, why))
        _tell_screens(session, task)


def _tell_screens(session: Session, task: Callback) -> None:
    publish(session, dict.fromkeys([task.centre_id, *answering_centres(session, task.line_id)]), TOPIC, task.id)
