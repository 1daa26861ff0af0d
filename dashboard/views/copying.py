"""Copy sheets: a record in the order of the other system, and that it was entered there."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from dashboard import frame
from dashboard.copying import PLACES, copy_error, copy_page
from dashboard.presenters.forms import FormError
from escalation.cases.copying import service
from escalation.cases.copying.catalogues import Kind
from escalation.cases.copying.rules import CopyError
from staff.edge import require_permission

blueprint = Blueprint("copying", __name__)

_TYPED = 500


@blueprint.get("/intakes/<uuid:intake_id>/copy")
@require_permission("intake.read", can_wait=True)
def intake(intake_id: UUID) -> Response:
    """An intake field by field."""
    return _show("intake", intake_id)


@blueprint.post("/intakes/<uuid:intake_id>/copy")
@require_permission("intake.write", can_wait=True)
def intake_entered(intake_id: UUID) -> ResponseReturnValue:
    """The intake was entered into the other system."""
    return _entered("intakes", intake_id)


@blueprint.get("/cases/<uuid:case_id>/copy")
@require_permission("case.read")
def case(case_id: UUID) -> Response:
    """A case field by field."""
    return _show("case", case_id)


@blueprint.post("/cases/<uuid:case_id>/copy")
@require_permission("case.write")
def case_entered(case_id: UUID) -> ResponseReturnValue:
    """The case was entered into the other system."""
    return _entered("cases", case_id)


@blueprint.get("/decisions/<uuid:decision_id>/copy")
@require_permission("register.read")
def decision(decision_id: UUID) -> Response:
    """A decision field by field."""
    return _show("decision", decision_id)


@blueprint.post("/decisions/<uuid:decision_id>/copy")
@require_permission("register.read")
def decision_entered(decision_id: UUID) -> ResponseReturnValue:
    """The decision was entered into the other system."""
    return _entered("decisions", decision_id)


def _show(kind: Kind, subject_id: UUID, refused: CopyError | None = None) -> Response:
    scope, typed = frame.scope(), frame.field("number", _TYPED)
    errors = () if refused is None else (FormError(text=copy_error(refused.reason), field="number"),)
    return frame.page(
        "copy_sheet.html",
        "board" if kind == "intake" else "cases" if kind == "case" else "register",
        lambda session: copy_page(session, scope, kind, subject_id, errors, typed if refused else ""),
        status=422 if refused else 200,
    )


def _entered(place: str, subject_id: UUID) -> ResponseReturnValue:
    scope, kind = frame.scope(), PLACES[place]
    number, seen = frame.field("number", _TYPED), frame.field("seen", 200)
    try:
        frame.act(
            lambda session: service.mark_entered(
                session, scope.actor, scope, kind, subject_id, number=number, seen=seen
            )
        )
    except CopyError as refused:
        return _show(kind, subject_id, refused)
    return frame.done(f"/{place}/{subject_id}/copy")
