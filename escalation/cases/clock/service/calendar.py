"""An administrator changes the working calendar or a duty court's hours; what runs is reckoned anew."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.catalogue import Label
from core.clock import koza_now
from core.clock import now as database_now
from core.facts import report
from escalation.cases.clock import queries, rules
from escalation.cases.clock.calendar import Calendar, Closed
from escalation.cases.clock.events import DeadlineMoved
from escalation.cases.clock.models import CalendarRow, Deadline, DutyCourt
from escalation.cases.clock.periods import rule_of
from escalation.cases.clock.reckoning import local_of, reckon_all, utc
from escalation.cases.clock.service.errors import ClockError
from escalation.cases.clock.service.held import Held, fact_fields, held, tell_screens
from escalation.cases.clock.service.opening import let_run, write_reading
from escalation.cases.clock.stored import triggers_in
from staff import queries as staff_queries
from staff.errors import MissingPermissionError
from staff.scope import Scope

#: Who may change the calendar: the permission for catalogues of data.
PERMISSION: Final = "catalogue.write"
_SATURDAY: Final = 5
#: A chain of closed days next to the changed one is never longer.
_NEAR: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Moved:
    """A period that ends at another moment now; neutral, for an administrator reads no case."""

    deadline_id: UUID
    rule: str
    centre_id: UUID
    legal_before: datetime | None
    legal_after: datetime | None
    safe_before: datetime | None
    safe_after: datetime | None


def set_calendar_day(
    session: Session,
    actor: Actor,
    scope: Scope,
    day: date,
    *,
    closed_from: time | None,
    title_tr: str,
    title_en: str,
    reason: str,
    foreseen: str = "",
) -> list[Moved]:
    """Close a day wholly (00:00) or from an hour on, or open it (``None``); returns which periods moved.

    ``reason`` is the code of the announcement it follows and stands in the audit; ``foreseen`` the print of what
    :func:`foresee` showed. Needs ``catalogue.write``. Raises :class:`ClockError`, also changed_meanwhile where
    something else would move than was shown, and MissingPermissionError.
    """
    _require_day(session, scope, day, closed_from, title_tr, title_en, reason)
    values = {
        "closed_from": closed_from,
        "title_tr": title_tr.strip(),
        "title_en": title_en.strip(),
        "estimated": False,
        "origin": "administrator",
        "changed_by": actor.id,
    }
    before = session.execute(select(CalendarRow.closed_from).where(CalendarRow.day == day)).scalar()
    was = "open" if before is None else before.isoformat("minutes")
    session.execute(
        insert(CalendarRow)
        .values(day=day, **values)
        .on_conflict_do_update(index_elements=["day"], set_=values | {"changed_at": koza_now()}),
    )
    queries.forget_calendar(session)
    now_is = "open" if closed_from is None else closed_from.isoformat("minutes")
    moved = reckon_anew(session, actor, day)
    if foreseen and foreseen != print_of(moved):
        raise ClockError("changed_meanwhile")
    record(
        session,
        actor,
        "calendar_changed",
        "calendar_day",
        day.isoformat(),
        None,
        before=was,
        after=now_is,
        reason=reason.strip(),
        moved=len(moved),
    )
    return moved


def foresee(
    session: Session,
    scope: Scope,
    day: date,
    *,
    closed_from: time | None,
    title_tr: str,
    title_en: str,
    reason: str,
) -> list[Moved]:
    """Which periods would move if a day were closed or opened so; nothing is written. Raises as the change itself."""
    _require_day(session, scope, day, closed_from, title_tr, title_en, reason)
    given = None if closed_from is None else Closed(day, closed_from, Label(tr=title_tr, en=title_en))
    calendar = queries.calendar(session).with_day(day, given)
    found = (_foreseen(session.get_one(Deadline, one), calendar) for one in _touched(session, day))
    return [one for one in found if one is not None]


def print_of(moved: Iterable[Moved]) -> str:
    """A print of what would move or has moved: what is confirmed must be what was shown."""
    told = sorted(f"{one.deadline_id} {one.legal_after} {one.safe_after}" for one in moved)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def _require_day(
    session: Session, scope: Scope, day: date, closed_from: time | None, title_tr: str, title_en: str, reason: str
) -> None:
    scope.require(PERMISSION, "calendar_day", day.isoformat())
    if day.weekday() >= _SATURDAY and closed_from is None:
        raise ClockError("weekend")
    if day < local_of(database_now(session)).date():
        raise ClockError("past_day")
    if not reason.strip():
        raise ClockError("no_reason")
    if not (title_tr.strip() and title_en.strip()):
        raise ClockError("no_title")
    # The periods of every centre are reckoned by it.
    if not staff_queries.speaks_for_the_house(session, scope):
        raise MissingPermissionError(scope.actor, PERMISSION, "calendar_day", day.isoformat())


def reckon_anew(session: Session, actor: Actor, day: date) -> list[Moved]:
    """Reckon every live period on which a day may bear; returns those whose end moved."""
    calendar = queries.calendar(session)
    found = [_anew(session, actor, deadline_id, calendar) for deadline_id in _touched(session, day)]
    return [one for one in found if one is not None]


def _touched(session: Session, day: date) -> Sequence[UUID]:
    """The live periods on which a day may bear, in the order in which they are held."""
    latest = func.greatest(Deadline.legal_at, Deadline.unrolled_at, Deadline.safe_at)
    return session.scalars(
        select(Deadline.id)
        .where(
            Deadline.state.in_(rules.LIVE),
            Deadline.start_at < utc(day + timedelta(days=1)),
            latest >= utc(day - _NEAR),
        )
        .order_by(Deadline.case_id, Deadline.id),
    ).all()


def _foreseen(deadline: Deadline, calendar: Calendar) -> Moved | None:
    rule = rule_of(deadline.rule)
    ends = reckon_all(rule, triggers_in(deadline.triggers), calendar, variant=deadline.variant).driving.ends
    after = (None, None, None) if ends is None else (ends.legal_at, ends.safe_at, ends.unrolled_at)
    before = (deadline.legal_at, deadline.safe_at, deadline.unrolled_at)
    if before == after:
        return None
    return Moved(deadline.id, rule.key, deadline.centre_id, before[0], after[0], before[1], after[1])


def _anew(session: Session, actor: Actor, deadline_id: UUID, calendar: Calendar) -> Moved | None:
    one = held(session, deadline_id)
    if one is None or one.deadline.state not in rules.LIVE:
        return None
    deadline, rule = one.deadline, rule_of(one.deadline.rule)
    reading = reckon_all(rule, triggers_in(deadline.triggers), calendar, variant=deadline.variant)
    before = (deadline.legal_at, deadline.safe_at, deadline.unrolled_at)
    write_reading(deadline, reading)
    session.flush()
    let_run(session, one, rule, reading.driving, calendar)
    if before == (deadline.legal_at, deadline.safe_at, deadline.unrolled_at):
        return None
    _told(session, actor, one, before[0], deadline.legal_at)
    return Moved(deadline.id, rule.key, deadline.centre_id, before[0], deadline.legal_at, before[1], deadline.safe_at)


def _told(session: Session, actor: Actor, one: Held, before: datetime | None, after: datetime | None) -> None:
    was, then = ("" if at is None else at.isoformat() for at in (before, after))
    kind, centre_id = queries.KIND, one.deadline.centre_id
    record(session, actor, "deadline_moved", kind, one.deadline.id, centre_id, before=was, after=then)
    report(session, DeadlineMoved(**fact_fields(one), before=was, after=then))
    tell_screens(session, one)


def provinces_of(session: Session, scope: Scope) -> frozenset[str]:
    """The provinces whose duty court this reader may speak of: her centre's own, or all of them."""
    if staff_queries.speaks_for_the_house(session, scope):
        return frozenset(one.code for one in staff_queries.provinces(session))
    own = staff_queries.centres(session, scope.centre_ids)
    return frozenset(one.province_code for one in own if one.province_code is not None)


def set_duty_court(
    session: Session, actor: Actor, scope: Scope, province_code: str, *, open_from: time, open_until: time, words: str
) -> None:
    """Write down when a province's duty court answers; equal hours mean around the clock. Needs ``catalogue.write``.

    Of another province than her centre's only who speaks for the whole house. Raises :class:`ClockError` for a
    province that does not exist, MissingPermissionError.
    """
    scope.require(PERMISSION, "duty_court", province_code)
    if province_code not in {one.code for one in staff_queries.provinces(session)}:
        raise ClockError("unknown_province")
    if province_code not in provinces_of(session, scope):
        raise MissingPermissionError(scope.actor, PERMISSION, "duty_court", province_code)
    values = {"open_from": open_from, "open_until": open_until, "words": words.strip(), "changed_by": actor.id}
    session.execute(
        insert(DutyCourt)
        .values(province_code=province_code, **values)
        .on_conflict_do_update(index_elements=["province_code"], set_=values | {"changed_at": koza_now()}),
    )
    hours = f"{open_from.isoformat('minutes')}-{open_until.isoformat('minutes')}"
    record(session, actor, "duty_court_changed", "duty_court", province_code, None, hours=hours)
