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
    operator.rings(contact).get_by_role("button").first.click()
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
    # A child's call begins the assessment of the duty to report, and its form is one press away.
    expect(operator.panel().locator("[data-duty]")).to_be_in_viewport()
    page.locator('[data-opens="report-duty"]').press("Enter")
    expect(page.locator("dialog#report-duty")).to_be_visible()
    expect(page.locator("#duty-basis")).to_have_value("child_5395")
    operator.shot("report-duty")
    page.keyboard.press("Escape")
    page.keyboard.press("F6")
    page.keyboard.press("3")
    expect(page.locator("dialog#script-suicidal")).to_contain_text(kinds()["suicidal"].asked[0].tr)
    page.keyboard.press("Escape")
    expect(page.locator("#intake-level")).to_contain_text("D1")
    expect(page.locator('.ws-person [data-caller="suicidal"]')).to_be_visible()


def test_a_suicidal_caller_stays_and_a_colleague_reads_along(reception: Reception, street: Street) -> None:
    second = reception.operator("operator2@ankara")
    operator, contact = taken_call(reception, street)
    page = operator.page
    expect(operator.panel()).to_contain_text(turkish("Put on hold"))
    hold = page.locator('form[action$="/hold"]')
    page.keyboard.press("F6")
    page.keyboard.press("3")
    expect(page.locator("dialog#script-suicidal")).to_be_visible()
    page.keyboard.press("Escape")
    expect(hold).to_have_count(0)
    expect(page.locator("#read-who")).to_be_visible()
    page.locator("#read-who").focus()
    page.locator("#read-who").select_option(label=second.display)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(operator.panel()).to_contain_text(turkish("has not opened it yet"))
    due = second.page.locator(f'#board a[href="/contacts/{contact}"]').filter(has_text="R-")
    expect(due.first).to_be_visible(timeout=EVERYBODY_MS)
    second.open(f"/contacts/{contact}")
    expect(second.panel()).to_contain_text(turkish("You read along silently. Who has her sees that you do."))
    expect(second.page.locator("#intake > fieldset")).to_have_attribute("disabled", "")
