"""Petitions: drawn up from a case, read before they are printed, approved by her, released, taken as files."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from core.clock import now
from dashboard import frame
from dashboard.petitions import petition_error, petition_page, petitions_page
from dashboard.presenters.forms import FormError
from escalation.cases.petitions import files, service
from escalation.cases.petitions.queries import PARTICULARS
from escalation.cases.register import service as register
from escalation.cases.register.rules.errors import RegisterError
from staff.edge import require_permission

blueprint = Blueprint("petitions", __name__)

_LONGEST = 10_000
#: A file's name tells nobody whose paper it is.
_FORMS = {
    "docx": ("dilekce.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "pdf": ("dilekce.pdf", "application/pdf"),
}
#: What an address may choose beforehand: neither tells anything of her.
_CHOSEN = ("purpose", "about")
_FIELD = {
    "unknown_purpose": "purpose",
    "unknown_authority": "authority",
    "unknown_decision": "about",
    "unknown_measure": "codes",
    "unknown_manner": "manner",
}


@blueprint.get("/cases/<uuid:case_id>/petitions")
@require_permission("register.read")
def petitions(case_id: UUID) -> Response:
    """The petitions of a case; ``purpose`` and ``about`` are chosen where the need was seen."""
    return _list(case_id)


def _list(case_id: UUID, refused: RegisterError | None = None) -> Response:
    scope = frame.scope()
    typed = _typed() if request.method == "POST" else {name: request.args.getlist(name)[:1] for name in _CHOSEN}
    return frame.page(
        "petitions.html",
        "cases",
        lambda session: petitions_page(session, scope, case_id, _errors(refused), typed),
        status=422 if refused else 200,
    )


def _typed() -> dict[str, list[str]]:
    return {name: request.form.getlist(name) for name in (*_CHOSEN, "authority", "codes", "statement", "secrecy")}


def _errors(refused: RegisterError | None) -> tuple[FormError, ...]:
    if refused is None:
        return ()
    return (FormError(text=petition_error(refused.reason, refused.details), field=_FIELD.get(refused.reason, "")),)


@blueprint.post("/cases/<uuid:case_id>/petitions")
@require_permission("register.read")
def draw_up(case_id: UUID) -> ResponseReturnValue:
    """Begin a petition from what the case's records say."""
    scope, about = frame.scope(), frame.field("about", 40)
    try:
        made = frame.act(
            lambda session: register.draft_application(
                session,
                scope.actor,
                scope,
                case_id,
                purpose=frame.field("purpose", 40),
                codes=frame.fields("codes", 40),
                authority_id=_authority(),
                about_id=frame.uuid_of(about) if about else None,
                secrecy_asked=bool(frame.fields("secrecy", 1)),
                statement=frame.field("statement", _LONGEST),
            )
        )
    except RegisterError as refused:
        return _list(case_id, refused)
    return frame.done(f"/petitions/{made}")


def _authority() -> UUID | None:
    chosen = frame.field("authority", 40)
    return frame.uuid_of(chosen) if chosen else None


@blueprint.get("/petitions/<uuid:application_id>")
@require_permission("register.read")
def petition(application_id: UUID) -> Response:
    """One petition as it would be printed, with what is missing in words."""
    return _show(application_id)


def _show(application_id: UUID, refused: RegisterError | None = None) -> Response:
    scope = frame.scope()
    return frame.page(
        "petition.html",
        "cases",
        lambda session: petition_page(session, scope, application_id, _errors(refused)),
        status=422 if refused else 200,
    )


def _do(application_id: UUID, verb: Callable[[Session], object]) -> ResponseReturnValue:
    try:
        frame.act(verb)
    except RegisterError as refused:
        return _show(application_id, refused)
    return frame.done(f"/petitions/{application_id}")


@blueprint.post("/petitions/<uuid:application_id>")
@require_permission("register.read")
def write(application_id: UUID) -> ResponseReturnValue:
    """Write down what the petition needs; only until she approved it."""
    scope = frame.scope()
    particulars = {name: frame.field(name, 500) for name in PARTICULARS}

    def work(session: Session) -> None:
        register.revise_application(
            session,
            scope.actor,
            scope,
            application_id,
            codes=frame.fields("codes", 40),
            authority_id=_authority(),
            secrecy_asked=bool(frame.fields("secrecy", 1)),
            statement=frame.field("statement", _LONGEST),
        )
        service.write_particulars(session, scope.actor, scope, application_id, particulars)

    return _do(application_id, work)


@blueprint.post("/petitions/<uuid:application_id>/approve")
@require_permission("register.read")
def approve(application_id: UUID) -> ResponseReturnValue:
    """She approved it as it reads."""
    scope, manner = frame.scope(), frame.field("manner", 20)
    return _do(
        application_id,
        lambda session: service.approve_petition(session, scope.actor, scope, application_id, manner),
    )


@blueprint.post("/petitions/<uuid:application_id>/release")
@require_permission("petition.release")
def release(application_id: UUID) -> ResponseReturnValue:
    """A lawyer read it; the watermark goes."""
    scope = frame.scope()
    return _do(application_id, lambda session: service.release_petition(session, scope.actor, scope, application_id))


@blueprint.get("/petitions/<uuid:application_id>/<form>")
@require_permission("register.read")
def take(application_id: UUID, form: str) -> Response:
    """The petition as a file, ``docx`` or ``pdf``; no answer of the house is kept anywhere (no-store)."""
    if form not in _FORMS:
        raise NotFound
    name, media_type = _FORMS[form]
    draw = files.as_docx if form == "docx" else files.as_pdf
    scope = frame.scope()

    def work(session: Session) -> bytes:
        view = service.take_petition(session, scope.actor, scope, application_id, form)
        return draw(view.paper, now(session), draft=view.is_draft)

    content = frame.act(work)
    return Response(content, mimetype=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
