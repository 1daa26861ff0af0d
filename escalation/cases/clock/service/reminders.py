"""Reminders climb their ladder until somebody acknowledges them or the act is recorded."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import now as database_now
from core.due import cancel_due
from core.facts import report
from escalation.cases.clock import queries, rules
from escalation.cases.clock.events import ReminderAcknowledged, ReminderTold
from escalation.cases.clock.models import Reminder
from escalation.cases.clock.periods import Rule, rule_of
from escalation.cases.clock.planning import repeats
from escalation.cases.clock.service.closing import open_page
from escalation.cases.clock.service.errors import ClockError
from escalation.cases.clock.service.held import CLOCK, REMINDER, Held, fact_fields, held, held_by, tell_screens
from escalation.cases.clock.service.opening import due, remind_at
from escalation.cases.clock.service.reach import reaching_step
from escalation.cases.clock.service.work import give_task
from staff.errors import MissingPermissionError
from staff.scope import Scope


def remind(session: Session, reminder_id: UUID) -> None:
    """Due: a reminder is told, or climbs because nobody acknowledged it. Idempotent: it looks at the clock itself."""
    one = _of(session, reminder_id)
    if one is None or one.deadline.state not in rules.LIVE:
        return
    reminder = _locked(session, reminder_id)
    if reminder.state not in {"waiting", "told"}:
        return
    if reminder.at > database_now(session):
        due(session, one, reminder)
        return
    rule = rule_of(one.deadline.rule)
    if reminder.state == "waiting":
        _tell(session, one, rule, reminder)
    else:
        _climb(session, one, rule, reminder)
    tell_screens(session, one)


def _of(session: Session, reminder_id: UUID) -> Held | None:
    deadline_id = session.execute(select(Reminder.deadline_id).where(Reminder.id == reminder_id)).scalar()
    return None if deadline_id is None else held(session, deadline_id)


def _locked(session: Session, reminder_id: UUID) -> Reminder:
    return session.get_one(Reminder, reminder_id, with_for_update=True, populate_existing=True)


def _tell(session: Session, one: Held, rule: Rule, reminder: Reminder) -> None:
    now = database_now(session)
    # A reminder that was put off is told again with the task it had.
    if reminder.told_at is None:
        reminder.told_at = now
        again = repeats(rule, reminder.key)
        if again is not None:
            remind_at(session, one, reminder.key, now + again, reminder.task)
        if reminder.task is not None:
            reminder.task_id = give_task(session, one, reminder.task, rule.ladder[0])
    reminder.state = "told"
    _reach(session, one, rule, reminder, reminder.step)
    if rule.release_page and reminder.key == "on the day" and reminder.page_id is None:
        reminder.page_id = open_page(session, one, "detention_release", level=one.case.level)
        session.flush()


def _climb(session: Session, one: Held, rule: Rule, reminder: Reminder) -> None:
    if rules.next_step(rule, reminder.step) is not None:
        _reach(session, one, rule, reminder, reminder.step + 1)
    elif rule.page:
        _page(session, one, reminder)


def _reach(session: Session, one: Held, rule: Rule, reminder: Reminder, step: int) -> None:
    """Tell the next step that reaches somebody; one whose people may not know of the case waits for nobody."""
    reaching = reaching_step(session, one.case, rule, step)
    if reaching is None:
        # Nobody who may know of it is left, whatever the rule says of pages: no period runs out unseen.
        _page(session, one, reminder)
        return
    reminder.step = reaching
    _wait(session, one, rule, reminder)


def _page(session: Session, one: Held, reminder: Reminder) -> None:
    """Nobody on the whole ladder took it: somebody on call is asked, in the morning if it is night."""
    if reminder.page_id is None:
        reminder.page_id = open_page(session, one, "due", level=one.case.level)
        kind, centre_id = queries.KIND, one.deadline.centre_id
        record(session, CLOCK, "reminder_paged", kind, one.deadline.id, centre_id, rule=one.deadline.rule)
    session.flush()


def _wait(session: Session, one: Held, rule: Rule, reminder: Reminder) -> None:
    reminder.at = database_now(session) + rule.climb_span
    session.flush()
    due(session, one, reminder)
    kind, centre_id = queries.KIND, one.deadline.centre_id
    record(session, CLOCK, "reminder_told", kind, one.deadline.id, centre_id, rule=rule.key, step=reminder.step)
    report(session, ReminderTold(**fact_fields(one), reminder_id=reminder.id, step=reminder.step))


def acknowledge(session: Session, actor: Actor, scope: Scope, reminder_id: UUID) -> None:
    """Take a reminder on: it climbs no further. Twice is once. It ends nothing: the act itself is recorded elsewhere.

    Raises OutOfScopeError, MissingPermissionError for who is not addressed, :class:`ClockError`.
    """
    one, reminder = _addressed(session, scope, reminder_id)
    if reminder.state == "acknowledged":
        return
    if reminder.state != "told":
        raise ClockError("not_told")
    now = database_now(session)
    reminder.state, reminder.acknowledged_by, reminder.acknowledged_at = "acknowledged", actor.id, now
    session.flush()
    cancel_due(session, REMINDER, str(reminder.id))
    kind, centre_id = queries.KIND, one.deadline.centre_id
    record(session, actor, "reminder_acknowledged", kind, one.deadline.id, centre_id, reminder=str(reminder.id))
    report(session, ReminderAcknowledged(**fact_fields(one), reminder_id=reminder.id, account_id=actor.id))
    tell_screens(session, one)


def snooze(session: Session, actor: Actor, scope: Scope, reminder_id: UUID, span: timedelta) -> None:
    """Put a reminder off, within its rule's limits and never past the last safe moment.

    It comes back to the same step of its ladder. Raises as :func:`acknowledge`.
    """
    one, reminder = _addressed(session, scope, reminder_id)
    if reminder.state != "told":
        raise ClockError("not_told")
    until = database_now(session) + span
    rule = rule_of(one.deadline.rule)
    safe_at = one.deadline.safe_at if rule.whose == "hers" else None
    refusal = rules.snooze_refusal(rule, span, reminder.snoozes, until, safe_at)
    if refusal is not None:
        raise ClockError(refusal)
    reminder.state, reminder.at = "waiting", until
    reminder.snoozes += 1
    session.flush()
    due(session, one, reminder)
    seconds = int(span.total_seconds())
    record(session, actor, "reminder_snoozed", queries.KIND, one.deadline.id, one.deadline.centre_id, seconds=seconds)
    tell_screens(session, one)


def _addressed(session: Session, scope: Scope, reminder_id: UUID) -> tuple[Held, Reminder]:
    deadline_id = session.execute(select(Reminder.deadline_id).where(Reminder.id == reminder_id)).scalar()
    if deadline_id is None:
        raise scope.out_of_scope("reminder", reminder_id)
    one = held_by(session, scope, deadline_id)
    reminder = _locked(session, reminder_id)
    writes = queries.may(session, scope, deadline_id)
    told = queries.addressed(scope, one.deadline.rule, reminder.step, one.case.owner_id)
    if not told and not (writes is not None and writes.writes):
        raise MissingPermissionError(scope.actor, "register.write", queries.KIND, deadline_id)
    return one, reminder
