"""What rings for her may be passed on: in its row and in the strip, and the others go on being asked."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from config.local import DEMO_DESKS, DEMO_ONCALL_PHONES
from tests.browser.acts import go_on_without_asking
from tests.browser.screens import BROWSER, EVERYBODY_MS, Reception, Screen, turkish
from tests.browser.street import Street

pytestmark = BROWSER

_REFUSED = "You have a caller. End that call or hand it over, then you can take this one."


def not_now(where: Locator) -> Locator:
    return where.get_by_role("button", name=turkish("Not now"))


def strip(screen: Screen, contact: str) -> Locator:
    return screen.page.locator(f'#ring .offer[data-id="{contact}"]')


def test_what_rings_is_passed_on_in_its_row_and_in_the_strip(reception: Reception, street: Street) -> None:
    elif_, other = reception.operator("operator1@ankara"), reception.operator("operator2@ankara")
    street.hush(*DEMO_DESKS.values(), but=DEMO_DESKS[other.name])
    contact = street.contact(street.call("1"))
    for screen in (elif_, other):
        expect(strip(screen, contact)).to_be_visible(timeout=EVERYBODY_MS)
        assert not screen.too_wide()

    elif_.shot("ringing")
    not_now(elif_.row(contact)).click()
    expect(strip(elif_, contact)).to_have_count(0)
    expect(not_now(elif_.row(contact))).to_have_count(0)
    expect(elif_.row(contact).get_by_role("button")).to_have_count(1)
    expect(elif_.row(contact)).not_to_contain_text(turkish("Rings for you"))
    expect(strip(other, contact)).to_be_visible()

    not_now(strip(other, contact)).click()
    expect(strip(other, contact)).to_have_count(0)
    other.row(contact).get_by_role("button").click()
    other.page.wait_for_url(f"**/contacts/{contact}")


def test_who_talks_is_shown_the_second_caller_beside_her_work_and_takes_her_when_the_first_is_over(
    reception: Reception, street: Street
) -> None:
    elif_ = reception.operator("operator1@ankara")
    street.hush(*DEMO_DESKS.values(), *DEMO_ONCALL_PHONES.values(), but=DEMO_DESKS[elif_.name])
    first = street.contact(street.call("1"))
    strip(elif_, first).get_by_role("button").first.click()
    elif_.page.wait_for_url(f"**/contacts/{first}")
    expect(elif_.panel()).to_have_attribute("data-state", "connected")
    go_on_without_asking(elif_.page)
    elif_.page.locator("#i-summary").focus()

    second = street.contact(street.call("4", "5"))
    shown = elif_.page.locator(f'#ring .second[data-id="{second}"]')
    expect(shown).to_be_visible(timeout=EVERYBODY_MS)
    expect(shown).to_contain_text(turkish("A second caller waits"))
    expect(shown).to_contain_text("Kürtçe")
    expect(shown).to_have_attribute("data-level", "1")
    expect(shown.locator("time")).not_to_be_empty()
    expect(shown.get_by_role("button")).to_have_count(0)
    expect(strip(elif_, second)).to_have_count(0)
    # What she writes for the first is not touched.
    expect(elif_.page.locator("#i-summary")).to_be_focused()
    assert not elif_.too_wide()
    elif_.shot("second-caller")

    elif_.open("/")
    expect(elif_.page.locator("#ring .second").get_by_role("link", name=turkish("To your call"))).to_be_visible()
    elif_.row(second).get_by_role("button").first.click()
    expect(elif_.row(second)).to_contain_text(turkish(_REFUSED).split(".")[0])
    elif_.forgive("409")

    elif_.page.locator("#ring .second").get_by_role("link").click()
    elif_.panel().get_by_role("button", name=turkish("Hang up"), exact=True).click()
    expect(elif_.page.locator("#ring .second")).to_have_count(0)
    expect(strip(elif_, second)).to_be_visible(timeout=EVERYBODY_MS)
    strip(elif_, second).get_by_role("button").first.click()
    elif_.page.wait_for_url(f"**/contacts/{second}")
    expect(elif_.panel()).to_have_attribute("data-state", "connected")


def test_a_caller_is_taken_from_the_board_while_she_hears_the_greeting(reception: Reception, street: Street) -> None:
    elif_ = reception.operator("operator1@ankara")
    sid = street.call()
    contact = street.contact(sid)
    expect(strip(elif_, contact)).to_have_count(0)
    elif_.row(contact).get_by_role("button").click()
    elif_.page.wait_for_url(f"**/contacts/{contact}")
    expect(elif_.panel()).to_have_attribute("data-state", "connected")
    assert street.talks(sid)
