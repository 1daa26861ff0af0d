"""Who is reminded of what, and what waits for a reader."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Subquery,
    case,
    false,
    func,
    literal_column,
    select,
    union,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from escalation.cases import queries as cases
from escalation.cases.clock import rules
from escalation.cases.clock.models import Deadline, Reminder
from escalation.cases.clock.periods import Rule, deadlines_file, rule_of
from escalation.cases.clock.queries.periods import is_live, parts, readable, view, writes
from escalation.cases.clock.queries.views import Counted, DueView, ReminderView
from escalation.cases.models import Case
from staff.scope import Scope

_Condition = ColumnElement[bool] | InstrumentedAttribute[bool]
#: The addressee of the ladders that is no role: who owns the case.
OWNER: Final = "owner"
#: What a list of periods is ordered by.
_ORDER: Final = (Deadline.id, Deadline.safe_at, Deadline.opened_at)
#: As many periods as the page of what is due shows at once.
MOST_DUE: Final = 100
#: How far a figure counts that stands on every page: beyond it only says that there are more, and costs no more.
MOST_COUNTED: Final = 100
#: How far the page of what is due counts what it does not show.
_MOST_BEYOND: Final = 500


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


def due(
    session: Session, scope: Scope, *, most: int = MOST_DUE, beyond: int = _MOST_BEYOND
) -> tuple[list[DueView], Counted]:
    """The periods of which somebody is reminded now, where the reader sees them, and how many more there are.

    Her own first, each part by its last safe moment; what the law gives no end comes last. What was acknowledged stays
    until the act is recorded, so that nobody forgets what she took on.
    """
    # Hers are chosen before any limit: a thousand reminders of others must hide none that ends today.
    mine, first = (
        _first(session, _waiting(scope, Deadline.told), most),
        _first(session, _periods(scope, Deadline.told), most),
    )
    chosen = list(dict.fromkeys((*mine, *first)))[:most]
    told = _count(session, _periods(scope, Deadline.told), len(chosen) + beyond)
    more = Counted(told.number - len(chosen), beyond)
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


def _periods(scope: Scope, *which: _Condition) -> list[Select[*tuple[Any, ...]]]:
    """The live ones of some periods, in the parts of what the reader may know of."""
    return [
        select(Deadline.id).where(*which, is_live(), part)
        for part in parts(scope, Deadline.centre_id.expression, Deadline.told.expression)
    ]


def _waiting(scope: Scope, some: _Condition) -> list[Select[*tuple[Any, ...]]]:
    """The periods that wait for this reader: a higher step tells everybody below it as well.

    ``some`` says the same of them in the words of the index that shall answer: what was told is there in the order of
    the list, and what waits is the least to be counted. Both together make the database expect nearly nothing.
    """
    by_role = _reached(lambda rule, step: bool(rules.told(rule, step) & scope.roles))
    owned = _reached(lambda rule, step: OWNER in rules.told(rule, step))
    hers = select(Deadline.id).join(Case, Case.id == Deadline.case_id)
    hers = hers.where(Deadline.told, is_live(), *owned, Case.owner_id == scope.account_id, readable(scope))
    return [*_periods(scope, some, *by_role), hers.where(scope.by_name(cases.KIND, Case.id.expression))]


def _reached(tells: Callable[[Rule, int], bool]) -> list[ColumnElement[bool]]:
    """What waits has climbed as far as a step that tells; for each rule the lowest such step is looked for.

    One expression over all rules, in words: a choice of rules would be looked up rule by rule in the whole country. The
    lowest step of all stands before it: who is told last, such as the director, reads no case of what was told first.
    """
    lowest: dict[str, int] = {}
    for rule in deadlines_file().rules:
        step = next((step for step in range(len(rule.ladder)) if tells(rule, step)), None)
        if step is not None:
            lowest[rule.key] = step
    if not lowest:
        return [false()]
    steps: dict[Any, Any] = {
        literal_column(f"'{key}'"): literal_column(str(step), Integer) for key, step in lowest.items()
    }
    bound = literal_column(str(min(lowest.values())), Integer)
    return [Deadline.waits_step >= bound, Deadline.waits_step >= case(steps, value=Deadline.rule)]


def _first(session: Session, parts: list[Select[*tuple[Any, ...]]], most: int) -> Sequence[UUID]:
    """The first of all parts, the next to end first."""
    limit = literal_column(str(most), Integer)
    ordered = [part.with_only_columns(*_ORDER).order_by(*_soonest(Deadline)).limit(limit) for part in parts]
    every = _together(ordered)
    return session.scalars(select(every.c.id).order_by(*_soonest(every.c)).limit(limit)).all()


def _count(session: Session, parts: list[Select[*tuple[Any, ...]]], most: int) -> Counted:
    """How many all parts find together; no part is read further than ``most``."""
    limit = literal_column(str(most), Integer)
    every = _together([part.limit(limit) for part in parts])
    return Counted(session.execute(select(func.count()).select_from(every)).scalar_one(), most)


def _together(queries: list[Select[*tuple[Any, ...]]]) -> Subquery:
    """The rows of all parts; what two of them find is one row."""
    return (union(*queries) if len(queries) > 1 else queries[0]).subquery("every")


def _soonest(of: Any) -> tuple[ColumnElement[Any], ...]:
    return of.safe_at.nulls_last(), of.opened_at, of.id


def _due(scope: Scope, rows: list[Any]) -> DueView:
    of, told = rows[0].Deadline, [row.Reminder for row in rows]
    mine = any(one.state == "told" and addressed(scope, of.rule, one.step, rows[0].owner_id) for one in told)
    reminders = tuple(_reminder(one, of) for one in told)
    return DueView(
        view(of), rows[0].ref, rows[0].owner_id, bool(rows[0].reads_case), bool(rows[0].writes), reminders, mine
    )


def waiting_for(session: Session, scope: Scope, *, most: int = MOST_COUNTED) -> Counted:
    """How many periods remind this reader and wait for her. Every page asks it: nothing is read but what waits."""
    return _count(session, _waiting(scope, Deadline.waits_step.is_not(None)), most)
