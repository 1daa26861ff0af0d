"""The calendar of working days and the duty courts, as an administrator sees and changes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from typing import Final

from sqlalchemy.orm import Session

from core.clock import now
from core.i18n import ISTANBUL, format_date
from core.i18n import gettext as _
from dashboard.presenters import FormError, Option
from dashboard.presenters.data import CourtRow, DayRow, MovedRow, WorkingDaysPage
from dashboard.presenters.forms import Field, FieldKind
from escalation.cases.clock import queries as clock
from escalation.cases.clock.days import CourtView, DayView, days, duty_courts
from escalation.cases.clock.periods import rule_of
from escalation.cases.clock.service.calendar import Moved
from staff import queries as staff

FIELDS: Final = ("day", "closed", "hour", "title_tr", "title_en", "reason")
COURT_FIELDS: Final = ("province", "open_from", "open_until", "words")
_AHEAD: Final = timedelta(days=550)
_SHOWN: Final = 100


class WrongDayError(ValueError):
    """Something that was typed is no day, no hour; ``error`` says so at its field."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.error = FormError(text=text, field=field)


def day_of(typed: Mapping[str, str]) -> tuple[date, time | None]:
    """The day, and the hour from which it is closed (``None``: open). Raises WrongDayError."""
    try:
        day = date.fromisoformat(typed["day"])
    except ValueError:
        raise WrongDayError("day", _("Choose a day.")) from None
    if typed["closed"] == "hour":
        return day, hour_of(typed, "hour")
    if typed["closed"] not in {"whole", "open"}:
        raise WrongDayError("closed", _("Say whether offices are closed."))
    return day, time(0) if typed["closed"] == "whole" else None


def hour_of(typed: Mapping[str, str], field: str) -> time:
    """An hour that was typed. Raises WrongDayError."""
    try:
        return time.fromisoformat(typed[field])
    except ValueError:
        raise WrongDayError(field, _("Write a time, for example 13:00.")) from None


def refused(reason: str) -> FormError:
    """Why the clock did not take a change."""
    words = {
        "past_day": ("day", _("This day is over; what was reckoned by it stays.")),
        "weekend": ("closed", _("Weekends are closed and cannot be opened.")),
        "no_reason": ("reason", _("Write which announcement it follows.")),
        "no_title": ("title_tr", _("Write what the day is called, in both languages.")),
        "unknown_province": ("province", _("Choose a province.")),
    }
    field, text = words.get(reason, ("", reason))
    return FormError(text=text, field=field)


def working_days_page(
    session: Session,
    typed: Mapping[str, str] | None = None,
    moved: Sequence[Moved] | None = None,
    errors: tuple[FormError, ...] = (),
) -> WorkingDaysPage:
    """The page; ``moved`` is what the change that was looked at would move."""
    today = now(session).astimezone(ISTANBUL).date()
    names = {one.id: one.name for one in staff.centres(session)}
    provinces = {one.code: one.name for one in staff.provinces(session)}
    known = dict(typed or {})
    wrong = {one.field: one.text for one in errors}
    found = [_moved(one, names.get(one.centre_id, "")) for one in (moved or ())[:_SHOWN]]
    return WorkingDaysPage(
        days=tuple(_day(one) for one in days(session, today, today + _AHEAD)),
        until=clock.calendar(session).last,
        fields=_fields(known, wrong),
        court_fields=_court_fields(known, wrong, provinces),
        courts=tuple(_court(one, provinces) for one in duty_courts(session)),
        typed=tuple((name, known.get(name, "")) for name in FIELDS),
        looked=moved is not None,
        moved=tuple(found),
        more=max(len(moved or ()) - _SHOWN, 0),
        errors=errors,
    )


def _day(one: DayView) -> DayRow:
    if one.closed_from is None:
        hours = _("open")
    elif one.closed_from == time(0):
        hours = _("closed")
    else:
        hours = _("closed from %(hour)s", hour=one.closed_from.isoformat("minutes"))
    shipped = _("shipped, estimated") if one.estimated else _("shipped")
    return DayRow(
        day=one.day,
        weekday=format_date(one.day, style="weekday").split()[0],
        hours=hours,
        title=str(one.title),
        origin=_("changed here") if one.changed else shipped,
    )


def _moved(one: Moved, centre: str) -> MovedRow:
    return MovedRow(
        rule=str(rule_of(one.rule).title),
        centre=centre,
        legal_before=one.legal_before,
        legal_after=one.legal_after,
        safe_before=one.safe_before,
        safe_after=one.safe_after,
    )


def _court(one: CourtView, provinces: Mapping[str, str]) -> CourtRow:
    always = one.open_from == one.open_until
    hours = f"{one.open_from.isoformat('minutes')}–{one.open_until.isoformat('minutes')}"
    name = provinces.get(one.province_code, one.province_code)
    return CourtRow(province=name, hours=_("around the clock") if always else hours, words=one.words)


def _fields(known: Mapping[str, str], wrong: Mapping[str, str]) -> tuple[Field, ...]:
    closed = (
        Option(value="whole", label=_("closed the whole day")),
        Option(value="hour", label=_("closed from an hour on")),
        Option(value="open", label=_("open, although the calendar says otherwise")),
    )
    asked: tuple[tuple[str, str, FieldKind, str], ...] = (
        ("day", _("Day"), "date", ""),
        ("closed", _("Offices"), "radios", ""),
        ("hour", _("From"), "text", _("Only where it closes early, for example 13:00.")),
        ("title_tr", _("Name in Turkish"), "text", ""),
        ("title_en", _("Name in English"), "text", ""),
        ("reason", _("Announcement"), "text", _("Circular or gazette, with its number.")),
    )
    return tuple(
        Field(
            name=name,
            label=label,
            kind=kind,
            options=closed if name == "closed" else (),
            help=helps,
            values=(known[name],) if known.get(name) else (),
            error=wrong.get(name, ""),
        )
        for name, label, kind, helps in asked
    )


def _court_fields(
    known: Mapping[str, str], wrong: Mapping[str, str], provinces: Mapping[str, str]
) -> tuple[Field, ...]:
    names = tuple(Option(value=code, label=name) for code, name in provinces.items())

    asked: tuple[tuple[str, str, FieldKind, str], ...] = (
        ("province", _("Province"), "select", ""),
        ("open_from", _("Answers from"), "text", _("The same hour twice: around the clock.")),
        ("open_until", _("Answers until"), "text", ""),
        ("words", _("How it is reached"), "text", ""),
    )
    return tuple(
        Field(
            name=name,
            label=label,
            kind=kind,
            options=names if name == "province" else (),
            help=helps,
            values=(known[name],) if known.get(name) else (),
            error=wrong.get(name, ""),
        )
        for name, label, kind, helps in asked
    )
