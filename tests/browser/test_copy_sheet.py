"""A copy sheet at the keyboard alone, its values in the clipboard; an administrator looks before she closes a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from playwright.sync_api import Page, expect

from core.i18n import ISTANBUL
from tests.browser import keyboard
from tests.browser.screens import BROWSER, Reception, turkish
from tests.browser.street import Street
from tests.browser.test_text import write

pytestmark = BROWSER

_WORDS = "Kızılay'dayım, beni arıyor"


def _clipboard(page: Page) -> str:
    found: str = page.evaluate("navigator.clipboard.readText()")
    return found


def test_a_record_is_copied_by_keys_alone_and_marked(reception: Reception, street: Street) -> None:
    operator = reception.operator("operator1@ankara")
    phones, number = reception.practice(), street.number()
    write(phones.page, number, _WORDS)
    contact = street.contact(street.texts_of(number)[0])
    operator.row(contact).get_by_role("button").first.click()
    page = operator.page
    page.wait_for_url(f"**/contacts/{contact}")
    operator.context.grant_permissions(["clipboard-read", "clipboard-write"])
    keyboard.press(page, 'a[href$="/copy"]')
    page.wait_for_url("**/intakes/*/copy")
    rows = page.locator("[data-copy-row]")
    # The first row is in focus: Enter copies it and goes on; the key of a row copies it from anywhere.
    expect(rows.nth(0).locator("button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(rows.nth(0)).to_have_attribute("data-copied", "")
    assert _clipboard(page) == rows.nth(0).locator("[data-copy-value]").inner_text()
    expect(rows.nth(1).locator("button")).to_be_focused()
    page.keyboard.press("2")
    expect(rows.nth(1)).to_have_attribute("data-copied", "")
    assert _clipboard(page) == rows.nth(1).locator("[data-copy-value]").inner_text()
    assert _clipboard(page).startswith("R-")
    expect(rows.nth(2).locator("button")).to_be_focused()
    # A row without a value changes nothing in the clipboard and is gone past.
    empty = page.locator("[data-copy-row]:not(:has([data-copy-value]))").first
    page.keyboard.press(empty.locator("kbd").inner_text())
    expect(page.locator("#say")).to_contain_text(turkish("Nothing to copy:"))
    assert _clipboard(page).startswith("R-")
    operator.shot("copy-sheet")
    keyboard.write(page, "#f-number", "2026/417")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text(
        turkish("Entered in the other system under %(number)s.", number="2026/417")
    )
    assert not operator.too_wide()


def test_without_a_clipboard_the_words_are_selected(reception: Reception, street: Street) -> None:
    operator = reception.operator("operator1@ankara")
    phones, number = reception.practice(), street.number()
    write(phones.page, number, _WORDS)
    contact = street.contact(street.texts_of(number)[0])
    operator.row(contact).get_by_role("button").first.click()
    page = operator.page
    page.wait_for_url(f"**/contacts/{contact}")
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined });")
    page.locator('a[href$="/copy"]').click()
    page.wait_for_url("**/intakes/*/copy")
    # The sheet listens once its first row has the focus.
    expect(page.locator("[data-copy-row] button").first).to_be_focused()
    page.keyboard.press("2")
    expect(page.locator("#say")).to_contain_text(turkish("Selected, press Ctrl C:"))
    assert page.evaluate("getSelection().toString()").startswith("R-")


def test_an_administrator_looks_before_she_closes_a_day(reception: Reception) -> None:
    admin = reception.screen("admin@koza").open("/catalogues")
    page = admin.page
    admin.shot("catalogues")
    keyboard.press(page, 'a[href="/catalogues/calendar"]')
    page.wait_for_url("**/catalogues/calendar")
    day = datetime.now(ISTANBUL).date() + timedelta(days=21)
    page.locator("#f-day").fill(day.isoformat())
    keyboard.choose_radio(page, "how", "whole")
    keyboard.write(page, "#f-title_tr", "İdari izin")
    keyboard.write(page, "#f-title_en", "Administrative leave")
    keyboard.write(page, "#f-reason", "Genelge 2026/21")
    page.keyboard.press("Enter")
    expect(page.locator("#moved")).to_have_text(turkish("What would move"))
    admin.shot("calendar-preview")
    assert not admin.too_wide()
    admin.open("/catalogues/copy-sheets").shot("copy-sheets")
    assert not admin.too_wide()
    admin.open("/catalogues/measures").shot("measures")
    assert not admin.too_wide()
