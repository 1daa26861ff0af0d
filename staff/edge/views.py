"""Signing in and out, locking the screen, and entering the code again."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core.log import get_logger
from core.unit_of_work import run, unit_of_work
from staff import sessions
from staff.edge import csrf
from staff.edge.guard import KEYS_PATH, Guard, current
from staff.edge.headers import REPORT_PATH
from staff.edge.marks import public, signed_in
from staff.edge.waiting import WaitingRoom
from staff.security_keys import Options, holder_of
from staff.sessions import SessionToken
from staff.sign_in import (
    KeyAsked,
    SignInRefused,
    Throttle,
    complete,
    complete_by_key,
    note_failure,
    prepare,
    prepare_code,
    verify,
)

log = get_logger(__name__)

#: Hashes computed at once: each takes 64 MiB and a core.
_HASHES_AT_ONCE = 4
#: Tries kept waiting at once, half of the places that config.web has for them: whoever need not wait finds one.
_SIGN_INS_WAITING = 3
_CODES_WAITING = 2
_REPORT_BYTES = 8 * 1024

#: Fields of the page that asks for the code again: the code, and where the act that wants it is sent anew.
STEP_UP_CODE = "step_up_code"
STEP_UP_TO = "step_up_to"
#: Where a security key's answer goes.
KEY_PATH = "/sign-in/key"

#: Draws the sign-in page: whether it was refused, and what a security key is to answer, if one is asked for.
Render = Callable[[bool, Options | None], str | Response]
RenderCode = Callable[[str, bool], str | Response]


def sign_in_blueprint(
    guard: Guard,
    render: Render,
    render_code: RenderCode,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> Blueprint:
    """The blueprint.

    ``render(failed, options)`` draws the sign-in page, with the challenge of a security key if one is asked for;
    ``render_code(path, failed)`` the page that asks for the code before the form is sent to ``path``; ``pause`` waits
    out a delay (seconds).
    """
    pages = Blueprint("sign_in", __name__)
    view = _SignIn(guard, render, render_code, pause)
    for path, method, handler in (
        ("/sign-in", "GET", view.page),
        ("/sign-in", "POST", view.sign_in),
        (KEY_PATH, "POST", view.sign_in_by_key),
        ("/sign-out", "POST", view.sign_out),
        ("/lock", "POST", view.lock),
        ("/unlock", "POST", view.unlock),
        ("/step-up", "POST", view.step_up),
        (REPORT_PATH, "POST", view.report),
    ):
        pages.add_url_rule(path, handler.__name__, handler, methods=[method])
    return pages


class _SignIn:
    """The views of the blueprint."""

    def __init__(
        self,
        guard: Guard,
        render: Render,
        render_code: RenderCode,
        pause: Callable[[float], None],
    ) -> None:
        self._guard = guard
        self._ground = guard.ground
        self._render = render
        self._render_code = render_code
        self._hashing = threading.BoundedSemaphore(_HASHES_AT_ONCE)
        self._sign_ins = WaitingRoom(pause, _SIGN_INS_WAITING)
        self._codes = WaitingRoom(pause, _CODES_WAITING)

    @public
    def page(self) -> ResponseReturnValue:
        """The sign-in page."""
        return self._render(False, None)

    @public
    def sign_in(self) -> ResponseReturnValue:
        """Fields ``name``, ``password``, ``code``, as a form or as JSON.

        A new session answers 303 to the board, or JSON ``{"csrf": …, "locale": …}``. Where a security key is to
        answer, the page (or 401 with JSON ``{"key": …}``) with its challenge; everything else 401 alike.
        """
        name, password, code = (_field(item, limit) for item, limit in (("name", 100), ("password", 400), ("code", 40)))
        with unit_of_work(self._ground) as session:
            attempt = prepare(session, name, request.remote_addr or "")
        self._sign_ins.wait(attempt)
        with self._hashing:
            verified = verify(attempt, password)
        step = secrets.token_urlsafe(32)
        return self._opened(
            lambda session: complete(
                session, attempt, verified, code, desk=self._guard.keys, holder_id=holder_of(step)
            ),
            step,
        )

    @public
    def sign_in_by_key(self) -> ResponseReturnValue:
        """The second step as JSON ``{"credential": …}``: answered as the first."""
        credential, asked = _credential(), holder_of(request.cookies.get(self._guard.step_cookie, ""))
        return self._opened(lambda session: complete_by_key(session, self._guard.keys, credential, asked))

    def _opened(
        self, finish: Callable[[Session], SessionToken | KeyAsked | SignInRefused], step: str = ""
    ) -> ResponseReturnValue:
        old = request.cookies.get(self._guard.cookie, "")

        def finished(session: Session) -> tuple[SessionToken | KeyAsked | SignInRefused, bool]:
            result = finish(session)
            if not isinstance(result, SessionToken):
                return result, False
            before = sessions.session_of(session, old) if old else None
            if before is not None:
                sessions.sign_out(session, before)
            now = sessions.session_of(session, result.token)
            return result, now is not None and self._guard.key_missing(now)

        result, key_missing = run(self._ground, finished)
        if isinstance(result, KeyAsked):
            asked = jsonify(key=result.options) if _wants_json() else make_response(self._render(False, result.options))
            # A program that looks at the status alone must not take this for a session.
            asked.status_code = 401 if _wants_json() else 200
            # Only the browser that gave the password may answer.
            self._guard.set_cookie(asked, step, name=self._guard.step_cookie)
            return asked
        if isinstance(result, SignInRefused):
            return (_json(error="refused") if _wants_json() else self._render(True, None)), 401
        answer = (
            _json(csrf=csrf.token_for(self._ground.settings, result.session_id), locale=result.locale)
            if _wants_json()
            else redirect(KEYS_PATH if key_missing else "/", 303)
        )
        self._guard.set_cookie(answer, result.token)
        if request.cookies.get(self._guard.step_cookie):
            self._guard.set_cookie(answer, "", name=self._guard.step_cookie)
        return answer

    @signed_in(while_locked=True)
    def sign_out(self) -> ResponseReturnValue:
        """End this session and its sockets, and make the browser forget us."""
        signed = current()
        run(self._ground, lambda session: sessions.sign_out(session, signed))
        answer = _json(signed_out=True) if _wants_json() else redirect("/sign-in", 303)
        self._guard.clear_cookie(answer)
        return answer

    @signed_in(while_locked=True, passive=True)
    def lock(self) -> ResponseReturnValue:
        """Hide the content of this session's screens."""
        with unit_of_work(self._ground) as session:
            sessions.lock(session, current())
        return "", 204

    @signed_in(while_locked=True, passive=True)
    def unlock(self) -> ResponseReturnValue:
        """Show the content again, for ``code`` or, as JSON, a key's ``credential``; 401 when it is wrong."""
        signed = current()
        attempt = self._waited(signed)
        with unit_of_work(self._ground) as session:
            right = self._unlock(session, signed)
            if not right:
                note_failure(session, attempt)
        return ("", 204) if right else (_json(error="refused"), 401)

    @signed_in(without_key=True)
    def step_up(self) -> ResponseReturnValue:
        """Enter the code again before a dangerous act: a new cookie, 401 when it is wrong.

        As JSON the field is ``code``, or ``credential`` for the answer of a security key, which is the only one for
        whoever must use her key. As a form it carries the act's own fields, and is sent on to the act unchanged
        (307), so that nothing that was typed is lost.
        """
        signed, path = current(), _field(STEP_UP_TO, 200)
        attempt = self._waited(signed)
        with unit_of_work(self._ground) as session:
            token = self._again(session, signed)
            if token is None:
                note_failure(session, attempt)
        if token is None:
            return (self._render_code(path, True) if path else _json(error="refused")), 401
        answer = redirect(path, 307) if _is_ours(path) else _json(stepped_up=True)
        self._guard.set_cookie(answer, token)
        return answer

    def _unlock(self, session: Session, signed: sessions.Signed) -> bool:
        credential = _credential()
        if not credential:
            return sessions.unlock(session, signed, _field("code", 40))
        right = self._guard.keys.answered(session, credential, "unlock", signed.session_id) == signed.account_id
        (sessions.unlocked if right else sessions.refuse_unlock)(session, signed)
        return right

    def _again(self, session: Session, signed: sessions.Signed) -> str | None:
        credential = _credential()
        if credential:
            owner = self._guard.keys.answered(session, credential, "step_up", signed.session_id)
            if owner == signed.account_id:
                sessions.note_key(session, signed)
                return sessions.stepped_up(session, signed)
        elif not self._guard.key_only(signed):
            return sessions.step_up(session, signed, _field(STEP_UP_CODE, 40) or _field("code", 40))
        sessions.refuse_step_up(session, signed)
        return None

    def _waited(self, signed: sessions.Signed) -> Throttle:
        with unit_of_work(self._ground) as session:
            attempt = prepare_code(session, signed.account_id)
        self._codes.wait(attempt)
        return attempt

    @public
    def report(self) -> ResponseReturnValue:
        """What a browser refused to load. Only that it happened is kept: the report quotes addresses of pages."""
        log.warning("csp_violation", bytes=min(request.content_length or 0, _REPORT_BYTES))
        return "", 204


def _is_ours(path: str) -> bool:
    """Whether a path leads to a page of ours, and cannot be read as an address elsewhere."""
    return path.startswith("/") and not path.startswith(("//", "/\\"))


def _wants_json() -> bool:
    return request.is_json or request.accept_mimetypes.best == "application/json"


def _field(name: str, limit: int) -> str:
    """A text field of the form or the JSON body, cut to what it can be at most."""
    body: Any = request.get_json(silent=True) if request.is_json else request.form
    value = body.get(name, "") if hasattr(body, "get") else ""
    return value[:limit] if isinstance(value, str) else ""


def _credential() -> dict[str, Any]:
    """What a security key answered, as the browser wrote it; empty where there is none."""
    body: Any = request.get_json(silent=True) if request.is_json else None
    found = body.get("credential") if isinstance(body, dict) else None
    return found if isinstance(found, dict) else {}


def _json(**fields: str | bool) -> Response:
    return jsonify(fields)
