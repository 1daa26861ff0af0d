"""What is done while she and somebody of ours are in the talking room: a voice turned on or off, an answer by key."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core.audit import record
from core.i18n import gettext as _
from dashboard import frame
from dashboard.together import ready_questions
from dashboard.views.board import why_refused
from dashboard.views.contacts import RefusedError, do
from hotline import service as hotline
from hotline.queries import ContactView
from routing import service as routing
from staff.edge import require_permission
from staff.errors import ScopeError

blueprint = Blueprint("talking", __name__)


def _call(found: ContactView) -> None:
    if found.channel != "voice":
        raise RefusedError(_("This is not a call."))


def _not_told() -> str:
    return _("She may take her own life: tell her first who joins, and say here that you did.")


def _stays() -> str:
    return _("She may take her own life: she is not handed over and not put on hold. Call a second person in.")


def _id(name: str) -> UUID | None:
    """A field that names somebody or something; None where it is empty or no id."""
    try:
        return UUID(frame.field(name, 40))
    except ValueError:
        return None


@blueprint.post("/contacts/<uuid:contact_id>/rejoin")
@require_permission("contact.answer")
def rejoin(contact_id: UUID) -> ResponseReturnValue:
    """My telephone dropped: ring it again for the caller with whom I was."""
    actor = frame.scope().actor

    def ring(session: Session, found: ContactView) -> None:
        _call(found)
        try:
            won = routing.rejoin(session, actor, found.id, frame.me())
        except (routing.NoTelephoneError, routing.BusyError) as refused:
            raise RefusedError(why_refused(refused)) from None
        except hotline.NotHersError:
            raise RefusedError(_("Only who has her may do this.")) from None
        if not won:
            raise RefusedError(_("Somebody else has this contact by now."))
        record(session, actor, "call_rejoined", "contact", found.id, found.centre_id)

    return do(contact_id, ring)


@blueprint.post("/contacts/<uuid:contact_id>/voice")
@require_permission("contact.answer")
def voice(contact_id: UUID) -> ResponseReturnValue:
    """Let her hear me, or not."""
    muted = frame.field("muted", 1) == "1"

    def turn(session: Session, found: ContactView) -> None:
        _call(found)
        try:
            hotline.set_voice(session, frame.scope().actor, found.id, frame.me(), muted=muted)
        except hotline.NotInTheRoomError:
            raise RefusedError(_("Your telephone is not with her.")) from None

    return do(contact_id, turn)


@blueprint.post("/contacts/<uuid:contact_id>/hold")
@require_permission("contact.answer")
def hold(contact_id: UUID) -> ResponseReturnValue:
    """Let her wait outside the room for a short while, or bring her back."""
    holds = frame.field("hold", 1) == "1"
    actor = frame.scope().actor

    def wait(session: Session, found: ContactView) -> None:
        _call(found)
        try:
            if holds:
                routing.put_on_hold(session, actor, found.id)
            else:
                hotline.fetch_back(session, actor, found.id)
        except routing.StaysError:
            raise RefusedError(_stays()) from None
        except hotline.NotTogetherError:
            raise RefusedError(_("She cannot be put on hold now.")) from None

    return do(contact_id, wait)


@blueprint.post("/contacts/<uuid:contact_id>/call-in")
@require_permission("contact.answer")
def call_in(contact_id: UUID) -> ResponseReturnValue:
    """Call a colleague or an interpreter in; she may be put on hold meanwhile."""
    whom, actor = _id("account"), frame.scope().actor
    role = "interpreter" if frame.field("role", 20) == "interpreter" else "colleague"
    holds = frame.field("hold", 1) == "1" and role == "colleague"
    told = frame.field("told", 1) == "1"

    def ring(session: Session, found: ContactView) -> None:
        _call(found)
        if whom is None:
            raise RefusedError(_("Choose whom to call in."))
        try:
            routing.call_in(session, actor, found.id, whom, role, told=told)
            if holds and not routing.stays(session, found.id):
                routing.put_on_hold(session, actor, found.id)
        except routing.NotToldError:
            raise RefusedError(_not_told()) from None
        except (routing.NoTelephoneError, ScopeError):
            raise RefusedError(_("This person cannot be called in now.")) from None
        except hotline.NotHersError:
            raise RefusedError(_("Only who has her may do this.")) from None
        except hotline.NotTogetherError:
            raise RefusedError(_("Nobody can be called in at this moment.")) from None
        record(session, actor, "called_in", "contact", found.id, found.centre_id, account=str(whom), role=role)

    return do(contact_id, ring)


@blueprint.post("/contacts/<uuid:contact_id>/hand-over")
@require_permission("contact.answer")
def hand_over(contact_id: UUID) -> ResponseReturnValue:
    """Give her to a colleague who is in the room, let somebody go, or leave who has her by now."""
    act, leg, actor = frame.field("do", 20), _id("leg"), frame.scope().actor

    def give(session: Session, found: ContactView) -> None:
        _call(found)
        try:
            if act == "leave":
                hotline.leave_call(session, actor, found.id)
            elif leg is not None and act == "let_go":
                hotline.let_guest_go(session, actor, found.id, leg)
            elif leg is not None:
                routing.hand_over(session, actor, found.id, leg)
        except routing.StaysError:
            raise RefusedError(_stays()) from None
        except hotline.NotHersError:
            raise RefusedError(_("Only who has her may do this.")) from None
        record(session, actor, "conversation_changed", "contact", found.id, found.centre_id, what=act or "hand_over")

    return do(contact_id, give)


@blueprint.post("/contacts/<uuid:contact_id>/read-along")
@require_permission("contact.answer")
def read_along(contact_id: UUID) -> ResponseReturnValue:
    """Let a colleague read along silently, or end that; whoever reads may end it too."""
    whom, scope = _id("account"), frame.scope()

    def let(session: Session, found: ContactView) -> None:
        if frame.field("do", 10) == "end":
            routing.stop_reading(session, scope.actor, found)
            return
        try:
            if whom is None:
                raise RefusedError(_("Choose who reads along."))
            routing.let_read(session, scope.actor, found, whom)
        except routing.NoReaderError:
            raise RefusedError(_("This person cannot read along now.")) from None

    return do(contact_id, let)


@blueprint.post("/contacts/<uuid:contact_id>/ask-by-key")
@require_permission("contact.answer")
def ask_by_key(contact_id: UUID) -> ResponseReturnValue:
    """Lead her to where her key is heard; she comes back by herself."""
    chosen = frame.field("question", 40)
    question = chosen if chosen in {option.value for option in ready_questions()} else ""
    actor = frame.scope().actor

    def ask(session: Session, found: ContactView) -> None:
        _call(found)
        try:
            hotline.ask_by_key(session, actor, found.id, question)
        except hotline.NotTogetherError:
            raise RefusedError(_("She cannot be asked by key now."), "question") from None
        record(session, actor, "asked_by_key", "contact", found.id, found.centre_id)

    return do(contact_id, ask)
