"""What rings for her may be passed on: in its row and in the strip, and the others go on being asked."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from config.local import DEMO_DESKS
from tests.browser.screens import BROWSER, Reception, Screen, turkish
from tests.browser.street import Street

pytestmark = BROWSER


def not_now(where: Locator) -> Locator:
    return where.get_by_role("button", name=turkish("Not now"))


def strip(screen: Screen, contact: str) -> Locator:
    return screen.page.locator(f'#ring .offer[data-id="{contact}"]')


def test_what_rings_is_passed_on_in_its_row_and_in_the_strip(reception: Reception, street: Street) -> None:
    elif_, other = reception.operator("operator1@ankara"), reception.operator("operator2@ankara")
    street.hush(*DEMO_DESKS.values(), but=DEMO_DESKS[other.name])
    contact = street.contact(street.call("1"))
    for screen in (elif_, other):
        expect(strip(screen, contact)).to_be_visible()
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
