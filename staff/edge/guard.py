"""The guard before every view: default deny, sessions, permissions, forged requests, headers, refusals written down."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from flask import Flask, Response, abort, current_app, g, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, Locked, NotFound, Unauthorized
from werkzeug.wrappers import Response as WerkzeugResponse

from core.actor import Actor
from core.database import Ground
from core.i18n import set_locale
from core.log import get_logger
from core.unit_of_work import unit_of_work
from staff.denials import record_denial
from staff.edge import csrf
from staff.edge.headers import harden
from staff.edge.marks import Access, access_of
from staff.errors import MissingPermissionError, ScopeError
from staff.scope import Scope
from staff.security_keys import KeyDesk
from staff.service import token_of
from staff.sessions import Signed, session_of, touch
from staff.set_up import door

log = get_logger(__name__)

_EXTENSION = "koza_guard"
#: Until it is known who asks, or which language her browser chose.
DEFAULT_LOCALE = "tr"
SIGN_IN_PATH = "/sign-in"
SET_UP_PATH = "/set-up"
KEYS_PATH = "/account/keys"


class KeyRequired(Forbidden):
    """A security key must be registered before this view opens."""

    description = "key_required"


class StepUpRequired(Forbidden):
    """The code must be entered again first; the page asks for it and repeats the act."""

    description = "step_up_required"


def current() -> Signed:
    """Who is signed in. Only in views marked ``signed_in`` or ``require_permission``."""
    return cast("Signed", g.koza_signed)


def current_scope() -> Scope:
    """The reader's scope, of a person or of an API token."""
    return cast("Scope", g.koza_scope)


def current_actor() -> Actor:
    """The reader as the one who acts."""
    return current_scope().actor


def csrf_token() -> str:
    """The token that this session's unsafe requests carry; empty where nobody is signed in or at set-up."""
    signed: Signed | None = g.get("koza_signed")
    session_id: UUID | None = signed.session_id if signed else g.get("koza_set_up")
    return csrf.token_for(guard_of(current_app).ground.settings, session_id) if session_id else ""


def guard_of(app: Flask) -> Guard:
    """The guard installed on an app."""
    return cast("Guard", app.extensions[_EXTENSION])


def _is_page() -> bool:
    """A person opens it. Browsers name other types beside HTML as equally good, so what they say of the way decides."""
    opened = request.headers.get("Sec-Fetch-Mode") == "navigate" or request.accept_mimetypes.best == "text/html"
    return request.method == "GET" and opened


class Guard:
    """Stands before every view of one app. ``files`` is the one endpoint that serves static files to anybody."""

    def __init__(self, ground: Ground, *, files: str = "") -> None:
        self.ground = ground
        self._files = files
        settings = ground.settings
        self.keys = KeyDesk(settings.dashboard_url, production=settings.production)

    @property
    def cookie(self) -> str:
        """Name of the session's cookie; the prefix binds it to this host under https."""
        return "__Host-koza" if self.ground.settings.https else "koza"

    @property
    def set_up_cookie(self) -> str:
        """Name of the cookie of a browser that came in with the one-time code."""
        return f"{self.cookie}-set-up"

    def install(self, app: Flask) -> None:
        """Put the guard before every view of ``app``, also of those registered later."""
        app.extensions[_EXTENSION] = self
        app.before_request(self._decide)
        app.after_request(self._harden)
        app.register_error_handler(ScopeError, self._refuse)
        app.context_processor(lambda: {"csrf_token": csrf_token})

    @property
    def step_cookie(self) -> str:
        """Name of the cookie of a browser between the password and the key."""
        return f"{self.cookie}-step"

    def set_cookie(self, response: WerkzeugResponse, token: str, *, name: str = "") -> None:
        """Hand the session's token to the browser; it forgets it when it is closed."""
        response.set_cookie(
            name or self.cookie,
            token,
            path="/",
            httponly=True,
            samesite="Strict",
            secure=self.ground.settings.https,
        )

    def forget_set_up(self, response: WerkzeugResponse) -> None:
        """Make the browser forget that it was let in with the one-time code."""
        secure = self.ground.settings.https
        response.delete_cookie(self.set_up_cookie, path="/", httponly=True, samesite="Strict", secure=secure)

    def clear_cookie(self, response: WerkzeugResponse) -> None:
        """Make the browser forget the session and everything it kept of us."""
        response.delete_cookie(
            self.cookie,
            path="/",
            httponly=True,
            samesite="Strict",
            secure=self.ground.settings.https,
        )
        response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'

    def _decide(self) -> ResponseReturnValue | None:
        set_locale(DEFAULT_LOCALE)
        if request.endpoint is None or request.endpoint == self._files:
            return None
        access = access_of(current_app.view_functions[request.endpoint])
        if access is None:
            log.error("view_without_mark", route=request.endpoint)
            abort(403)
        match access.kind:
            case "carrier":
                return None
            case "public":
                self._refuse_foreign_pages()
                return None
            case "token":
                self._admit_token(access)
                return None
            case "set_up":
                return self._admit_set_up()
            case "signed_in":
                return self._admit_signed(access)

    def _refuse_foreign_pages(self) -> None:
        if request.method not in csrf.SAFE_METHODS and not csrf.from_our_pages(request, self.ground.settings):
            log.warning("foreign_page_refused", route=request.endpoint or "")
            abort(403)

    def _admit_token(self, access: Access) -> None:
        kind, _, raw = request.headers.get("Authorization", "").partition(" ")
        scope = None
        if kind.lower() == "bearer" and raw:
            with unit_of_work(self.ground) as session:
                scope = token_of(session, raw.strip())
        if scope is None:
            raise Unauthorized(www_authenticate=WWWAuthenticate("bearer"))
        if access.api_scope:
            scope.require(f"api.{access.api_scope}")
        g.koza_scope = scope

    def _admit_set_up(self) -> ResponseReturnValue | None:
        with unit_of_work(self.ground) as session:
            found = door(session, request.cookies.get(self.set_up_cookie, ""))
        if not found.open or self.ground.settings.env == "demo":
            abort(404)
        if found.code_id is None:
            return redirect(SET_UP_PATH, 303)
        g.koza_set_up = found.code_id
        self._refuse_foreign_pages()
        unsafe = request.method not in csrf.SAFE_METHODS
        if unsafe and not csrf.token_matches(request, self.ground.settings, found.code_id):
            log.warning("csrf_refused", route=request.endpoint or "")
            abort(403)
        return None

    def _admit_signed(self, access: Access) -> ResponseReturnValue | None:
        token = request.cookies.get(self.cookie, "")
        signed = self._signed(token, access)
        if signed is None:
            return self._ask_to_sign_in()
        g.koza_signed, g.koza_scope = signed, signed.scope
        set_locale(signed.locale)
        self._refuse_foreign_pages()
        unsafe = request.method not in csrf.SAFE_METHODS
        if unsafe and not csrf.token_matches(request, self.ground.settings, signed.session_id):
            log.warning("csrf_refused", route=request.endpoint or "")
            abort(403)
        if signed.locked and not access.while_locked:
            raise Locked
        if self.key_missing(signed) and not (access.without_key or access.urgent):
            if _is_page():
                return redirect(KEYS_PATH, 303)
            raise KeyRequired
        if access.permission and not signed.scope.may(access.permission):
            raise MissingPermissionError(signed.actor, access.permission)
        if access.step_up and not signed.stepped_up:
            raise StepUpRequired
        return None

    def key_missing(self, signed: Signed) -> bool:
        """Whether a security key must speak for this browser before anything but the urgent opens.

        Not whether she has one: whoever phished a password and a code, and waits behind them, gains nothing on the day
        when the owner adds her key at her own desk.
        """
        return self.keys.demanded and signed.needs_key and not signed.by_key

    def key_only(self, signed: Signed) -> bool:
        """Whether a code no longer does for her."""
        return self.keys.demanded and signed.needs_key and signed.has_key

    def _signed(self, token: str, access: Access) -> Signed | None:
        if not token:
            return None
        with unit_of_work(self.ground) as session:
            signed = session_of(session, token)
            if signed is not None and signed.touch_due and not access.passive and not signed.locked:
                touch(session, signed.session_id)
        return signed

    def _ask_to_sign_in(self) -> ResponseReturnValue:
        if _is_page() or request.headers.get("Sec-Fetch-Mode") == "navigate":
            return redirect(SIGN_IN_PATH, 303)
        raise Unauthorized

    def _harden(self, response: Response) -> Response:
        static = request.endpoint is not None and request.endpoint == self._files
        return harden(response, self.ground.settings, static=static)

    def _refuse(self, error: ScopeError) -> ResponseReturnValue:
        """Write the refusal down in a transaction of its own, and answer as if it were an ordinary 403 or 404."""
        with unit_of_work(self.ground) as session:
            record_denial(session, error)
        log.warning("refused", status=error.status, act=error.act, subject_kind=error.subject_kind)
        answer = NotFound() if error.status == 404 else Forbidden()
        return current_app.handle_user_exception(answer)
