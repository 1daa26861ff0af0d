"""A period told step by step: what it was counted from, what was added, where a closed day moved it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from core.i18n import format_date, format_datetime
from core.i18n import gettext as _
from dashboard.presenters import Tone
from dashboard.presenters.register import DeadlineRow, ReadingLines
from dashboard.register import words
from dashboard.sources import told
from escalation.cases.clock.queries import DeadlineView, ReadingView
from escalation.cases.clock.reckoning import Step

#: The rule of the end of a measure.
_ENDS = "measure_expiry"


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return format_datetime(value)
    return format_date(value, style="long") if isinstance(value, date) else str(value)


def step(one: Step) -> str:
    """One step in a sentence."""
    values = {name: _shown(value) for name, value in one.values}
    if one.code == "trigger":
        return _("Counted %(basis)s: %(at)s", basis=words.start_basis(values["basis"]), at=values["at"])
    told = {
        "day_assumed_start": _("The hour is not known: the beginning of the day is assumed."),
        "day_assumed_end": _("The hour is not known: the end of the day is assumed."),
        "day_not_counted": _("The day itself is not counted."),
        "decided_day": _("The last day stands in the decision: %(day)s"),
        "at_start": _("At once: %(at)s"),
        "minutes": _("%(n)s minutes: %(at)s"),
        "hours": _("%(n)s hours: %(at)s"),
        "days": _("%(n)s days: %(day)s"),
        "working_days": _("%(n)s working days: %(day)s"),
        "weeks": _("%(n)s weeks: %(day)s"),
        "months": _("%(n)s months: %(day)s"),
        "years": _("%(n)s years: %(day)s"),
        "half_day_moves": _("A half day before a holiday: the end moves to %(day)s"),
        "half_day_counts": _("A half day before a holiday counts as a working day here."),
        "rolled": _("A closed day (%(name)s): the end moves to %(day)s"),
        "not_rolled": _("A closed day (%(name)s): the end stays on %(day)s"),
        "safe": _("To be done on the safe side before: %(at)s"),
        "relied_on": _("Not to be relied on before: %(at)s"),
        "duty_court": _("Offices are closed in between: the duty court is the way."),
        "calendar_ends": _("The calendar of holidays does not reach that far yet."),
        "no_end": _("No end is known: without delay."),
    }.get(one.code, one.code)
    for name, value in values.items():
        told = told.replace(f"%({name})s", value)
    return told


def reading(one: ReadingView) -> ReadingLines:
    """One reading of a period."""
    return ReadingLines(
        basis=words.start_basis(one.basis),
        legal_at=one.legal_at,
        safe_at=one.safe_at,
        steps=tuple((step(part), told(part.source)) for part in one.steps),
    )


def _tone(one: DeadlineView, moment: datetime) -> Tone:
    """What nobody knows is as urgent as what is late; a period of the other side hurries nobody here."""
    if one.state == "unknown":
        return "now"
    if one.whose == "theirs" or one.safe_at is None:
        return ""
    left = one.safe_at - moment
    return "now" if left <= timedelta() else "soon" if left < timedelta(days=1) else ""


def deadline(one: DeadlineView, moment: datetime, about: str = "") -> DeadlineRow:
    """A period for its readers; red once its safe moment is over and it still runs."""
    live, theirs = one.closed_at is None, one.whose == "theirs"
    return DeadlineRow(
        id=str(one.id),
        title=str(one.title),
        about=about,
        state=words.deadline_state(one.state),
        tone=_tone(one, moment) if live else "quiet",
        legal_at=one.legal_at,
        safe_at=one.safe_at,
        duty_court=one.duty_court,
        readings=tuple(reading(part) for part in one.readings),
        source=told(one.source),
        mark=one.mark,
        live=live,
        theirs=theirs,
        ends_protection=one.rule == _ENDS,
    )
