"""The duty to report in the workspace: what waits and since when, the form for what was decided, and what was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from core.i18n import format_datetime, format_duration
from core.i18n import gettext as _
from dashboard.emergency import ISTANBUL
from dashboard.names import Names
from dashboard.presenters import Field, Option, ReportDutyCard
from dashboard.presenters.forms import Asker
from intake import queries as intake
from intake.queries import ReportDutyView
from intake.report_duty import report_duties
from staff.scope import Scope

#: Errors of the form's fields carry this, so that the page tells them from those of the intake.
MARK: Final = "duty-"


def duty_card(
    session: Session,
    scope: Scope,
    contact_id: UUID,
    moment: datetime,
    errors: Mapping[str, str],
    typed: Mapping[str, str],
) -> ReportDutyCard:
    """What is known of the duty to report about one contact, and the form."""
    wrong = {name.removeprefix(MARK): text for name, text in errors.items() if name.startswith(MARK)}
    found = intake.report_duties_of(session, scope, contact_id)
    names = Names(session, [one for duty in found for one in (duty.opened_by, duty.decided_by, duty.sent_by)])
    waiting = next((one for one in found if not one.over), None)
    values = typed if wrong else _standing(waiting)
    return ReportDutyCard(
        waiting=waiting is not None,
        sentence=_sentence(found, waiting, moment),
        lines=tuple(line for one in found for line in duty_lines(one, names)),
        fields=_fields(values, wrong),
        open=bool(wrong),
    )


def _sentence(found: list[ReportDutyView], waiting: ReportDutyView | None, moment: datetime) -> str:
    if waiting is not None:
        span = format_duration(int((moment - waiting.opened_at).total_seconds()))
        if waiting.decision == "report":
            return _("to be reported, not yet sent: %(span)s", span=span)
        return _("waits for a decision: %(span)s", span=span)
    if not found:
        return _("not assessed")
    return _("no duty") if found[0].decision == "no_duty" else _("reported")


def duty_lines(duty: ReportDutyView, names: Names) -> tuple[str, ...]:
    """One assessment in words: basis, who opened it, what was decided by whom and why, where it went."""
    known = report_duties()
    opener = names.of(duty.opened_by) or _("by itself, a child called")
    lines = [f"{known.basis(duty.basis)} · {opener} · {format_datetime(duty.opened_at)}"]
    if duty.decision is not None and duty.decided_at is not None:
        what = _("To be reported") if duty.decision == "report" else _("No duty to report")
        lines.append(f"{what} · {names.of(duty.decided_by)} · {format_datetime(duty.decided_at)}")
    if duty.reason:
        lines.append(duty.reason)
    if duty.sent_at is not None:
        sent = f"{known.authority(duty.authority)} · {names.of(duty.sent_by)} · {format_datetime(duty.sent_at)}"
        lines.append(f"{sent} · {_('Reference: %(number)s', number=duty.reference)}" if duty.reference else sent)
    return tuple(lines)


def duty_words(session: Session, scope: Scope, contact_id: UUID) -> dict[str, str]:
    """Each assessment in words by its id, for the story; only for who may read the intake."""
    found = intake.report_duties_of(session, scope, contact_id)
    names = Names(session, [one for duty in found for one in (duty.opened_by, duty.decided_by, duty.sent_by)])
    return {str(one.id): "\n".join(duty_lines(one, names)) for one in found}


def _standing(waiting: ReportDutyView | None) -> dict[str, str]:
    if waiting is None:
        return {}
    return {"basis": waiting.basis, "decision": waiting.decision or "", "reason": waiting.reason}


def _fields(values: Mapping[str, str], wrong: Mapping[str, str]) -> tuple[Field, ...]:
    known = report_duties()
    bases = tuple(Option(value=one.code, label=str(one.title)) for one in known.bases)
    authorities = tuple(Option(value=one.code, label=str(one.label)) for one in known.authorities)
    decisions = (
        Option(value="report", label=_("It is to be reported")),
        Option(value="no_duty", label=_("No duty to report")),
    )

    ask = Asker(values, wrong)
    return (
        ask("basis", _("On what basis"), "select", options=bases),
        ask("decision", _("What was decided"), "radios", _("empty: it waits, and its time runs"), decisions),
        ask("reason", _("Why"), "area"),
        ask("authority", _("To which authority"), "select", _("Koza reports nothing by itself"), authorities),
        ask("at", _("When it was reported"), "datetime", _("empty: not yet")),
        ask("reference", _("Reference number"), "text"),
    )


__all__ = ["ISTANBUL", "MARK", "duty_card", "duty_words"]
