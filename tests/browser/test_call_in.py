"""Two operators and an interpreter in one conversation: called in, handed over, left; all from the workspace."""

from __future__ import annotations

from playwright.sync_api import expect

from config.engines.processes import wait_until
from config.local import DEMO_DESKS
from tests.browser.screens import BROWSER, EVERYBODY_MS, Reception, turkish
from tests.browser.street import Street

pytestmark = BROWSER

_SECONDS = 30.0


def test_a_colleague_is_handed_the_caller_and_calls_in_an_interpreter(reception: Reception, street: Street) -> None:
    elif_, zeynep = reception.operator("operator1@ankara"), reception.operator("operator2@ankara")
    street.hush(*DEMO_DESKS.values(), but=DEMO_DESKS[elif_.name])
    sid = street.call("1")
    contact = street.contact(sid)
    elif_.rings(contact).get_by_role("button").first.click()
    panel = elif_.panel()
    expect(panel).to_have_attribute("data-state", "connected")
    [first] = street.calls_of(DEMO_DESKS[elif_.name])
    street.exchange.do("behaviour", address=DEMO_DESKS[zeynep.name], behaviour={"answering": "desk"})

    panel.get_by_text(turkish("Call somebody in")).click()
    panel.locator("#call-in-who").select_option(label=zeynep.display)
    panel.get_by_role("button", name=turkish("Call in"), exact=True).click()
    expect(panel).to_contain_text(turkish("in the conversation"))
    expect(panel).to_contain_text(turkish("Bring her back"))
    [second] = street.calls_of(DEMO_DESKS[zeynep.name])
    assert wait_until(lambda: street.exchange.heard_by(first) == [second], _SECONDS, every=0.1)

    panel.get_by_role("button", name=turkish("Hand over"), exact=True).click()
    expect(zeynep.row(contact)).to_contain_text("Sizde")
    assert wait_until(lambda: set(street.exchange.heard_by(sid)) == {first, second}, _SECONDS, every=0.1)
    panel.get_by_role("button", name=turkish("Leave the conversation")).click()
    assert wait_until(lambda: street.exchange.heard_by(sid) == [second], _SECONDS, every=0.1)
    zeynep.open(f"/contacts/{contact}")
    expect(zeynep.panel()).to_contain_text(turkish("Put on hold"))

    hers = zeynep.panel()
    hers.get_by_text(turkish("Call somebody in")).click()
    who = hers.locator("#call-in-who option").filter(has_text=elif_.display).get_attribute("value")
    hers.locator("#call-in-who").select_option(value=who)
    hers.locator("#call-in-role").select_option("interpreter")
    hers.get_by_role("button", name=turkish("Call in"), exact=True).click()
    expect(hers.locator(".guests")).to_contain_text(elif_.display, timeout=EVERYBODY_MS)
    expect(hers.locator(".guests")).to_contain_text(turkish("interpreter"))
    assert wait_until(lambda: len(street.exchange.heard_by(sid)) == 2, _SECONDS, every=0.1)
    [third] = street.calls_of(DEMO_DESKS[elif_.name])
    assert set(street.exchange.heard_by(sid)) == {second, third}
    expect(hers.get_by_role("button", name=turkish("Hand over"), exact=True)).to_have_count(0)
