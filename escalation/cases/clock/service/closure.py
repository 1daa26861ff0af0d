"""On the last working day before closed days: what ends before the next one is ticked off, or goes to the director."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import now as database_now
from core.due import set_due
from core.facts import report
from escalation.cases.clock import queries, rules
from escalation.cases.clock.events import ClosureLate
from escalation.cases.clock.models import ClosureTick, Deadline
from escalation.cases.clock.reckoning import closing_of, local_of, utc
from escalation.cases.clock.service.closing import open_page
from escalation.cases.clock.service.errors import ClockError
from escalation.cases.clock.service.held import CLOCK, CLOSURE, Held, held, held_by, tell_screens
from escalation.cases.clock.service.listing import put_on_list
from escalation.cases.clock.service.reach import reached
from escalation.cases.clock.service.work import finish_tasks, give_task
from staff.errors import MissingPermissionError
from staff.scope import Scope

DIRECTOR = "director"
EVERYWHERE = "everywhere"


def start_checks(session: Session) -> None:
    """Have the next check looked for; called when the database is brought up. The same moment twice is one."""
    _look_again(session, local_of(database_now(session)).date())


def _look_again(session: Session, day: date) -> None:
    begins, _ = rules.closure_hours(day, queries.calendar(session))
    if begins <= database_now(session):
        begins, _ = rules.closure_hours(day + timedelta(days=1), queries.calendar(session))
    set_due(session, CLOSURE, EVERYWHERE, begins)


def check_closure(session: Session) -> None:
    """Due every day at 10:00: where closed days follow, list what ends before the next working day."""
    now = database_now(session)
    day = local_of(now).date()
    calendar = queries.calendar(session)
    following = rules.closure_after(day, calendar)
    begins, late = rules.closure_hours(day, calendar)
    # What swept late still makes the list of its own day, as long as that day lasts.
    if following is not None and now >= begins:
        ending = session.execute(
            select(Deadline.id, Deadline.centre_id).where(
                Deadline.state.in_(rules.LIVE),
                Deadline.rule.in_(rules.CHECKED),
                Deadline.unrolled_at <= utc(following),
            ),
        ).all()
        put_on_list(session, [(row.id, row.centre_id) for row in ending], day, following, late)
        for centre_id in {row.centre_id for row in ending}:
            record(session, CLOCK, "closure_check_opened", "centre", centre_id, centre_id, day=day.isoformat())
    _look_again(session, day)


def tick(session: Session, actor: Actor, scope: Scope, tick_id: UUID, done: str, words: str = "") -> None:
    """What ends before the next working day is taken care of, and how: by legal, or once it is late by the director.

    Twice is once. Raises OutOfScopeError, MissingPermissionError, and :class:`ClockError`: unknown_done, words_needed.
    """
    deadline_id = session.execute(select(ClosureTick.deadline_id).where(ClosureTick.id == tick_id)).scalar()
    if deadline_id is None:
        raise scope.out_of_scope("closure_tick", tick_id)
    one = held_by(session, scope, deadline_id)
    row = session.get_one(ClosureTick, tick_id, with_for_update=True, populate_existing=True)
    _check_may_tick(session, scope, one, row)
    if row.ticked_at is not None:
        return
    if done not in rules.DONE:
        raise ClockError("unknown_done")
    if done == "other" and not words.strip():
        raise ClockError("words_needed")
    if row.data_key_id is None:
        row.data_key_id = one.case.data_key_id
    row.ticked_at, row.ticked_by = database_now(session), actor.id
    row.done, row.words = done, words.strip() or None
    session.flush()
    finish_tasks(session, actor, [deadline_id], "ticked")
    centre_id, day = one.deadline.centre_id, row.day.isoformat()
    record(session, actor, "closure_ticked", queries.KIND, deadline_id, centre_id, day=day, done=done)
    tell_screens(session, one)


def _check_may_tick(session: Session, scope: Scope, one: Held, row: ClosureTick) -> None:
    """Who writes in the register or the case; and the director, to whom what is late has gone."""
    may = queries.may(session, scope, one.deadline.id)
    late = row.escalated_at is not None and DIRECTOR in scope.roles
    if not late and not (may is not None and may.writes):
        raise MissingPermissionError(scope.actor, "register.write", queries.KIND, one.deadline.id)


def closure_late(session: Session, centre_id: UUID, day: date) -> None:
    """Due at 15:00: what nobody ticked off goes to the director, as a task for each, once."""
    rows = session.scalars(
        select(ClosureTick)
        .where(
            ClosureTick.centre_id == centre_id,
            ClosureTick.day == day,
            ClosureTick.ticked_at.is_(None),
            ClosureTick.escalated_at.is_(None),
        )
        .order_by(ClosureTick.id),
    ).all()
    escalated = 0
    for row in rows:
        one = held(session, row.deadline_id)
        if one is None or one.deadline.state not in rules.LIVE:
            continue
        row.escalated_at = database_now(session)
        row.task_id = give_task(session, one, "tick_before_closure", (DIRECTOR,), due_at=_before(session, day))
        session.flush()
        if not reached(session, one.case, (DIRECTOR,)):
            # Under secrecy she may not know of it, and somebody must: whoever is on call is asked.
            open_page(session, one, "due", level=one.case.level)
        record(session, CLOCK, "closure_escalated", queries.KIND, one.deadline.id, centre_id, day=day.isoformat())
        tell_screens(session, one)
        escalated += 1
    if escalated:
        report(session, ClosureLate(None, centre_id, day=day.isoformat(), unticked=escalated))


def _before(session: Session, day: date) -> datetime:
    """The end of that day's office hours, for a task that comes before them; else now."""
    closes = utc(day, closing_of(day, queries.calendar(session)))
    return max(closes, database_now(session))
