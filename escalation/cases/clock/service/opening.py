"""A period is opened, reckoned anew when more is known of its beginning, and planned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import now as database_now
from core.due import cancel_due, set_due
from core.facts import report
from core.ids import new_id
from escalation.cases.clock import queries, rules
from escalation.cases.clock.calendar import Calendar
from escalation.cases.clock.events import DeadlineOpened
from escalation.cases.clock.models import Deadline, Reminder
from escalation.cases.clock.periods import Rule, deadlines_file, rule_of
from escalation.cases.clock.planning import plan, repeats
from escalation.cases.clock.reckoning import Reading, Reckoned, ReckoningError, Trigger, reckon_all
from escalation.cases.clock.service.errors import ClockError
from escalation.cases.clock.service.held import END, RANK, REMINDER, Held, fact_fields, held_case, tell_screens
from escalation.cases.clock.service.listing import join_list
from escalation.cases.clock.stored import reading_out, triggers_in, triggers_out


@dataclass(frozen=True, slots=True)
class Opening:
    """What runs, about what, and from when. ``triggers`` are all beginnings that are known; the safer one drives.

    ``part`` tells apart periods of one rule about one subject. ``facts`` are neutral codes and ids. ``adds``: the
    triggers come to those that are known already, where the same period runs.
    """

    rule: str
    subject_kind: str
    subject_id: UUID
    case_id: UUID
    triggers: Iterable[Trigger]
    part: str = ""
    variant: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    adds: bool = False


def open_deadline(session: Session, actor: Actor, opening: Opening) -> UUID:
    """Let a period run; returns its id. One that runs already is reckoned anew from what is known now.

    The caller has checked that the actor may act on the case. Raises :class:`ClockError`.
    """
    rule = _rule(opening.rule)
    case = held_case(session, opening.case_id)
    found = _running(session, opening)
    triggers = _triggers(opening, found)
    calendar = queries.calendar(session)
    try:
        reading = reckon_all(rule, triggers, calendar, variant=opening.variant)
    except ReckoningError as error:
        raise ClockError(error.reason) from None
    is_new = found is None
    if found is None:
        found = Deadline(
            id=new_id(),
            rule=rule.key,
            subject_kind=opening.subject_kind,
            subject_id=opening.subject_id,
            part=opening.part,
            case_id=case.id,
            centre_id=case.centre_id,
            state="open",
            opened_by=actor.id if actor.kind == "staff" else None,
            opened_at=database_now(session),
        )
        session.add(found)
    found.variant, found.facts, found.triggers = opening.variant, dict(opening.facts), triggers_out(triggers)
    one = Held(found, case)
    write_reading(found, reading)
    session.flush()
    let_run(session, one, rule, reading.driving, calendar)
    act = "deadline_opened" if is_new else "deadline_reckoned"
    record(session, actor, act, queries.KIND, found.id, case.centre_id, rule=rule.key, basis=found.basis)
    if is_new:
        report(session, DeadlineOpened(**fact_fields(one)))
    tell_screens(session, one)
    return found.id


def note_detentions(session: Session, actor: Actor, opening: Opening, days: Iterable[int]) -> list[UUID]:
    """Tell legal, once each, of the shares of the cap that all detentions of a decision together have reached.

    ``days`` are the lengths of the detentions ordered so far (Law 6284, Art. 13/2). A hint: nothing is blocked.
    """
    told = []
    for share in rules.shares_reached(list(days)):
        part = str(share)
        known = select(Deadline.id).where(
            Deadline.rule == opening.rule,
            Deadline.subject_kind == opening.subject_kind,
            Deadline.subject_id == opening.subject_id,
            Deadline.part == part,
        )
        if session.execute(known.limit(1)).first() is None:
            told.append(
                open_deadline(
                    session,
                    actor,
                    Opening(
                        rule=opening.rule,
                        subject_kind=opening.subject_kind,
                        subject_id=opening.subject_id,
                        case_id=opening.case_id,
                        triggers=opening.triggers,
                        part=part,
                        facts={"share": share},
                    ),
                ),
            )
    return told


def _rule(key: str) -> Rule:
    if key not in deadlines_file().by_key:
        raise ClockError("unknown_rule")
    return rule_of(key)


def _triggers(opening: Opening, running: Deadline | None) -> list[Trigger]:
    known = triggers_in(running.triggers) if running is not None and opening.adds else []
    return list(dict.fromkeys([*known, *opening.triggers]))


def _running(session: Session, opening: Opening) -> Deadline | None:
    return session.scalars(
        select(Deadline)
        .where(
            Deadline.rule == opening.rule,
            Deadline.subject_kind == opening.subject_kind,
            Deadline.subject_id == opening.subject_id,
            Deadline.part == opening.part,
            Deadline.state.in_(rules.LIVE),
        )
        .with_for_update()
        .execution_options(populate_existing=True),
    ).one_or_none()


def write_reading(deadline: Deadline, reading: Reading) -> None:
    """Write down what was reckoned: the moments that drive, and every step."""
    driving = reading.driving
    deadline.basis, deadline.start_at, deadline.duty_court = driving.basis, driving.start_at, driving.duty_court
    ends = driving.ends
    deadline.legal_day, deadline.legal_at = (None, None) if ends is None else (ends.legal_day, ends.legal_at)
    deadline.unrolled_at, deadline.safe_at = (None, None) if ends is None else (ends.unrolled_at, ends.safe_at)
    deadline.reading = reading_out(reading)


def let_run(session: Session, one: Held, rule: Rule, reckoned: Reckoned, calendar: Calendar) -> None:
    """Plan the reminders from now on and the look at the legal moment; what was told already is not told again."""
    deadline, now = one.deadline, database_now(session)
    if deadline.state == "unknown" and deadline.legal_at is not None and deadline.legal_at > now:
        # More became known, and the end lies ahead again.
        deadline.state = "open"
        session.flush()
    _forget_planned(session, deadline.id, rule)
    known = set(session.scalars(select(Reminder.key).where(Reminder.deadline_id == deadline.id)))
    for planned in plan(rule, reckoned, calendar, since=now, variant=deadline.variant):
        comes_again = repeats(rule, planned.key) is not None
        if planned.key not in known or (planned.at > now and not comes_again):
            remind_at(session, one, planned.key, planned.at, planned.task, step=planned.step)
    join_list(session, one, calendar)
    if deadline.state == "open" and deadline.legal_at is not None and rules.act_of_end(rule) is not None:
        set_due(session, END, str(deadline.id), deadline.legal_at, centre_id=deadline.centre_id, rank=rank(rule.key))
    else:
        cancel_due(session, END, str(deadline.id))


def _forget_planned(session: Session, deadline_id: UUID, rule: Rule) -> None:
    """Take back what was planned and never told. What was put off comes back, and so does what comes every week."""
    again = [key for key in rule.reminders if repeats(rule, key) is not None]
    planned = session.scalars(
        delete(Reminder)
        .where(
            Reminder.deadline_id == deadline_id,
            Reminder.state == "waiting",
            Reminder.told_at.is_(None),
            Reminder.key.not_in(again),
        )
        .returning(Reminder.id),
    )
    for reminder_id in planned.all():
        cancel_due(session, REMINDER, str(reminder_id))


def remind_at(session: Session, one: Held, key: str, at: datetime, task: str | None, *, step: int = 0) -> UUID:
    """Plan one reminder; returns its id."""
    reminder = Reminder(id=new_id(), deadline_id=one.deadline.id, key=key, task=task, state="waiting", at=at, step=step)
    session.add(reminder)
    session.flush()
    due(session, one, reminder)
    return reminder.id


def due(session: Session, one: Held, reminder: Reminder) -> None:
    """Have a reminder looked at when its moment comes."""
    rule_key, centre_id = one.deadline.rule, one.deadline.centre_id
    set_due(session, REMINDER, str(reminder.id), reminder.at, centre_id=centre_id, rank=rank(rule_key))


def rank(rule_key: str) -> int:
    """How urgent a due row of this rule is among others: what may leave her without protection comes first."""
    return RANK.get(rule_key, 3)
