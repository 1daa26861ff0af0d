"""Where a petition begins: at the place where its need is seen, with what is asked for and the decision chosen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from core.i18n import gettext as _
from dashboard.presenters.register import Need
from dashboard.register import words
from escalation.cases.register.queries import BreachView, DecisionView, Standing
from escalation.cases.register.rules.applications import Purpose
from escalation.cases.register.rules.breaches import MACHINE

#: In which a breach waits for its notice.
_REPORTED = MACHINE.first[0]


def draft_href(case_id: UUID, purpose: Purpose, about: UUID | None = None) -> str:
    """The form of a new petition, with the decision that it is about."""
    decision = f"&about={about}" if about is not None else ""
    return f"/cases/{case_id}/petitions?purpose={purpose}{decision}#new"


def missing(found: Standing, case_id: UUID, *, drafts: bool) -> tuple[Need, ...]:
    """What her protection lacks; a link where the reader may draw up what asks for it."""
    return tuple(
        Need(text=words.missing(code), href=_of(f"ask_{code}", found, case_id) if drafts else "")
        for code in found.missing
    )


def today(found: Standing, case_id: UUID, *, drafts: bool) -> tuple[Need, ...]:
    """What is to be done today; a link where that is to draw up a petition and the reader may."""
    return tuple(Need(text=words.to_do(code), href=_of(code, found, case_id) if drafts else "") for code in found.today)


def _of(need: str, found: Standing, case_id: UUID) -> str:
    about = [one.decision for one in found.protections if one.decision.in_force]
    if need == "apply_again":
        return f"/cases/{case_id}/applications/new"
    if need == "file_extension":
        return draft_href(case_id, "extension", _ends_first(about))
    if need == "file_breach":
        waiting = next((one.decision_id for one in found.open_breaches if one.state == _REPORTED), None)
        return draft_href(case_id, "breach", waiting)
    if need == "ask_secrecy":
        return draft_href(case_id, "secrecy", _ends_first(about))
    return ""


def _ends_first(decisions: Iterable[DecisionView]) -> UUID | None:
    """The decision whose measures end first; one without a known end comes last."""
    first = min(decisions, key=lambda one: one.first_end or date.max, default=None)
    return None if first is None else first.id


def of_decision(view: DecisionView) -> tuple[Need, ...]:
    """What may be asked for about a decision that is in force."""
    if not view.in_force:
        return ()
    purposes: tuple[Purpose, ...] = ("extension", "monitoring")
    return tuple(Need(text=words.purpose(one), href=draft_href(view.case_id, one, view.id)) for one in purposes)


def of_breach(breach: BreachView, case_id: UUID) -> Need | None:
    """The notice of a breach, as long as nobody gave it."""
    if breach.state != _REPORTED or breach.called_off_at is not None:
        return None
    return Need(
        text=_("Draft the breach notice with detention request"),
        href=draft_href(case_id, "breach", breach.decision_id),
    )
