"""Who may what: every address of the house asked as every role, in every position, and as nobody."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from core.actor import system
from core.unit_of_work import unit_of_work
from staff.catalogues import roles_catalogue
from staff.service import disable_account, issue_token
from tests.edge.dashboard.conftest import Browser, House
from tests.edge.security.asked import ASKED, HERSELF, Ask
from tests.edge.security.place import POSITIONS, Place
from tests.edge.security.walk import HIDDEN, OPEN, PART, REFUSED, answered
from tools.who_may import EXPECTED, ROLES, rule_of

#: One worker makes the centre once.
pytestmark = pytest.mark.xdist_group("matrix")


def _rules(app: Flask) -> set[str]:
    methods = [(rule, method) for rule in app.url_map.iter_rules() for method in rule.methods or ()]
    return {f"{method} {rule}" for rule, method in methods if method not in {"HEAD", "OPTIONS"}}


def test_every_address_of_the_house_has_a_line(app: Flask) -> None:
    written = {rule_of(key) for key in EXPECTED.people} | {*EXPECTED.herself, *EXPECTED.tokens, *EXPECTED.public}
    apart = {rule for rule in _rules(app) if rule.split(" ")[1].startswith((EXPECTED.keys, EXPECTED.set_up))}
    carriers = {rule for rule in _rules(app) if rule.removeprefix("POST ").startswith(EXPECTED.carrier)}
    assert _rules(app) - written == carriers | apart
    assert written - _rules(app) == set()
    assert set(EXPECTED.people) == set(ASKED)
    assert set(EXPECTED.herself) == set(HERSELF)
    assert set(EXPECTED.while_locked) | set(EXPECTED.step_up) <= written


def test_every_role_has_a_column() -> None:
    assert [role.code for role in roles_catalogue().roles] == list(ROLES)


#: Roles that hold the very permissions of another: the rule knows roles by these alone.
_TWINS = {"psychologist": "social_worker", "child_development": "social_worker", "employment": "health"}


def test_twins_are_twins() -> None:
    held = {role.code: dict(role.permissions) for role in roles_catalogue().roles}
    assert all(held[twin] == held[role] for twin, role in _TWINS.items())
    assert all(
        EXPECTED.pattern(key, twin) == EXPECTED.pattern(key, role) for key in ASKED for twin, role in _TWINS.items()
    )


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_what_is_written_down_and_nothing_else(place: Place, role: str) -> None:
    found, wanted = {}, {}
    for key in ASKED:
        pattern = EXPECTED.pattern(key, role)
        # Refused to who was assigned, refused to all; and what is about no record is one answer.
        single = pattern == REFUSED or role in _TWINS
        positions = POSITIONS[1:2] if single else POSITIONS[: len(pattern)]
        found[key] = "".join(answered(place, role, position, key) for position in positions)
        wanted[key] = pattern[1:2] or pattern if single else pattern
    assert found == wanted


def _sent(browser: Browser, key: str, place: Place) -> TestResponse:
    """The request of a line, as a page would send it."""
    ask: Ask = {**ASKED, **HERSELF}[key]
    names = {**place.names, **ask.prepare(place)}
    path = ask.path.format(**names)
    if key.startswith("GET"):
        return browser.client.get(path, headers={"Accept": "text/html"})
    return browser.post(path, {name: value.format(**names) for name, value in ask.body.items()})


def test_who_has_no_session_or_one_that_ended_is_sent_to_the_sign_in(place: Place) -> None:
    gone, left = (place.home.browser("director", "shift_lead", "admin", "auditor", stepped_up=True) for _ in range(2))
    assert gone.post("/sign-out").status_code == 303
    with unit_of_work(place.home.ground) as session:
        disable_account(session, system("tests"), left.account_id, reason="left")
    nobody = Browser(place.home.app.test_client(), uuid4(), "")
    # Signing out made the browser forget its cookie; whoever copied it before still has it.
    cookie = left.client.get_cookie("koza")
    assert cookie is not None
    answers = {
        f"{who} {key}": (answer.status_code, answer.headers.get("Location", "/sign-in"))
        for who, browser in (("nobody", nobody), ("signed out", gone), ("disabled", left))
        for key in {**ASKED, **HERSELF}
        if (answer := _sent(browser, key, place)).status_code != 401
    }
    assert {kind for kind, _where in answers.values()} == {303}
    assert {where for _kind, where in answers.values()} == {"/sign-in"}
    assert {key for key in answers if " POST " in key} == set()


def test_a_copied_cookie_is_worth_nothing_after_signing_out(place: Place) -> None:
    browser = place.home.browser("director")
    cookie = browser.client.get_cookie("koza")
    assert cookie is not None
    thief = place.home.app.test_client()
    thief.set_cookie("koza", cookie.value)
    assert thief.get("/cases").status_code == 200
    browser.post("/sign-out")
    assert thief.get("/cases", headers={"Accept": "application/json"}).status_code == 401


def test_behind_the_locked_screen_nothing_with_content_is_drawn(place: Place) -> None:
    locked = place.home.browser("director", "shift_lead", "admin", "auditor", stepped_up=True)
    assert locked.post("/lock", json=True).status_code == 204
    opened = {
        rule_of(key)
        for key in {**ASKED, **HERSELF}
        if key != "POST /sign-out" and _sent(locked, key, place).status_code != 423
    }
    assert opened | {"POST /sign-out"} == set(EXPECTED.while_locked)
    assert locked.post("/sign-out").status_code == 303


def test_dangerous_acts_ask_for_the_code_again(place: Place) -> None:
    plain = place.home.browser("director", "shift_lead", "admin", "auditor")
    # After these nothing else would be reached.
    last = {"POST /lock", "POST /unlock", "POST /step-up", "POST /sign-out"}
    acts = [key for key in {**ASKED, **HERSELF} if key.startswith("POST") and key not in last]
    asked = {rule_of(key) for key in acts if 'name="step_up_code"' in _sent(plain, key, place).text}
    assert asked == set(EXPECTED.step_up)


def test_what_is_about_herself_is_open_to_whoever_has_fewest_rights(place: Place) -> None:
    for role in ("partner", "statistician", "perpetrator_worker"):
        for key in EXPECTED.herself:
            answer = _sent(place.home.browser(role), key, place)
            asks_again = key in EXPECTED.step_up and 'name="step_up_code"' in answer.text
            assert asks_again or answer.status_code in {200, 204, 303, 401}, (role, key)


def test_set_up_does_not_exist_in_a_furnished_house(app: Flask, place: Place) -> None:
    director, nobody = place.home.browser("director", "admin"), Browser(place.home.app.test_client(), uuid4(), "")
    steps = [rule for rule in _rules(app) if rule.split(" ")[1].startswith(EXPECTED.set_up)]
    for browser in (director, nobody):
        for rule in steps:
            method, path = re.sub(r"<uuid:\w+>", str(uuid4()), rule).split(" ")
            answer = browser.client.get(path) if method == "GET" else browser.post(path)
            assert answer.status_code == 404, rule
    assert len(steps) > 10


def test_keys_are_each_one_s_own(app: Flask, place: Place) -> None:
    mine, nobody = place.home.browser("partner"), Browser(place.home.app.test_client(), uuid4(), "")
    assert mine.client.get(EXPECTED.keys).status_code == 200
    acts = [rule for rule in _rules(app) if rule.startswith(f"POST {EXPECTED.keys}")]
    for rule in acts:
        path = re.sub(r"<uuid:\w+>", str(uuid4()), rule.split(" ")[1])
        assert nobody.post(path).status_code in {303, 401}, rule
    assert len(acts) == 5


def _machine(place: Place, house: House, key: str, *scopes: str) -> str:
    with unit_of_work(house.ground) as session:
        token = issue_token(session, system("tests"), house.desk.centre_id, scopes)
    path = key.removeprefix("GET ").replace("<ref>", "{text_ref}").replace("<code>", "{page}").format(**place.names)
    headers = {"Authorization": f"Bearer {token}"}
    answer = house.app.test_client().get(path, headers=headers)
    if answer.status_code in {403, 404}:
        return REFUSED if answer.status_code == 403 else HIDDEN
    assert answer.status_code == 200
    return OPEN if place.names["text_ref"] in answer.text else PART


@pytest.mark.parametrize("key", EXPECTED.tokens)
def test_a_machine_reads_what_its_token_names_at_its_centre(place: Place, key: str) -> None:
    scope = EXPECTED.tokens[key]
    for other in {"contacts", "pages", "duty"} - {scope}:
        assert _machine(place, place.home, key, other) == REFUSED
    single, duty = "<" in key, scope == "duty"
    assert _machine(place, place.home, key, scope) == (PART if duty else OPEN)
    assert _machine(place, place.away, key, scope) == (HIDDEN if single else PART)
    path = key.removeprefix("GET ")
    assert place.home.app.test_client().get(path, headers={"Authorization": "Bearer none"}).status_code == 401


def test_no_session_and_no_token_opens_the_carriers_door(app: Flask, place: Place) -> None:
    director = place.reader("director", "own")
    with unit_of_work(place.home.ground) as session:
        token = issue_token(session, system("tests"), place.home.desk.centre_id, ("contacts", "pages", "duty"))
    asked = 0
    for rule in _rules(app):
        if not rule.removeprefix("POST ").startswith(EXPECTED.carrier):
            continue
        path = re.sub(r"<uuid:\w+>", str(uuid4()), rule.removeprefix("POST "))
        path = path.replace("<int:number>", "1").replace("<name>", "menu").replace("<channel>", "yerel")
        form = {"AccountSid": place.home.ground.settings.twilio_account_sid, "CallSid": "CA" + "0" * 32}
        for headers in ({}, {"Authorization": f"Bearer {token}"}, {"X-Twilio-Signature": "AAAA"}):
            assert director.client.post(path, data=form, headers=headers).status_code == 403, rule
            asked += 1
    assert asked > 30
