"""The same by text: she writes that she is in danger, one of two takes her, and her thread becomes a case."""

from __future__ import annotations

from typing import Final, NamedTuple

from playwright.sync_api import Page, expect

from config.local import DEMO_ONCALL_PHONES
from tests.browser.acts import accept_by_telephone, both_take_it_in_the_same_instant, triage_by_keyboard
from tests.browser.screens import BROWSER, Reception, Screen, turkish
from tests.browser.street import Street
from tests.support.planted import ADDRESS, NAME, SENTENCE

pytestmark = BROWSER

_HER_WORDS: Final = f"beni öldürecek, {SENTENCE}"
_HER_ANSWER: Final = f"tamam, {ADDRESS}"
_MISTAKEN: Final = "Yanlış kişiye yazılmış bir cümle."
_OURS: Final = f"Merhaba {NAME}, mesajınızı aldık. Şu an yazabilir misiniz?"
_STORY: Final = (
    "She wrote",
    "Taken on the board",
    "We wrote",
    "She wrote",
    "On-call staff paged: %(reason)s",
    "%(name)s is called on the telephone",
    "Page accepted by telephone, with the PIN",
    "Case opened",
)


def test_a_text_becomes_a_case(reception: Reception, street: Street) -> None:
    elif_, zeynep = reception.operator("operator1@ankara"), reception.operator("operator2@ankara")
    izmir = reception.operator("operator1@izmir")
    phones, number = reception.practice(), street.number()

    write(phones.page, number, _HER_WORDS)
    contact = street.contact(street.texts_of(number)[0])
    for screen in (elif_, zeynep):
        row = screen.rings(contact)
        expect(row).to_contain_text(turkish("Text"))
        expect(row).to_have_attribute("data-level", "1")
    expect(izmir.row(contact)).to_have_count(0)

    winner, loser = both_take_it_in_the_same_instant(elif_, zeynep, contact)
    expect(loser.row(contact)).to_contain_text(turkish("{name} was faster").replace("{name}", winner.display))
    thread = winner.page.locator("[data-thread] .text")
    expect(thread).to_have_text([_HER_WORDS])
    expect(winner.page.locator("#intake-rule")).to_have_text(turkish("Words of danger in her text."))
    winner.shot("thread")

    they_write_to_each_other(winner, phones.page, number)
    triage_by_keyboard(winner.page, safe_sms="ok")
    winner.page_on_call("shelter_tonight")
    code = winner.panel().locator('a.ref[href^="/pages/"]').inner_text()
    accept_by_telephone(phones.page, DEMO_ONCALL_PHONES["oncall1@ankara"], code)
    expect(winner.panel()).to_contain_text(turkish("Accepted"))
    expect(loser.lane("woken").filter(has_text=code)).to_contain_text("Derya Tuna")

    winner.page.get_by_role("button", name=turkish("Open a case")).click()
    winner.page.wait_for_url("**/cases/V-*")
    winner.told_in_order(_STORY)
    expect(winner.page.locator(".timeline")).to_contain_text(_HER_WORDS)

    expect(izmir.row(contact)).to_have_count(0)
    assert not izmir.refs() & loser.refs()
    for path in (f"/contacts/{contact}", winner.path, f"/pages/{code}"):
        assert (path, izmir.status(path), winner.status(path)) == (path, 404, 200)


def they_write_to_each_other(screen: Screen, phones: Page, number: str) -> None:
    """A mistake is taken back in time, an answer reaches her, and hers does not disturb what is being typed."""
    thread = screen.page.locator("[data-thread] .text")
    reply(screen, _MISTAKEN)
    screen.page.get_by_role("button", name=turkish("Undo")).click()
    expect(screen.page.locator("[data-thread] li").last).to_contain_text(turkish("taken back"))
    reply(screen, _OURS)
    on_her_phone = phones.locator("#caller .transcript [data-loud]")
    expect(on_her_phone).to_contain_text([_OURS])
    expect(on_her_phone.filter(has_text=_MISTAKEN)).to_have_count(0)

    screen.page.locator("#composer-text").fill("Bir dakika")
    write(phones, number, _HER_ANSWER)
    expect(thread).to_have_text([_HER_WORDS, _MISTAKEN, _OURS, _HER_ANSWER])
    expect(screen.page.locator("#composer-text")).to_have_value("Bir dakika")


def write(phones: Page, number: str, words: str) -> None:
    """She writes, on the practice phone."""
    phones.locator("#from").fill(number)
    phones.locator("#caller form.text textarea").fill(words)
    phones.locator("#caller form.text button").click()
    expect(phones.locator("#caller .transcript [data-mine]").last).to_contain_text(words)


class Taken(NamedTuple):
    """The operator in her workspace, the page of practice phones, who wrote, and her contact."""

    operator: Screen
    phones: Page
    number: str
    contact: str


def taken(reception: Reception, street: Street, words: str) -> Taken:
    """Somebody writes, and an operator takes her."""
    operator = reception.operator("operator1@ankara")
    phones, number = reception.practice().page, street.number()
    write(phones, number, words)
    contact = street.contact(street.texts_of(number)[0])
    operator.row(contact).get_by_role("button").first.click()
    operator.page.wait_for_url(f"**/contacts/{contact}")
    return Taken(operator, phones, number, contact)


def reply(screen: Screen, words: str) -> None:
    """Answer her; the gate says beforehand what she will see."""
    composer = screen.page.locator("#composer")
    expect(composer.locator(".note")).not_to_be_empty()
    composer.locator("textarea").fill(words)
    screen.page.keyboard.press("Control+Enter")
    expect(screen.page.locator("[data-thread] .text").last).to_have_text(words)
    expect(screen.page.get_by_role("button", name=turkish("Undo"))).to_be_visible()
