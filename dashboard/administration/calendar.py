"""The working calendar: a day is closed or opened after a look at which running periods move by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Final

from sqlalchemy.orm import Session

from core.clock import now as database_now
from core.i18n import format_date, ngettext
from core.i18n import gettext as _
from dashboard.names import Names
from dashboard.presenters.calendar import CalendarPage, ClosedDay, MovedPeriod
from dashboard.presenters.forms import Field, FieldKind, FormError, Option
from escalation.cases.clock import queries
from escalation.cases.clock.periods import rule_of
from escalation.cases.clock.service import Moved, print_of, provinces_of
from staff import queries as staff
from staff.rules import ISTANBUL
from staff.scope import Scope

#: What the form of a day sends.
DAY_FIELDS: Final = ("day", "how", "from", "title_tr", "title_en", "reason")
COURT_FIELDS: Final = ("province", "open_from", "open_until", "words")
_AHEAD: Final = timedelta(days=800)
_WHOLE: Final = time(0)
#: More than a page is for: the number is told anyway.
_SHOWN: Final = 300


class WrongDayError(ValueError):
    """A field of a form cannot be read; ``error`` says which."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(field)
        self.error = FormError(text=text, field=field)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an administrator wants a day to be."""

    day: date
    closed_from: time | None
    title_tr: str
    title_en: str
    reason: str


def wanted(typed: Mapping[str, str]) -> Wanted:
    """The form, read. Raises :class:`WrongDayError`."""
    try:
        day = date.fromisoformat(typed["day"])
    except ValueError:
        raise WrongDayError("day", _("Choose a day.")) from None
    how = typed["how"]
    if how not in ("whole", "half", "open"):
        raise WrongDayError("how", _("Choose whether the day is closed or open."))
    closed_from = {"whole": _WHOLE, "open": None}.get(how)
    if how == "half":
        closed_from = hour_of(typed["from"], "from")
        if closed_from == _WHOLE:
            raise WrongDayError("from", _("Enter an hour such as 13:00."))
    return Wanted(day, closed_from, typed["title_tr"], typed["title_en"], typed["reason"])


def hour_of(text: str, field: str) -> time:
    """An hour of the day. Raises :class:`WrongDayError`."""
    try:
        return time.fromisoformat(text).replace(tzinfo=None, second=0, microsecond=0)
    except ValueError:
        raise WrongDayError(field, _("Enter an hour such as 13:00.")) from None


def clock_error(reason: str) -> FormError:
    """Why the calendar refuses, beside its field."""
    field, text = {
        "weekend": ("day", _("A Saturday or Sunday cannot be opened.")),
        "past_day": ("day", _("The day is over. Choose today or a later day.")),
        "no_reason": ("reason", _("Name the announcement it follows.")),
        "no_title": ("title_tr", _("Give the name of the day in both languages.")),
        "changed_meanwhile": ("", _("Other periods would move than was shown. Look at the preview again.")),
        "unknown_province": ("province", _("Choose a province.")),
    }.get(reason, ("", reason))
    return FormError(text=text, field=field)


def calendar_page(
    session: Session,
    scope: Scope,
    typed: Mapping[str, str],
    *,
    stage: str = "",
    moved: Sequence[Moved] = (),
    errors: Sequence[FormError] = (),
    court_errors: Sequence[FormError] = (),
) -> CalendarPage:
    """The calendar from today on, with what was looked at or made. Raises MissingPermissionError."""
    scope.require("catalogue.write", "calendar_day")
    today = database_now(session).astimezone(ISTANBUL).date()
    provinces = {one.code: one.name for one in staff.provinces(session)}
    hers = provinces_of(session, scope)
    return CalendarPage(
        days=_days(session, today),
        fields=_day_fields(typed) if staff.speaks_for_the_house(session, scope) else (),
        court_fields=_court_fields(typed, {code: name for code, name in provinces.items() if code in hers}),
        courts=tuple(
            (provinces[code], f"{since:%H:%M}-{until:%H:%M}" if since != until else _("around the clock"), words)
            for code, since, until, words in queries.duty_courts(session)
        ),
        carried=tuple((name, typed.get(name, "")) for name in DAY_FIELDS) if stage == "foreseen" else (),
        stage=stage,
        told=_told(stage, len(moved)),
        moved=_moved(session, moved) if stage else (),
        foreseen=print_of(moved) if stage == "foreseen" else "",
        errors=tuple(errors),
        court_errors=tuple(court_errors),
    )


def _told(stage: str, number: int) -> str:
    if stage == "foreseen":
        return ngettext("%(n)s running period would move.", "%(n)s running periods would move.", number)
    if stage == "done":
        return ngettext("The day is changed; %(n)s period moved.", "The day is changed; %(n)s periods moved.", number)
    return ""


def _moved(session: Session, moved: Sequence[Moved]) -> tuple[MovedPeriod, ...]:
    names = {one.id: one.name for one in staff.centres(session)}
    return tuple(
        MovedPeriod(
            rule=str(rule_of(one.rule).title),
            centre=names.get(one.centre_id, ""),
            legal_before=one.legal_before,
            legal_after=one.legal_after,
            safe_before=one.safe_before,
            safe_after=one.safe_after,
        )
        for one in moved[:_SHOWN]
    )


def _days(session: Session, today: date) -> tuple[ClosedDay, ...]:
    rows = queries.calendar_days(session, today, today + _AHEAD)
    names = Names(session, [row.changed_by for row in rows])
    return tuple(
        ClosedDay(
            day=format_date(row.day, style="long"),
            title=str(row.title),
            told=_hours(row.closed_from),
            by=names.of(row.changed_by),
            estimated=row.estimated,
        )
        for row in rows
    )


def _hours(closed_from: time | None) -> str:
    if closed_from is None:
        return _("open")
    return _("closed all day") if closed_from == _WHOLE else _("closed from %(hour)s", hour=f"{closed_from:%H:%M}")


def _field(typed: Mapping[str, str], name: str, label: str, kind: FieldKind, help_: str = "") -> Field:
    return Field(name=name, label=label, kind=kind, values=(typed.get(name, ""),), help=help_)


def _day_fields(typed: Mapping[str, str]) -> tuple[Field, ...]:
    ways = (
        Option(value="whole", label=_("closed all day")),
        Option(value="half", label=_("half day, closed from an hour on")),
        Option(value="open", label=_("open: an ordinary working day")),
    )
    return (
        _field(typed, "day", _("Day"), "date"),
        Field(
            name="how", label=_("On this day courts and offices are"), kind="radios", values=(typed.get("how", ""),),
            options=ways,
        ),
        _field(typed, "from", _("Closed from"), "text", _("Only for a half day: 13:00.")),
        _field(typed, "title_tr", _("Name of the day in Turkish"), "text"),
        _field(typed, "title_en", _("Name of the day in English"), "text"),
        _field(
            typed, "reason", _("Announcement it follows"), "text",
            _("Circular or Official Gazette, with its date and number."),
        ),
    )  # fmt: skip


def _court_fields(typed: Mapping[str, str], provinces: Mapping[str, str]) -> tuple[Field, ...]:
    return (
        Field(
            name="province",
            label=_("Province"),
            kind="select",
            values=(typed.get("province", ""),),
            options=tuple(Option(value=code, label=name) for code, name in provinces.items()),
        ),
        _field(typed, "open_from", _("Answers from"), "text", _("The same hour twice means around the clock.")),
        _field(typed, "open_until", _("Answers until"), "text"),
        _field(typed, "words", _("How it is reached"), "text"),
    )
