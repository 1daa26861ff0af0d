"""A shift lead coaches in a practice call: who has the caller sees it, notes that she agrees, and one key ends it."""

from __future__ import annotations

from playwright.sync_api import expect

from config.engines.processes import wait_until
from config.local import DEMO_DESKS, DEMO_ONCALL_PHONES
from tests.browser.screens import BROWSER, EVERYBODY_MS, Reception, turkish
from tests.browser.street import Street

pytestmark = BROWSER

_SECONDS = 30.0
_WORDS = "Olur, dinlesin, sakıncası yok."


def test_a_lead_coaches_and_one_key_ends_it(reception: Reception, street: Street) -> None:
    elif_, nermin = reception.operator("operator1@ankara"), reception.screen("lead@ankara")
    street.hush(*DEMO_DESKS.values(), but=DEMO_DESKS[elif_.name])
    presses = {"answering": "answer", "after": 1.0, "presses": [{"digits": "1", "hearing": "için 1"}]}
    street.exchange.do("behaviour", address=DEMO_ONCALL_PHONES[nermin.name], behaviour=presses)
    sid = street.call("1")
    contact = street.contact(sid)
    expect(elif_.row(contact)).to_contain_text(turkish("Rings for you"), timeout=EVERYBODY_MS)
    elif_.row(contact).get_by_role("button").first.click()
    panel = elif_.panel()
    expect(panel).to_have_attribute("data-state", "connected")
    [desk] = street.calls_of(DEMO_DESKS[elif_.name])

    nermin.open(f"/contacts/{contact}")
    nermin.panel().get_by_role("button", name=turkish("Coach"), exact=True).click()
    says = turkish("%(name)s listens, and you alone hear what she says.", name=nermin.display)
    expect(panel).to_contain_text(says, timeout=EVERYBODY_MS)
    [coach] = street.calls_of(DEMO_ONCALL_PHONES[nermin.name])
    assert wait_until(lambda: street.exchange.heard_by(coach) == [desk], _SECONDS, every=0.1)
    assert set(street.exchange.heard_by(sid)) == {desk, coach}

    panel.get_by_role("button", name=turkish("She agrees that a colleague listens")).press("Enter")
    elif_.page.locator("#i-listening_words").fill(_WORDS)
    elif_.page.get_by_role("dialog").get_by_role("button", name=turkish("She agrees"), exact=True).press("Enter")
    expect(panel).to_contain_text(_WORDS)
    elif_.shot("listening")
    elif_.page.locator(".ws-intake input, .ws-intake textarea").first.focus()
    elif_.page.keyboard.press("F10")
    assert wait_until(lambda: street.exchange.heard_by(sid) == [desk], _SECONDS, every=0.1)
    expect(panel).not_to_contain_text(nermin.display)
    expect(panel).not_to_contain_text(_WORDS)
