"""Installs the dashboard in the web process: who may enter, the pages, the read API, the files, the error pages."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from flask import Blueprint, Flask, Response, current_app, g, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from jinja2 import StrictUndefined
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException, InternalServerError, Locked, TooManyRequests

from core.database import Ground
from core.i18n import LOCALES, set_locale
from core.log import get_logger
from core.unit_of_work import unit_of_work
from dashboard import formats, frame
from dashboard.api import api_blueprint, problem
from dashboard.presenters import ErrorPage, KeysPage, KeyStep, OwnKey, PasswordPage, SignInPage, StepUpPage
from dashboard.views import blueprints
from dashboard.wording import password_error
from hotline.paths import OF_CARRIERS
from staff.edge import (
    PASSWORD_FIELDS,
    STEP_UP_CODE,
    STEP_UP_TO,
    Guard,
    KeyRequired,
    OwnForm,
    StepUpRequired,
    current,
    keys_blueprint,
    own_blueprint,
    public,
    sign_in_blueprint,
)
from staff.edge.csrf import token_matches
from staff.edge.guard import DEFAULT_LOCALE, SIGN_IN_PATH, guard_of
from staff.passwords import MIN_LENGTH
from staff.queries import account
from staff.security_keys import KeyRow, Options
from staff.service import set_profile
from staff.sessions import session_of

log = get_logger(__name__)

_FOLDER = Path(__file__).parent
_FILES = "dashboard"
_STATIC_SECONDS = 300
_LOCALE_COOKIE = "koza-locale"
_YEAR_S = 365 * 24 * 3600
#: Of the id of a fault. No digits: seven in a row would look like a telephone number, which the log leaves out.
_EVENT_LETTERS = "bcdfghjkmnpqrstvwxz"
#: The statuses that the error page has words for; others are shown as the nearest of them.
_PAGES = {400: 400, 403: 403, 404: 404, 405: 400, 413: 400, 429: 429, 503: 503}


def install_dashboard(app: Flask, ground: Ground) -> None:
    """Put the dashboard into ``app``: guard first, then every view; each carries the mark of who may reach it."""
    app.extensions["koza_ground"] = ground
    # Flask writes tracebacks with their messages; faults are written down below, by the allow-list alone.
    app.logger.disabled = True
    formats.install(app.jinja_env)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    guard = Guard(ground, files=f"{_FILES}.static")
    guard.install(app)
    app.before_request(_choose_locale)
    app.register_blueprint(_files())
    app.register_blueprint(sign_in_blueprint(guard, _sign_in_page, _step_up_page))
    app.register_blueprint(keys_blueprint(guard, _keys_page))
    app.register_blueprint(own_blueprint(guard, _password_page))
    for blueprint in blueprints():
        app.register_blueprint(blueprint)
    app.register_blueprint(api_blueprint())
    app.add_url_rule("/language", "language", _language, methods=["POST"])
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(OperationalError, _away)
    app.register_error_handler(InternalServerError, _broken)


class _Files(Blueprint):
    def get_send_file_max_age(self, filename: str | None) -> int | None:  # noqa: ARG002 - Flask's signature
        """How long a browser keeps a file without asking, in seconds."""
        return _STATIC_SECONDS


def _files() -> Blueprint:
    """Templates and static files. They are asked for anew after five minutes; their address never changes."""
    return _Files(
        _FILES,
        __name__,
        template_folder=str(_FOLDER / "templates"),
        static_folder=str(_FOLDER / "static"),
        static_url_path="/static",
    )


def _choose_locale() -> None:
    """Where nobody is signed in, the language chosen on the sign-in page holds. The carrier reads no page."""
    if request.path.startswith(OF_CARRIERS):
        return
    chosen = request.cookies.get(_LOCALE_COOKIE, "")
    if "koza_signed" not in g:
        set_locale(chosen if chosen in LOCALES else DEFAULT_LOCALE)


def _sign_in_page(refused: bool, options: Options | None, wait_seconds: int = 0) -> str:  # noqa: FBT001 - the signature of staff.edge
    if options is not None:
        return render_template("sign_in_key.html", view=KeyStep(options=json.dumps(options)), shell=frame.bare_shell())
    view = SignInPage(
        name=request.form.get("name", "")[:100] if refused or wait_seconds else "",
        refused=refused,
        wait_seconds=wait_seconds,
        demo=frame.ground().settings.env == "demo",
    )
    return render_template("sign_in.html", view=view, shell=frame.bare_shell())


def _step_up_page(path: str, refused: bool) -> str:  # noqa: FBT001 - the signature of staff.edge
    """Asks for the code again; the form that wanted it is carried along, and sent to ``path`` with the right one."""
    ours = {"csrf_token", STEP_UP_CODE, STEP_UP_TO, *PASSWORD_FIELDS}
    view = StepUpPage(
        to=path,
        fields=tuple((name, value) for name, value in request.form.items(multi=True) if name not in ours),
        refused=refused,
        key=current().has_key and guard_of(current_app).keys.usable,
        code=not guard_of(current_app).key_only(current()),
    )
    return render_template("step_up.html", view=view, shell=frame.act(frame.shell))


def _keys_page(keys: Sequence[KeyRow], options: Options | None, missing: bool, refusal: str) -> str:  # noqa: FBT001 - the signature of staff.edge
    view = KeysPage(
        keys=tuple(OwnKey(id=k.id, name=k.name, added_at=k.added_at, last_used_at=k.last_used_at) for k in keys),
        options=json.dumps(options) if options else "",
        missing=missing,
        last=refusal == "last",
        usable=guard_of(current_app).keys.usable,
    )
    return render_template("keys.html", view=view, shell=frame.act(frame.shell))


def _password_page(form: OwnForm, word: str, codes: Sequence[str]) -> str:
    changed, pin_set = word == "changed", word == "pin_set"
    view = PasswordPage(
        form=form,
        min_length=MIN_LENGTH,
        error="" if changed or pin_set or not word else password_error(word),
        changed=changed,
        pin_set=pin_set,
        codes=tuple(codes),
    )
    if changed:
        return render_template("password.html", view=view, shell=frame.bare_shell())
    shell, number = frame.act(lambda session: (frame.shell(session), _staff_number(session)))
    call_in = next(iter(frame.ground().settings.oncall_numbers), "")
    return render_template("password.html", view=replace(view, staff_number=number, call_in=call_in), shell=shell)


def _staff_number(session: Session) -> str:
    """The reader's own, in two groups, as it is read and typed."""
    found = account(session, current().account_id)
    digits = "" if found is None or found.staff_number is None else str(found.staff_number)
    return f"{digits[:3]} {digits[3:]}".strip()


@public
def _language() -> ResponseReturnValue:
    """Turn the pages to Turkish or English: for this browser, and for the account whose page it was asked on."""
    chosen = request.form.get("locale", "")
    answer = redirect(frame.next_path(), 303)
    if chosen not in LOCALES:
        return answer
    ground = frame.ground()
    secure = ground.settings.https
    token = request.cookies.get("__Host-koza" if secure else "koza", "")
    with unit_of_work(ground) as session:
        signed = session_of(session, token) if token else None
        # The sign-in page carries no session's token, and another page of this browser must not write for her.
        if signed is not None and token_matches(request, ground.settings, signed.session_id):
            set_profile(session, signed.actor, signed.account_id, locale=chosen)
    answer.set_cookie(_LOCALE_COOKIE, chosen, max_age=_YEAR_S, httponly=True, samesite="Strict", secure=secure)
    return cast("Response", answer)


def _refused(error: HTTPException) -> ResponseReturnValue:
    """An ordinary refusal, as the asker can read it: problem+json, JSON, or a page."""
    if error.response is not None:
        return error
    status = error.code or 500
    # Who is refused at the door was not yet looked at by the guard.
    _choose_locale()
    if request.path.startswith("/api/"):
        return problem(status, error)
    if frame.wants_json():
        return jsonify(error=_name(error)), status, _kept(error)
    if isinstance(error, StepUpRequired):
        return _step_up_page(request.path, False), status
    if isinstance(error, Locked):
        return _locked_page(), 423
    if isinstance(error, TooManyRequests) and request.path == SIGN_IN_PATH:
        page = _sign_in_page(False, None, int(str(error.retry_after)))
    else:
        page = _error_page(status)
    return Response(page, status=status, mimetype="text/html", headers=_kept(error))


def _name(error: HTTPException) -> str:
    if isinstance(error, (KeyRequired, StepUpRequired)):
        return str(error.description)
    return error.name.lower().replace(" ", "_")


def _kept(error: HTTPException) -> dict[str, str]:
    return {name: value for name, value in error.get_headers() if name in {"Retry-After", "Allow"}}


def _locked_page() -> str:
    """The frame without content: the person enters her code, and the page is asked for again."""
    shell = frame.act(frame.shell)
    return render_template("locked.html", shell=shell)


def _error_page(status: int, event: str = "") -> str:
    known = _PAGES.get(status, 500 if status >= 500 else 400)
    view = ErrorPage(status=known, event=event)  # type: ignore[arg-type]
    if "koza_signed" in g and status < 500 and not current().locked:
        shell = frame.act(frame.shell)
    else:
        shell = frame.bare_shell()
    return render_template("error.html", view=view, shell=shell)


def _away(error: OperationalError) -> ResponseReturnValue:
    """The database does not answer; the page says so and nothing is lost."""
    log.error("database_away", error=type(error).__name__)
    if request.path.startswith("/api/"):
        return problem(503)
    if frame.wants_json():
        return jsonify(error="unavailable"), 503
    return _error_page(503), 503


def _broken(error: InternalServerError) -> ResponseReturnValue:
    """A fault of ours: written down under an id that the person can name to support."""
    event = "".join(secrets.choice(_EVENT_LETTERS) for _ in range(8))
    cause = error.original_exception
    log.error("request_failed", ref=event, route=request.endpoint or "", exc_info=cause)
    if request.path.startswith("/api/"):
        return problem(500)
    if frame.wants_json():
        return jsonify(error="broken", event=event), 500
    return _error_page(500, event), 500
