"""What is due by the law's clock: periods of which somebody is reminded, with who was told and what may be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from core.i18n import format_datetime, ngettext
from core.i18n import gettext as _
from dashboard import labels
from dashboard.names import Names
from dashboard.presenters import FormError, Option, Tone
from dashboard.presenters.register import DuePage, DueRow, ReminderLine
from dashboard.register import steps
from escalation.cases.clock import queries as clock
from escalation.cases.clock import rules
from escalation.cases.clock.periods import Rule, parse_offset, rule_of
from escalation.cases.clock.queries import DeadlineView, DueView, ReminderView
from staff.scope import Scope

#: How long a reminder can be put off, as far as its rule allows.
SPANS: Final = (15, 30, 60, 120, 360, 720, 1440, 2880, 4320)
#: Acts that no page of the register records: only a person can tell them.
_TOLD: Final = {
    "detention_end": ("warned_and_screened",),
    "detention_cap": ("noted",),
    "objection_window": ("not_objected",),
    "measure_expiry": ("not_extended", "decided_anew"),
    "lapsed": ("withdrawn",),
}
#: All of them: what the register records itself is told to no period from outside.
TOLD: Final = frozenset(act for acts in _TOLD.values() for act in acts)
_MEASURE: Final = "measure"


@dataclass(frozen=True, slots=True)
class RefusedReminder:
    """A reminder's act that was refused, with what was chosen."""

    reminder_id: UUID
    text: str
    chosen: str = ""


def said(reason: str) -> str:
    """Why the clock refuses, in words."""
    return {
        "not_told": _("It was taken on or put off meanwhile. Look at it again."),
        "snooze_too_long": _("It cannot be put off that long."),
        "snoozed_too_often": _("It was put off as often as it may be. Take it on, or do it."),
        "past_safe_moment": _("It would come back after the last safe working moment. Choose a shorter time."),
        "not_ended_by_it": _("This does not end the period."),
        "not_possible": _("The period has ended meanwhile."),
        "unknown_done": _("Choose what was done."),
        "words_needed": _("Say what was done."),
    }.get(reason, reason)


def due_page(session: Session, scope: Scope, moment: datetime, refused: RefusedReminder | None = None) -> DuePage:
    """The page, each period once."""
    found, more = clock.due(session, scope)
    names = Names(session, [one.acknowledged_by for view in found for one in view.reminders])
    rows = [(view.mine, _row(scope, view, names, moment, refused)) for view in found]
    errors = () if refused is None else (FormError(text=refused.text, field=str(refused.reminder_id)),)
    return DuePage(
        mine=tuple(row for mine, row in rows if mine),
        others=tuple(row for mine, row in rows if not mine),
        more=str(more) if more.number else "",
        errors=errors,
    )


def _row(scope: Scope, view: DueView, names: Names, moment: datetime, refused: RefusedReminder | None) -> DueRow:
    one = view.deadline
    return DueRow(
        deadline=steps.deadline(one, moment),
        case_ref=view.case_ref,
        case_href=f"/cases/{view.case_ref}" if view.reads_case else "",
        decision_href=f"/decisions/{one.subject_id}"
        if one.subject_kind == _MEASURE and scope.may("register.read")
        else "",
        reminders=tuple(_reminder(scope, view, told, names, moment, refused) for told in _shown(view.reminders)),
        done=tuple(Option(value=act, label=_told(act)) for act in _tellable(one, moment)) if view.writes else (),
    )


def _tellable(one: DeadlineView, moment: datetime) -> tuple[str, ...]:
    """What a person can tell of a period now: of an end only once it has come."""
    over = one.state == "unknown" if one.rule == "measure_expiry" else one.safe_at is not None and one.safe_at <= moment
    asked_of_its_end = one.rule in {"measure_expiry", "objection_window"}
    # The court's own time to decide on an objection ends with its decision alone.
    if (asked_of_its_end and not over) or one.readings[0].basis == "objection":
        return ()
    return _TOLD.get(one.rule, ())


def _told(act: str) -> str:
    return {
        "warned_and_screened": _("She was warned and screened anew"),
        "noted": _("Noted"),
        "not_objected": _("Nobody objected: noted"),
        "not_extended": _("Asked: it was not extended"),
        "decided_anew": _("Asked: what protects her now is entered"),
        "withdrawn": _("She wants no new application"),
    }[act]


def _shown(told: Sequence[ReminderView]) -> Sequence[ReminderView]:
    """Those that still go on; of what was taken on the newest alone."""
    open_ones = [one for one in told if one.state in {"told", "waiting"}]
    return open_ones or told[:1]


def _reminder(
    scope: Scope,
    view: DueView,
    one: ReminderView,
    names: Names,
    moment: datetime,
    refused: RefusedReminder | None,
) -> ReminderLine:
    rule = rule_of(one.rule)
    mine = clock.addressed(scope, one.rule, one.step, view.owner_id)
    acts = one.state == "told" and (mine or view.writes)
    spans = _spans(rule, one, view, moment) if acts else ()
    state, tone = _state(one, names)
    wrong = refused if refused is not None and refused.reminder_id == one.id else None
    return ReminderLine(
        id=str(one.id),
        what=when(one.key),
        state=state,
        tone=tone,
        told_at=one.told_at,
        told=", ".join(_addressee(role) for role in sorted(rules.told(rule, one.step))),
        next=_next(rule, one),
        may_act=acts,
        spans=spans,
        no_snooze=_no_snooze(rule, one) if acts and not spans else "",
        error=wrong.text if wrong is not None else "",
        chosen=wrong.chosen if wrong is not None else "",
    )


def _spans(rule: Rule, one: ReminderView, view: DueView, moment: datetime) -> tuple[Option, ...]:
    """What its rule allows now; that it is refused all the same is said where time went by meanwhile."""
    safe_at = view.deadline.safe_at if view.deadline.whose == "hers" else None
    allowed = [
        minutes
        for minutes in SPANS
        if rules.snooze_refusal(
            rule, timedelta(minutes=minutes), one.snoozes, moment + timedelta(minutes=minutes), safe_at
        )
        is None
    ]
    return tuple(Option(value=str(minutes), label=_span(minutes)) for minutes in allowed)


def _span(minutes: int) -> str:
    if minutes < 60:
        return ngettext("%(n)s minute", "%(n)s minutes", minutes)
    if minutes < 1440:
        return ngettext("%(n)s hour", "%(n)s hours", minutes // 60)
    return ngettext("%(n)s day", "%(n)s days", minutes // 1440)


def _no_snooze(rule: Rule, one: ReminderView) -> str:
    return said("snoozed_too_often") if one.snoozes >= rule.snooze.times else _("It can no longer be put off.")


def _state(one: ReminderView, names: Names) -> tuple[str, Tone]:
    if one.state == "acknowledged":
        return _("taken on by %(name)s", name=names.of(one.acknowledged_by)), "held"
    if one.state == "waiting":
        return _("put off until %(when)s", when=format_datetime(one.at)), "quiet"
    return _("waits for somebody"), "soon"


def _next(rule: Rule, one: ReminderView) -> str:
    """Who is told next where nobody takes it on, and when."""
    if one.state != "told":
        return ""
    step = rules.next_step(rule, one.step)
    if step is not None:
        who = ", ".join(_addressee(role) for role in rule.ladder[step])
        return _("else %(who)s, %(when)s", who=who, when=format_datetime(one.at))
    return _("else somebody on call, %(when)s", when=format_datetime(one.at)) if rule.page else ""


def _addressee(role: str) -> str:
    return _("owner") if role == clock.OWNER else labels.role(role)


def when(key: str) -> str:
    """The name of a reminder in words, such as "3 days before"."""
    offset = parse_offset(key)
    units = {
        "minutes": lambda n: ngettext("%(n)s minute", "%(n)s minutes", n),
        "hours": lambda n: ngettext("%(n)s hour", "%(n)s hours", n),
        "days": lambda n: ngettext("%(n)s day", "%(n)s days", n),
    }
    span = units[offset.unit](offset.n)
    return {
        "opening": _("at the beginning"),
        "unrolled": _("at the end"),
        "end": _("at the end"),
        "day": _("on the day itself"),
        "last_working_day": _("on the last working day"),
        "before": _("%(span)s before", span=span),
        "after": _("%(span)s after the beginning", span=span),
        "every": _("every %(span)s", span=span),
        "new_year": _("at the turn of the year"),
    }.get(offset.kind, key)
