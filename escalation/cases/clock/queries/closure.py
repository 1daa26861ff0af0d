"""What is to be ticked off before closed days."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlalchemy import Integer, func, literal_column, select, union
from sqlalchemy.orm import Session, load_only

from escalation.cases import queries as cases
from escalation.cases.clock import rules
from escalation.cases.clock.models import ClosureTick, Deadline
from escalation.cases.clock.periods import rule_of
from escalation.cases.clock.queries.periods import parts, readable, writes
from escalation.cases.clock.queries.reminders import MOST_COUNTED
from escalation.cases.clock.queries.views import Counted, TickView
from escalation.cases.models import Case
from staff.scope import Scope

#: What the list shows of a period.
_SHOWN: Final[tuple[Any, ...]] = (
    Deadline.case_id,
    Deadline.rule,
    Deadline.state,
    Deadline.unrolled_at,
    Deadline.safe_at,
    Deadline.subject_kind,
    Deadline.subject_id,
)


def closure_ticks(session: Session, scope: Scope, day: date) -> list[TickView]:
    """What is to be ticked off on this day, where the reader sees the case; unticked first."""
    listed = [
        select(ClosureTick.id)
        .join(Deadline, Deadline.id == ClosureTick.deadline_id)
        .where(ClosureTick.day == day, part)
        for part in parts(scope, ClosureTick.centre_id.expression)
    ]
    every = (union(*listed) if len(listed) > 1 else listed[0]).subquery("every")
    rows = session.execute(
        select(
            ClosureTick,
            Deadline,
            Case.ref,
            writes(scope).label("writes"),
            cases.readable(scope).label("reads_case"),
        )
        .join(Deadline, Deadline.id == ClosureTick.deadline_id)
        .join(Case, Case.id == Deadline.case_id)
        .where(ClosureTick.id.in_(select(every.c.id)))
        # Hundreds of them: the steps of their reckoning stay where they are.
        .options(load_only(*_SHOWN))
        .order_by(ClosureTick.ticked_at.is_not(None), Deadline.unrolled_at, ClosureTick.id),
    )
    return [_tick(row) for row in rows]


def _tick(row: Any) -> TickView:
    tick, of = row.ClosureTick, row.Deadline
    return TickView(
        tick.id,
        of.id,
        of.case_id,
        of.rule,
        tick.day,
        tick.next_working_day,
        of.unrolled_at,
        tick.ticked_at,
        tick.ticked_by,
        tick.escalated_at,
        done=tick.done,
        words=tick.words,
        live=of.state in rules.LIVE,
        title=rule_of(of.rule).title,
        case_ref=row.ref,
        safe_at=of.safe_at,
        subject_kind=of.subject_kind,
        subject_id=of.subject_id,
        reads_case=bool(row.reads_case),
        writes=bool(row.writes),
    )


def closure_day(session: Session, scope: Scope, today: date) -> date | None:
    """The day of the list that still counts: the last one made until ``today`` whose closed days are not over."""
    listed = select(func.max(ClosureTick.day)).where(
        ClosureTick.centre_id.in_(scope.centre_ids),
        ClosureTick.day <= today,
        ClosureTick.next_working_day > today,
    )
    return session.execute(listed).scalar()


def unticked(session: Session, scope: Scope, today: date, *, late: bool, most: int = MOST_COUNTED) -> Counted:
    """How much of the list that still counts this reader may tick off; ``late``: what has gone to the director."""
    query = (
        select(ClosureTick.id)
        .select_from(ClosureTick)
        .join(Deadline, Deadline.id == ClosureTick.deadline_id)
        .join(Case, Case.id == Deadline.case_id)
        .where(
            readable(scope) if late else writes(scope),
            ClosureTick.centre_id.in_(scope.centre_ids),
            ClosureTick.day <= today,
            ClosureTick.next_working_day > today,
            ClosureTick.ticked_at.is_(None),
            Deadline.state.in_(rules.LIVE),
        )
    )
    if late:
        query = query.where(ClosureTick.escalated_at.is_not(None))
    some = query.limit(literal_column(str(most), Integer)).subquery("some")
    return Counted(session.execute(select(func.count()).select_from(some)).scalar_one(), most)
