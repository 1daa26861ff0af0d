"""The workspace of one contact and what is done about it: reply, page, hang up, close, mark, unmask."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core.audit import record
from core.clock import now
from core.i18n import gettext as _
from core.log import get_logger
from core.metrics import alarms
from dashboard import frame
from dashboard.presenters import ContactPanel, UnmaskPage, WorkspacePage
from dashboard.queries import MANY_UNMASKED, UNMASKED, message_contact, unmasked_lately
from dashboard.reasons import escalation_reasons, unmask_reasons
from dashboard.replay import replay_page
from dashboard.wording import paging_error
from dashboard.workspace import Workspace, contact_of, require_work
from escalation.paging import service as paging
from hotline import queries as hotline_queries
from hotline import service as hotline
from hotline.queries import ContactView
from hotline.service.texts import EmptyTextError, NotPermittedError
from intake.gate import GateRefusal, permit_reply
from intake.identity import identity_of
from routing import service as routing
from staff.edge import require_permission

log = get_logger(__name__)

blueprint = Blueprint("contacts", __name__)

_LONGEST_TEXT = 1600
_LONGEST_DRAFT = 10_000
#: More numbers than this shown to one person within an hour raise an alarm.
UNMASK_LIMIT = 30
_LANGUAGES = frozenset({"tr", "en", "ar", "ku"})


class RefusedError(Exception):
    """An act that is refused with a sentence; the page is shown again with it beside the field."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.field = field


@blueprint.get("/contacts/<uuid:contact_id>")
@require_permission("contact.read")
def contact(contact_id: UUID) -> Response:
    """The workspace; for who may not read the intake, what the board shows of the contact."""
    return show(contact_id)


def show(
    contact_id: UUID,
    errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
    *,
    status: int = 200,
) -> Response:
    """Draw the workspace, with what was refused and what had been typed."""
    scope = frame.scope()

    def build(session: Session) -> WorkspacePage | ContactPanel:
        room = Workspace(session, scope, contact_id, moment=now(session))
        if room.intake is None:
            return room.panel(errors)
        if room.along:
            routing.note_reading(session, scope.actor, room.contact)
        record(session, scope.actor, "contact_opened", "contact", contact_id, room.contact.centre_id)
        return room.page(errors, typed)

    return frame.page(_template_of, "board", build, status=status)


@blueprint.get("/contacts/<uuid:contact_id>/replay")
@require_permission("contact.replay")
def routed(contact_id: UUID) -> Response:
    """How a call was routed, for who leads the shift."""
    return frame.page("replay.html", "board", lambda session: replay_page(session, frame.scope(), contact_id))


def _template_of(view: object) -> str:
    return "workspace.html" if isinstance(view, WorkspacePage) else "contact.html"


def do(
    contact_id: UUID,
    verb: Callable[[Session, ContactView], object],
    where: str = "",
    *,
    instead: Callable[[Session], object] | None = None,
) -> ResponseReturnValue:
    """Do something about a contact that the reader works on; refused, ``instead``, and the page with the reason."""
    scope = frame.scope()

    def work(session: Session) -> None:
        found = contact_of(session, scope, contact_id)
        require_work(session, scope, found)
        verb(session, found)

    try:
        frame.act(work)
    except RefusedError as refused:
        if instead is not None:
            frame.act(instead)
        if frame.wants_json():
            return {"errors": [{"field": refused.field, "text": refused.text}]}, 422
        return show(contact_id, {refused.field: refused.text}, status=422)
    return frame.done(where or f"/contacts/{contact_id}")


@blueprint.post("/contacts/<uuid:contact_id>/messages")
@require_permission("contact.answer")
def send_message(contact_id: UUID) -> ResponseReturnValue:
    """Write to her, if the gate allows; it leaves after ten seconds, in which it can be taken back."""
    text = frame.field("text", _LONGEST_DRAFT)
    actor, account = frame.scope().actor, frame.me()

    def reply(session: Session, found: ContactView) -> None:
        if len(text) > _LONGEST_TEXT:
            raise RefusedError(_("This text is too long to be sent."), "text")
        permit = permit_reply(session, actor, found.id)
        if isinstance(permit, GateRefusal):
            raise RefusedError(permit.sentence, "text")
        try:
            hotline.reply(session, actor, found.id, text, permit)
        except EmptyTextError:
            raise RefusedError(_("Write something first."), "text") from None
        except NotPermittedError:
            raise RefusedError(_("She cannot be written to now."), "text") from None
        hotline.drop_draft(session, account, found.id)

    def keep(session: Session) -> None:
        hotline.keep_draft(session, account, contact_id, text)

    return do(contact_id, reply, instead=keep)


@blueprint.post("/contacts/<uuid:contact_id>/draft")
@require_permission("contact.answer")
def keep_draft(contact_id: UUID) -> ResponseReturnValue:
    """Keep what is in the composer, also what is too long to be sent."""
    text, account = frame.field("text", _LONGEST_DRAFT), frame.me()
    return do(contact_id, lambda session, found: hotline.keep_draft(session, account, found.id, text))


@blueprint.post("/messages/<uuid:message_id>/undo")
@require_permission("contact.answer")
def undo_message(message_id: UUID) -> ResponseReturnValue:
    """Take a text back before it leaves."""
    scope = frame.scope()
    contact_id = frame.act(lambda session: message_contact(session, scope, message_id))

    def undo(session: Session, _found: ContactView) -> None:
        if not hotline.take_back(session, scope.actor, message_id):
            raise RefusedError(_("Too late: the text has left."), "text")

    return do(contact_id, undo)


@blueprint.post("/contacts/<uuid:contact_id>/escalate")
@require_permission("page.request")
def escalate(contact_id: UUID) -> ResponseReturnValue:
    """Page the on-call staff for this contact, for one of the reasons that may wake people now."""
    reason, actor = frame.field("reason", 40), frame.scope().actor

    def page(session: Session, found: ContactView) -> None:
        suspected = identity_of(session, found.id).suspected
        chosen = {one.value: one.label for one in escalation_reasons(suspected=suspected)}.get(reason, "")
        try:
            paging.request_for_contact(session, actor, found.id, "operator_request", request_reason=chosen)
        except paging.PagingError as refused:
            raise RefusedError(paging_error(refused.reason), "reason") from None

    return do(contact_id, page)


@blueprint.post("/contacts/<uuid:contact_id>/hang-up")
@require_permission("contact.answer")
def hang_up(contact_id: UUID) -> ResponseReturnValue:
    """End the call."""

    def end(session: Session, found: ContactView) -> None:
        if found.channel != "voice":
            raise RefusedError(_("This is not a call."))
        try:
            hotline.hang_up(session, frame.scope().actor, found.id)
        except hotline.NotTogetherError:
            raise RefusedError(_("Nobody speaks with her at this moment.")) from None

    return do(contact_id, end)


@blueprint.post("/contacts/<uuid:contact_id>/close")
@require_permission("contact.answer")
def close(contact_id: UUID) -> ResponseReturnValue:
    """Close the contact; a call is hung up first."""

    def end(session: Session, found: ContactView) -> None:
        if found.channel == "voice" and found.ended_at is None:
            raise RefusedError(_("She is still on the line. Hang up first."))
        hotline.close(session, frame.scope().actor, found.id)

    return do(contact_id, end, "/")


@blueprint.post("/contacts/<uuid:contact_id>/silent")
@require_permission("contact.answer")
def mark_silent(contact_id: UUID) -> ResponseReturnValue:
    """She is on the line and says nothing: treated as danger."""
    return do(contact_id, lambda session, found: hotline.mark_silent(session, frame.scope().actor, found.id))


@blueprint.post("/contacts/<uuid:contact_id>/language")
@require_permission("contact.answer")
def set_language(contact_id: UUID) -> ResponseReturnValue:
    """Her language became known."""
    language = frame.field("language", 10)

    def choose(session: Session, found: ContactView) -> None:
        if language not in _LANGUAGES:
            raise RefusedError(_("Choose one of the languages."), "language")
        hotline.set_language(session, frame.scope().actor, found.id, language)

    return do(contact_id, choose)


@blueprint.post("/unmask/contact/<uuid:contact_id>")
@require_permission("phone.unmask", step_up=True)
def unmask(contact_id: UUID) -> ResponseReturnValue:
    """Her whole number, for a reason of the list; who, when and why stand in the audit."""
    reason = frame.field("reason", 40)
    scope = frame.scope()
    if reason not in {option.value for option in unmask_reasons()}:
        return show(contact_id, {"": _("Say why you need the number.")}, status=422)

    def build(session: Session) -> UnmaskPage:
        found = contact_of(session, scope, contact_id)
        scope.require_record(
            session,
            "phone",
            contact_id,
            found.centre_id,
            subject_kind="contact",
            act="unmask",
            restricted=found.confidential,
        )
        number = hotline_queries.address_of(session, scope, contact_id)
        record(session, scope.actor, UNMASKED, "contact", contact_id, found.centre_id, reason=reason)
        shown = unmasked_lately(session, frame.me())
        if shown > UNMASK_LIMIT:
            # Never refused: a caller may be in danger. But many at once are looked at by a person.
            record(session, scope.actor, MANY_UNMASKED, "account", frame.me(), found.centre_id, count=shown)
            log.warning("many_unmasked", account=frame.me())
            alarms.add(kind="unmask")
        return UnmaskPage(value=number or _("withheld"), back_href=f"/contacts/{contact_id}")

    return frame.page("unmask.html", "board", build)
