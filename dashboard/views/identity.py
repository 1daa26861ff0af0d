"""Who calls, and whether it is sure: kinds of caller, a check taken back, the mark that it may be the other party."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboard import frame
from dashboard.views.contacts import show
from dashboard.wording import intake_error
from dashboard.workspace import intake_of
from intake import service
from intake.errors import IntakeError
from staff.edge import require_permission

blueprint = Blueprint("identity", __name__)


def _do(intake_id: UUID, verb: Callable[[Session], None]) -> ResponseReturnValue:
    """Mark something about who speaks in an intake's contact; refused, show it again with the reason."""
    scope = frame.scope()

    def contact(session: Session) -> UUID:
        return intake_of(session, scope, intake_id).contact_id

    def work(session: Session) -> UUID:
        contact_id = contact(session)
        verb(session)
        return contact_id

    try:
        contact_id = frame.act(work)
    except IntakeError as refused:
        return show(frame.act(contact), {"": intake_error(refused.reason)}, status=422)
    return jsonify(done=True) if frame.wants_json() else frame.done(f"/contacts/{contact_id}")


@blueprint.post("/intakes/<uuid:intake_id>/identity")
@require_permission("intake.write")
def withdraw(intake_id: UUID) -> ResponseReturnValue:
    """It is not sure who speaks after all; what the check opened is closed again."""
    reason, scope = frame.field("reason", 500), frame.scope()
    return _do(intake_id, lambda session: service.withdraw_identity(session, scope.actor, scope, intake_id, reason))


@blueprint.post("/intakes/<uuid:intake_id>/caller")
@require_permission("intake.write")
def caller(intake_id: UUID) -> ResponseReturnValue:
    """Who calls, by its kind. What to say stands on the page already, and waits for nothing here."""
    kind, scope = frame.field("kind", 20), frame.scope()
    return _do(intake_id, lambda session: service.mark_caller(session, scope.actor, scope, intake_id, kind))


@blueprint.post("/intakes/<uuid:intake_id>/caller/clear")
@require_permission("intake.write")
def clear_caller(intake_id: UUID) -> ResponseReturnValue:
    """A kind that was marked by itself holds no longer."""
    kind, reason, scope = frame.field("kind", 20), frame.field("reason", 500), frame.scope()
    return _do(intake_id, lambda session: service.end_mark(session, scope.actor, scope, intake_id, kind, reason))


@blueprint.post("/intakes/<uuid:intake_id>/nuisance/clear")
@require_permission("contact.block")
def clear_nuisance(intake_id: UUID) -> ResponseReturnValue:
    """Nothing is kept in mind of this contact's number any more."""
    scope = frame.scope()
    return _do(intake_id, lambda session: service.clear_nuisance(session, scope.actor, scope, intake_id))


@blueprint.post("/intakes/<uuid:intake_id>/other-party")
@require_permission("intake.write")
def suspect(intake_id: UUID) -> ResponseReturnValue:
    """Whoever speaks may be the other party. The words to say stand on the page already, and wait for nothing here."""
    scope = frame.scope()
    return _do(intake_id, lambda session: service.suspect_other_party(session, scope.actor, scope, intake_id))


@blueprint.post("/intakes/<uuid:intake_id>/other-party/clear")
@require_permission("intake.write")
def clear(intake_id: UUID) -> ResponseReturnValue:
    """It was an error."""
    reason, scope = frame.field("reason", 500), frame.scope()
    return _do(intake_id, lambda session: service.clear_other_party(session, scope.actor, scope, intake_id, reason))
