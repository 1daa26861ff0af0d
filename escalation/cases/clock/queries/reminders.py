"""Who is reminded of what, and what waits for a reader."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from escalation.cases import queries as cases
from escalation.cases.clock import rules
from escalation.cases.clock.models import Deadline, Reminder
from escalation.cases.clock.periods import rule_of
from escalation.cases.clock.queries.periods import readable, view, writes
from escalation.cases.clock.queries.views import DueView, ReminderView
from escalation.cases.models import Case
from staff.scope import Scope

#: The addressee of the ladders that is no role: who owns the case.
OWNER: Final = "owner"
#: As many periods as the page of what is due shows at once.
MOST_DUE: Final = 100


def reminders(
    session: Session, scope: Scope, *, deadline_id: UUID | None = None, mine: bool = False
) -> list[ReminderView]:
    """Reminders that the reader sees, the earliest first; ``mine``: told ones whose ladder has reached her."""
    query = (
        select(Reminder, Deadline, Case.owner_id)
        .join(Deadline, Deadline.id == Reminder.deadline_id)
        .join(Case, Case.id == Deadline.case_id)
        .where(readable(scope))
    )
    if deadline_id is not None:
        query = query.where(Deadline.id == deadline_id)
    if mine:
        query = query.where(Reminder.state == "told")
    rows = session.execute(query.order_by(Reminder.at, Reminder.id))
    return [
        _reminder(reminder, row)
        for reminder, row, owner_id in rows
        if not mine or addressed(scope, row.rule, reminder.step, owner_id)
    ]


def addressed(scope: Scope, rule_key: str, step: int, owner_id: UUID | None) -> bool:
    """Whether a reminder on this step of its ladder is told to the reader."""
    told = rules.told(rule_of(rule_key), step)
    return bool(told & scope.roles) or (OWNER in told and scope.account_id is not None and scope.account_id == owner_id)


def _reminder(row: Reminder, of: Deadline) -> ReminderView:
    return ReminderView(
        id=row.id,
        deadline_id=of.id,
        case_id=of.case_id,
        rule=of.rule,
        key=row.key,
        state=row.state,
        at=row.at,
        step=row.step,
        told_at=row.told_at,
        snoozes=row.snoozes,
        acknowledged_by=row.acknowledged_by,
        legal_at=of.legal_at,
        safe_at=of.safe_at,
    )


def due(session: Session, scope: Scope, *, most: int = MOST_DUE) -> tuple[list[DueView], int]:
    """The periods of which somebody is reminded now, where the reader sees them, and how many more there are.

    Her own first, each part by its last safe moment; what the law gives no end comes last. What was acknowledged stays
    until the act is recorded, so that nobody forgets what she took on.
    """
    waits = _waits(session, scope, Reminder.told_at.is_not(None))
    # Hers are chosen before any limit: a thousand reminders of others must hide none that ends today.
    order = sorted(waits, key=lambda period: not waits[period])
    chosen = order[:most]
    query = (
        select(
            Reminder,
            Deadline,
            Case.ref,
            Case.owner_id,
            writes(scope).label("writes"),
            cases.readable(scope).label("reads_case"),
        )
        .join(Deadline, Deadline.id == Reminder.deadline_id)
        .join(Case, Case.id == Deadline.case_id)
        .where(Deadline.id.in_(chosen), readable(scope), Reminder.told_at.is_not(None))
        .order_by(Reminder.told_at.desc(), Reminder.id)
    )
    found: dict[UUID, list[Any]] = {}
    for row in session.execute(query):
        found.setdefault(row.Deadline.id, []).append(row)
    return [_due(scope, found[period]) for period in chosen if period in found], len(order) - len(chosen)


def _waits(session: Session, scope: Scope, which: ColumnElement[bool]) -> dict[UUID, bool]:
    """The live periods of these reminders, the next to end first, and whether each waits for this reader."""
    rows = session.execute(
        select(Deadline.id, Deadline.rule, Reminder.step, Reminder.state, Case.owner_id)
        .join(Deadline, Deadline.id == Reminder.deadline_id)
        .join(Case, Case.id == Deadline.case_id)
        .where(which, readable(scope), Deadline.state.in_(rules.LIVE))
        .order_by(Deadline.safe_at.nulls_last(), Deadline.opened_at, Deadline.id),
    )
    found: dict[UUID, bool] = {}
    for row in rows:
        hers = row.state == "told" and addressed(scope, row.rule, row.step, row.owner_id)
        found[row.id] = found.get(row.id, False) or hers
    return found


def _due(scope: Scope, rows: list[Any]) -> DueView:
    of, told = rows[0].Deadline, [row.Reminder for row in rows]
    mine = any(one.state == "told" and addressed(scope, of.rule, one.step, rows[0].owner_id) for one in told)
    reminders = tuple(_reminder(one, of) for one in told)
    return DueView(
        view(of), rows[0].ref, rows[0].owner_id, bool(rows[0].reads_case), bool(rows[0].writes), reminders, mine
    )


def waiting_for(session: Session, scope: Scope) -> int:
    """How many periods remind this reader and wait for her."""
    return sum(_waits(session, scope, Reminder.state == "told").values())
