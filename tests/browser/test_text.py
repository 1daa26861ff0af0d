"""The same by text: she writes that she is in danger, somebody takes her, answers, and her thread becomes a case."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import Page, expect

from tests.browser.screens import BROWSER, Reception, Screen, turkish
from tests.browser.street import Street
from tests.support.planted import ADDRESS, NAME, SENTENCE

pytestmark = BROWSER

_HER_WORDS: Final = f"beni öldürecek, {SENTENCE}"
_HER_ANSWER: Final = f"tamam, {ADDRESS}"
_MISTAKEN: Final = "Yanlış kişiye yazılmış bir cümle."
_OURS: Final = f"Merhaba {NAME}, mesajınızı aldık. Şu an yazabilir misiniz?"
_STORY: Final = ("She wrote", "Taken on the board", "We wrote", "She wrote", "Case opened")


def test_a_text_becomes_a_case(reception: Reception, street: Street) -> None:
    elif_, izmir = reception.operator("operator1@ankara"), reception.operator("operator1@izmir")
    phones, number = reception.practice(), street.number()

    write(phones.page, number, _HER_WORDS)
    contact = street.contact(street.texts_of(number)[0])
    row = elif_.row(contact)
    expect(row).to_contain_text(turkish("Text"))
    expect(row).to_have_attribute("data-level", "1")
    expect(row).to_contain_text("Size çalıyor")
    row.get_by_role("button").click()
    elif_.page.wait_for_url(f"**/contacts/{contact}")
    thread = elif_.page.locator("[data-thread] .text")
    expect(thread).to_have_text([_HER_WORDS])
    expect(elif_.page.locator("#intake-rule")).to_have_text(turkish("Words of danger in her text."))
    elif_.shot("thread")

    reply(elif_, _MISTAKEN)
    elif_.page.get_by_role("button", name=turkish("Undo")).click()
    expect(elif_.page.locator("[data-thread] li").last).to_contain_text(turkish("taken back"))
    reply(elif_, _OURS)
    on_her_phone = phones.page.locator("#caller .transcript [data-loud]")
    expect(on_her_phone).to_contain_text([_OURS])
    expect(on_her_phone.filter(has_text=_MISTAKEN)).to_have_count(0)

    elif_.page.locator("#composer-text").fill("Bir dakika")
    write(phones.page, number, _HER_ANSWER)
    expect(thread).to_have_text([_HER_WORDS, _MISTAKEN, _OURS, _HER_ANSWER])
    expect(elif_.page.locator("#composer-text")).to_have_value("Bir dakika")

    elif_.page.get_by_role("button", name=turkish("Open a case")).click()
    elif_.page.wait_for_url("**/cases/V-*")
    elif_.told_in_order(_STORY)
    expect(elif_.page.locator(".timeline")).to_contain_text(_HER_WORDS)
    expect(izmir.row(contact)).to_have_count(0)
    for path in (f"/contacts/{contact}", elif_.path):
        assert (path, izmir.status(path), elif_.status(path)) == (path, 404, 200)


def write(phones: Page, number: str, words: str) -> None:
    """She writes, on the practice phone."""
    phones.locator("#from").fill(number)
    phones.locator("#caller form.text textarea").fill(words)
    phones.locator("#caller form.text button").click()
    expect(phones.locator("#caller .transcript [data-mine]").last).to_contain_text(words)


def reply(screen: Screen, words: str) -> None:
    """Answer her; the gate says beforehand what she will see."""
    composer = screen.page.locator("#composer")
    expect(composer.locator(".note")).not_to_be_empty()
    composer.locator("textarea").fill(words)
    screen.page.keyboard.press("Control+Enter")
    expect(screen.page.locator("[data-thread] .text").last).to_have_text(words)
    expect(screen.page.get_by_role("button", name=turkish("Undo"))).to_be_visible()
