"""The board: the page, its snapshot, the heartbeat of presence, accepting."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core.i18n import gettext as _
from dashboard import frame, labels
from dashboard.alarms import alarms_of
from dashboard.board import snapshot
from dashboard.names import Names
from dashboard.presenters import BoardPage, Option, as_json
from dashboard.views.contacts import show
from dashboard.views.play import may_play
from hotline import service as hotline
from hotline.rules import DESK_CHANNELS
from routing import queries as routing_queries
from routing import service as routing
from staff.edge import current, require_permission, signed_in

blueprint = Blueprint("board", __name__)

_FALSE = frozenset({"", "0", "false", "off", "no"})


@blueprint.get("/")
@signed_in(while_locked=True)
def board() -> ResponseReturnValue:
    """The board, or the first place that this reader may open."""
    scope = frame.scope()
    if not scope.may("contact.read"):
        return redirect(frame.home_of(scope), 303)

    def build(session: Session) -> BoardPage:
        return BoardPage(
            snapshot=snapshot(session, scope),
            may_accept=scope.may("contact.answer"),
            may_open=scope.may("intake.read") or scope.may("case.read"),
            may_play=may_play(),
            desk=_desk_ways() if scope.may("contact.answer") and scope.centre_ids else (),
        )

    return frame.page("board.html", "board", build, wall=request.args.get("wall") == "1")


def _desk_ways() -> tuple[Option, ...]:
    return tuple(Option(value=code, label=labels.desk_channel(code)) for code in DESK_CHANNELS)


@blueprint.post("/contacts")
@require_permission("contact.answer")
def open_at_desk() -> ResponseReturnValue:
    """Write down somebody who came without a call or a text: a contact of this moment, and it is mine."""
    channel, account, centre = frame.field("channel", 40), frame.me(), frame.here()
    try:
        contact_id = frame.act(lambda session: hotline.open_at_desk(session, centre, account, channel))
    except (hotline.NoSuchChannelError, LookupError):
        return frame.done("/")
    return frame.done(f"/contacts/{contact_id}")


@blueprint.get("/welcome")
@signed_in()
def welcome() -> Response:
    """A role without a place of its own sees the frame and a word that this is right."""
    return frame.page("welcome.html", "", lambda _session: None)


@blueprint.get("/board/snapshot")
@require_permission("contact.read", while_locked=True, passive=True)
def board_snapshot() -> Response:
    """The board as of its head, for a screen that is behind or without a live connection."""
    scope = frame.scope()
    return jsonify(as_json(frame.act(lambda session: snapshot(session, scope))))


@blueprint.get("/alarms")
@signed_in(while_locked=True, passive=True)
def alarms() -> Response:
    """What of the system asks for this reader, for a page that stays open."""
    scope, wall = frame.scope(), request.args.get("wall") == "1"
    return jsonify(alarms=as_json(frame.act(lambda session: alarms_of(session, scope, wall=wall))))


@blueprint.post("/presence")
@require_permission("contact.answer", while_locked=True, passive=True)
def presence() -> Response:
    """The heartbeat of an open screen, and whether its user receives contacts."""
    ready = frame.field("ready").lower() not in _FALSE
    account, centre = frame.me(), frame.here()

    def beat(session: Session) -> bool:
        changed = routing.heartbeat(session, frame.scope().actor, account, centre, ready=ready)
        if changed and ready:
            # Off and on again says that she needs no more of her pause.
            routing.end_wrap_up(session, account, herself=True)

        return ready and routing_queries.browser_phone(session, account) == "away"

    if frame.act(beat):
        sentence = _("You answer in a browser, and its tab is closed or not connected. Open your telephone first.")
        return frame.done(frame.next_path(), ready=False, error=sentence)
    return frame.done(frame.next_path(), ready=ready)


@blueprint.post("/offers/<uuid:contact_id>/accept")
@require_permission("contact.answer", while_locked=True)
def accept(contact_id: UUID) -> ResponseReturnValue:
    """Take a contact. Exactly one of several wins; the others are told who has it."""
    scope, account = frame.scope(), frame.me()

    def work(session: Session) -> tuple[bool, str]:
        outcome = routing.accept(session, scope.actor, contact_id, account)
        # Who has it is said to those who came too late.
        return outcome.won, "" if outcome.won else Names(session, [outcome.by]).of(outcome.by)

    try:
        won, by = frame.act(work)
    except (routing.NoTelephoneError, routing.BusyError) as refused:
        sentence = why_refused(refused)
        if frame.wants_json():
            return jsonify(won=False, error=sentence), 409
        return _not_taken(contact_id, sentence)
    if frame.wants_json():
        return jsonify(won=True) if won else jsonify(won=False, by=by or _("Somebody else"))
    if won:
        return redirect(f"/contacts/{contact_id}", 303)
    return _not_taken(contact_id, _("%(name)s was faster and has this contact.", name=by or _("Somebody else")))


def why_refused(refused: routing.NoTelephoneError | routing.BusyError) -> str:
    """Why a caller cannot be taken, in words."""
    if isinstance(refused, routing.BusyError):
        return _("You have a caller. End that call or hand it over, then you can take this one.")
    if isinstance(refused, routing.TelephoneAwayError):
        return _("You answer in a browser, and its tab is closed or not connected. Open your telephone first.")
    return _("You have no telephone on which the caller could reach you. Ask your shift lead.")


def _not_taken(contact_id: UUID, sentence: str) -> ResponseReturnValue:
    """The contact again, with who has it or what is missing; on a locked screen no page with content is drawn."""
    if current().locked:
        return redirect(f"/contacts/{contact_id}", 303)
    return show(contact_id, {"": sentence}, status=409)


@blueprint.post("/offers/<uuid:contact_id>/decline")
@require_permission("contact.answer", while_locked=True)
def decline(contact_id: UUID) -> Response:
    """Say that one cannot take it now; the next person is asked."""
    scope, account = frame.scope(), frame.me()
    frame.act(lambda session: routing.decline(session, scope.actor, contact_id, account))
    return frame.done("/")
