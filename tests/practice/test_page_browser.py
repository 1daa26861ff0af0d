"""The practice page in a real browser: dialling, keys, texts, and the phones of those on call."""

import shutil
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.practice.running import Running
from tests.practice.world import LINE, STAFF

pytestmark = pytest.mark.browser
PROMPT = "Konuşamıyorsanız beşe basın."


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, running: Running) -> Iterator[Page]:
    running.program.on("/voice", f'<Gather numDigits="1" action="/menu" timeout="60"><Say>{PROMPT}</Say></Gather>')
    running.program.on("/menu", '<Say>Lütfen bekleyin.</Say><Pause length="60"/>')
    running.program.on("/sms", "<Message>Mesajınızı aldık.</Message>")
    running.program.on("/leg", '<Gather numDigits="1" action="/menu" timeout="60"><Say>Acil vaka K7Q2</Say></Gather>')
    page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="tr-TR")
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(running.server.url)
    expect(page.locator("#line option")).to_have_count(1)
    yield page
    page.close()
    assert problems == []


def test_a_call_by_keyboard(page: Page, running: Running) -> None:
    page.locator("#caller .dial").focus()
    page.keyboard.press("Enter")
    log = page.locator("#caller .transcript")
    expect(log).to_contain_text(PROMPT)
    page.locator("#caller").focus()
    page.keyboard.press("5")
    expect(log).to_contain_text("Lütfen bekleyin.")
    assert running.program.at("/menu")[0]["Digits"] == "5"
    page.locator("#caller .hang-up").click()
    expect(page.locator("#caller .dial")).to_be_visible()
    expect(log).to_contain_text("Görüşme bitti")


def test_a_withheld_caller(page: Page, running: Running) -> None:
    page.get_by_label("Numaramı gizle").check()
    page.locator("#caller .dial").click()
    expect(page.locator("#caller .keypad")).to_be_visible()
    assert running.program.at("/voice")[0]["From"] == "anonymous"


def test_a_number_that_is_none_is_explained(page: Page) -> None:
    page.get_by_label("Numaranız").fill("0530")
    page.locator("#caller .dial").click()
    expect(page.get_by_role("alert")).to_contain_text("+ ile başlamalı")


def test_a_text_and_its_answer(page: Page) -> None:
    form = page.locator("#caller form.text")
    form.locator("textarea").fill("yardım")
    form.locator("button").click()
    expect(page.locator("#caller .transcript")).to_contain_text("Mesajınızı aldık.")


def test_an_on_call_phone_rings_accepts_and_texts_back(page: Page, running: Running) -> None:
    client = running.client()
    client.calls.create(to=STAFF, from_=LINE, url=f"{running.base}/leg")
    client.messages.create(to=STAFF, from_=LINE, body="Acil K7Q2")
    phone = page.locator("#phones .phone")
    expect(phone.locator(".state")).to_contain_text("Çalıyor")
    phone.locator(".answer").click()
    expect(phone.locator(".transcript")).to_contain_text("Acil vaka K7Q2")
    phone.locator("[data-key='1']").click()
    expect(phone.locator(".transcript")).to_contain_text("Lütfen bekleyin.")
    expect(phone.locator(".transcript")).to_contain_text("Acil K7Q2")
    phone.locator("form.text textarea").fill("K7Q2")
    phone.locator("form.text button").click()
    running.until(lambda: running.program.at("/sms"))
    assert running.program.at("/sms")[0]["From"] == STAFF


def test_a_phone_can_decline(page: Page, running: Running) -> None:
    made = running.client().calls.create(to=STAFF, from_=LINE, url=f"{running.base}/leg")
    page.locator("#phones .decline").click()
    running.until(lambda: running.client().calls(made.sid).fetch().status == "busy")


@pytest.mark.parametrize(("language", "scheme"), [("tr", "light"), ("en", "dark")])
def test_nothing_stands_in_anybodys_way(page: Page, language: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{page.url.partition('?')[0]}?lang={language}")
    page.locator("#caller .dial").click()
    expect(page.locator("#caller .keypad")).to_be_visible()
    assert Axe().run(page).violations_count == 0
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
