"""Who is reminded of what, and what waits for a reader."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, false, func, select, union
from sqlalchemy.orm import Session

from escalation.cases import queries as cases
from escalation.cases.clock import rules
from escalation.cases.clock.models import Deadline, Reminder
from escalation.cases.clock.periods import rule_of
from escalation.cases.clock.queries.periods import is_live, parts, readable, view, writes
from escalation.cases.clock.queries.views import DueView, ReminderView
from escalation.cases.models import Case
from staff.scope import Scope

#: The addressee of the ladders that is no role: who owns the case.
OWNER: Final = "owner"
#: What a list of periods is ordered by.
_ORDER: Final = (Deadline.id, Deadline.safe_at, Deadline.opened_at)
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
    told = _together([part.with_only_columns(*_ORDER) for part in _periods(scope)])
    # Hers are chosen before any limit: a thousand reminders of others must hide none that ends today.
    waits = _together(_waits(scope))
    mine = {
        row.id: None for row in session.execute(select(waits).order_by(*_soonest(waits.c))) if _waits_for(scope, row)
    }
    first = _together(
        [part.with_only_columns(*_ORDER).order_by(*_soonest(Deadline)).limit(most) for part in _periods(scope)]
    )
    others = session.scalars(select(first.c.id).order_by(*_soonest(first.c)).limit(most))
    chosen = list(mine | dict.fromkeys(others))[:most]
    more = session.execute(select(func.count()).select_from(told)).scalar_one() - len(chosen)
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
    return [_due(scope, found[period]) for period in chosen if period in found], more


def _periods(scope: Scope) -> list[Select[*tuple[Any, ...]]]:
    """The live periods of which somebody was reminded, in the parts of what the reader may know of."""
    return [
        select(Deadline.id).join(Case, Case.id == Deadline.case_id).where(Deadline.told, is_live(), part)
        for part in parts(scope)
    ]


def _waits(scope: Scope) -> list[Select[*tuple[Any, ...]]]:
    """Those of them that wait for somebody, with what says for whom: a higher step tells everybody below it as well."""
    owns = false() if scope.account_id is None else Case.owner_id.is_not_distinct_from(scope.account_id)
    columns = (*_ORDER, Deadline.rule, Deadline.waits_step, owns.label("owns"))
    return [part.where(Deadline.waits_step.is_not(None)).with_only_columns(*columns) for part in _periods(scope)]


def _together(queries: list[Select[*tuple[Any, ...]]]) -> Subquery:
    """The rows of all parts; what two of them find is one row."""
    return (union(*queries) if len(queries) > 1 else queries[0]).subquery("every")


def _soonest(of: Any) -> tuple[ColumnElement[Any], ...]:
    return of.safe_at.nulls_last(), of.opened_at, of.id


def _waits_for(scope: Scope, row: Any) -> bool:
    return addressed(scope, row.rule, row.waits_step, scope.account_id if row.owns else None)


def _due(scope: Scope, rows: list[Any]) -> DueView:
    of, told = rows[0].Deadline, [row.Reminder for row in rows]
    mine = any(one.state == "told" and addressed(scope, of.rule, one.step, rows[0].owner_id) for one in told)
    reminders = tuple(_reminder(one, of) for one in told)
    return DueView(
        view(of), rows[0].ref, rows[0].owner_id, bool(rows[0].reads_case), bool(rows[0].writes), reminders, mine
    )


def waiting_for(session: Session, scope: Scope) -> int:
    """How many periods remind this reader and wait for her. Every page asks it: nothing is read but what waits."""
    waits = _together(_waits(scope))
    kinds = (waits.c.rule, waits.c.waits_step, waits.c.owns)
    rows = session.execute(select(*kinds, func.count().label("times")).group_by(*kinds))
    return sum(row.times for row in rows if _waits_for(scope, row))
