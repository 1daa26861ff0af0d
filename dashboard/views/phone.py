"""The browser as a telephone: choosing it, its token, its heartbeat, and answering at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core.audit import record
from core.i18n import gettext as _
from dashboard import frame
from dashboard.presenters import PhonePage
from dashboard.together import rejoin
from hotline import queries as hotline
from hotline.carriers.softphone import CARRIER_SOURCES, TOKEN_SECONDS, access_token
from routing import queries as routing_queries
from routing import service as routing
from staff import queries as staff
from staff.edge import allow_connect, allow_microphone, current, require_permission

blueprint = Blueprint("phone", __name__)
Found = TypeVar("Found")


def may_use_browser() -> bool:
    """Whether a browser can be a telephone here: its tokens are signed with an API key of the carrier's account."""
    return frame.ground().settings.twilio_api_key is not None


def practice_url() -> str:
    """Where the practice exchange is, if it is the carrier: it alone speaks http, and not in production."""
    settings = frame.ground().settings
    url = settings.twilio_api_url or ""
    return url if not settings.production and url.startswith("http://") else ""


def _token(identity: str) -> Response:
    settings = frame.ground().settings
    token = access_token(
        account_sid=settings.twilio_account_sid,
        key=settings.twilio_api_key or "",
        secret=settings.twilio_api_secret or "",
        identity=identity,
    )
    return jsonify(identity=identity, token=token, seconds=TOKEN_SECONDS)


@blueprint.get("/phone")
@require_permission("contact.answer", while_locked=True)
def phone() -> Response:
    """The telephone in the browser: a tab that stays open, and is rung."""
    usable, practice, account = may_use_browser(), practice_url(), frame.me()
    if usable:
        allow_microphone()
        allow_connect(*((practice,) if practice else CARRIER_SOURCES))

    def build(session: Session) -> PhonePage:
        telephones = staff.telephones_of(session, account)
        return PhonePage(
            usable=usable,
            practice=practice,
            chosen=routing_queries.browser_phone(session, account) != "",
            digits=telephones[0].digits if telephones else "",
            rejoin=_left(session, account),
        )

    return frame.page("phone.html", "", build)


def _left(session: Session, account_id: UUID) -> str:
    """The caller who still is hers, and with whom no telephone of hers is."""
    held = routing_queries.held_by(session, account_id)
    views = [hotline.contact(session, frame.scope(), one) for one in held]
    lost = [one.id for one in views if one is not None and rejoin(session, frame.scope(), one, mine=True)]
    return str(lost[0]) if lost else ""


@blueprint.post("/phone/use")
@require_permission("contact.answer")
def use() -> ResponseReturnValue:
    """Answer in this tab from now on. Any other tab of hers is no telephone any more."""
    if not may_use_browser():
        return jsonify(error=_("This installation has no API key of the carrier, so no browser can be rung.")), 409
    account, signed, actor = frame.me(), current(), frame.scope().actor

    def choose(session: Session) -> str:
        record(session, actor, "telephone_chosen", "account", account, frame.here(), browser=True)
        return routing.choose_browser(session, actor, account, signed.session_id)

    return _token(frame.act(choose))


@blueprint.post("/phone/leave")
@require_permission("contact.answer")
def leave() -> ResponseReturnValue:
    """Her telephone rings again, and no browser."""
    account, actor = frame.me(), frame.scope().actor

    def choose(session: Session) -> None:
        record(session, actor, "telephone_chosen", "account", account, frame.here(), browser=False)
        routing.choose_telephone(session, actor, account)

    frame.act(choose)
    return frame.done("/phone")


@blueprint.post("/phone/token")
@require_permission("contact.answer", while_locked=True, passive=True)
def token() -> ResponseReturnValue:
    """A fresh token for this tab, between two calls."""
    return _in_this_tab(routing.require_tab, lambda tab: _token(tab.identity))


@blueprint.post("/phone/beat")
@require_permission("contact.answer", while_locked=True, passive=True)
def beat() -> ResponseReturnValue:
    """The heartbeat of the tab: whether the carrier can ring it."""
    registered, centre = frame.field("registered", 1) == "1", frame.here()
    return _in_this_tab(
        lambda session, tab: routing.note_softphone(session, frame.scope().actor, tab, centre, registered=registered),
        lambda _found: jsonify(ok=True),
    )


@blueprint.post("/phone/answer")
@require_permission("contact.answer", while_locked=True, passive=True)
def answer() -> ResponseReturnValue:
    """The tab is rung: whether it takes the call by itself, because its person has accepted the caller on the board."""
    sid = frame.field("sid", 40)
    return _in_this_tab(
        lambda session, tab: routing.answer_here(session, tab, sid),
        lambda purpose: jsonify(purpose=purpose, by_itself=purpose == "desk"),
    )


def _in_this_tab(
    work: Callable[[Session, routing.Tab], Found], say: Callable[[Found], Response]
) -> ResponseReturnValue:
    tab = routing.Tab(frame.me(), current().session_id, frame.field("identity", 80))
    try:
        return say(frame.act(lambda session: work(session, tab)))
    except routing.NotThisTabError:
        return jsonify(error=_("Your telephone is another tab or another browser now.")), 409
