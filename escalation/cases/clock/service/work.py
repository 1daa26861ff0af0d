"""Tasks that the clock gives: to whom, and until when, inside her safe window where they are done with her."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.clock import now as database_now
from core.i18n import HOUSE_LOCALE, use_locale
from escalation.cases import service as cases
from escalation.cases.clock import rules
from escalation.cases.clock.models import ClockTask
from escalation.cases.clock.periods import deadlines_file
from escalation.cases.clock.service.held import CLOCK, PURPOSE, Held
from escalation.cases.clock.service.reach import reached
from escalation.cases.models import Case, Task
from intake import queries as intake_queries
from staff.scope import Scope


def give_task(
    session: Session, one: Held, task: str, roles: Sequence[str], *, due_at: datetime | None = None
) -> UUID | None:
    """Give a task of the catalogue to the first of ``roles`` that somebody has; returns its id.

    A case that is closed gets none: whoever is reminded sees the period itself.
    """
    if one.case.state == "closed":
        return None
    words = deadlines_file().tasks[task]
    if words.safe_window:
        due_at = due_at or _safe_time(session, one)
    with use_locale(HOUSE_LOCALE):
        title = str(words)
    task_id = cases.add_task(
        session,
        CLOCK,
        Scope.system(PURPOSE),
        one.case.id,
        title,
        due_at=due_at,
        assignee_id=assignee(session, one.case, roles),
    )
    session.add(ClockTask(task_id=task_id, deadline_id=one.deadline.id, task=task))
    session.flush()
    return task_id


def finish_tasks(session: Session, actor: Actor, deadline_ids: Collection[UUID], act: str) -> None:
    """An act was recorded: the tasks of these periods that it answers are done. The periods may be over by now."""
    finish(session, actor, deadline_ids, [key for key, words in deadlines_file().tasks.items() if act in words.done_by])


def finish(session: Session, actor: Actor, deadline_ids: Collection[UUID], tasks: Collection[str]) -> None:
    """The open tasks of these periods that are among ``tasks`` are done, in the order of their ids."""
    if not tasks or not deadline_ids:
        return
    open_ids = session.scalars(
        select(ClockTask.task_id)
        .join(Task, Task.id == ClockTask.task_id)
        .where(ClockTask.deadline_id.in_(deadline_ids), ClockTask.task.in_(tasks), Task.done_at.is_(None))
        .order_by(ClockTask.task_id),
    ).all()
    for task_id in open_ids:
        cases.finish_task(session, actor, Scope.system(PURPOSE), task_id)


def assignee(session: Session, case: Case, roles: Sequence[str]) -> UUID | None:
    """The first whom ``roles`` reach and who may know of the case; else its owner."""
    return next((found for role in roles for found in reached(session, case, [role])), case.owner_id)


def _safe_time(session: Session, one: Held) -> datetime | None:
    """The end of her next safe window, or the legal moment if that comes before; nothing where neither is known."""
    legal_at = one.deadline.legal_at
    window = None
    if one.case.contact_id is not None:
        scope = Scope.system(PURPOSE)
        agreed = intake_queries.safe_contact_of_contact(session, scope, one.case.contact_id)
        if agreed is not None and not agreed.expired and not agreed.compromised:
            window = rules.safe_window(database_now(session), agreed.days, agreed.from_minute, agreed.to_minute)
    ends = [at for at in (legal_at, window and window[1]) if at is not None and at > database_now(session)]
    return min(ends, default=None)
