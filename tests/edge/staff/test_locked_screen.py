"""A screen that nobody sits at: locked, opened again, signed out, and the code that dangerous acts ask for."""

from __future__ import annotations

import pytest

from core.unit_of_work import unit_of_work
from staff import service
from tests.edge.staff.conftest import ACTOR, Site, code_now
from tests.support.house import Clock


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
