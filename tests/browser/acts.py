"""What staff do with a call and with a text alike."""

from __future__ import annotations

import time
from typing import Final

from playwright.sync_api import Locator, Page, expect

from config.local import DEMO_PIN
from tests.browser import keyboard
from tests.browser.screens import Screen
from tests.support.planted import ADDRESS, NAME, SENTENCE

#: The sentence of the rule that fires when she says that he grabbed her by the throat.
GRAVE: Final = "Öldürme tehdidi, silah ya da boğaz sıkma var ve eskiden kaldığı bilinmiyor."
_IN_AN_INSTANT_MS: Final = 600
_LOOKS: Final = 200
_TIMES_ASKED: Final = 4
#: How many pages that other tests left may come before the one that is meant: the slower the machine, the more.
_CALLS: Final = 12
#: A page that was not accepted goes on to her telephone again only after its pause.
_RINGS_MS: Final = 60_000
_LOOK_MS: Final = 50
_CLICK_AT: Final = "(button, at) => { setTimeout(() => button.click(), at - Date.now()); }"


def both_take_it_in_the_same_instant(one: Screen, other: Screen, contact: str) -> tuple[Screen, Screen]:
    """Both press the button of the same row; answers who won and who lost."""
    at = time.time() * 1000 + _IN_AN_INSTANT_MS
    with (
        one.page.expect_request("**/accept"),
        other.page.expect_request("**/accept"),
    ):
        for screen in (one, other):
            screen.row(contact).get_by_role("button").first.evaluate(_CLICK_AT, at)
    for _ in range(_LOOKS):
        for winner, loser in ((one, other), (other, one)):
            if "/contacts/" in winner.page.url:
                return winner, loser
        one.page.wait_for_timeout(_LOOK_MS)
    raise AssertionError("nobody got the caller")


def telephone(phones: Page, number: str) -> Locator:
    """A telephone of staff on the practice page."""
    return phones.locator("#phones .phone").filter(has=phones.locator(f'.address:text-is("{number}")'))


def go_on_without_asking(page: Page) -> None:
    """The rest of the form opens by one key, where it waits for the first question."""
    if page.locator("#intake-lock").is_visible():
        page.keyboard.press("F4")
    expect(page.locator("#intake-rest")).to_be_visible()


def triage_by_keyboard(page: Page, *, safe_sms: str) -> None:
    """As one fills the form while listening: hands on the keyboard, nothing is sent by hand.

    Her level was 1 before; that the answers reached the rules is seen in the rule that now stands beside it.
    """
    expect(page.locator("#intake-level")).to_contain_text("D1")
    expect(page.locator("#intake-rule")).not_to_contain_text(GRAVE)
    keyboard.choose_radio(page, "safe_to_talk", "yes")
    keyboard.choose_radio(page, "safe_sms", safe_sms)
    keyboard.select(page, "caller_role", "Ken", "self")
    keyboard.select(page, "province_code", "06", "06")
    keyboard.write(page, "#i-district", ADDRESS)
    keyboard.write(page, "#i-display_name", NAME)
    keyboard.choose_radio(page, "immediate_danger", "yes")
    keyboard.check(page, "violence_types", "physical")
    keyboard.write(page, "#i-summary", SENTENCE)
    keyboard.choose_radio(page, "strangling", "yes")
    expect(page.locator("#intake-status")).to_have_attribute("data-state", "saved")
    expect(page.locator("#intake-level")).to_contain_text("D1")
    expect(page.locator("#intake-rule")).to_contain_text(GRAVE)
    page.reload()
    for field, value in (("district", ADDRESS), ("display_name", NAME), ("summary", SENTENCE)):
        expect(page.locator(f"#i-{field}")).to_have_value(value)
    expect(page.locator('input[name="strangling"][value="yes"]')).to_be_checked()


def accept_by_telephone(phones: Page, number: str, code: str) -> None:
    """The member on call answers her telephone, gives her PIN and presses 1, until it was the page ``code``.

    Her telephone may ring for what another test left open; she accepts that too, as she would.
    """
    for _ in range(_CALLS):
        if _accept(telephone(phones, number)) == code:
            return
    raise AssertionError(f"her telephone did not ring for {code}")


def _accept(phone: Locator) -> str:
    """Answer what rings and accept it; the code of the page that was read out."""
    heard = phone.locator(".transcript [data-loud]")
    greeted, told = heard.filter(has_text="Nöbet araması"), heard.filter(has_text="Kabul için 1")
    read_out, taken = heard.filter(has_text="Nöbet çağrısı"), heard.filter(has_text="Panoyu açın")
    before, asked, known = greeted.count(), told.count(), taken.count()
    expect(phone).to_have_attribute("data-state", "ringing", timeout=_RINGS_MS)
    phone.locator(".answer").click()
    expect(greeted.nth(before)).to_be_visible()
    for key in f"{DEMO_PIN}#":
        phone.locator(f"[data-key='{key}']").click()
    for _ in range(_TIMES_ASKED):
        # A key that came after the time for it is asked for again, and a person presses it again.
        expect(taken.nth(known).or_(told.nth(asked)).first).to_be_visible()
        if taken.count() > known:
            return read_out.last.inner_text().rpartition("Kod ")[2].rstrip(".").replace(" ", "")
        asked = told.count()
        phone.locator("[data-key='1']").click()
    raise AssertionError("the page was not accepted")
