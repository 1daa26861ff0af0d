"""The periods that a reader sees, what runs about a subject, and by which calendar and hours it is reckoned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, false, literal_column, or_, select
from sqlalchemy.orm import Session

from core.catalogue import Label
from core.workdays import shipped_file
from escalation.cases import queries as cases
from escalation.cases import rules as case_rules
from escalation.cases.clock import rules
from escalation.cases.clock.calendar import Calendar, Closed
from escalation.cases.clock.models import CalendarRow, Deadline, DutyCourt
from escalation.cases.clock.periods import rule_of
from escalation.cases.clock.queries.views import DeadlineView, May, ReadingView
from escalation.cases.clock.stored import steps_in
from escalation.cases.models import Case
from staff.scope import Scope

KIND: Final = "deadline"


def readable(scope: Scope) -> ColumnElement[bool]:
    """The condition under which this reader sees the periods of a case: who reads the case, or the register of it."""
    if scope.is_system:
        return cases.readable(scope)
    if not case_rules.on_survivors_side(scope.permissions):
        return false()
    return or_(cases.readable(scope), _register(scope, "read"))


def parts(
    scope: Scope, centre: SQLColumnExpression[UUID], granted: ColumnElement[bool] | None = None
) -> tuple[ColumnElement[bool], ...]:
    """:func:`readable` of a period in parts that an index answers each, without its case.

    ``centre`` is the column of the listed row, ``granted`` as in :meth:`Scope.parts`.
    """
    if not scope.is_system and not case_rules.on_survivors_side(scope.permissions):
        return (false(),)
    return scope.parts(
        cases.KIND,
        "register",
        centre=centre,
        subject_id=Deadline.case_id.expression,
        subject_kind=cases.KIND,
        restricted=cases.in_secrecy(Deadline.case_id.expression),
        granted=granted,
    )


def is_live() -> ColumnElement[bool]:
    """The condition under which a period runs; in words that a prepared statement's indexes know."""
    return Deadline.state.in_([literal_column(f"'{state}'") for state in rules.LIVE])


def _register(scope: Scope, act: str) -> ColumnElement[bool]:
    return scope.where(
        "register",
        centre=Case.centre_id.expression,
        subject_id=Case.id.expression,
        subject_kind=cases.KIND,
        act=act,
        restricted=Case.confidential.expression,
    )


def writes(scope: Scope) -> ColumnElement[bool]:
    """The condition under which this reader writes in the register of a case, or in the case."""
    return or_(
        _register(scope, "write"),
        scope.where(
            cases.KIND,
            centre=Case.centre_id.expression,
            subject_id=Case.id.expression,
            act="write",
            restricted=Case.confidential.expression,
        ),
    )


def may(session: Session, scope: Scope, deadline_id: UUID) -> May | None:
    """What the reader may do with a period; ``None`` where she may not know of it."""
    row = session.execute(
        select(writes(scope).label("writes"))
        .select_from(Deadline)
        .join(Case, Case.id == Deadline.case_id)
        .where(Deadline.id == deadline_id, readable(scope)),
    ).one_or_none()
    return None if row is None else May(bool(row.writes))


def deadlines(scope: Scope) -> Select[*tuple[Any, ...]]:
    """The periods this reader sees, as neutral named columns that higher rooms may filter and join."""
    return (
        select(
            Deadline.id,
            Deadline.rule,
            Deadline.subject_kind,
            Deadline.subject_id,
            Deadline.part,
            Deadline.case_id,
            Deadline.centre_id,
            Deadline.state,
            Deadline.legal_day,
            Deadline.legal_at,
            Deadline.unrolled_at,
            Deadline.safe_at,
            Deadline.duty_court,
            Deadline.opened_at,
        )
        .join(Case, Case.id == Deadline.case_id)
        .where(readable(scope))
    )


def of_case(session: Session, scope: Scope, case_id: UUID, *, live_only: bool = False) -> list[DeadlineView]:
    """The periods of one case, the next to end first; one query."""
    query = select(Deadline).join(Case, Case.id == Deadline.case_id).where(Case.id == case_id, readable(scope))
    if live_only:
        query = query.where(Deadline.state.in_(rules.LIVE))
    rows = session.scalars(query.order_by(Deadline.closed_at.is_not(None), Deadline.unrolled_at.nulls_first()))
    return [view(row) for row in rows]


def deadline(session: Session, scope: Scope, deadline_id: UUID) -> DeadlineView | None:
    """One period with every step of its reckoning; ``None`` where the reader may not know of it."""
    query = select(Deadline).join(Case, Case.id == Deadline.case_id).where(Deadline.id == deadline_id, readable(scope))
    found = session.scalars(query).one_or_none()
    return None if found is None else view(found)


def view(row: Deadline) -> DeadlineView:
    """A period for its readers; the caller has checked them."""
    rule = rule_of(row.rule)
    stored = [row.reading["driving"], *row.reading["others"]]
    return DeadlineView(
        id=row.id,
        rule=row.rule,
        title=rule.title,
        mark=rule.mark,
        source=rule.source,
        whose=rule.whose,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        part=row.part,
        case_id=row.case_id,
        centre_id=row.centre_id,
        state=row.state,
        legal_day=row.legal_day,
        legal_at=row.legal_at,
        unrolled_at=row.unrolled_at,
        safe_at=row.safe_at,
        duty_court=row.duty_court,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        closed_act=row.closed_act,
        readings=tuple(_reading(one) for one in stored),
    )


def _reading(stored: dict[str, Any]) -> ReadingView:
    day, legal, safe = stored["legal_day"], stored["legal_at"], stored["safe_at"]
    return ReadingView(
        basis=stored["basis"],
        legal_day=None if day is None else date.fromisoformat(day),
        legal_at=None if legal is None else datetime.fromisoformat(legal),
        safe_at=None if safe is None else datetime.fromisoformat(safe),
        steps=steps_in(stored["steps"]),
    )


#: Where a session keeps the calendar that it read: a list of two hundred decisions reckons by it a thousand times.
_READ: Final = "cases.calendar"


def calendar(session: Session) -> Calendar:
    """The working calendar as the house has it; one query in a unit of work."""
    if _READ not in session.info:
        session.info[_READ] = _calendar(session)
    found: Calendar = session.info[_READ]
    return found


def forget_calendar(session: Session) -> None:
    """A day was changed: whoever asks next reads anew."""
    session.info.pop(_READ, None)


def _calendar(session: Session) -> Calendar:
    file = shipped_file()
    rows = session.execute(
        select(CalendarRow.day, CalendarRow.closed_from, CalendarRow.title_tr, CalendarRow.title_en).where(
            CalendarRow.closed_from.is_not(None)
        ),
    )
    days = [Closed(row.day, row.closed_from, Label(tr=row.title_tr, en=row.title_en)) for row in rows]
    last = max((item.day for item in days), default=file.until)
    return Calendar(days, file.valid_from, max(file.until, last.replace(month=12, day=31)))


@dataclass(frozen=True, slots=True)
class DayView:
    """A day of the calendar as an administrator reads it; no ``closed_from``: opened although shipped as closed."""

    day: date
    closed_from: time | None
    title: Label
    estimated: bool
    origin: str
    changed_by: UUID | None


def calendar_days(session: Session, since: date, until: date) -> list[DayView]:
    """The days within a span on which offices are closed, or that an administrator opened; no scope asks."""
    rows = session.scalars(
        select(CalendarRow).where(CalendarRow.day.between(since, until)).order_by(CalendarRow.day),
    )
    return [
        DayView(
            row.day, row.closed_from, Label(tr=row.title_tr, en=row.title_en), row.estimated, row.origin, row.changed_by
        )
        for row in rows
    ]


def duty_courts(session: Session) -> list[tuple[str, time, time, str]]:
    """(province, from, until, words) of the duty courts that somebody asked, by province."""
    query = select(DutyCourt.province_code, DutyCourt.open_from, DutyCourt.open_until, DutyCourt.words)
    return [
        (row.province_code, row.open_from, row.open_until, row.words)
        for row in session.execute(query.order_by(DutyCourt.province_code))
    ]


def court_hours(session: Session, province_code: str | None) -> rules.CourtHours:
    """When the duty court of a province answers; around the clock where nobody has asked."""
    query = select(DutyCourt.open_from, DutyCourt.open_until, DutyCourt.words)
    found = session.execute(query.where(DutyCourt.province_code == province_code)).one_or_none()
    return rules.CourtHours() if found is None else rules.CourtHours(*found)


def running(session: Session, rule: str, subject_kind: str, subject_id: UUID) -> datetime | None:
    """From when the live period of a rule about a subject is counted; ``None`` where none runs."""
    query = select(Deadline.start_at).where(Deadline.rule == rule, Deadline.id.in_(live_of(subject_kind, subject_id)))
    return session.execute(query.order_by(Deadline.start_at.desc()).limit(1)).scalar()


def live_of(subject_kind: str, subject_id: UUID) -> Select[UUID]:
    """The ids of the live periods about a subject."""
    return (
        select(Deadline.id)
        .where(
            and_(
                Deadline.subject_kind == subject_kind,
                Deadline.subject_id == subject_id,
                Deadline.state.in_(rules.LIVE),
            )
        )
        .order_by(Deadline.id)
    )
