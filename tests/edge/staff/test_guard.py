"""The guard before every view: nothing without a mark, nothing forged, nothing kept, refusals written down."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from core.audit import AuditEntry
from core.database import Ground
from core.ids import new_id
from core.unit_of_work import unit_of_work
from staff import service
from staff.edge import (
    Guard,
    access_of,
    public,
    sign_in_blueprint,
    signed_in,
)
from tests.edge.staff.conftest import ACTOR, PASSWORD, Person, Site, code_now


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
