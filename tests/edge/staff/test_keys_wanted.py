"""In production directors and administrators come by security key alone."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import TestResponse

from core.unit_of_work import unit_of_work
from staff import service
from staff.edge.guard import guard_of
from staff.night_acts import approve_act, request_act
from staff.scope import Scope
from staff.security_keys import KeyDesk
from tests.edge.staff.conftest import ACTOR, PASSWORD, Person, Site, code_now
from tests.support.authenticator import Authenticator
from tests.support.house import Clock

KEY_ORIGIN = "https://koza.example"


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
