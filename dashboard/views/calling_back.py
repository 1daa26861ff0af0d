"""Calling her back: begun by a person, given up, and what is done where somebody else answers."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core.audit import record
from core.i18n import gettext as _
from dashboard import frame
from dashboard.views.contacts import RefusedError, do, show
from dashboard.workspace import contact_of
from hotline import queries
from hotline import service as hotline
from hotline.queries import ContactView
from intake import queries as intake_queries
from intake import service as intake
from routing import service as routing
from staff.edge import require_permission

blueprint = Blueprint("calling_back", __name__)


def _act(contact_id: UUID, verb: Callable[[Session, ContactView], None]) -> ResponseReturnValue:
    """For whoever may answer her, also where nobody has the contact: it is a task of everybody on the line."""
    scope = frame.scope()

    def work(session: Session) -> RefusedError | None:
        found = contact_of(session, scope, contact_id)
        scope.require_record(session, "contact", found.id, found.centre_id, act="answer")
        try:
            verb(session, found)
        except RefusedError as refused:
            # What the gate said is audited, so it is not rolled back; nothing else was written.
            return refused
        return None

    refused = frame.act(work)
    if refused is None:
        return frame.done(f"/contacts/{contact_id}")
    if frame.wants_json():
        return {"errors": [{"field": refused.field, "text": refused.text}]}, 422
    return show(contact_id, {refused.field: refused.text}, status=422)


@blueprint.post("/contacts/<uuid:contact_id>/call-back")
@require_permission("contact.answer")
def call(contact_id: UUID) -> ResponseReturnValue:
    """Ring my telephone; when I press 1 there, the gate is asked once more and hers is called."""
    scope = frame.scope()

    def begin(session: Session, found: ContactView) -> None:
        try:
            routing.call_back(session, scope.actor, scope, found.id, frame.me())
        except routing.GateRefusedError as refused:
            raise RefusedError(refused.answer.sentence) from None
        except routing.NoTelephoneError:
            raise RefusedError(_("You have no telephone that was tried and could be rung.")) from None
        except routing.BusyError:
            raise RefusedError(_("You have somebody on the line. End that first.")) from None
        except hotline.AlreadyCalledError:
            raise RefusedError(_("She is on the line with us already, or somebody is calling her.")) from None
        except hotline.NothingToCallError:
            raise RefusedError(_("She showed no number that could be reached.")) from None

    return _act(contact_id, begin)


@blueprint.post("/contacts/<uuid:contact_id>/call-back/off")
@require_permission("contact.answer")
def off(contact_id: UUID) -> ResponseReturnValue:
    """Give it up while nobody has answered."""
    actor = frame.scope().actor

    def withdraw(session: Session, found: ContactView) -> None:
        mine = [one for one in queries.call_backs_of(session, found.id) if one.account_id == actor.id]
        if not mine or not hotline.withdraw_call_back(session, mine[0].id):
            raise RefusedError(_("It is over already, or somebody has answered."))
        record(session, actor, "call_back_withdrawn", "contact", found.id, found.centre_id)

    return _act(contact_id, withdraw)


@blueprint.post("/contacts/<uuid:contact_id>/call-back/other")
@require_permission("intake.write")
def other(contact_id: UUID) -> ResponseReturnValue:
    """Somebody else answered: nothing goes to this number any more. The words to say stand on the page already."""
    scope = frame.scope()

    def stop(session: Session, found: ContactView) -> None:
        view = intake_queries.intake_of_contact(session, scope, found.id)
        if found.call_back_of is None or view is None:
            raise RefusedError(_("This is no call of ours."))
        intake.suspect_other_party(session, scope.actor, scope, view.id)
        intake.mark_compromised(session, scope.actor, scope, view.id)

    return do(contact_id, stop)
