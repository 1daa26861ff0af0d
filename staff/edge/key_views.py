"""A person's own security keys: the list, adding, calling them something else, removing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint, abort, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core.unit_of_work import run, unit_of_work
from staff import security_keys
from staff.edge.guard import KEYS_PATH, Guard, current
from staff.edge.marks import signed_in
from staff.errors import NotFoundError
from staff.security_keys import KeyRow, LastKeyError, Options
from staff.sessions import note_key

#: Draws the page: keys, what the browser needs to add one (or nothing), whether one is missing, the word of a refusal.
RenderKeys = Callable[[Sequence[KeyRow], Options | None, bool, str], str]
_NAME_FIELD = 200


def keys_blueprint(guard: Guard, render: RenderKeys) -> Blueprint:
    """The blueprint; all of it is reachable by somebody who must register a key first."""
    pages = Blueprint("keys", __name__)
    view = _Keys(guard, render)
    for path, method, handler in (
        (KEYS_PATH, "GET", view.page),
        (f"{KEYS_PATH}/new", "POST", view.new),
        (KEYS_PATH, "POST", view.add),
        (f"{KEYS_PATH}/<uuid:key_id>/name", "POST", view.rename),
        (f"{KEYS_PATH}/<uuid:key_id>/remove", "POST", view.remove),
        (f"{KEYS_PATH}/challenge", "POST", view.challenge),
    ):
        pages.add_url_rule(path, handler.__name__, handler, methods=[method])
    return pages


class _Keys:
    """The views of the blueprint."""

    def __init__(self, guard: Guard, render: RenderKeys) -> None:
        self._guard = guard
        self._ground = guard.ground
        self._render = render

    def _page(self, options: Options | None = None, refusal: str = "") -> str:
        signed = current()
        with unit_of_work(self._ground) as session:
            keys = security_keys.keys_of(session, signed.account_id)
        return self._render(keys, options, self._guard.key_missing(signed), refusal)

    @signed_in(without_key=True)
    def page(self) -> ResponseReturnValue:
        """Her keys."""
        return self._page()

    @signed_in(without_key=True, step_up=True)
    def new(self) -> ResponseReturnValue:
        """The page with a challenge for a new key, after the code was entered again."""
        if not self._guard.keys.usable:
            abort(404)
        signed = current()
        with unit_of_work(self._ground) as session:
            options = self._guard.keys.offers(session, signed.account_id, signed.session_id)
        return self._page(options)

    @signed_in(without_key=True, step_up=True)
    def add(self) -> ResponseReturnValue:
        """JSON ``{"name": …, "credential": …}`` from the browser: 201, or 400 when the key is not to be trusted."""
        signed, body = current(), _body()
        name, credential = body.get("name", ""), body.get("credential")
        if not isinstance(name, str) or not isinstance(credential, dict):
            abort(400)

        def register(session: Session) -> UUID | None:
            key_id = self._guard.keys.register(session, signed.actor, signed.session_id, name[:_NAME_FIELD], credential)
            if key_id is not None:
                note_key(session, signed)
            return key_id

        key_id = run(self._ground, register)
        return (jsonify(added=True), 201) if key_id else (jsonify(error="key_refused"), 400)

    @signed_in(without_key=True, while_locked=True, passive=True)
    def challenge(self) -> ResponseReturnValue:
        """What her browser hands to her keys: before a dangerous act, or (``for``: ``unlock``) behind the lock."""
        signed = current()
        purpose: Literal["unlock", "step_up"] = "unlock" if _body().get("for") == "unlock" else "step_up"
        with unit_of_work(self._ground) as session:
            if not security_keys.has_key(session, signed.account_id):
                abort(404)
            options = self._guard.keys.asks(session, signed.account_id, purpose, signed.session_id)
        return jsonify(options)

    @signed_in(step_up=True)
    def rename(self, key_id: UUID) -> ResponseReturnValue:
        """Field ``name``."""
        signed, name = current(), request.form.get("name", "")[:_NAME_FIELD]
        try:
            with unit_of_work(self._ground) as session:
                security_keys.rename_key(session, signed.actor, key_id, name)
        except NotFoundError:
            abort(404)
        return redirect(KEYS_PATH, 303)

    @signed_in(step_up=True)
    def remove(self, key_id: UUID) -> ResponseReturnValue:
        """Forget a key; the last one stays while it is demanded of her."""
        signed = current()
        try:
            with unit_of_work(self._ground) as session:
                security_keys.remove_key(session, signed.actor, key_id, required=self._guard.key_only(signed))
        except NotFoundError:
            abort(404)
        except LastKeyError:
            return self._page(refusal="last"), 409
        return redirect(KEYS_PATH, 303)


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}
