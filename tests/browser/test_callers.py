"""Who is calling is one control of the workspace: by keyboard, with what to say at once."""

from __future__ import annotations

from playwright.sync_api import expect

from config.local import DEMO_DESKS
from intake.callers import kinds
from tests.browser.screens import BROWSER, EVERYBODY_MS, Reception, Screen, turkish
from tests.browser.street import Street

pytestmark = BROWSER


def taken_call(reception: Reception, street: Street) -> tuple[Screen, str]:
    """A call that somebody took on the board."""
    operator = reception.operator("operator1@ankara")
    street.hush(*DEMO_DESKS.values(), but=DEMO_DESKS[operator.name])
    contact = street.contact(street.call("1"))
    expect(operator.row(contact)).to_contain_text(turkish("Rings for you"), timeout=EVERYBODY_MS)
    operator.row(contact).get_by_role("button").first.click()
    expect(operator.panel()).to_have_attribute("data-state", "connected")
    return operator, contact


def test_two_keys_say_who_calls_and_what_to_say(reception: Reception, street: Street) -> None:
    operator, _ = taken_call(reception, street)
    page = operator.page
    # At 1366 by 768 the control stands above the fold.
    control = page.locator('[data-opens="callers"]')
    expect(control).to_be_in_viewport()
    page.keyboard.press("F6")
    expect(page.locator("dialog#callers")).to_be_visible()
    operator.shot("who-calls")
    page.keyboard.press("2")
    words = page.locator("dialog#script-child")
    expect(words).to_contain_text(kinds()["child"].asked[3].tr)
    page.keyboard.press("Escape")
    expect(operator.panel()).to_contain_text(kinds()["child"].label.tr)
    expect(page.locator('.ws-person [data-caller="child"]')).to_contain_text(kinds()["child"].asked[0].tr)
    expect(page.locator("#i-caller_role")).to_have_value("child")
    page.keyboard.press("F6")
    page.keyboard.press("3")
    expect(page.locator("dialog#script-suicidal")).to_contain_text(kinds()["suicidal"].asked[0].tr)
    page.keyboard.press("Escape")
    expect(page.locator("#intake-level")).to_contain_text("D1")
    expect(page.locator('.ws-person [data-caller="suicidal"]')).to_be_visible()
