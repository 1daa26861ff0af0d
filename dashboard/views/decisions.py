"""Decisions under Law 6284: entered from a paper, shown, acted on; their papers."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboard import frame
from dashboard.presenters import FormError
from dashboard.presenters.register import DecisionForm
from dashboard.register import acts, doing, entry, refusals
from dashboard.register.applications import application_of
from dashboard.register.decision import case_of, decision_of, decision_page
from dashboard.register.panel import may_record
from dashboard.register.sent import Sent, WrongFieldError
from escalation.cases.register import queries as register
from escalation.cases.register import service
from escalation.cases.register.catalogue_rows import measures
from escalation.cases.register.queries import WhoseRegister
from escalation.cases.register.rules.errors import RegisterError
from escalation.cases.register.rules.papers import JPEG, PDF, PNG
from staff.edge import require_permission
from staff.errors import MissingPermissionError
from staff.scope import Scope

blueprint = Blueprint("decisions", __name__)

_LONGEST = 10_000
#: Fields of the acts that may be chosen several times.
_MANY = ("items", "codes", "confirmed")
#: Papers that a browser shows by itself; the others are saved.
_SHOWN = (PDF, JPEG, PNG)


def _writable(session: Session, scope: Scope, case_id: UUID) -> WhoseRegister:
    case = case_of(session, scope, case_id)
    if not may_record(session, scope, case.id, case.centre_id, restricted=case.confidential):
        raise MissingPermissionError(scope.actor, "register.write", "case", case_id)
    return case


@blueprint.get("/cases/<uuid:case_id>/decisions/new")
@require_permission("register.write")
def new(case_id: UUID) -> Response:
    """The form of a decision; of one that answers an application with what was asked for."""
    asked = request.args.get("application", "")
    if not asked:
        return _form(case_id, entry.empty_form(request.args.get("form", "")))
    scope, application_id = frame.scope(), frame.uuid_of(asked)

    def build(session: Session) -> DecisionForm:
        case = _writable(session, scope, case_id)
        view = application_of(session, scope, application_id)
        if view.case_id != case.id:
            raise scope.out_of_scope("register", application_id)
        filled = entry.of_application(view, register.authority(session, view.authority_id))
        return entry.form_page(session, case, filled)

    return frame.page("decision_new.html", "cases", build)


def _form(
    case_id: UUID,
    filled: entry.Filled,
    errors: tuple[FormError, ...] = (),
    refused: RegisterError | None = None,
) -> Response:
    scope = frame.scope()

    def build(session: Session) -> DecisionForm:
        return entry.form_page(session, _writable(session, scope, case_id), filled, errors, refused)

    return frame.page("decision_new.html", "cases", build, status=422 if errors or refused else 200)


@blueprint.post("/cases/<uuid:case_id>/decisions")
@require_permission("register.write")
def record(case_id: UUID) -> ResponseReturnValue:
    """Enter a decision; refused, the form comes back with everything that was typed."""
    scope, do = frame.scope(), frame.field("do", 30)
    code = entry.known_form(frame.field("form", 20))
    filled = entry.Filled(
        code,
        {name: frame.field(name, 500) for name in entry.TYPED},
        tuple(frame.fields("codes")),
        tuple(frame.fields("confirmed")),
    )
    if do.startswith("form:"):
        other = entry.empty_form(do.removeprefix("form:"))
        typed = {**filled.typed, "served": other.typed["served"]}
        return _form(case_id, entry.Filled(other.form, typed, other.ticked))
    try:
        decision_id = frame.act(lambda session: _recorded(session, scope, case_id, filled))
    except WrongFieldError as wrong:
        return _form(case_id, filled, (wrong.error,))
    except RegisterError as refused:
        return _form(case_id, filled, refused=refused)
    return frame.done(f"/decisions/{decision_id}")


def _recorded(session: Session, scope: Scope, case_id: UUID, filled: entry.Filled) -> UUID:
    _writable(session, scope, case_id)
    kind, province, title = (entry.authority_kind(filled.form), filled.typed["province"], filled.typed["authority"])
    authority_id = service.add_authority(session, scope.actor, scope, kind, province, title)
    known = {code: measure for code, (_id, measure) in measures(session).items()}
    made = [
        service.record_decision(session, scope.actor, scope, case_id, one, confirmed=filled.confirmed)
        for one in entry.decisions_of(filled, authority_id, known)
    ]
    return made[0]


@blueprint.get("/decisions/<uuid:decision_id>")
@require_permission("register.read")
def decision(decision_id: UUID) -> Response:
    """One decision with everything that belongs to it."""
    scope = frame.scope()
    return frame.page("decision.html", "register", lambda session: decision_page(session, scope, decision_id))


@blueprint.post("/decisions/<uuid:decision_id>")
@require_permission("register.read")
def act(decision_id: UUID) -> ResponseReturnValue:
    """Record what became of a decision; refused, the page comes back with that form open and filled."""
    scope, do = frame.scope(), frame.field("do", 30)
    typed = {name: frame.field(name, _LONGEST) for name in request.form if name not in (*_MANY, "csrf_token")}
    many = {name: tuple(frame.fields(name)) for name in _MANY}
    paper = request.files.get("content")
    sent = Sent(typed, many, paper.read() if paper is not None else b"")

    def work(session: Session) -> None:
        view = decision_of(session, scope, decision_id)
        doing.perform(session, scope, view, do, sent)

    try:
        frame.act(work)
    except WrongFieldError as wrong:
        return _refused(scope, decision_id, do, sent, wrong.error)
    except RegisterError as refused:
        return _refused(scope, decision_id, do, sent, refused)
    return frame.done(f"/decisions/{decision_id}")


def _refused(scope: Scope, decision_id: UUID, do: str, sent: Sent, why: FormError | RegisterError) -> Response:
    def build(session: Session) -> object:
        known = {code: measure for code, (_id, measure) in measures(session).items()}
        if isinstance(why, RegisterError):
            error, hints = refusals.form_error(why, doing.FIELDS.get(do, {})), refusals.hints(why, known)
        else:
            error, hints = why, ()
        refused = acts.Refused(do, sent.text("about"), sent.typed, sent.many, (error,), hints)
        return decision_page(session, scope, decision_id, (error,), refused)

    return frame.page("decision.html", "register", build, status=422)


@blueprint.get("/papers/<uuid:document_id>")
@require_permission("register.read")
def paper(document_id: UUID) -> ResponseReturnValue:
    """A paper itself, opened with its case's key; that it was opened is written down."""
    scope = frame.scope()
    media_type, content = frame.act(lambda session: service.open_document(session, scope.actor, scope, document_id))
    shown = "inline" if media_type in _SHOWN else "attachment"
    # The name is the record's: a title may name a person.
    headers = {"Content-Disposition": f'{shown}; filename="{str(document_id)[-8:]}"'}
    return Response(content, mimetype=media_type, headers=headers)
