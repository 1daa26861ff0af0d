"""Before closed days: what ends before the next working day, to be ticked off with what was done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from core.i18n import format_datetime
from core.i18n import gettext as _
from dashboard.names import Names
from dashboard.presenters import FormError, Option, Tone
from dashboard.presenters.register import ClosurePage, TickRow
from escalation.cases.clock import queries as clock
from escalation.cases.clock import rules
from escalation.cases.clock.calendar import Calendar
from escalation.cases.clock.queries import TickView
from staff.rules import ISTANBUL
from staff.scope import Scope

#: The next list is looked for that far ahead; every week has a weekend.
_AHEAD: Final = 14
_MEASURE: Final = "measure"


@dataclass(frozen=True, slots=True)
class RefusedTick:
    """A tick that was refused, with what was typed."""

    tick_id: UUID
    error: FormError
    chosen: str
    words: str


def done(code: str) -> str:
    """What was done, in words."""
    return {
        "asked": _("Authority or court asked"),
        "filed": _("Applied for"),
        "told": _("She was told and wants no more"),
        "covered": _("Something else protects her"),
        "other": _("Something else (say what)"),
    }.get(code, code)


def closure_page(session: Session, scope: Scope, moment: datetime, refused: RefusedTick | None = None) -> ClosurePage:
    """The list that still counts: of today, or of the last working day while offices are closed."""
    today = moment.astimezone(ISTANBUL).date()
    day = clock.closure_day(session, scope, today)
    found = clock.closure_ticks(session, scope, day) if day is not None else []
    names = Names(session, [one.ticked_by for one in found])
    calendar = clock.calendar(session)
    return ClosurePage(
        day=day,
        following=found[0].next_working_day if found else None,
        rows=tuple(_row(scope, one, names, refused) for one in found),
        options=tuple(Option(value=code, label=done(code)) for code in rules.DONE),
        note=_note(found, day, today, moment, calendar),
        errors=() if refused is None else (refused.error,),
    )


def _note(found: list[TickView], day: date | None, today: date, moment: datetime, calendar: Calendar) -> str:
    if any(one.live and one.ticked_at is None for one in found) and day is not None:
        late = rules.closure_hours(day, calendar)[1]
        if any(one.escalated_at is not None and one.ticked_at is None and one.live for one in found):
            return _("What was not ticked off has gone to the director.")
        return _("What is not ticked off by %(when)s goes to the director.", when=format_datetime(late))
    if found:
        return _("Everything is ticked off.")
    for one in (today + timedelta(days=ahead) for ahead in range(_AHEAD)):
        if rules.closure_after(one, calendar) is None:
            continue
        begins = rules.closure_hours(one, calendar)[0]
        if begins > moment:
            return _("The next list is made on %(when)s.", when=format_datetime(begins))
        if one == today:
            return _("Nothing that you see ends before the next working day.")
    return ""


def _row(scope: Scope, one: TickView, names: Names, refused: RefusedTick | None) -> TickRow:
    wrong = refused if refused is not None and refused.tick_id == one.id else None
    state, tone = _state(one)
    late = one.escalated_at is not None and "director" in scope.roles
    return TickRow(
        id=str(one.id),
        title=str(one.title),
        case_ref=one.case_ref,
        case_href=f"/cases/{one.case_ref}" if one.reads_case else "",
        decision_href=f"/decisions/{one.subject_id}"
        if one.subject_kind == _MEASURE and scope.may("register.read")
        else "",
        ends_at=one.unrolled_at,
        safe_at=one.safe_at,
        state=state,
        tone=tone,
        told=_told(one, names),
        may_tick=one.live and one.ticked_at is None and (one.writes or late),
        chosen=wrong.chosen if wrong is not None else "",
        words=wrong.words if wrong is not None else "",
        error=wrong.error if wrong is not None else None,
    )


def _state(one: TickView) -> tuple[str, Tone]:
    if one.ticked_at is not None:
        return _("ticked off"), "held"
    if not one.live:
        return _("recorded meanwhile"), "quiet"
    if one.escalated_at is not None:
        return _("late, at the director"), "now"
    return _("to be ticked off"), "soon"


def _told(one: TickView, names: Names) -> str:
    if one.ticked_at is None:
        return ""
    what = (
        one.words
        if one.done == "other" and one.words
        else " · ".join(part for part in (done(one.done or ""), one.words or "") if part)
    )
    return f"{what} · {names.of(one.ticked_by)} · {format_datetime(one.ticked_at)}"
