"""Staff for the tests of this room: fresh centres and people, quickly made, and an app behind the guard."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from core.actor import system
from core.clock import now
from core.database import Ground
from core.unit_of_work import unit_of_work
from staff import service
from staff.edge import (
    Guard,
    allow_connect,
    allow_microphone,
    bearer,
    carrier,
    csrf_token,
    current,
    current_scope,
    keys_blueprint,
    public,
    require_permission,
    sign_in_blueprint,
    signed_in,
)
from staff.security_keys import KeyRow, Options
from staff.service import NewAccount, create_account, create_centre
from staff.totp import code_of, counter_at
from tests.support.desk import fresh_address
from tests.support.planted import NAME

ACTOR = system("test")
PASSWORD = "Mavi fincan 42 kuşku dağı"

Person = Callable[..., NewAccount]


@pytest.fixture
def centre(session: Session) -> UUID:
    """A centre of this test's own."""
    return create_centre(session, ACTOR, slug=f"c{secrets.token_hex(6)}", name="Deneme ŞÖNİM")


@pytest.fixture
def person(centre: UUID, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Makes accounts; their hash is computed once, because sixty-four megabytes take their time."""
    monkeypatch.setattr("staff.service.accounts.hash_password", lambda _: KNOWN_HASH)

    def make(session: Session, *roles: str, at: UUID | None = centre, partner_id: UUID | None = None) -> NewAccount:
        return create_account(
            session,
            ACTOR,
            name=f"p{secrets.token_hex(6)}@test",
            display_name=NAME,
            password=PASSWORD,
            roles=roles or ("operator",),
            centre_id=at,
            partner_id=partner_id,
        )

    return make


#: Argon2id of PASSWORD with today's costs.
KNOWN_HASH = "$argon2id$v=19$m=65536,t=3,p=1$aXXR7XcdtzHloVX6vv1i9w$FIKcQNJaJRd3k0+Q/SR6xavHjSCeU2j6nkXpMYeLzRk"


def code_now(session: Session, account: NewAccount, *, steps: int = 0) -> str:
    """The code that the account's telephone shows now, or ``steps`` half-minutes from now."""
    return code_of(account.totp_seed, counter_at(now(session)) + steps)


@dataclass
class Site:
    """One app behind the guard, one operator, and her browser."""

    app: Flask
    ground: Ground
    centre: UUID
    operator: NewAccount
    browser: FlaskClient
    pauses: list[float]
    csrf: str = field(default="")
    #: How a delay is waited out.
    pause: Callable[[float], None] = field(default=lambda _seconds: None)

    def sign_in(self, browser: FlaskClient | None = None, **changes: str) -> TestResponse:
        with unit_of_work(self.ground) as session:
            code = code_now(session, self.operator)
        form = {"name": self.operator.name, "password": PASSWORD, "code": code} | changes
        answer = (browser or self.browser).post("/sign-in", json=form)
        if answer.status_code == 200:
            self.csrf = answer.json["csrf"]  # type: ignore[index]
        return answer

    def post(self, path: str, **kwargs: Any) -> TestResponse:
        headers = {"X-CSRF-Token": self.csrf} | kwargs.pop("headers", {})
        return self.browser.post(path, headers=headers, **kwargs)


def _drawn_keys(keys: Sequence[KeyRow], options: Options | None, missing: bool, refusal: str) -> str:
    ids = [str(key.id) for key in keys]
    return json.dumps({"keys": ids, "options": options, "missing": missing, "refusal": refusal})


def _views(app: Flask) -> None:
    def text(name: str) -> Any:
        def view() -> str:
            return name

        view.__name__ = name
        return view

    def page() -> str:
        allow_connect("wss://voice.example")
        allow_microphone()
        return f"{current().name} {csrf_token()}"

    def record(record_id: UUID) -> str:
        raise current_scope().out_of_scope("case", record_id)

    app.add_url_rule("/open", "open", public(text("open")), methods=["GET", "POST"])
    app.add_url_rule("/hook", "hook", carrier(text("hook")), methods=["POST"])
    app.add_url_rule("/forgotten", "forgotten", text("forgotten"))
    app.add_url_rule("/page", "page", signed_in()(page), methods=["GET", "POST"])
    app.add_url_rule("/ring", "ring", signed_in(while_locked=True, passive=True)(text("ring")), methods=["GET", "POST"])
    app.add_url_rule("/staff", "staff", require_permission("staff.manage")(text("staff")))
    app.add_url_rule("/answer", "answer", require_permission("contact.answer")(text("answer")), methods=["POST"])
    app.add_url_rule(
        "/unmask", "unmask", require_permission("phone.unmask", step_up=True)(text("unmask")), methods=["POST"]
    )
    app.add_url_rule("/case/<uuid:record_id>", "record", require_permission("case.read")(record))
    app.add_url_rule("/api/contacts", "contacts", bearer("contacts")(text("contacts")))


@pytest.fixture
def site(ground: Ground, person: Person) -> Site:
    with unit_of_work(ground) as session:
        centre = service.create_centre(session, ACTOR, slug=f"g{secrets.token_hex(6)}", name="G")
        operator = person(session, "operator", at=centre)
    app, pauses = Flask(__name__), list[float]()
    app.testing = True
    guard = Guard(ground)
    guard.install(app)

    def pause(seconds: float) -> None:
        made.pause(seconds)

    def sign_in(failed: bool, _options: object) -> str:
        return "failed" if failed else "sign in"

    def code(path: str, failed: bool) -> str:
        return f"{path} {failed}"

    app.register_blueprint(sign_in_blueprint(guard, sign_in, code, pause=pause))
    app.register_blueprint(keys_blueprint(guard, _drawn_keys))
    _views(app)
    browser = app.test_client()
    browser.environ_base["REMOTE_ADDR"] = fresh_address()
    made = Site(app, ground, centre, operator, browser, pauses, pause=pauses.append)
    return made
