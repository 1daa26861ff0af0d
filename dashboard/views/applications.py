"""Applications for measures: begun with her, approved by her, filed, answered, withdrawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core.i18n import gettext as _
from dashboard import frame
from dashboard.presenters import FormError
from dashboard.presenters.register import ApplicationForm
from dashboard.register import refusals
from dashboard.register.acts import Refused
from dashboard.register.applications import KINDS, TYPED, application_of, application_page, form_page, may_draft
from dashboard.register.decision import case_of
from dashboard.register.entry import province_of
from dashboard.register.sent import Sent, WrongFieldError
from escalation.cases.register import queries as register
from escalation.cases.register import service
from escalation.cases.register.queries import ApplicationView, WhoseRegister
from escalation.cases.register.queries.views import SECRECY
from escalation.cases.register.rules.errors import RegisterError
from staff.edge import require_permission
from staff.errors import MissingPermissionError
from staff.scope import Scope

blueprint = Blueprint("applications", __name__)

_LONGEST = 10_000
_Act = Callable[[Session, Scope, ApplicationView, Sent], None]
#: The field of each act at which a refusal is said.
_FIELDS: Mapping[str, Mapping[str, str]] = {
    "approve": {"in_future": "approved_at", "unknown_manner": "manner"},
    "file": {
        "in_future": "filed_at",
        "authority_needed": "authority",
        "unknown_authority": "authority_kind",
        "wrong_title": "authority",
    },
    "answer": {"in_future": "answered_on", "unknown_outcome": "outcome"},
    "withdraw": {"reason_needed": "reason"},
}
_NEW_FIELDS = {**refusals.FIELDS, "unknown_authority": "authority_kind"}


def _writable(session: Session, scope: Scope, case_id: UUID) -> WhoseRegister:
    case = case_of(session, scope, case_id)
    if not may_draft(session, scope, case):
        raise MissingPermissionError(scope.actor, "register.write", "case", case_id)
    return case


@blueprint.get("/cases/<uuid:case_id>/applications/new")
@require_permission("register.read")
def new(case_id: UUID) -> Response:
    """The form of an application for measures."""
    return _form(case_id)


def _form(case_id: UUID, error: FormError | None = None) -> Response:
    scope, errors = frame.scope(), () if error is None else (error,)
    typed = {name: frame.field(name, _LONGEST) for name in TYPED} if error is not None else {}
    ticked = frame.fields("codes", 40)

    def build(session: Session) -> ApplicationForm:
        return form_page(session, scope, _writable(session, scope, case_id), typed, ticked, errors)

    return frame.page("application_new.html", "cases", build, status=422 if error is not None else 200)


@blueprint.post("/cases/<uuid:case_id>/applications")
@require_permission("register.read")
def draft(case_id: UUID) -> ResponseReturnValue:
    """Begin an application; refused, the form comes back with everything that was typed."""
    scope = frame.scope()
    try:
        made = frame.act(lambda session: _drafted(session, scope, case_id))
    except WrongFieldError as wrong:
        return _form(case_id, wrong.error)
    except RegisterError as refused:
        return _form(case_id, refusals.form_error(refused, _NEW_FIELDS))
    return frame.done(f"/applications/{made}")


def _drafted(session: Session, scope: Scope, case_id: UUID) -> UUID:
    case = _writable(session, scope, case_id)
    codes = frame.fields("codes", 40)
    if not codes:
        raise RegisterError("no_items")
    sent = Sent({name: frame.field(name, _LONGEST) for name in TYPED})
    return service.draft_application(
        session,
        scope.actor,
        scope,
        case_id,
        codes=codes,
        authority_id=_authority(session, scope, case, sent),
        secrecy_asked=SECRECY in codes,
        statement=sent.text("statement"),
    )


def _authority(session: Session, scope: Scope, case: WhoseRegister, sent: Sent) -> UUID | None:
    """The court or office by its name; one that nobody wrote before is added. Raises RegisterError."""
    name, kind = sent.text("authority"), sent.text("authority_kind")
    if not name:
        return None
    if kind not in KINDS:
        raise WrongFieldError("authority_kind", _("Choose who decides."))
    province = sent.text("province") or province_of(session, case)
    return service.add_authority(session, scope.actor, scope, kind, province, name)


@blueprint.get("/applications/<uuid:application_id>")
@require_permission("register.read")
def application(application_id: UUID) -> Response:
    """One application with what can be done now."""
    scope = frame.scope()
    return frame.page("application.html", "cases", lambda session: application_page(session, scope, application_id))


@blueprint.post("/applications/<uuid:application_id>")
@require_permission("register.read")
def act(application_id: UUID) -> ResponseReturnValue:
    """Record what became of it; refused, the page comes back with that form open and filled."""
    scope, do = frame.scope(), frame.field("do", 30)
    sent = Sent({name: frame.field(name, _LONGEST) for name in request.form if name != "csrf_token"})

    def work(session: Session) -> None:
        view = application_of(session, scope, application_id)
        perform = _ACTS.get(do)
        if perform is None:
            raise RegisterError("not_possible")
        perform(session, scope, view, sent)

    try:
        frame.act(work)
    except WrongFieldError as wrong:
        return _refused(scope, application_id, do, sent, wrong.error)
    except RegisterError as refused:
        return _refused(scope, application_id, do, sent, refusals.form_error(refused, _FIELDS.get(do, {})))
    return frame.done(f"/applications/{application_id}")


def _refused(scope: Scope, application_id: UUID, do: str, sent: Sent, error: FormError) -> Response:
    refused = Refused(do, "", sent.typed, {}, (error,))
    return frame.page(
        "application.html",
        "cases",
        lambda session: application_page(session, scope, application_id, (error,), refused),
        status=422,
    )


def _approve(session: Session, scope: Scope, view: ApplicationView, sent: Sent) -> None:
    moment = sent.moment("approved_at")
    service.approve_application(session, scope.actor, scope, view.id, sent.text("manner"), approved_at=moment)


def _file(session: Session, scope: Scope, view: ApplicationView, sent: Sent) -> None:
    moment, case = sent.moment("filed_at"), case_of(session, scope, view.case_id)
    known = register.authority(session, view.authority_id)
    same = known is not None and (known.title, known.kind) == (sent.text("authority"), sent.text("authority_kind"))
    where = view.authority_id if same or not sent.text("authority") else _authority(session, scope, case, sent)
    docket = sent.text("docket")
    service.file_application(session, scope.actor, scope, view.id, moment, authority_id=where, docket=docket)


def _answer(session: Session, scope: Scope, view: ApplicationView, sent: Sent) -> None:
    outcome, day = sent.text("outcome"), sent.day("answered_on")
    service.answer_application(session, scope.actor, scope, view.id, outcome, day)


def _withdraw(session: Session, scope: Scope, view: ApplicationView, sent: Sent) -> None:
    service.withdraw_application(session, scope.actor, scope, view.id, sent.text("reason"))


_ACTS: Mapping[str, _Act] = {"approve": _approve, "file": _file, "answer": _answer, "withdraw": _withdraw}
