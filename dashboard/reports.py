"""Reports of what a centre answers: contacts by hour and outcome, how fast they were answered, as pictures and tables.

Aggregates alone; no row of a person. Small cells are shown to staff of the centre and would be suppressed in an export.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Subquery, case, extract, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from core.i18n import format_date, format_duration
from core.i18n import gettext as _
from dashboard import labels
from dashboard.board import channel_of
from dashboard.presenters import (
    Field,
    Figure,
    HeatMap,
    Option,
    ReportsPage,
    ReportTable,
    Series,
    StackedBars,
    TimeChart,
)
from hotline import queries as hotline
from intake import queries as intake
from staff.scope import Scope

_ISTANBUL = ZoneInfo("Europe/Istanbul")
_ZONE = "Europe/Istanbul"
_SPANS = {"1": 1, "7": 7, "30": 30, "90": 90}
#: A caller answered within this many seconds counts for the service level; a text within minutes.
_GOAL_S = {"voice": 20, "sms": 180}
_HOURS = tuple(f"{hour:02d}" for hour in range(24))


def reports_page(session: Session, scope: Scope, moment: datetime, days: str, channel: str) -> ReportsPage:
    """The report of the last days, up to now."""
    span = _SPANS.get(days, _SPANS["30"])
    since = moment - timedelta(days=span)
    contacts = _contacts(scope, since, channel)
    period = _("%(start)s to %(end)s", start=format_date(since), end=format_date(moment))
    return ReportsPage(
        period=period,
        filters=_filters(days if days in _SPANS else "30", channel),
        figures=_figures(session, contacts),
        by_hour=_by_hour(session, contacts),
        heat=_heat(session, contacts),
        trend=_trend(session, contacts, since, span),
        speed=_speed(session, contacts, since, span),
        tables=(_answer_times(session, contacts), _by_language(session, contacts), _by_level(session, contacts)),
    )


def _contacts(scope: Scope, since: datetime, channel: str) -> Subquery:
    """The contacts that this reader's reports count. Aggregates need no leave to read the contacts themselves."""
    every = hotline.contacts(Scope.system("reports")).subquery("every")
    waited = func.extract("epoch", every.c.answered_at - every.c.received_at)
    local = func.timezone(_ZONE, every.c.received_at)
    query = select(
        every.c.id,
        every.c.channel,
        every.c.state,
        every.c.language,
        every.c.answered_at,
        waited.label("waited"),
        local.label("local"),
        every.c.answered_at.is_not(None).label("answered"),
        case((every.c.channel == "voice", _GOAL_S["voice"]), else_=_GOAL_S["sms"]).label("goal"),
    ).where(_counted(scope, every), every.c.received_at >= since, every.c.call_back_of.is_(None))
    if channel in _GOAL_S:
        query = query.where(every.c.channel == channel)
    return query.subquery("contacts")


def _counted(scope: Scope, contacts: Subquery) -> ColumnElement[bool]:
    """Her centre's own, and those of a national line that it answers; by the one rule of who reads what."""
    return or_(
        *(
            scope.where(kind, centre=contacts.c.centre_id, subject_id=contacts.c.id, subject_kind="contact")
            for kind in ("report", "statistics")
        ),
    )


def _filters(days: str, channel: str) -> tuple[Field, ...]:
    spans = (("1", _("last day")), ("7", _("last 7 days")), ("30", _("last 30 days")), ("90", _("last 90 days")))
    channels = (("", _("calls and texts")), ("voice", _("calls")), ("sms", _("texts")))
    return (
        Field(
            name="days",
            label=_("Span"),
            kind="select",
            values=(days,),
            options=tuple(Option(value=value, label=label) for value, label in spans),
        ),
        Field(
            name="channel",
            label=_("Channel"),
            kind="select",
            values=(channel,),
            options=tuple(Option(value=value, label=label) for value, label in channels),
        ),
    )


def _middle(column: ColumnElement[Any], part: float) -> ColumnElement[Any]:
    return func.percentile_cont(part).within_group(column)


def _figures(session: Session, contacts: Subquery) -> tuple[Figure, ...]:
    row = session.execute(
        select(
            func.count().label("total"),
            func.count().filter(contacts.c.answered).label("answered"),
            func.count().filter(contacts.c.waited <= contacts.c.goal).label("in_time"),
            _middle(contacts.c.waited, 0.5).label("median"),
            _middle(contacts.c.waited, 0.9).label("slow"),
        ),
    ).one()
    return (
        Figure(label=_("Contacts"), value=str(row.total)),
        Figure(label=_("Answered by a person"), value=_share(row.answered, row.total)),
        Figure(
            label=_("Answered in time"),
            value=_share(row.in_time, row.total),
            help=_("calls within 20 seconds, texts within 3 minutes"),
        ),
        Figure(label=_("Half are answered within"), value=_span(row.median)),
        Figure(label=_("Nine of ten are answered within"), value=_span(row.slow)),
    )


def _share(part: int, whole: int) -> str:
    return f"{round(100 * part / whole)} %" if whole else "–"


def _span(seconds: float | None) -> str:
    return format_duration(float(round(seconds))) if seconds is not None else "–"


def _outcome(contacts: Subquery) -> ColumnElement[str]:
    return case(
        (contacts.c.answered, "answered"),
        (contacts.c.state == "abandoned_in_ivr", "greeting"),
        (contacts.c.state.in_(("abandoned_in_queue", "closed")), "lost"),
        (contacts.c.state == "failed", "failed"),
        else_="open",
    )


def _by_hour(session: Session, contacts: Subquery) -> StackedBars:
    hour, outcome = extract("hour", contacts.c.local), _outcome(contacts)
    rows = session.execute(
        select(hour.label("hour"), outcome.label("outcome"), func.count().label("number")).group_by(hour, outcome),
    )
    found = {(int(row.hour), row.outcome): row.number for row in rows}
    words = {
        "answered": _("Answered"), "lost": _("Ended unanswered"), "greeting": _("Ended in the greeting"),
        "failed": _("Line failed"), "open": _("Still open"),
    }  # fmt: skip
    known = {outcome for _hour, outcome in found}
    return StackedBars(
        key="by-hour",
        title=_("Contacts by hour and outcome"),
        categories=_HOURS,
        series=tuple(
            Series(label=label, values=tuple(found.get((at, code), 0) for at in range(24)))
            for code, label in words.items()
            if code in known or code in ("answered", "lost")
        ),
    )


def _heat(session: Session, contacts: Subquery) -> HeatMap:
    day, hour = extract("isodow", contacts.c.local), extract("hour", contacts.c.local)
    rows = session.execute(
        select(day.label("day"), hour.label("hour"), func.count().label("number")).group_by(day, hour),
    )
    found = {(int(row.day), int(row.hour)): row.number for row in rows}
    names = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    return HeatMap(
        key="heat",
        title=_("Contacts by weekday and hour"),
        rows=names,
        columns=_HOURS,
        cells=tuple(tuple(found.get((day, hour), 0) for hour in range(24)) for day in range(1, 8)),
    )


def _trend(session: Session, contacts: Subquery, since: datetime, span: int) -> TimeChart:
    day = func.date_trunc("day", contacts.c.local)
    rows = session.execute(
        select(
            day.label("day"),
            func.count().label("number"),
            func.count().filter(contacts.c.answered).label("answered"),
        ).group_by(day),
    ).all()
    found = {row.day.date(): row for row in rows}
    days = _days(since, span)

    def values(name: str) -> tuple[int, ...]:
        return tuple(getattr(found[one], name) if one in found else 0 for one in days)

    series = Series(label=_("All"), values=values("number")), Series(label=_("Answered"), values=values("answered"))
    return _by_day("trend", _("Contacts by day"), days, series)


def _speed(session: Session, contacts: Subquery, since: datetime, span: int) -> TimeChart:
    """How long half and nine of ten of a day's contacts waited; a day on which nobody was answered has no point."""
    rows = _timed(session, contacts, func.date_trunc("day", contacts.c.local))
    found = {row.kind.date(): row for row in rows}
    days = _days(since, span)

    def seconds(name: str) -> tuple[int | None, ...]:
        waited = (getattr(found[one], name) if one in found else None for one in days)
        return tuple(round(one) if one is not None else None for one in waited)

    series = (
        Series(label=_("Half are answered within"), values=seconds("median")),
        Series(label=_("Nine of ten are answered within"), values=seconds("slow")),
    )
    return _by_day("speed", _("Answer times by day, in seconds"), days, series, unit=_("s"))


def _days(since: datetime, span: int) -> list[date]:
    first = since.astimezone(_ISTANBUL).date()
    return [first + timedelta(days=offset) for offset in range(span + 1)]


def _by_day(key: str, title: str, days: Sequence[date], series: tuple[Series, ...], unit: str = "") -> TimeChart:
    midnights = [datetime(one.year, one.month, one.day, tzinfo=_ISTANBUL) for one in days]
    return TimeChart(
        key=key,
        title=title,
        x=tuple(int(one.timestamp()) for one in midnights),
        labels=tuple(format_date(one) for one in days),
        series=series,
        unit=unit,
    )


def _timed(session: Session, contacts: Subquery, group: ColumnElement[Any]) -> Sequence[Any]:
    return session.execute(
        select(
            group.label("kind"),
            func.count().label("total"),
            func.count().filter(contacts.c.answered).label("answered"),
            func.count().filter(contacts.c.waited <= contacts.c.goal).label("in_time"),
            _middle(contacts.c.waited, 0.5).label("median"),
            _middle(contacts.c.waited, 0.9).label("slow"),
        )
        .group_by(group)
        .order_by(group),
    ).all()


def _table(title: str, first: str, rows: Iterable[tuple[str, Any]]) -> ReportTable:
    columns = (first, _("Contacts"), _("Answered"), _("In time"), _("Median"), _("9 of 10"))
    return ReportTable(
        title=title,
        columns=columns,
        rows=tuple(
            (
                name,
                str(row.total),
                _share(row.answered, row.total),
                _share(row.in_time, row.total),
                _span(row.median),
                _span(row.slow),
            )
            for name, row in rows
        ),
    )


def _answer_times(session: Session, contacts: Subquery) -> ReportTable:
    rows = _timed(session, contacts, contacts.c.channel)
    named = ((labels.channel(channel_of(row.kind)), row) for row in rows)
    return _table(_("Answer times by channel"), _("Channel"), named)


def _by_language(session: Session, contacts: Subquery) -> ReportTable:
    rows = _timed(session, contacts, contacts.c.language)
    named = ((labels.language(row.kind or ""), row) for row in rows)
    return _table(_("Answer times by language"), _("Language"), named)


def _by_level(session: Session, contacts: Subquery) -> ReportTable:
    levels = intake.intakes(Scope.system("reports")).subquery("levels")
    joined = select(contacts, levels.c.level).join(levels, levels.c.contact_id == contacts.c.id).subquery("joined")
    rows = _timed(session, joined, joined.c.level)
    return _table(_("Answer times by level"), _("Level"), ((labels.level(row.kind), row) for row in rows))
