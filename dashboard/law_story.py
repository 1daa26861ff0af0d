"""What the register of measures and the law's clock add to the story of a case, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from core.i18n import gettext as _
from core.i18n import ngettext
from dashboard.presenters import Tone

Params = Mapping[str, Any]
#: What is told, and how strongly.
Told = tuple[str, Tone]

#: Steps of a period and of its reminders: they stand in the case's list of periods.
SILENT = frozenset(
    {"DeadlineOpened", "DeadlineClosed", "DeadlineUnknown", "DeadlineMoved", "ReminderTold",
     "ReminderAcknowledged", "ClosureLate", "MeasurePeriodSet"},
)  # fmt: skip


def _day(params: Params, name: str) -> str:
    """A day of a fact as the reader writes days; a moment counts by its day, and what nobody knows is said so."""
    text = str(params.get(name) or "")
    return f"{date.fromisoformat(text[:10]):%d.%m.%Y}" if text else _("a day that nobody knows")


def _application(params: Params) -> Told:
    purpose = {
        "measures": _("Application for measures"),
        "extension": _("Application for an extension"),
        "secrecy": _("Application for secrecy of her data"),
        "monitoring": _("Application for electronic monitoring"),
        "breach": _("Notice of a breach with a request for detention"),
    }.get(str(params.get("purpose")), _("Application"))
    state = {
        "draft": _("drafted"),
        "approved_by_her": _("approved by her"),
        "filed": _("filed"),
        "granted": _("granted"),
        "partly_granted": _("granted in part"),
        "refused": _("refused"),
        "withdrawn": _("withdrawn"),
    }.get(str(params.get("state")), str(params.get("state")))
    return _("%(what)s: %(state)s", what=purpose, state=state), "soon" if params.get("state") == "refused" else ""


def _urgent(params: Params) -> Told:
    if params.get("approver") == "judge":
        return _("The police issued measures that a judge must approve"), "soon"
    return _("The police issued measures that the civil authority must approve"), "soon"


def _approval(params: Params) -> Told:
    if params.get("outcome") == "approved":
        return _("The urgent measures were approved"), "held"
    return _("The urgent measures were refused"), "now"


def _served(params: Params) -> Told:
    day = _day(params, "served_on")
    if params.get("party") == "protected":
        return _("The decision was served on her on %(day)s", day=day), ""
    return _("The decision was served on the other side on %(day)s", day=day), ""


def _objection_decided(params: Params) -> Told:
    accepted = params.get("outcome") == "accepted"
    return (_("The objection was accepted"), "now") if accepted else (_("The objection was rejected"), "")


def _ended(params: Params) -> Told:
    day = _day(params, "ended_on")
    said: Mapping[str, Told] = {
        "refused": (_("Measures ended: not approved"), "now"),
        "lapsed": (_("Measures ended: no approval was given"), "now"),
        "lifted": (_("Measures lifted on %(day)s", day=day), "soon"),
        "expired": (_("Measures ended on %(day)s", day=day), "soon"),
        "objection": (_("Measures ended after an objection"), "now"),
    }
    return said.get(str(params.get("reason")), (_("Measures ended on %(day)s", day=day), "soon"))


def _detention(params: Params) -> Told:
    days = int(params.get("days", 0))
    return ngettext("Coercive detention of %(n)s day ordered", "Coercive detention of %(n)s days ordered", days), ""


def _breach_decided(params: Params) -> Told:
    if params.get("outcome") == "refused":
        return _("Detention was refused"), "soon"
    return _("The decision on detention was objected to"), ""


def _said(words: Callable[[], str], tone: Tone = "") -> Callable[[Params], Told]:
    return lambda _params: (words(), tone)


LINES: Mapping[str, Callable[[Params], Told]] = {
    "ApplicationChanged": _application,
    "MeasureDecided": lambda params: (_("Measures decided on %(day)s", day=_day(params, "decided_on")), "held"),
    "UrgentDecisionIssued": _urgent,
    "UrgentDecisionSubmitted": _said(lambda: _("The file was submitted for approval")),
    "ApprovalRecorded": _approval,
    "ApprovalUnknown": _said(lambda: _("Nobody knows whether the measures were approved: ask the authority"), "now"),
    "MeasureLapsed": _said(lambda: _("Confirmed: no approval was given, nothing of this decision protects her"), "now"),
    "ServiceRecorded": _served,
    "ObjectionFiled": lambda params: (_("An objection was filed on %(day)s", day=_day(params, "filed_on")), "soon"),
    "ObjectionDecided": _objection_decided,
    "MeasureExtended": lambda params: (_("Measures extended until %(day)s", day=_day(params, "until")), "held"),
    "MeasureModified": lambda params: (_("Measures changed on %(day)s", day=_day(params, "decided_on")), ""),
    "MeasureItemEnded": lambda params: (_("One of the measures ended on %(day)s", day=_day(params, "ended_on")), ""),
    "MeasureEnded": _ended,
    "SecrecyOrdered": _said(lambda: _("Her identity and address are secret from now on"), "soon"),
    "BreachRecorded": lambda params: (_("A breach of the measures on %(day)s", day=_day(params, "occurred_at")), "now"),
    "BreachFiled": _said(lambda: _("The breach was reported")),
    "BreachDecided": _breach_decided,
    "BreachCalledOff": _said(lambda: _("A breach was called off: it had been written down by mistake")),
    "DetentionOrdered": _detention,
    "DetentionExecuted": lambda params: (_("He is detained until %(day)s", day=_day(params, "ends_on")), "soon"),
}

__all__ = ["LINES", "SILENT"]
