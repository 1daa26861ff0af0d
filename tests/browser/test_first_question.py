"""The form waits for the first question, whether she can talk; one key goes on without it, and nothing is lost."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser import keyboard
from tests.browser.screens import BROWSER, Reception
from tests.browser.street import Street
from tests.browser.test_text import taken

pytestmark = BROWSER


def test_the_rest_opens_with_the_answer_and_stays_open(reception: Reception, street: Street) -> None:
    operator, _phones, _number, _contact = taken(reception, street, "merhaba")
    page = operator.page
    rest = page.locator("#intake-rest")
    expect(rest).to_be_hidden()
    operator.shot("first-question")
    keyboard.choose_radio(page, "safe_to_talk", "unclear")
    expect(rest).to_be_visible()
    expect(page.locator("#intake-lock")).to_be_hidden()
    keyboard.write(page, "#i-district", "Keçiören")
    folded = page.locator("#s-caller details")
    keyboard.walk_to(page, "#s-caller summary")
    page.keyboard.press("Enter")
    keyboard.select(page, "children", "2", "2")
    keyboard.check(page, "children_ages", "3-6")
    expect(page.locator("#intake-status")).to_have_attribute("data-state", "saved")
    assert not operator.too_wide()
    operator.shot("record")
    page.reload()
    expect(rest).to_be_visible()
    expect(folded).to_have_attribute("open", "")
    expect(page.locator("#i-children")).to_have_value("2")


def test_in_an_emergency_one_key_goes_on_without_it(reception: Reception, street: Street) -> None:
    operator, _phones, _number, _contact = taken(reception, street, "merhaba")
    page = operator.page
    expect(page.locator("#intake-rest")).to_be_hidden()
    page.locator("#i-safe_when").focus()
    page.keyboard.press("F4")
    expect(page.locator("#i-language")).to_be_focused()
    expect(page.locator("#intake-status")).to_have_attribute("data-state", "saved")
    page.reload()
    expect(page.locator("#intake-rest")).to_be_visible()


def test_danger_opens_it_by_itself(reception: Reception, street: Street) -> None:
    operator, _phones, _number, _contact = taken(reception, street, "merhaba")
    page = operator.page
    expect(page.locator("#intake-rest")).to_be_hidden()
    page.locator('button[form="raise"]').click()
    expect(page.locator("#intake-rest")).to_be_visible()
