"""The 112 card by keyboard alone: the place is typed, the card opens by one key, and what was done is written down."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser import keyboard
from tests.browser.acts import go_on_without_asking
from tests.browser.screens import BROWSER, Reception, turkish
from tests.browser.street import Street
from tests.browser.test_text import taken

pytestmark = BROWSER

_PLACE = "Menekşe Sokağı 7, daire 3"
_REFERENCE = "06-2026-41877"


def test_the_card_opens_by_one_key_and_shows_what_was_typed_a_moment_before(
    reception: Reception, street: Street
) -> None:
    operator, _phones, _number, _contact = taken(reception, street, "yardım edin")
    page = operator.page
    card = page.locator("#c112")
    go_on_without_asking(page)
    keyboard.write(page, "#i-location_now", _PLACE)
    # From within the field, before the save has come back.
    page.keyboard.press("F9")
    expect(card).to_be_visible()
    expect(card.locator(".read-out")).to_contain_text(_PLACE)
    expect(page.locator("#i-location_now")).to_have_value(_PLACE)

    keyboard.select(page, "telephone", "Merkezin sabit", "desk")
    keyboard.write(page, "#c112-reference", _REFERENCE)
    walked = page.locator("#c112-outcome")
    keyboard.walk_to(page, "#c112-outcome")
    page.keyboard.type("Ekip")
    expect(walked).to_have_value("on_the_way")
    keyboard.press(page, "#c112 .button.primary")
    expect(operator.panel()).to_contain_text(_REFERENCE)
    expect(operator.panel()).to_contain_text("Ekip gönderildi")
    expect(card).not_to_be_visible()


def test_a_refused_entry_is_open_again_with_what_was_typed(reception: Reception, street: Street) -> None:
    operator, _phones, _number, _contact = taken(reception, street, "yardım edin")
    page = operator.page
    page.keyboard.press("F9")
    keyboard.write(page, "#c112-reference", _REFERENCE)
    keyboard.press(page, "#c112 .button.primary")
    card = page.locator("#c112")
    expect(card).to_be_visible()
    expect(card).to_contain_text(turkish("Choose one of the list."))
    expect(page.locator("#c112-reference")).to_have_value(_REFERENCE)
    operator.forgive("422")
    page.keyboard.press("Escape")
    expect(card).not_to_be_visible()
