"""Listening and coaching: that she agreed and takes it back, who listens, and on which lines anybody may."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core.i18n import gettext as _
from dashboard import frame
from dashboard.listening import WORDS, why_not
from dashboard.views.board import why_refused
from dashboard.views.contacts import RefusedError, do, show
from dashboard.workspace import contact_of
from hotline import service as hotline
from hotline.queries import ContactView
from hotline.service.holding import NotACallError
from routing import service as routing
from staff.edge import require_permission
from staff.service import allow_listening

blueprint = Blueprint("listening", __name__)

_LONGEST = 500


@blueprint.post("/contacts/<uuid:contact_id>/listening")
@require_permission("contact.answer")
def agreement(contact_id: UUID) -> ResponseReturnValue:
    """She was told that a colleague may listen and agreed, in her words; or it is taken back, and listeners go."""
    actor, words = frame.scope().actor, frame.field(WORDS, _LONGEST)
    back = frame.field("do", 10) == "withdraw"

    def write(session: Session, found: ContactView) -> None:
        if back:
            routing.withdraw_listening(session, actor, found)
            return
        if not words:
            raise RefusedError(_("Write down how she agreed, in her words."), WORDS)
        try:
            routing.agree_to_listening(session, actor, found, words)
        except routing.MayNotListenError as refused:
            raise RefusedError(why_not(refused.why)) from None
        except hotline.NotHersError:
            raise RefusedError(_("Only who has her may do this.")) from None
        except (hotline.NotTogetherError, NotACallError):
            raise RefusedError(why_not("apart")) from None

    return do(contact_id, write)


@blueprint.post("/contacts/<uuid:contact_id>/listen")
@require_permission("contact.coach")
def listen(contact_id: UUID) -> ResponseReturnValue:
    """Ring my telephone to listen, or to be heard by who has her alone; or let me go."""
    scope, how = frame.scope(), frame.field("how", 10)

    def work(session: Session) -> None:
        found = contact_of(session, scope, contact_id)
        if how == "end":
            hotline.stop_listening(session, scope.actor, contact_id)
            return
        routing.listen(session, scope.actor, found, frame.me(), coach=how == "coach")

    try:
        frame.act(work)
    except routing.MayNotListenError as refused:
        return show(contact_id, {"": why_not(refused.why)}, status=422)
    except (routing.NoTelephoneError, routing.BusyError) as refused:
        return show(contact_id, {"": why_refused(refused)}, status=422)
    except hotline.NotAgreedError:
        return show(contact_id, {"": why_not("unagreed")}, status=422)
    except (hotline.NotTogetherError, NotACallError):
        return show(contact_id, {"": why_not("apart")}, status=422)
    return frame.done(f"/contacts/{contact_id}")


@blueprint.post("/shifts/lines/<uuid:line_id>/listening")
@require_permission("line.listen", step_up=True)
def on_line(line_id: UUID) -> ResponseReturnValue:
    """Whether anybody may listen on a line at all."""
    scope, allowed = frame.scope(), frame.field("allowed", 1) == "1"
    frame.act(lambda session: allow_listening(session, scope, line_id, allowed=allowed))
    return frame.done("/shifts#listening")
