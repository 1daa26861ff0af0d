"""How a period ends: by a recorded act, by its own end, by a person's word that nothing protects her."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import now as database_now
from core.due import cancel_due, set_due
from core.facts import report
from escalation.cases.clock import queries, rules
from escalation.cases.clock.events import DeadlineClosed, DeadlineUnknown
from escalation.cases.clock.models import Deadline, Reminder
from escalation.cases.clock.periods import deadlines_file, rule_of
from escalation.cases.clock.reckoning import Trigger
from escalation.cases.clock.service.errors import ClockError
from escalation.cases.clock.service.held import (
    CLOCK,
    END,
    PROTECTION,
    REMINDER,
    Held,
    court_hours,
    fact_fields,
    held,
    held_by,
    held_case,
    tell_screens,
)
from escalation.cases.clock.service.opening import Opening, open_deadline, rank
from escalation.cases.clock.service.work import finish, finish_tasks, give_task
from escalation.paging import service as paging
from staff import service as staff_service
from staff.scope import Scope

#: A page is acted on within its night and the day after.
_ACCEPTOR_READS: Final = timedelta(hours=24)


def record_act(
    session: Session,
    actor: Actor,
    subject_kind: str,
    subject_id: UUID,
    act: str,
    *,
    only: Collection[str] = (),
    part: str | None = None,
) -> list[UUID]:
    """An act was recorded: every live period about the subject that it ends has its end, with all its reminders.

    Tasks that it answers are finished, also those of periods that are over or that it does not end. ``only`` names the
    rules that are meant, ``part`` one part; returns the ids of what ended. The caller has checked that the actor may
    act on the case.
    """
    ended = []
    for deadline_id in session.scalars(queries.live_of(subject_kind, subject_id)).all():
        one = held(session, deadline_id)
        if one is None or one.deadline.state not in rules.LIVE:
            continue
        rule = rule_of(one.deadline.rule)
        if (only and rule.key not in only) or (part is not None and one.deadline.part != part):
            continue
        done = rules.act_of_record(rule, act)
        if done is not None:
            close(session, actor, one, done, act)
            ended.append(one.deadline.id)
    finish_tasks(session, actor, _about(session, subject_kind, subject_id, only, part), act)
    return ended


def _about(
    session: Session, subject_kind: str, subject_id: UUID, only: Collection[str], part: str | None
) -> Sequence[UUID]:
    """The periods about a subject, live or not."""
    query = select(Deadline.id).where(Deadline.subject_kind == subject_kind, Deadline.subject_id == subject_id)
    if only:
        query = query.where(Deadline.rule.in_(only))
    if part is not None:
        query = query.where(Deadline.part == part)
    return session.scalars(query).all()


def close_by(session: Session, actor: Actor, scope: Scope, deadline_id: UUID, act: str) -> None:
    """Somebody records the act that ends one period, such as that she was warned and screened anew.

    Raises OutOfScopeError, MissingPermissionError, and :class:`ClockError` for an act that does not end it.
    """
    one = held_by(session, scope, deadline_id, write=True)
    done = rules.act_of_record(rule_of(one.deadline.rule), act)
    if done is None or rules.after_act(one.deadline.state, done) is None:
        raise ClockError("not_ended_by_it")
    close(session, actor, one, done, act)


def close(session: Session, actor: Actor, one: Held, act: rules.Act, recorded: str) -> None:
    """End a held period by an act, which ``recorded`` names. Raises :class:`ClockError` where it is not possible."""
    deadline = one.deadline
    after = rules.after_act(deadline.state, act)
    if after is None:
        raise ClockError("not_possible")
    now = database_now(session)
    deadline.state, deadline.closed_act, deadline.closed_at = after, recorded, now
    deadline.closed_by = actor.id if actor.kind == "staff" else None
    session.flush()
    end_reminders(session, one)
    finish_tasks(session, actor, [deadline.id], recorded)
    kind, centre_id = queries.KIND, deadline.centre_id
    record(
        session, actor, "deadline_closed", kind, deadline.id, centre_id, rule=deadline.rule, state=after, by=recorded
    )
    report(session, DeadlineClosed(**fact_fields(one), state=after, act=recorded))
    tell_screens(session, one)


def end_reminders(session: Session, one: Held) -> None:
    """Nobody is reminded any more, and what was due for it is due no more."""
    open_ids = session.scalars(
        update(Reminder)
        .where(Reminder.deadline_id == one.deadline.id, Reminder.state.in_(("waiting", "told")))
        .values(state="ended")
        .returning(Reminder.id),
    ).all()
    for reminder_id in open_ids:
        cancel_due(session, REMINDER, str(reminder_id))
    cancel_due(session, END, str(one.deadline.id))


def legal_moment(session: Session, deadline_id: UUID) -> None:
    """Due: the legal moment has come. Unknown is not lapsed: where nobody recorded the act somebody is to ask."""
    one = held(session, deadline_id)
    if one is None or one.deadline.state != "open" or one.deadline.legal_at is None:
        return
    deadline, now, legal_at = one.deadline, database_now(session), one.deadline.legal_at
    if legal_at > now:
        set_due(session, END, str(deadline.id), legal_at, centre_id=deadline.centre_id, rank=rank(deadline.rule))
        return
    rule = rule_of(deadline.rule)
    act = rules.act_of_end(rule)
    if act == "end_met":
        close(session, CLOCK, one, act, "end")
    elif act is not None:
        deadline.state = "unknown"
        session.flush()
        record(session, CLOCK, "deadline_unknown", queries.KIND, deadline.id, deadline.centre_id, rule=rule.key)
        if rule.task is not None:
            # The question is due when somebody there can answer it.
            hours = court_hours(session, one.case)
            give_task(session, one, rule.task, rule.ladder[0], due_at=rules.court_answers_at(now, hours))
        report(session, DeadlineUnknown(**fact_fields(one)))
        tell_screens(session, one)


def take_back(session: Session, actor: Actor, subject_kind: str, subject_id: UUID) -> None:
    """What was entered by mistake never was: its periods never ran, and nobody does anything about it any more."""
    for deadline_id in session.scalars(queries.live_of(subject_kind, subject_id)).all():
        one = held(session, deadline_id)
        if one is not None and one.deadline.state in rules.LIVE:
            close(session, actor, one, "cancelled", "taken_back")
    finish(session, actor, _about(session, subject_kind, subject_id, (), None), [*deadlines_file().tasks])


def pass_over(session: Session, actor: Actor, deadline_id: UUID) -> None:
    """A period that was surely over before anybody entered it is announced to nobody."""
    one = held(session, deadline_id)
    if one is not None and one.deadline.safe_at is not None and one.deadline.safe_at <= database_now(session):
        close(session, actor, one, "end_met", "end")


def lapse_told(
    session: Session, actor: Actor, subject_kind: str, subject_id: UUID, case_id: UUID, told_at: datetime
) -> None:
    """The register holds a person's confirmation, with source and time: the approval was not given.

    Only now is the protection gone. Unknown approvals become ``lapsed_confirmed``, one whose end has not come is not
    waited for; "apply again today" runs, and the page opens when the duty court answers.
    """
    for deadline_id in session.scalars(queries.live_of(subject_kind, subject_id)).all():
        one = held(session, deadline_id)
        if one is None or one.deadline.rule not in rules.APPROVALS:
            continue
        if one.deadline.state == "unknown":
            one.deadline.lapse_told_at = told_at
            close(session, actor, one, "lapse_confirmed", "lapse_confirmed")
        elif one.deadline.state == "open":
            close(session, actor, one, "cancelled", "lapsed_otherwise")
    nothing_protects(session, actor, subject_kind, subject_id, case_id, told_at)


def nothing_protects(
    session: Session, actor: Actor, subject_kind: str, subject_id: UUID, case_id: UUID, told_at: datetime
) -> None:
    """A person confirmed that nothing is in force: "apply again today" runs, and the page opens with the duty court."""
    triggers = [Trigger("confirmation", told_at)]
    lapsed_id = open_deadline(session, actor, Opening("lapsed", subject_kind, subject_id, case_id, triggers))
    lapsed = held(session, lapsed_id)
    assert lapsed is not None  # noqa: S101 - opened above
    give_task(session, lapsed, "reapply", (queries.OWNER,))
    now = database_now(session)
    at = rules.court_answers_at(now, court_hours(session, lapsed.case))
    if at > now:
        set_due(session, PROTECTION, str(lapsed_id), at, centre_id=lapsed.case.centre_id, rank=1)
    else:
        protection_page(session, lapsed_id)


def protection_page(session: Session, deadline_id: UUID) -> None:
    """Due: the duty court answers, and nothing protects her. The page opens unless she is protected again."""
    one = held(session, deadline_id)
    if one is None or one.deadline.state not in rules.LIVE:
        return
    open_page(session, one, "protection_lost", level=1)


def open_page(session: Session, one: Held, reason: str, *, level: int) -> UUID:
    """Open a page about the case of a period; who is barred from the case is barred from the page. Returns its id."""
    case = one.case
    page = paging.request_page(
        session,
        CLOCK,
        case.centre_id,
        "case",
        case.id,
        reason,
        level=level,
        province_code=case.province_code,
    )
    staff_service.copy_bars(session, CLOCK, ("case", case.id), [("page", page.page_id)])
    return page.page_id


def let_acceptor_read(session: Session, case_id: UUID, account_id: UUID) -> None:
    """Who promised to act on a page about a case reads it for a day, unless she reads it anyway or is barred."""
    case = held_case(session, case_id)
    scope = Scope.of(session, account_id)
    if scope.reaches(session, "case", case.id, case.centre_id, restricted=case.confidential):
        return
    staff_service.grant(
        session,
        CLOCK,
        subject_kind="case",
        subject_id=case.id,
        grantee_kind="staff",
        grantee_id=account_id,
        reason="assigned",
        until=database_now(session) + _ACCEPTOR_READS,
        centre_id=case.centre_id,
    )


def case_closed(session: Session, actor: Actor, case_id: UUID) -> None:
    """A case was closed: only what is about the case itself ends; what the law lets run about her measures runs on."""
    held_case(session, case_id)
    for deadline_id in session.scalars(select(Deadline.id).where(Deadline.case_id == case_id)).all():
        one = held(session, deadline_id)
        if one is not None and one.deadline.state in rules.LIVE and "case_closed" in rule_of(one.deadline.rule).closes:
            close(session, actor, one, "recorded", "case_closed")
