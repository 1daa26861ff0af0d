"""Her own password, PIN and recovery codes: changed by herself, with her code, and before nobody else's eyes."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from core.audit import AuditEntry
from core.unit_of_work import unit_of_work
from staff.models import Account
from staff.passwords import hash_password
from staff.service import check_pin, set_pin
from tests.edge.dashboard.conftest import Browser, House
from tests.support.desk import PASSWORD, TESTS, Desk
from tests.support.house import Clock

pytestmark = pytest.mark.usefixtures("_real_hashes")
_NEW = "kumru pencere yosun otobus"


@pytest.fixture
def _real_hashes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The desk hires with one hash for all; what she chooses herself has its own."""
    monkeypatch.setattr("staff.service.accounts.hash_password", hash_password)


def _change(browser: Browser, old: str = PASSWORD, new: str = _NEW, again: str = _NEW) -> tuple[int, str]:
    fields = {"old_password": old, "new_password": new, "new_password_again": again}
    answer = browser.post("/account/password", fields)
    return answer.status_code, answer.text


def _signs_in(house: House, browser: Browser, password: str, code: str | None = None) -> bool:
    with unit_of_work(house.ground) as session:
        name = session.get_one(Account, browser.account_id).name
    form = {"name": name, "password": password, "code": code or house.code(browser)}
    answer = house.app.test_client().post("/sign-in", json=form)
    return answer.status_code == 200


def test_she_changes_her_password_and_every_session_ends(house: House, hand: Clock) -> None:
    her = house.browser("legal", stepped_up=True)
    other = house.browser("legal", account_id=her.account_id)
    assert her.get("/account/password").status_code == 200
    assert 'name="old_password"' in her.post("/account/password/new").text
    status, page = _change(her)
    assert (status, "Your password is changed" in page) == (200, True)
    assert [one.get("/account/password").status_code for one in (her, other)] == [303, 303]
    hand.advance(60, sweeping=False)
    assert not _signs_in(house, her, PASSWORD)
    hand.advance(60, sweeping=False)
    assert _signs_in(house, her, _NEW)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"old": "something else entirely"}, "The password until now is not right."),
        ({"again": "kumru pencere yosun vapur"}, "The new password was typed in two ways."),
        ({"new": "kisa", "again": "kisa"}, "The password is shorter than"),
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(house: House, fields: dict[str, str], said: str) -> None:
    her = house.browser("legal", stepped_up=True)
    status, page = _change(her, **fields)
    assert (status, said in page) == (422, True)
    assert not any(value in page for value in (PASSWORD, *fields.values()))
    assert her.get("/account/password").status_code == 200


def test_the_page_that_asks_for_the_code_again_carries_no_password_along(house: House) -> None:
    her = house.browser("legal")
    status, page = _change(her)
    assert status == 403
    assert not any(value in page for value in (PASSWORD, _NEW))
    # Sent on from there it is the empty form again, and no refusal.
    form = {"csrf_token": her.csrf, "step_up_to": "/account/password", "step_up_code": house.code(her)}
    again = her.send_on(form)
    assert (again.status_code, 'name="old_password"' in again.text, 'id="errors"' in again.text) == (200, True, False)


def test_recovery_codes_are_shown_once_and_open_once(house: House, hand: Clock) -> None:
    her = house.browser("legal", stepped_up=True)
    first = _codes(her.post("/account/recovery-codes").text)
    codes = _codes(her.post("/account/recovery-codes").text)
    assert len(set(codes)) == 10
    assert not set(codes) & set(first)
    assert not _codes(her.get("/account/password").text)
    hand.advance(60, sweeping=False)
    assert [_signs_in(house, her, PASSWORD, code) for code in (first[0], codes[0], codes[0])] == [False, True, False]


def _codes(page: str) -> list[str]:
    return re.findall(r"<li><code>([^<]+)</code></li>", page)


def _pin(browser: Browser, pin: str, again: str = "") -> tuple[int, str]:
    answer = browser.post("/account/pin", {"own_pin": pin, "own_pin_again": again or pin})
    return answer.status_code, answer.text


def _is_her_pin(house: House, browser: Browser, digits: str) -> bool:
    with unit_of_work(house.ground) as session:
        return check_pin(session, browser.account_id, digits)


def test_she_chooses_her_own_pin_and_the_one_that_was_set_for_her_is_worth_nothing(house: House) -> None:
    her = house.browser("oncall", stepped_up=True)
    with unit_of_work(house.ground) as session:
        set_pin(session, TESTS, her.account_id, "4071")
    assert 'name="own_pin"' in her.post("/account/pin/new").text
    status, page = _pin(her, "592603")
    assert (status, "Your PIN on the telephone is set" in page, "592603" in page) == (200, True, False)
    assert [_is_her_pin(house, her, digits) for digits in ("4071", "592603")] == [False, True]
    assert her.get("/account/password").status_code == 200
    with unit_of_work(house.ground) as session:
        acts = select(AuditEntry.detail).where(AuditEntry.act == "pin_set", AuditEntry.actor_id == her.account_id)
        assert list(session.scalars(acts)) == [{}]


@pytest.mark.parametrize(
    ("pin", "again", "said"),
    [
        ("592603", "592604", "The PIN was typed in two ways."),
        ("1234", "", "not all the same and not in a row"),
        ("592603592603", "", "4 to 8 digits"),
    ],
)
def test_a_pin_that_is_refused_changes_nothing(house: House, pin: str, again: str, said: str) -> None:
    her = house.browser("oncall", stepped_up=True)
    with unit_of_work(house.ground) as session:
        set_pin(session, TESTS, her.account_id, "4071")
    status, page = _pin(her, pin, again)
    assert (status, said in page, pin in page) == (422, True, False)
    assert _is_her_pin(house, her, "4071")


def test_her_pin_wants_the_code_again_and_the_page_that_asks_for_it_carries_no_digit_along(house: House) -> None:
    her = house.browser("oncall")
    status, page = _pin(her, "592603")
    assert (status, "592603" in page) == (403, False)
    assert not _is_her_pin(house, her, "592603")
