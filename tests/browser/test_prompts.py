"""A prompt is recorded at the keyboard alone: brought, listened to, put to use, heard by a caller, and taken out."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import FilePayload, Page, expect

from config.engines.processes import wait_until
from hotline.phrases import phrase
from tests.browser import keyboard
from tests.browser.screens import BROWSER, Reception, Screen, turkish
from tests.browser.street import Street
from tests.browser.test_pages import look_over
from tests.support.tones import wav

pytestmark = BROWSER

_PATH: Final = "/catalogues/prompts"
_SECONDS: Final = 1.5
_WARNING: Final = (
    "Every caller of this line hears the name first, and so does whoever is with her or dials the number later."
)
_HEARS_S: Final = 30.0
#: Every worker of the web learns it within two seconds, so a first call or two may come too early.
_CALLS: Final = 12


def test_a_prompt_is_recorded_and_heard_by_keyboard(reception: Reception, street: Street) -> None:
    admin = reception.screen("admin@koza").open("/catalogues")
    page = admin.page
    keyboard.press(page, f'a[href="{_PATH}"]')
    page.wait_for_url(f"**{_PATH}")
    missing = page.locator(".prompts li[data-missing]")
    before = missing.count()
    admin.shot("prompts")

    # The link beside the text that wants a recording fills the form, and the file is chosen by keys.
    keyboard.press(page, f'a[href^="{_PATH}?prompt=danger&language=ku"]')
    page.wait_for_url(f"**{_PATH}?prompt=danger&language=ku#bring")
    _choose(page, b"%PDF-1.7", name="kayit.wav")
    _bring(page)
    admin.forgive("422")
    expect(page.locator("#f-sound-error")).to_have_text(
        turkish("This is neither a WAV nor an MP3, whatever its name says.")
    )
    assert look_over(admin, "tr") == {}
    _choose(page, wav(_SECONDS), name="tehlike.wav")
    _bring(page)

    waiting = page.locator("section.panel").filter(has_text=turkish("Listen before callers do"))
    _listen(page, '[id^="w-"] audio')
    admin.shot("prompt-brought")
    assert look_over(admin, "tr") == {}
    _act(reception, admin, f'form[action^="{_PATH}/"][action$="/use"] button')
    expect(waiting).to_have_count(0)
    expect(missing).to_have_count(before - 1)

    assert _is_heard(street)

    _listen(page, ".prompts audio")
    admin.shot("prompt-recorded")
    assert look_over(admin, "tr") == {}
    assert not admin.too_wide()
    keyboard.press(page, ".prompts button[data-opens]")
    expect(page.get_by_role("dialog")).to_contain_text(turkish("Take this recording out?"))
    _act(reception, admin, 'dialog[open] form[action$="/remove"] button')
    expect(missing).to_have_count(before)
    expect(page.locator("audio")).to_have_count(0)


def test_a_line_names_the_institution_after_a_warning_and_a_question(reception: Reception) -> None:
    admin = reception.screen("admin@koza").open(_PATH)
    page = admin.page
    row = page.locator("#lines li").filter(has_text=turkish("names nobody")).first
    chosen = f"#{row.get_attribute('id')}"
    keyboard.press(page, f"{chosen} button[data-opens]")
    expect(page.get_by_role("dialog")).to_contain_text(turkish(_WARNING))
    page.keyboard.press("Escape")
    expect(page.locator(chosen)).to_contain_text(turkish("names nobody"))
    keyboard.press(page, f"{chosen} button[data-opens]")
    _act(reception, admin, "dialog[open] form button")
    expect(page.locator(chosen)).to_contain_text(turkish("names the institution"))
    _act(reception, admin, f"{chosen} form button")
    expect(page.locator(chosen)).to_contain_text(turkish("names nobody"))


def _choose(page: Page, content: bytes, *, name: str) -> None:
    with page.expect_file_chooser() as asked:
        keyboard.press(page, "#f-sound")
    asked.value.set_files(FilePayload(name=name, mimeType="audio/wav", buffer=content))


def _bring(page: Page) -> None:
    with page.expect_event("load"):
        keyboard.press(page, 'form[enctype="multipart/form-data"] button')


def _listen(page: Page, selector: str) -> None:
    """The browser has the sound and plays it to its end, by the keys of the element itself."""
    sound = page.locator(selector)
    expect(sound).to_have_count(1)
    keyboard.walk_to(page, selector)
    page.keyboard.press("Space")
    expect(sound).to_have_js_property("duration", _SECONDS)
    expect(sound).to_have_js_property("ended", True)
    expect(sound).to_have_js_property("error", None)


def _act(reception: Reception, admin: Screen, selector: str) -> None:
    """Press a button whose act wants the code again, where it was not entered just now."""
    page = admin.page
    with page.expect_event("load"):
        keyboard.press(page, selector)
    if page.locator("#step-up-code").count():
        admin.forgive("403")
        keyboard.write(page, "#step-up-code", reception.code("admin@koza"))
        with page.expect_event("load"):
            page.keyboard.press("Enter")
        reception.keep(admin)
    expect(page).to_have_url(admin.url + _PATH + page.evaluate("location.hash"))


def _is_heard(street: Street) -> bool:
    """Whether a caller who chose Kurdish hears the recording, where a voice read it before."""
    spoken = phrase("danger", "ku").text
    for _ in range(_CALLS):
        number = street.number()
        sid = street.call("4", caller=number)

        def heard(who: str = number) -> list[str]:
            return [line["text"] for line in street.lines(who) if line["kind"] in {"heard", "played"}]

        assert wait_until(lambda: {spoken, "danger.ku.wav"} & set(heard()), _HEARS_S, every=0.2)
        street.exchange.hang_up(sid)
        if "danger.ku.wav" in heard():
            return True
    return False
