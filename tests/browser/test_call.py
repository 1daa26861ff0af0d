"""The main job: a woman calls in Kurdish and presses 5; at the end her case tells the whole story."""

from __future__ import annotations

import time
from typing import Final

from playwright.sync_api import Locator, Page, expect

from config.local import DEMO_DESKS, DEMO_ONCALL_PHONES, DEMO_PIN
from tests.browser import keyboard
from tests.browser.screens import BROWSER, Reception, Screen, turkish
from tests.browser.street import ANKARA, Street
from tests.support.planted import ADDRESS, NAME, SENTENCE

pytestmark = BROWSER

_IN_AN_INSTANT_MS: Final = 600
_LOOKS: Final = 200
_LOOK_MS: Final = 50
_CLICK_AT: Final = "(button, at) => { setTimeout(() => button.click(), at - Date.now()); }"
#: The story in the order in which it happened; between these lines stand others.
_STORY: Final = (
    "Her call rang",
    "Language: %(language)s",
    "She pressed 5: danger, or she cannot speak",
    "Taken on the board",
    "Connected: they can speak",
    "On-call staff paged: %(reason)s",
    "%(name)s is called on the telephone",
    "Page accepted by telephone, with the PIN",
    "Case opened",
)


def test_a_call_becomes_a_case(reception: Reception, street: Street) -> None:
    elif_, zeynep = reception.operator("operator1@ankara"), reception.operator("operator2@ankara")
    izmir = reception.operator("operator1@izmir")
    phones, number = reception.practice(), street.number()

    call_in_kurdish_and_press_five(phones.page, number)
    sid = street.calls_of(number)[0]
    contact = street.contact(sid)
    for screen in (elif_, zeynep):
        row = screen.lane("waiting").first
        expect(row).to_have_attribute("data-id", contact)
        expect(row).to_have_attribute("data-level", "1")
        expect(row).to_contain_text("Kürtçe")
        expect(row).to_contain_text("Size çalıyor")
    expect(izmir.row(contact)).to_have_count(0)
    assert not izmir.refs() & elif_.refs()
    elif_.shot("board")
    phones.shot("practice-phone")

    winner, loser = both_take_it_in_the_same_instant(elif_, zeynep, contact)
    expect(loser.row(contact)).to_contain_text(turkish("{name} was faster").replace("{name}", winner.display))
    expect(winner.panel()).to_have_attribute("data-state", "connected")
    expect(telephone(phones.page, DEMO_DESKS[winner.name])).to_have_attribute("data-state", "talking")
    assert street.talks(sid)

    triage_by_keyboard(winner.page)
    winner.shot("workspace")
    winner.page_on_call("shelter_tonight")
    code = winner.panel().locator('a.ref[href^="/pages/"]').inner_text()
    accept_by_telephone(phones.page, DEMO_ONCALL_PHONES["oncall1@ankara"])
    expect(winner.panel()).to_contain_text(turkish("Accepted"))
    expect(loser.lane("woken").filter(has_text=code)).to_contain_text("Derya Tuna")

    winner.page.get_by_role("button", name=turkish("Open a case")).click()
    winner.page.wait_for_url("**/cases/V-*")
    winner.told_in_order(_STORY)
    winner.shot("case")

    expect(izmir.row(contact)).to_have_count(0)
    for path in (f"/contacts/{contact}", winner.path, f"/pages/{code}"):
        assert (path, izmir.status(path), winner.status(path)) == (path, 404, 200)


def call_in_kurdish_and_press_five(phones: Page, number: str) -> None:
    """On the practice phone."""
    phones.locator("#from").fill(number)
    phones.locator("#line").select_option(ANKARA)
    caller = phones.locator("#caller")
    caller.locator(".dial").click()
    heard = caller.locator(".transcript [data-loud]")
    expect(heard).not_to_have_count(0)
    caller.locator("[data-key='4']").click()
    expect(heard.filter(has_text="5 bitikîne")).not_to_have_count(0)
    caller.locator("[data-key='5']").click()


def both_take_it_in_the_same_instant(one: Screen, other: Screen, contact: str) -> tuple[Screen, Screen]:
    """Both press the button of the same row; answers who won and who lost."""
    at = time.time() * 1000 + _IN_AN_INSTANT_MS
    with (
        one.page.expect_request("**/accept"),
        other.page.expect_request("**/accept"),
    ):
        for screen in (one, other):
            screen.row(contact).get_by_role("button").evaluate(_CLICK_AT, at)
    for _ in range(_LOOKS):
        for winner, loser in ((one, other), (other, one)):
            if "/contacts/" in winner.page.url:
                return winner, loser
        one.page.wait_for_timeout(_LOOK_MS)
    raise AssertionError("nobody got the caller")


def telephone(phones: Page, number: str) -> Locator:
    """A telephone of staff on the practice page."""
    return phones.locator("#phones .phone").filter(has=phones.locator(f'.address:text-is("{number}")'))


def triage_by_keyboard(page: Page) -> None:
    """As one fills the form while listening: hands on the keyboard, nothing is sent by hand."""
    keyboard.choose_radio(page, "safe_to_talk", "yes")
    keyboard.choose_radio(page, "safe_sms", "never")
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
    expect(page.locator("#intake-rule")).not_to_be_empty()
    page.reload()
    for field, value in (("district", ADDRESS), ("display_name", NAME), ("summary", SENTENCE)):
        expect(page.locator(f"#i-{field}")).to_have_value(value)
    expect(page.locator('input[name="strangling"][value="yes"]')).to_be_checked()


def accept_by_telephone(phones: Page, number: str) -> None:
    """The member on call answers her telephone, gives her PIN and presses 1."""
    phone = telephone(phones, number)
    expect(phone).to_have_attribute("data-state", "ringing")
    heard = phone.locator(".transcript [data-loud]")
    greeted, told = heard.filter(has_text="Nöbet araması"), heard.filter(has_text="Kabul için 1")
    before = greeted.count(), told.count()
    phone.locator(".answer").click()
    expect(greeted.nth(before[0])).to_be_visible()
    for key in f"{DEMO_PIN}#":
        phone.locator(f"[data-key='{key}']").click()
    expect(told.nth(before[1])).to_be_visible()
    phone.locator("[data-key='1']").click()
