"""The register on a case page: what protects her now, until when, what is missing, what is to be done today."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from core.i18n import gettext as _
from dashboard.presenters import PeriodReading, PeriodRow, ProtectionLine, ProtectionPanel, ReckoningStep, Tone
from escalation.cases.clock import queries as clock
from escalation.cases.clock.queries import DeadlineView
from escalation.cases.register import queries as register
from escalation.cases.register.queries import Protection, Standing
from staff.scope import Scope


def protection_of(session: Session, scope: Scope, case_id: UUID) -> ProtectionPanel | None:
    """The panel; ``None`` for whoever does not read the register of this case."""
    if not scope.may("register.read"):
        return None
    found = register.standing(session, scope, case_id)
    if found is None:
        return None
    sentence, tone = _sentence(found)
    return ProtectionPanel(
        sentence=sentence,
        tone=tone,
        lines=tuple(_line(one) for one in found.protections),
        missing=tuple(_missing(one) for one in found.missing),
        today=tuple(_act(one) for one in found.today),
        periods=tuple(_period(one) for one in clock.of_case(session, scope, case_id, live_only=True)),
    )


def shown(day: date | None) -> str:
    """A day as it stands on papers; what has no end, or none that is known, says so."""
    return f"{day:%d.%m.%Y}" if day is not None else _("no end known")


def _sentence(found: Standing) -> tuple[str, Tone]:
    """Unknown is never said as lapsed, and nothing known is never said as nothing there."""
    match found.protected:
        case "yes":
            return _("She is protected, surely until %(day)s", day=shown(found.surely_until)), "held"
        case "waiting":
            return _("Urgent measures wait for their approval"), "soon"
        case "unknown":
            return _("Nobody knows whether she is protected: ask the authority"), "now"
        case _:
            return _("No measure is known that protects her"), "soon"


def _line(one: Protection) -> ProtectionLine:
    return ProtectionLine(
        ref=one.item.measure.ref,
        title=str(one.item.measure.title),
        authority=one.decision.authority,
        until=shown(one.item.ends),
        certain=one.certain,
    )


def _missing(code: str) -> str:
    return {
        "approval": _("the approval of urgent measures"),
        "service": _("service on the other side"),
        "end": _("the end of a measure"),
        "secrecy": _("secrecy of her data (Art. 8/6): not asked for"),
    }[code]


def _act(code: str) -> str:
    return {
        "ask_authority": _("Ask the authority whether it approved"),
        "submit_urgent": _("Have the file submitted for approval"),
        "apply_again": _("Apply again today"),
        "file_breach": _("Report the breach to prosecutor or court"),
        "file_application": _("File the application that she approved"),
        "file_extension": _("File for an extension"),
        "get_her_approval": _("Get her approval of the draft"),
        "ask_service": _("Ask whether the decision was served"),
        "ask_result": _("Ask what became of the application"),
        "ask_secrecy": _("Ask her whether her data are to be secret"),
    }[code]


def _period(one: DeadlineView) -> PeriodRow:
    unknown = one.state == "unknown"
    tone: Tone = "now" if unknown else "soon" if one.duty_court else ""
    return PeriodRow(
        title=str(one.title),
        state=_("unknown: ask") if unknown else _("runs"),
        tone=tone,
        legal_at=one.legal_at,
        safe_at=one.safe_at,
        duty_court=one.duty_court and not unknown,
        source=one.source,
        readings=tuple(
            PeriodReading(
                title=_basis(reading.basis),
                legal_at=reading.legal_at,
                steps=tuple(ReckoningStep(words=step.words(), source=step.source) for step in reading.steps),
            )
            for reading in one.readings
        ),
    )


def _basis(code: str) -> str:
    return {
        "decision": _("counted from the decision"),
        "service": _("counted from service"),
        "pronouncement": _("counted from pronouncement"),
        "submission": _("counted from submission"),
        "confirmation": _("counted from the confirmation"),
        "confirmed": _("counted from the last confirmation"),
        "breach": _("counted from the breach"),
        "execution": _("counted from the beginning of detention"),
        "detention": _("counted from the order"),
    }.get(code, _("as reckoned"))
