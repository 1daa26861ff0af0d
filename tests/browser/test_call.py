"""The main job: a woman calls in Kurdish and presses 5; at the end her case tells the whole story."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import Page, expect

from config.local import DEMO_DESKS, DEMO_ONCALL_PHONES
from tests.browser.acts import accept_by_telephone, both_take_it_in_the_same_instant, telephone, triage_by_keyboard
from tests.browser.screens import BROWSER, Reception, turkish
from tests.browser.street import ANKARA, Street

pytestmark = BROWSER

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
        screen.rings(contact)
    expect(izmir.row(contact)).to_have_count(0)
    assert not izmir.refs() & elif_.refs()
    elif_.shot("board")
    phones.shot("practice-phone")

    winner, loser = both_take_it_in_the_same_instant(elif_, zeynep, contact)
    expect(loser.row(contact)).to_contain_text(turkish("{name} was faster").replace("{name}", winner.display))
    expect(winner.panel()).to_have_attribute("data-state", "connected")
    expect(telephone(phones.page, DEMO_DESKS[winner.name])).to_have_attribute("data-state", "talking")
    assert street.talks(sid)

    triage_by_keyboard(winner.page, safe_sms="never")
    winner.shot("workspace")
    winner.page_on_call("shelter_tonight")
    code = winner.panel().locator('a.ref[href^="/pages/"]').inner_text()
    accept_by_telephone(phones.page, DEMO_ONCALL_PHONES["oncall1@ankara"], code)
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
