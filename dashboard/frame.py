"""What every page and act of the dashboard stands on: one unit of work, the frame around a page, plain answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from flask import Response, current_app, jsonify, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from core.clock import now
from core.database import Ground
from core.i18n import current_locale
from core.i18n import gettext as _
from core.relay import head_of
from core.unit_of_work import run
from dashboard import labels
from dashboard.alarms import alarms_of
from dashboard.board import waiting_counts
from dashboard.due import acts_waiting, deadlines_waiting
from dashboard.presenters import Me, Shell, rail
from routing import queries as routing
from staff import queries as staff
from staff.edge import csrf_token, current, current_scope
from staff.edge.guard import KEYS_PATH, guard_of
from staff.scope import Scope

T = TypeVar("T")

#: Places of the rail and the permissions of which one opens them.
PLACES: Mapping[str, tuple[str, ...]] = {
    "board": ("contact.read",),
    "cases": ("case.read",),
    "register": ("register.read",),
    "due": ("register.read", "case.write", "case.assign"),
    "search": ("intake.read", "case.read"),
    "shifts": ("shift.read",),
    "pages": ("page.read",),
    "reports": ("report.read", "statistics.read"),
    "staff": ("staff.manage", "night_act.review"),
    "texts": ("text_policy.write",),
    "catalogues": ("catalogue.write",),
    "night_acts": ("night_act.review",),
    "audit": ("audit.read",),
}
_HOMES = (
    ("board", "/"), ("cases", "/cases"), ("staff", "/staff"), ("audit", "/audit"), ("reports", "/reports"),
    ("shifts", "/shifts"),
)  # fmt: skip


def ground() -> Ground:
    """What this app stands on."""
    return cast("Ground", current_app.extensions["koza_ground"])


def act(work: Callable[[Session], T]) -> T:
    """Do ``work`` in one unit of work: all of it or nothing."""
    return run(ground(), work)


def places_of(scope: Scope) -> frozenset[str]:
    """The places of the rail that this reader may open."""
    return frozenset(key for key, codes in PLACES.items() if any(scope.may(code) for code in codes))


def home_of(scope: Scope) -> str:
    """Where a reader begins: the board, or the first place she may open."""
    allowed = places_of(scope)
    return next((href for key, href in _HOMES if key in allowed), "/welcome")


def _me(session: Session) -> Me:
    signed = current()
    found = staff.account(session, signed.account_id)
    centres = staff.centres(session, signed.scope.centre_ids)
    roles = ", ".join(labels.role(role) for role in (found.roles if found else ()))
    return Me(
        id=str(signed.account_id),
        display=found.display_name if found else signed.name,
        role=roles,
        centre=centres[0].name if centres else _("All centres"),
    )


def shell(session: Session, place: str = "", *, wall: bool = False) -> Shell:
    """The frame of a signed-in person's page."""
    signed = current()
    scope = signed.scope
    may_receive = scope.may("contact.answer")
    places = places_of(scope)
    waiting = {
        "night_acts": str(acts_waiting(session, scope) or ""),
        "due": deadlines_waiting(session, scope) if "due" in places else "",
    }
    return Shell(
        locale=current_locale(),
        csrf_token=csrf_token(),
        now=now(session),
        path=request.path if request.method == "GET" else "/",
        live_url=ground().settings.live_url if scope.may("contact.read") else "",
        head=sum(head_of(session, list(scope.centre_ids)).values()),
        me=_me(session),
        nav=rail(places, place, waiting),
        counts=waiting_counts(session, scope),
        alarms=alarms_of(session, scope, wall=wall),
        may_receive=may_receive,
        ready=may_receive and routing.is_ready(session, signed.account_id),
        phone=routing.browser_phone(session, signed.account_id) if may_receive else "",
        locked=signed.locked,
        has_key=signed.has_key and guard_of(current_app).keys.usable,
        wall=wall,
        banner=_key_banner(),
    )


def _key_banner() -> str:
    """On the pages that stay open to her: that a key is missing. The page of her keys says it itself."""
    if request.path.startswith(KEYS_PATH) or not guard_of(current_app).key_missing(current()):
        return ""
    return _("Only calls, texts and pages are open to you until you have added a security key, under your name.")


#: A page without a session counts no times, and must not ask the database for one.
_NO_TIME = datetime.fromtimestamp(0, UTC)


def bare_shell() -> Shell:
    """The frame of a page that stands alone: sign-in, faults."""
    return Shell(locale=current_locale(), csrf_token=csrf_token(), now=_NO_TIME, path=request.path)


def page(
    template: str | Callable[[Any], str],
    place: str,
    build: Callable[[Session], Any],
    *,
    status: int = 200,
    wall: bool = False,
) -> Response:
    """Read a page's view model and its frame in one unit of work, and draw it."""

    def work(session: Session) -> tuple[Any, Shell]:
        return build(session), shell(session, place, wall=wall)

    view, frame = act(work)
    name = template if isinstance(template, str) else template(view)
    return Response(render_template(name, view=view, shell=frame), status=status, mimetype="text/html")


def wants_json() -> bool:
    """Whether the answer goes to one of the screen's modules and not to a person's eyes."""
    return request.is_json or request.accept_mimetypes.best == "application/json"


def done(where: str, **fields: Any) -> Response:
    """After an act: JSON for a module, else the page to go on with."""
    if wants_json():
        return jsonify({"ok": True, **fields})
    return cast("Response", redirect(where, 303))


def next_path() -> str:
    """The page of ours that a form asks to return to; anything that could leave the house is the board."""
    where = field("next") or "/"
    return where if where.startswith("/") and not where.startswith(("//", "/\\")) else "/"


def uuid_of(text: str) -> UUID:
    """An id out of a form. A malformed one names nothing."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


def field(name: str, limit: int = 2000) -> str:
    """A text field of the form or the JSON body, without surrounding blanks, cut to what it may be."""
    body: Any = request.get_json(silent=True) if request.is_json else request.form
    value = body.get(name, "") if hasattr(body, "get") else ""
    if isinstance(value, bool):
        return "1" if value else ""
    return str(value).strip()[:limit] if isinstance(value, str | int | float) else ""


def fields(name: str, limit: int = 200) -> list[str]:
    """All values of a form's field that may be chosen several times, without empty ones."""
    return [one.strip()[:limit] for one in request.form.getlist(name) if one.strip()]


def me() -> UUID:
    """The signed-in account."""
    return current().account_id


def here() -> UUID:
    """The reader's centre. Somebody without one has no board, no rota, no contacts: for her there is nothing here."""
    centre_id = current().centre_id
    if centre_id is None:
        raise NotFound
    return centre_id


def scope() -> Scope:
    """The reader's scope."""
    return current_scope()
