"""Coming in: by keyboard alone, in one's own language, and with no hint for whoever tries."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from config.local import DEMO_DESKS
from tests.browser import keyboard
from tests.browser.screens import BROWSER, Reception, Screen
from tests.browser.street import Street

pytestmark = BROWSER


def test_from_the_sign_in_to_a_caller_by_keyboard_alone(reception: Reception, street: Street) -> None:
    name = "operator2@ankara"
    screen = reception.stranger().open("/sign-in")
    page = screen.page
    expect(page.locator("#name")).to_be_focused()
    screen.shot("sign-in")
    page.keyboard.type(name)
    keyboard.write(page, "#password", reception.password)
    keyboard.write(page, "#code", reception.code(name))
    page.keyboard.press("Enter")
    expect(page.locator("#board")).to_be_visible()
    if page.get_by_role("switch").get_attribute("aria-checked") != "true":
        keyboard.press(page, "#presence")
    expect(page.get_by_role("switch")).to_have_attribute("aria-checked", "true")

    street.hush(*DEMO_DESKS.values(), but=DEMO_DESKS[name])
    sid = street.call("4", "5")
    contact = street.contact(sid)
    screen.rings(contact)
    page.keyboard.press("F2")
    expect(page).to_have_url(re.compile(f"/contacts/{contact}$"))
    expect(screen.panel()).to_be_visible()


def test_every_refusal_is_the_same(reception: Reception) -> None:
    refusals = [
        _refused(reception, "auditor@ankara", reception.password, "000000"),
        _refused(reception, "auditor@ankara", "something else", reception.code("auditor@ankara")),
        _refused(reception, "nobody@ankara", reception.password, "000000"),
    ]
    assert len(set(refusals)) == 1, refusals


def test_the_page_speaks_the_language_that_is_chosen(reception: Reception) -> None:
    page = reception.stranger().open("/sign-in").page
    expect(page.locator("html")).to_have_attribute("lang", "tr")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.get_by_role("button", name="Türkçe").click()
    expect(page.locator("html")).to_have_attribute("lang", "tr")


def _refused(reception: Reception, name: str, password: str, code: str) -> str:
    """What stands on the page after an attempt, without the name that was typed."""
    screen: Screen = reception.stranger().open("/sign-in")
    page = screen.page
    page.locator("#name").fill(name)
    page.locator("#password").fill(password)
    page.locator("#code").fill(code)
    page.locator('form[action="/sign-in"] button').click()
    expect(page.locator("#errors")).to_be_visible()
    screen.forgive("401 (Unauthorized)")
    return page.locator("#errors").inner_text()
