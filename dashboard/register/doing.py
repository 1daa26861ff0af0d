"""The acts of a decision's page, each from its form to the register's service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from core.i18n import gettext as _
from dashboard.register import adding
from dashboard.register.sent import Sent, WrongFieldError
from escalation.cases.register import service
from escalation.cases.register.queries import DecisionView
from escalation.cases.register.service import NewNotice, Paper
from staff.scope import Scope

_Act = Callable[[Session, Scope, DecisionView, Sent], object]


def perform(session: Session, scope: Scope, view: DecisionView, do: str, sent: Sent) -> None:
    """Do what a form asked for. Raises RegisterError and :class:`WrongFieldError`; an unknown act is no act."""
    act = _ACTS.get(do)
    if act is None:
        raise WrongFieldError("", _("This is not possible in the present state. Look at the decision again."))
    act(session, scope, view, sent)


def _about(sent: Sent) -> UUID:
    try:
        return UUID(sent.text("about"))
    except ValueError:
        raise WrongFieldError("", _("Choose one of the list.")) from None


def _submitted(session: Session, scope: Scope, view: DecisionView, sent: Sent) -> None:
    record = service.learn_submission if view.state == "approval_unknown" else service.submit_urgent
    record(session, scope.actor, scope, view.id, sent.moment("submitted_at"))


def _approval(session: Session, scope: Scope, view: DecisionView, sent: Sent) -> None:
    service.record_approval(
        session,
        scope.actor,
        scope,
        view.id,
        sent.text("outcome"),
        answered_at=sent.moment_or_none("answered_at"),
        refused_items=sent.ids("items"),
        source=sent.text("source"),
    )


def _lapsed(session: Session, scope: Scope, view: DecisionView, sent: Sent) -> None:
    source, learned_at = sent.text("source"), sent.moment("learned_at")
    service.confirm_lapsed(session, scope.actor, scope, view.id, source=source, learned_at=learned_at)


def _notice(session: Session, scope: Scope, view: DecisionView, sent: Sent) -> None:
    notice = NewNotice(sent.text("party"), sent.day("served_on"), sent.text("manner") or "served")
    service.record_notice(session, scope.actor, scope, view.id, notice)


def _objection(session: Session, scope: Scope, view: DecisionView, sent: Sent) -> None:
    party, day = sent.text("party"), sent.day("filed_on")
    service.file_objection(session, scope.actor, scope, view.id, party, day, docket=sent.text("docket"))


def _objection_answer(session: Session, scope: Scope, _view: DecisionView, sent: Sent) -> None:
    outcome, _colon, effect = sent.text("outcome").partition(":")
    day = sent.day("decided_on")
    service.decide_objection(session, scope.actor, scope, _about(sent), outcome, day, effect=effect or "none")


def _paper_of(sent: Sent) -> Paper:
    return Paper(sent.day("decided_on"), sent.text("docket"), sent.text("number"))


def _extension(session: Session, scope: Scope, view: DecisionView, sent: Sent) -> None:
    items = sent.ids("items") or None
    service.extend(session, scope.actor, scope, view.id, _paper_of(sent), sent.day("until"), items=items)


def _modification(session: Session, scope: Scope, view: DecisionView, sent: Sent) -> None:
    ended, added, confirmed = sent.ids("items"), adding.added(sent), sent.many.get("confirmed", ())
    service.modify(session, scope.actor, scope, view.id, _paper_of(sent), ended=ended, added=added, confirmed=confirmed)


def _lifting(session: Session, scope: Scope, view: DecisionView, sent: Sent) -> None:
    service.lift(session, scope.actor, scope, view.id, _paper_of(sent))


def _paper(session: Session, scope: Scope, view: DecisionView, sent: Sent) -> None:
    title = sent.text("title")
    document_id = service.add_document(session, scope.actor, scope, view.case_id, sent.content, title=title)
    service.attach_document(session, scope.actor, scope, view.id, document_id)


def _breach(session: Session, scope: Scope, view: DecisionView, sent: Sent) -> None:
    codes, moment = sent.many.get("codes", ()), sent.moment("occurred_at")
    account, confirmed = sent.text("account"), sent.many.get("confirmed", ())
    actor = scope.actor
    service.report_breach(session, actor, scope, view.id, codes, moment, account=account, confirmed=confirmed)


def _breach_file(session: Session, scope: Scope, _view: DecisionView, sent: Sent) -> None:
    where, day, letter = sent.text("filed_with"), sent.day("filed_on"), sent.text("letter")
    service.file_breach(session, scope.actor, scope, _about(sent), where, day, letter=letter)


def _breach_accept(session: Session, scope: Scope, _view: DecisionView, sent: Sent) -> None:
    service.order_detention(
        session,
        scope.actor,
        scope,
        _about(sent),
        sent.number("days"),
        sent.day("decided_on"),
        docket=sent.text("docket"),
        number=sent.text("number"),
        confirmed=sent.many.get("confirmed", ()),
    )


def _breach_refuse(session: Session, scope: Scope, _view: DecisionView, sent: Sent) -> None:
    day, docket, number = sent.day("decided_on"), sent.text("docket"), sent.text("number")
    service.refuse_detention(session, scope.actor, scope, _about(sent), day, docket=docket, number=number)


def _breach_object(session: Session, scope: Scope, _view: DecisionView, sent: Sent) -> None:
    service.object_to_detention(session, scope.actor, scope, _about(sent), sent.day("objected_on"))


def _breach_execute(session: Session, scope: Scope, _view: DecisionView, sent: Sent) -> None:
    confirmed = sent.many.get("confirmed", ())
    first, last = sent.day("starts_on"), sent.day("ends_on")
    service.execute_detention(session, scope.actor, scope, _about(sent), first, last, confirmed=confirmed)


def _breach_call_off(session: Session, scope: Scope, _view: DecisionView, sent: Sent) -> None:
    service.call_off_breach(session, scope.actor, scope, _about(sent), sent.text("reason"))


_ACTS: Mapping[str, _Act] = {
    "submitted": _submitted,
    "approval": _approval,
    "lapsed": _lapsed,
    "notice": _notice,
    "objection": _objection,
    "objection-answer": _objection_answer,
    "extension": _extension,
    "modification": _modification,
    "lifting": _lifting,
    "paper": _paper,
    "breach": _breach,
    "breach-file": _breach_file,
    "breach-accept": _breach_accept,
    "breach-refuse": _breach_refuse,
    "breach-object": _breach_object,
    "breach-execute": _breach_execute,
    "breach-call-off": _breach_call_off,
}
_DECIDED: Mapping[str, str] = {
    "in_future": "decided_on",
    "before_decision": "decided_on",
    "before_breach": "decided_on",
}
#: The field of each form at which a refusal is said.
FIELDS: Mapping[str, Mapping[str, str]] = {
    "submitted": {"in_future": "submitted_at", "before_decision": "submitted_at"},
    "approval": {"in_future": "answered_at", "unknown_outcome": "outcome", "nothing_left": "items"},
    "lapsed": {"in_future": "learned_at", "before_the_end": "learned_at", "source_needed": "source"},
    "notice": {"in_future": "served_on", "notice_before_decision": "served_on", "unknown_party": "party"},
    "objection": {
        "in_future": "filed_on",
        "before_decision": "filed_on",
        "unknown_party": "party",
        "already_objected": "party",
    },
    "objection-answer": {**_DECIDED, "unknown_outcome": "outcome"},
    "extension": {**_DECIDED, "not_longer": "until", "unknown_item": "items"},
    "modification": {
        **_DECIDED,
        **dict.fromkeys(("nothing_changed", "lift_instead", "unknown_item"), "items"),
        **dict.fromkeys(("item_twice", "unknown_measure"), "codes"),
        "other_needs_words": "words",
    },
    "lifting": _DECIDED,
    "paper": {"empty": "content", "too_large": "content", "unknown_type": "content"},
    "breach": {"in_future": "occurred_at", "no_items": "codes", "not_in_decision": "codes"},
    "breach-file": {"in_future": "filed_on", "before_breach": "filed_on", "unknown_addressee": "filed_with"},
    "breach-accept": {**_DECIDED, "wrong_days": "days"},
    "breach-refuse": _DECIDED,
    "breach-object": {"in_future": "objected_on", "before_breach": "objected_on"},
    "breach-execute": {"in_future": "starts_on", "before_breach": "starts_on", "wrong_days": "ends_on"},
    "breach-call-off": {"reason_needed": "reason"},
}
