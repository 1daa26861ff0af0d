"""The telephone in a browser: tried, one tab of it, rung without a key, lost in a talk, and back in the same room."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from config.engines.processes import wait_until
from config.local import DEMO_DESKS
from hotline.carriers.softphone import CARRIER_SOURCES, access_token
from tests.browser.screens import BROWSER, Reception, Screen, turkish
from tests.browser.street import Street
from tests.faults.house import House

pytestmark = BROWSER

_SECONDS = 30.0
#: Registers the carrier's library on this page; answers what the page's policy refused it.
_WITHOUT_PRACTICE = """async (token) => {
  const refused = [];
  document.addEventListener("securitypolicyviolation", (event) => refused.push(event.blockedURI));
  const { twilioDevice } = await import("/static/js/phone-twilio.js");
  const device = twilioDevice({ registered: () => {}, ring: () => {} });
  device.register(token).catch(() => {});
  await new Promise((done) => document.addEventListener("securitypolicyviolation", () => setTimeout(done, 1000)));
  device.close();
  return refused;
}"""
_OTHER = "The telephone is active in another tab of this browser. This one becomes free when that one is closed."
_DENIED = "The browser does not let us use the microphone. Allow it beside the address, then try again."
_NOTHING = (
    "Look at the volume of the computer and of the headset, and which loudspeaker is chosen. Then play them again."
)

_NEXT_TOUCH = """() => {
  const tabs = new BroadcastChannel("koza-lock");
  window.touched = new Promise((done) => tabs.addEventListener("message", ({ data }) => done(data)));
}"""


@pytest.fixture(autouse=True)
def _desks_again(house: House) -> Iterator[None]:
    """Whoever comes after finds everybody at her desk's telephone."""
    yield
    house.rows("DELETE FROM routing_softphones RETURNING 1")


def pressed(page: Page, label: str) -> None:
    page.get_by_role("button", name=turkish(label), exact=True).click()


def talk(page: Page) -> Locator:
    """What a telephone's tab shows in a call."""
    return page.get_by_role("heading", name=turkish("In a call"))


def telephone(screen: Screen) -> Page:
    """She opens her telephone in a tab of her browser, and tries it."""
    page = screen.context.new_page()
    page.on("console", screen._hear)
    page.on("pageerror", lambda error: screen.problems.append(f"{page.url}: {error}"))
    page.goto(f"{screen.url}/phone")
    pressed(page, "Use this browser")
    expect(page.locator("#phone").get_by_text(turkish("2 of 2: listen"))).to_be_visible()
    pressed(page, "I heard them")
    expect(page.locator("#phone").get_by_text(turkish("This browser is your telephone"))).to_be_visible()
    return page


def in_browsers(street: Street) -> dict[str, dict[str, Any]]:
    """The calls that browsers have now."""
    calls, _ = street.exchange.truth()
    return {sid: call for sid, call in calls.items() if call["to"].startswith("client:") and not call["ended_at"]}


def hears_another(street: Street, sid: str, tab: str) -> bool:
    """Whether the caller is with a browser, and no longer with that one."""
    heard = street.exchange.heard_by(sid)
    return bool(heard) and tab not in heard


def taken(screen: Screen, street: Street, *keys: str) -> tuple[str, str]:
    """Somebody calls and is taken on the board: her call, and her contact."""
    sid = street.call(*keys)
    contact = street.contact(sid)
    screen.rings(contact).get_by_role("button").first.click()
    return sid, contact


def test_whom_she_takes_is_connected_in_the_tab_and_a_lost_tab_rejoins(reception: Reception, street: Street) -> None:
    elif_ = reception.screen("operator1@ankara").open("/")
    phone = telephone(elif_)
    elif_.ready()
    street.hush(*DEMO_DESKS.values(), but="")

    second = elif_.context.new_page()
    second.goto(f"{elif_.url}/phone")
    expect(second.locator("#phone").get_by_text(turkish(_OTHER))).to_be_visible()
    second.close()

    sid, _ = taken(elif_, street, "1")
    expect(elif_.panel()).to_have_attribute("data-state", "connected")
    expect(talk(phone)).to_be_visible()
    [tab] = in_browsers(street)
    assert wait_until(lambda: street.exchange.heard_by(sid) == [tab], _SECONDS, every=0.1)
    caller = street.exchange.truth()[0][sid]["from"]
    phone.locator("#phone-words").fill("Koza, buyurun")
    phone.keyboard.press("Enter")
    assert wait_until(lambda: "Koza, buyurun" in str(street.lines(caller)), _SECONDS, every=0.1)
    pressed(phone, "Microphone off")
    expect(phone.locator("#phone").get_by_text(turkish("Your microphone is off: nobody hears you."))).to_be_visible()

    phone.close()
    expect(elif_.panel()).to_contain_text(turkish("Open the telephone and rejoin"))
    with elif_.context.expect_page() as opened:
        elif_.panel().get_by_role("link", name=turkish("Open the telephone and rejoin")).click()
    again = opened.value
    pressed(again, "Rejoin in this browser")
    expect(talk(again)).to_be_visible()
    assert wait_until(
        lambda: set(street.exchange.heard_by(sid)) == in_browsers(street).keys() - {tab}, _SECONDS, every=0.1
    )
    expect(elif_.panel()).to_have_attribute("data-state", "connected")
    expect(elif_.panel()).not_to_contain_text(turkish("Open the telephone and rejoin"))
    pressed(again, "Hang up")
    expect(elif_.panel().get_by_role("button", name=turkish("Rejoin"), exact=True)).to_be_visible()
    elif_.panel().get_by_role("button", name=turkish("Rejoin"), exact=True).click()
    expect(talk(again)).to_be_visible()


def test_a_colleague_who_is_called_in_answers_by_hand_and_presses_one(reception: Reception, street: Street) -> None:
    elif_, zeynep = reception.operator("operator1@ankara"), reception.screen("operator2@ankara").open("/")
    phone = telephone(zeynep)
    zeynep.ready()
    street.hush(*DEMO_DESKS.values(), but=DEMO_DESKS[elif_.name])
    taken(elif_, street, "1")
    panel = elif_.panel()
    expect(panel).to_have_attribute("data-state", "connected")
    panel.get_by_text(turkish("Call somebody in")).click()
    panel.locator("#call-in-who").select_option(label=zeynep.display)
    panel.get_by_role("button", name=turkish("Call in"), exact=True).click()
    pressed(phone, "Pick up")
    expect(phone.locator("[data-part=heard] li")).not_to_have_count(0)
    phone.locator("h1").click()
    phone.keyboard.press("1")
    # The caller is on hold meanwhile: the two of them hear each other.
    [tab], [desk] = in_browsers(street), street.calls_of(DEMO_DESKS[elif_.name])
    assert wait_until(lambda: street.exchange.heard_by(desk) == [tab], _SECONDS, every=0.1)


def test_nobody_is_ready_before_her_browser_was_tried_and_is_told_in_plain_words(reception: Reception) -> None:
    elif_ = reception.screen("operator1@ankara").open("/")
    phone = telephone(elif_)
    phone.goto(f"{elif_.url}/phone")
    # Loaded anew it is tried anew; until then nobody is sent there.
    switch = elif_.page.get_by_role("switch")
    if switch.get_attribute("aria-checked") == "true":
        switch.click()
    switch.click()
    expect(switch).to_contain_text(turkish("Not receiving: telephone closed"))
    phone.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError')); }"
    )
    pressed(phone, "Use this browser")
    expect(phone.locator("#phone").get_by_text(turkish(_DENIED))).to_be_visible()
    phone.reload()
    pressed(phone, "Use this browser")
    pressed(phone, "I heard nothing")
    expect(phone.locator("#phone").get_by_text(turkish(_NOTHING))).to_be_visible()
    pressed(phone, "I heard them")
    expect(phone.locator("#phone").get_by_text(turkish("This browser is your telephone"))).to_be_visible()
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "true")


def test_the_carriers_library_wants_the_hosts_that_the_policy_names_and_fetches_no_sound(reception: Reception) -> None:
    """In practice its hosts are not allowed: what the browser refuses is what the library asked for."""
    elif_ = reception.screen("operator1@ankara").open("/phone")
    token = access_token(account_sid="AC" + "0" * 32, key="SK" + "0" * 32, secret="s" * 32, identity="op_" + "0" * 32)
    asked: list[str] = []
    elif_.page.on("request", lambda request: asked.append(request.url))
    refused = elif_.page.evaluate(_WITHOUT_PRACTICE, token)
    hosts = {urlsplit(address).netloc for address in refused}
    allowed = {urlsplit(source).netloc for source in CARRIER_SOURCES}
    assert "voice-js.roaming.twilio.com" in hosts <= allowed
    assert {urlsplit(address).netloc for address in asked} <= {urlsplit(elif_.url).netloc, *allowed}
    assert any(address.endswith("/static/sounds/silence.wav") for address in asked)
    elif_.forgive("twilio.com")
    assert elif_.problems == []


def test_her_hands_on_the_board_keep_the_telephones_tab_open_and_one_code_opens_both(reception: Reception) -> None:
    elif_ = reception.screen("operator1@ankara")
    phone = elif_.context.new_page()
    elif_.context.clock.install()
    elif_.open("/")
    phone.goto(f"{elif_.url}/phone")
    cover = phone.locator("#lock")
    for _ in range(3):
        # Beyond the minutes of the lock together, and each less than they are.
        phone.evaluate(_NEXT_TOUCH)
        elif_.page.keyboard.press("Shift")
        assert phone.evaluate("() => window.touched") == "touched"
        elif_.context.clock.fast_forward(4 * 60 * 1000)
    expect(cover).to_be_hidden()
    elif_.page.locator(".me summary").click()
    elif_.page.locator("#lock-now").click()
    expect(cover).to_be_visible()
    elif_.page.locator("#unlock-code").fill(reception.code(elif_.name))
    elif_.page.locator("#unlock-code").press("Enter")
    expect(elif_.page.locator("#lock")).to_be_hidden()
    expect(cover).to_be_hidden()
