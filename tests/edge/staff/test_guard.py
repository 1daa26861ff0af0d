"""The guard before every view: nothing without a mark, nothing forged, nothing kept, refusals written down."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from core.audit import AuditEntry
from core.database import Ground
from core.ids import new_id
from core.unit_of_work import unit_of_work
from staff import service
from staff.edge import (
    Guard,
    access_of,
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
from staff.edge.guard import guard_of
from staff.night_acts import approve_act, request_act
from staff.scope import Scope
from staff.security_keys import KeyDesk, KeyRow, Options
from staff.service import NewAccount
from tests.edge.staff.conftest import ACTOR, PASSWORD, Person, code_now
from tests.support.authenticator import Authenticator
from tests.support.desk import fresh_address
from tests.support.house import Clock

KEY_ORIGIN = "https://koza.example"


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


def test_a_view_without_a_mark_is_refused_to_everybody(site: Site) -> None:
    assert site.browser.get("/forgotten").status_code == 403
    site.sign_in()
    assert site.browser.get("/forgotten").status_code == 403
    assert site.browser.get("/nowhere").status_code == 404


def test_every_view_of_the_blueprint_carries_a_mark(site: Site) -> None:
    for rule in site.app.url_map.iter_rules():
        if rule.endpoint.startswith("sign_in."):
            assert access_of(site.app.view_functions[rule.endpoint]) is not None, rule.endpoint


def test_two_marks_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="two marks"):
        public(signed_in()(lambda: "x"))


def test_without_a_session_pages_lead_to_the_sign_in_and_data_is_refused(site: Site) -> None:
    page = site.browser.get("/page", headers={"Accept": "text/html,*/*;q=0.1"})
    assert (page.status_code, page.headers["Location"]) == (303, "/sign-in")
    assert site.browser.get("/page", headers={"Accept": "application/json"}).status_code == 401
    site.browser.set_cookie("koza", "made up")
    assert site.browser.get("/page", headers={"Accept": "application/json"}).status_code == 401
    assert site.browser.get("/sign-in").text == "sign in"


def test_signing_in_opens_what_her_roles_open(site: Site) -> None:
    answer = site.sign_in()
    assert answer.status_code == 200
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("koza=")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert site.browser.get("/page").text.startswith(site.operator.name)
    assert site.post("/answer").text == "answer"
    assert site.browser.get("/staff").status_code == 403
    assert site.post("/unmask").status_code == 403


def test_a_form_signs_in_too_and_the_wrong_one_is_drawn_again(site: Site) -> None:
    with unit_of_work(site.ground) as session:
        code = code_now(session, site.operator)
    good = {"name": site.operator.name, "password": PASSWORD, "code": code}
    wrong = site.browser.post("/sign-in", data=good | {"code": "1"})
    assert (wrong.status_code, wrong.text) == (401, "failed")
    right = site.browser.post("/sign-in", data=good)
    assert (right.status_code, right.headers["Location"]) == (303, "/")


def test_whatever_is_wrong_the_answer_is_the_same(site: Site) -> None:
    answers = [
        site.sign_in(name="nobody@nowhere"),
        site.sign_in(password="wrong"),
        site.sign_in(code="000000"),
        site.browser.post("/sign-in", json=["not", "a", "form"]),
        site.browser.post("/sign-in", json={"name": 1, "password": None}),
        site.browser.post("/sign-in", data=b"{", content_type="application/json"),
    ]
    assert {(answer.status_code, answer.data) for answer in answers} == {(401, b'{"error":"refused"}\n')}
    assert not any("Set-Cookie" in answer.headers for answer in answers)


def test_refusals_of_permission_and_scope_are_audited(site: Site) -> None:
    site.sign_in()
    case = new_id()
    assert site.browser.get("/staff").status_code == 403
    assert site.browser.get(f"/case/{case}").status_code == 404
    with unit_of_work(site.ground) as session:
        rows = session.execute(
            select(AuditEntry.act, AuditEntry.subject_kind, AuditEntry.subject_id)
            .where(
                AuditEntry.actor_id == site.operator.id,
                AuditEntry.act.like("denied%"),
            )
            .order_by(AuditEntry.at),
        ).all()
    assert rows == [("denied_permission", "permission", "staff.manage"), ("denied_scope", "case", str(case))]


FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "https://evil.example"},
    {"Origin": "http://127.0.0.1.evil.example:8000"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_another_site_cannot_act_with_her_cookie(site: Site, headers: dict[str, str]) -> None:
    site.sign_in()
    assert site.post("/page", headers=headers).status_code == 403
    assert site.browser.post("/open", headers=headers).status_code == 403
    assert site.browser.post("/sign-in", json={}, headers=headers).status_code == 403
    assert site.browser.get("/page", headers=headers).status_code == 200
    assert site.browser.post("/hook", headers=headers).status_code == 200


def test_our_own_pages_need_the_token_besides(site: Site) -> None:
    site.sign_in()
    ours = {"Sec-Fetch-Site": "same-origin"}
    assert site.browser.post("/page", headers=ours).status_code == 403
    assert site.browser.post("/page", headers=ours | {"X-CSRF-Token": "x" * 43}).status_code == 403
    assert site.post("/page", headers=ours).status_code == 200
    assert site.browser.post("/page", data={"csrf_token": site.csrf}, headers=ours).status_code == 200
    assert site.post("/page", headers={"Origin": site.ground.settings.dashboard_url}).status_code == 200
    assert site.browser.get("/page").text.endswith(site.csrf)


def test_the_token_of_one_session_is_of_no_use_in_another(site: Site, ground: Ground, person: Person) -> None:
    site.sign_in()
    first = site.csrf
    with unit_of_work(ground) as session:
        other = person(session, "operator", at=site.centre)
    second = replace(site, operator=other, browser=site.app.test_client())
    second.sign_in()
    assert second.browser.post("/page", headers={"X-CSRF-Token": first}).status_code == 403


#: The whole policy; only what a page asks for stands in the gap.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; media-src 'self'; "
    "connect-src 'self' http://127.0.0.1:8001 ws://127.0.0.1:8001{}; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; report-uri /csp-report"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}
PERMISSIONS = "microphone={}, camera=(), geolocation=(), payment=(), usb=()"


def test_headers_of_every_answer(site: Site) -> None:
    site.sign_in()
    for path in ("/open", "/forgotten", "/nowhere", "/page"):
        headers = site.browser.get(path).headers
        assert {name: headers[name] for name in HEADERS} == HEADERS
        asked = path == "/page"
        assert headers["Content-Security-Policy"] == POLICY.format(" wss://voice.example" if asked else "")
        assert headers["Permissions-Policy"] == PERMISSIONS.format("(self)" if asked else "()")
        assert "Strict-Transport-Security" not in headers


def test_under_https_the_cookie_is_bound_to_the_host(site: Site) -> None:
    settings = replace(site.ground.settings, dashboard_url="https://koza.example")
    app = Flask(__name__)
    guard = Guard(replace(site.ground, settings=settings))
    guard.install(app)
    app.register_blueprint(sign_in_blueprint(guard, lambda _failed, _options: "x", lambda _path, _failed: "x"))
    answer = site.sign_in(app.test_client())
    assert answer.headers["Set-Cookie"].startswith("__Host-koza=")
    assert "Secure" in answer.headers["Set-Cookie"].split("; ")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    null = app.test_client().post("/sign-in", json={}, headers={"Origin": "null"})
    assert null.status_code == 403


def test_signing_out_ends_the_session_and_clears_the_browser(site: Site) -> None:
    site.sign_in()
    cookie = site.browser.get_cookie("koza")
    answer = site.post("/sign-out")
    assert answer.status_code == 303
    assert '"storage"' in answer.headers["Clear-Site-Data"]
    assert cookie is not None
    site.browser.set_cookie("koza", cookie.value)
    assert site.browser.get("/page", headers={"Accept": "application/json"}).status_code == 401


def test_behind_the_locked_screen_only_ringing_shows(site: Site, hand: Clock) -> None:
    site.sign_in()
    assert site.post("/lock").status_code == 204
    assert site.browser.get("/page").status_code == 423
    assert site.browser.get("/ring").text == "ring"
    assert site.post("/unlock", json={"code": "000000"}).status_code == 401
    hand.advance(60, sweeping=False)
    with unit_of_work(site.ground) as session:
        code = code_now(session, site.operator)
    assert site.post("/unlock", json={"code": code}).status_code == 204
    assert site.browser.get("/page").status_code == 200


def test_an_act_keeps_the_screen_open_and_the_screen_itself_does_not(site: Site, hand: Clock) -> None:
    site.sign_in()
    for path, then in (("/page", 200), ("/ring", 423)):
        hand.advance(200, sweeping=False)
        assert site.browser.get(path).status_code == 200
        hand.advance(200, sweeping=False)
        assert site.browser.get("/page").status_code == then


def _fresh_code(site: Site, hand: Clock) -> str:
    """A code that was not used yet."""
    hand.advance(60, sweeping=False)
    with unit_of_work(site.ground) as session:
        return code_now(session, site.operator)


def test_stepping_up_opens_the_dangerous_act_with_a_new_cookie(site: Site, hand: Clock) -> None:
    site.sign_in()
    before = site.browser.get_cookie("koza")
    assert site.post("/step-up", json={"code": "000000"}).status_code == 401
    assert site.post("/step-up", json={"code": _fresh_code(site, hand)}).status_code == 200
    # Her other pages keep the token they were drawn with: a heartbeat that stopped would take her out of the queue.
    assert site.post("/ring").text == "ring"
    assert site.post("/unmask").text == "unmask"
    after = site.browser.get_cookie("koza")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    site.browser.set_cookie("koza", before.value)
    assert site.browser.get("/page", headers={"Accept": "application/json"}).status_code == 401


def test_the_act_that_wanted_the_code_goes_on_with_what_was_typed(site: Site, hand: Clock) -> None:
    site.sign_in()
    typed = {"reason": "emergency", "step_up_to": "/unmask"}
    wrong = site.post("/step-up", data={**typed, "step_up_code": "000000"})
    assert (wrong.status_code, wrong.text) == (401, "/unmask True")
    right = site.post("/step-up", data={**typed, "step_up_code": _fresh_code(site, hand)})
    assert (right.status_code, right.headers["Location"]) == (307, "/unmask")


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example", "unmask"])
def test_the_code_leads_nowhere_else(site: Site, hand: Clock, path: str) -> None:
    site.sign_in()
    answer = site.post("/step-up", data={"step_up_to": path, "step_up_code": _fresh_code(site, hand)})
    assert answer.status_code == 200
    assert "Location" not in answer.headers


def test_disabling_ends_the_browser_s_session_at_once(site: Site) -> None:
    site.sign_in()
    with unit_of_work(site.ground) as session:
        service.disable_account(session, ACTOR, site.operator.id, reason="left")
    assert site.browser.get("/page", headers={"Accept": "application/json"}).status_code == 401


def test_guessing_is_slowed_down(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("staff.sign_in.verify_password", lambda _stored, password: password == PASSWORD)
    for _ in range(12):
        assert site.sign_in(password="wrong").status_code == 401
    assert site.pauses == [1.0, 2.0]
    assert site.sign_in().status_code == 200
    assert site.pauses == [1.0, 2.0, 4.0]


def _neighbours_fail(site: Site) -> None:
    """So many wrong passwords of others from the same address that its tries are delayed."""
    for number in range(21):
        assert site.sign_in(name=f"guess{number}@x", password="wrong").status_code == 401


def test_an_address_delays_and_never_refuses_a_name_without_failures(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("staff.sign_in.verify_password", lambda _stored, password: password == PASSWORD)
    _neighbours_fail(site)
    del site.pauses[:]
    waiting, go = Event(), Event()

    def pause(seconds: float) -> None:
        site.pauses.append(seconds)
        waiting.set()
        assert go.wait(30)

    site.pause = pause
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(site.sign_in, name="first@x", password="wrong")
        assert waiting.wait(30)
        # The address waits already; her own name has done nothing.
        assert site.sign_in().status_code == 200
        go.set()
        assert first.result().status_code == 401
    assert site.pauses == [2.0]


def test_a_name_that_was_guessed_at_waits_its_turn(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("staff.sign_in.verify_password", lambda _stored, password: password == PASSWORD)
    for _ in range(11):
        assert site.sign_in(password="wrong").status_code == 401
    waiting, go = Event(), Event()

    def pause(_seconds: float) -> None:
        waiting.set()
        assert go.wait(30)

    site.pause = pause
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(site.sign_in, password="wrong")
        assert waiting.wait(30)
        second = site.sign_in()
        assert (second.status_code, second.headers["Retry-After"]) == (429, "2")
        elsewhere = site.app.test_client()
        elsewhere.environ_base["REMOTE_ADDR"] = fresh_address()
        go.set()
        assert first.result().status_code == 401
        assert site.sign_in(elsewhere).status_code == 200


def test_what_strangers_type_does_not_slow_the_code_of_who_is_at_work(
    site: Site, hand: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("staff.sign_in.verify_password", lambda _stored, password: password == PASSWORD)
    site.sign_in()
    for _ in range(25):
        assert site.sign_in(password="wrong").status_code == 401
    _neighbours_fail(site)
    del site.pauses[:]
    for path in ("/unlock", "/step-up"):
        assert site.post(path, json={"code": "000000"}).status_code == 401
    assert site.pauses == []
    for _ in range(8):
        assert site.post("/unlock", json={"code": "000000"}).status_code == 401
    hand.advance(60, sweeping=False)
    with unit_of_work(site.ground) as session:
        code = code_now(session, site.operator)
    assert site.post("/unlock", json={"code": code}).status_code == 204
    assert site.pauses == [1.0]


def test_machines_come_with_a_token_of_the_right_scope(site: Site) -> None:
    with unit_of_work(site.ground) as session:
        good = service.issue_token(session, ACTOR, site.centre, ["contacts"])
        other = service.issue_token(session, ACTOR, site.centre, ["duty"])

    def status(value: str | None) -> int:
        headers = {} if value is None else {"Authorization": value}
        return site.app.test_client().get("/api/contacts", headers=headers).status_code

    assert status(f"Bearer {good}") == 200
    assert status(f"bearer {good} ") == 200
    assert status(f"Bearer {other}") == 403
    for value in (None, "", "Bearer", f"Basic {good}", "Bearer koza_x", good):
        assert status(value) == 401
    site.sign_in()
    assert site.browser.get("/api/contacts").status_code == 401


def test_reports_of_the_browser_are_counted_and_not_kept(site: Site) -> None:
    answer = site.browser.post("/csp-report", data=b'{"csp-report": {}}', content_type="application/csp-report")
    assert answer.status_code == 204


def _production(site: Site, monkeypatch: pytest.MonkeyPatch) -> Authenticator:
    """The site as a production house at a name of its own, with the browser's key."""
    guard = guard_of(site.app)
    monkeypatch.setattr(guard, "keys", KeyDesk(KEY_ORIGIN, production=True))
    return Authenticator(KEY_ORIGIN, "koza.example")


def _director(site: Site, person: Person, *roles: str) -> None:
    with unit_of_work(site.ground) as session:
        site.operator = person(session, "director", *roles, at=site.centre)


def _add_key(site: Site, key: Authenticator) -> None:
    """The key registered, as the page does it; the code that let a director in without one counts as entered again."""
    options = json.loads(site.post("/account/keys/new").text)["options"]
    answer = site.post("/account/keys", json={"name": "Mavi", "credential": key.create(options)})
    assert answer.status_code == 201


def test_a_director_without_a_key_answers_callers_and_registers_one_and_nothing_else(
    site: Site, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = _production(site, monkeypatch)
    _director(site, person, "operator")
    assert site.sign_in().status_code == 200
    assert site.browser.get("/page", headers={"Accept": "text/html"}).headers["Location"] == "/account/keys"
    assert site.post("/page").status_code == 403
    # What a browser says when a person opens a page: HTML is one of several types, and not the first by its rules.
    accept = "text/html,application/xhtml+xml,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
    opened = {"Accept": accept, "Sec-Fetch-Mode": "navigate"}
    assert site.browser.get("/page", headers=opened).headers["Location"] == "/account/keys"
    assert site.post("/unmask").status_code == 403
    assert (site.post("/answer").text, site.browser.get("/ring").text) == ("answer", "ring")
    assert json.loads(site.browser.get("/account/keys").text)["missing"]
    _add_key(site, key)
    assert site.browser.get("/page").status_code == 200


def _keyed(site: Site, key: Authenticator, **changes: str) -> TestResponse:
    """Signs her in by key, in the browser that the password was given in."""
    site.browser = site.app.test_client()
    asked = site.sign_in(code="", **changes).json or {}
    answer = site.browser.post("/sign-in/key", json={"credential": key.get(asked["key"])})
    site.csrf = (answer.json or {}).get("csrf", "")
    return answer


def test_once_there_is_a_key_a_code_opens_nothing_for_a_director(
    site: Site, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = _production(site, monkeypatch)
    _director(site, person)
    site.sign_in()
    _add_key(site, key)
    hers, other = site.app.test_client(), site.app.test_client()
    first = site.sign_in(hers, code="")
    by_code = site.sign_in(other)
    assert set(first.json or {}) == set(by_code.json or {}) == {"key"}
    assert {cookie.split("=")[0] for cookie in by_code.headers.getlist("Set-Cookie")} == {"koza-step"}
    assert site.sign_in(site.app.test_client(), password="wrong").status_code == 401
    answer = {"credential": key.get((first.json or {})["key"])}
    # What her browser was asked, another does not answer, even with her key.
    assert other.post("/sign-in/key", json=answer).status_code == 401
    opened = hers.post("/sign-in/key", json=answer)
    assert opened.status_code == 200
    site.browser, site.csrf = hers, (opened.json or {})["csrf"]
    assert hers.post("/sign-in/key", json=answer).status_code == 401
    with unit_of_work(site.ground) as session:
        code = code_now(session, site.operator, steps=1)
    assert site.post("/step-up", json={"code": code}).status_code == 401
    challenge = site.post("/account/keys/challenge").json or {}
    assert site.post("/step-up", json={"credential": key.get(challenge)}).status_code == 200
    key_id = json.loads(site.browser.get("/account/keys").text)["keys"][0]
    assert site.post(f"/account/keys/{key_id}/remove").status_code == 409
    left = site.post("/account/keys/challenge").json or {}
    site.post("/sign-out")
    assert site.post("/account/keys/challenge").status_code == 401
    assert site.post("/step-up", json={"credential": key.get(left)}).status_code == 401


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://koza.example.evil"},
        {"rp_id": "evil.example"},
        {"verifies": False},
        {"counter": 0},
        {"framed": True},
        {"credential_id": b"of nobody here"},
    ],
    ids=["origin", "rp id", "not verified", "count", "framed", "unknown key"],
)
def test_a_key_that_lies_opens_no_door(
    site: Site, person: Person, monkeypatch: pytest.MonkeyPatch, lie: dict[str, Any]
) -> None:
    key = _production(site, monkeypatch)
    _director(site, person)
    site.sign_in()
    _add_key(site, key)
    assert _keyed(site, key).status_code == 200
    refused = _keyed(site, replace(key, **lie))
    assert (refused.status_code, refused.json) == (401, {"error": "refused"})
    assert site.browser.get("/page", headers={"Accept": "application/json"}).status_code == 401
    assert _keyed(site, key).status_code == 200
    asked = site.post("/account/keys/challenge").json or {}
    assert site.post("/step-up", json={"credential": replace(key, **lie).get(asked)}).status_code == 401


def test_a_session_that_a_code_opened_gains_nothing_when_she_adds_her_key(
    site: Site, person: Person, monkeypatch: pytest.MonkeyPatch, hand: Clock
) -> None:
    key = _production(site, monkeypatch)
    _director(site, person)
    site.sign_in()
    stranger, token = site.browser, site.csrf
    hand.advance(60, sweeping=False)
    site.browser = site.app.test_client()
    site.sign_in()
    _add_key(site, key)
    assert site.browser.get("/page").status_code == 200
    assert stranger.get("/page", headers={"Accept": "text/html"}).headers["Location"] == "/account/keys"
    assert stranger.post("/page", headers={"X-CSRF-Token": token}).status_code == 403
    hand.advance(600, sweeping=False)
    with unit_of_work(site.ground) as session:
        code = code_now(session, site.operator)
    stranger.post("/unlock", json={"code": code}, headers={"X-CSRF-Token": token})
    again = stranger.post("/account/keys/new", headers={"X-CSRF-Token": token, "Accept": "application/json"})
    assert (again.status_code, "step" in again.text) == (403, True)


def test_who_lost_her_key_comes_back_by_a_recovery_code_and_adds_another(
    site: Site, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = _production(site, monkeypatch)
    _director(site, person, "operator")
    site.sign_in()
    _add_key(site, lost)
    with unit_of_work(site.ground) as session:
        recovery = service.issue_recovery_codes(session, ACTOR, site.operator.id)[0]
    site.browser = site.app.test_client()
    assert site.sign_in(code=recovery).status_code == 200
    assert site.browser.get("/page", headers={"Accept": "application/json"}).status_code == 403
    assert site.post("/answer").text == "answer"
    key_id = json.loads(site.browser.get("/account/keys").text)["keys"][0]
    assert site.post(f"/account/keys/{key_id}/remove").status_code == 403
    key = Authenticator(KEY_ORIGIN, "koza.example")
    options = json.loads(site.post("/account/keys/new").text)["options"]
    assert site.post("/account/keys", json={"name": "2", "credential": key.create(options)}).status_code == 201
    assert site.post(f"/account/keys/{key_id}/remove").status_code == 303
    assert site.browser.get("/page").status_code == 200
    assert set(site.sign_in(site.app.test_client(), code=recovery).json or {}) == {"key"}


def test_a_reset_by_two_persons_begins_again_with_a_code_and_another_key(
    site: Site, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = _production(site, monkeypatch)
    _director(site, person)
    site.sign_in()
    _add_key(site, lost)
    waiting = site.app.test_client()
    asked = site.sign_in(waiting, code="").json or {}
    with unit_of_work(site.ground) as session:
        lead, second = (
            Scope.of(session, person(session, role, at=site.centre).id) for role in ("shift_lead", "director")
        )
        her = site.operator.id
        act = request_act(session, lead, "reset_sign_in", "account", her, reason="anahtar", centre_id=site.centre)
        approve_act(session, second, act)
        site.operator = service.reset_sign_in(session, lead.actor, her, PASSWORD)
    assert waiting.post("/sign-in/key", json={"credential": lost.get(asked["key"])}).status_code == 401
    site.browser = site.app.test_client()
    assert site.sign_in().status_code == 200
    assert site.browser.get("/page", headers={"Accept": "application/json"}).status_code == 403
    _add_key(site, Authenticator(KEY_ORIGIN, "koza.example"))
    assert site.browser.get("/page").status_code == 200


def test_the_locked_screen_opens_by_key_or_by_code(site: Site, person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    key = _production(site, monkeypatch)
    _director(site, person)
    site.sign_in()
    _add_key(site, key)
    site.post("/lock")
    dangerous = site.post("/account/keys/challenge").json or {}
    assert site.post("/unlock", json={"credential": key.get(dangerous)}).status_code == 401
    asked = site.post("/account/keys/challenge", json={"for": "unlock"}).json or {}
    assert site.post("/unlock", json={"credential": key.get(asked)}).status_code == 204
    assert site.browser.get("/page").status_code == 200


def test_an_operator_with_a_key_may_use_either(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    key = _production(site, monkeypatch)
    site.sign_in()
    with unit_of_work(site.ground) as session:
        code = code_now(session, site.operator, steps=1)
    assert site.post("/step-up", json={"code": code}).status_code == 200
    _add_key(site, key)
    assert _keyed(site, key).status_code == 200
    asked = site.post("/account/keys/challenge").json or {}
    assert site.post("/step-up", json={"credential": key.get(asked)}).status_code == 200
    key_id = json.loads(site.browser.get("/account/keys").text)["keys"][0]
    assert site.post(f"/account/keys/{key_id}/name", data={"name": "x"}).status_code == 303
    assert site.post(f"/account/keys/{key_id}/remove").status_code == 303
