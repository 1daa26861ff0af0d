"""She pressed 5 and cannot speak: the operator listens muted, is answered by keys, and speaks when it is time."""

from __future__ import annotations

from playwright.sync_api import expect

from config.engines.processes import wait_until
from config.local import DEMO_DESKS
from tests.browser.screens import BROWSER, Reception, turkish
from tests.browser.street import Street

pytestmark = BROWSER

_SECONDS = 20.0


def test_a_caller_who_cannot_speak_answers_by_key_and_hears_nothing_until_the_speak_key(
    reception: Reception, street: Street
) -> None:
    elif_ = reception.operator("operator1@ankara")
    street.hush(*DEMO_DESKS.values(), but=DEMO_DESKS[elif_.name])
    caller = street.number()
    sid = street.call("5", caller=caller)
    contact = street.contact(sid)
    elif_.rings(contact).get_by_role("button").first.click()
    expect(elif_.panel()).to_have_attribute("data-state", "connected")
    [desk] = street.calls_of(DEMO_DESKS[elif_.name])
    panel = elif_.panel()

    expect(panel).to_contain_text(turkish("You are muted: she hears nothing of you."))
    assert street.talks(sid)
    assert street.exchange.heard_by(desk) == []
    heard = [line for line in street.lines(caller) if line["kind"] in ("heard", "music", "tone")]

    panel.locator("#key-question").select_option("near")
    panel.get_by_role("button", name=turkish("Answer by key")).click()
    expect(panel).to_contain_text(turkish("Listening for her key…"))
    street.exchange.do("press", sid=sid, digits="1")
    expect(panel).to_contain_text(turkish("Pressed 1: yes"))
    expect(panel).to_contain_text(turkish("Is the person you are afraid of near you now?"))
    assert street.talks(sid)
    assert [line for line in street.lines(caller) if line["kind"] in ("heard", "music", "tone")] == heard

    speak = panel.get_by_role("button", name=turkish("Speak"), exact=True)
    speak.focus()
    elif_.page.keyboard.press("Enter")
    expect(panel.get_by_role("button", name=turkish("Mute"), exact=True)).to_be_visible()
    expect(panel).not_to_contain_text(turkish("You are muted: she hears nothing of you."))
    assert wait_until(lambda: street.exchange.heard_by(desk) == [sid], _SECONDS, every=0.1)
