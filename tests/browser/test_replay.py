"""The shift lead opens from a call how it was routed: who was offered, who declined, and why others were not asked."""

from __future__ import annotations

from playwright.sync_api import expect

from config.local import DEMO_DESKS
from tests.browser.screens import BROWSER, EVERYBODY_MS, Reception, turkish
from tests.browser.street import Street
from tests.browser.test_offers import not_now, strip

pytestmark = BROWSER


def test_the_shift_lead_reads_how_a_call_was_routed(reception: Reception, street: Street) -> None:
    elif_, other = reception.operator("operator1@ankara"), reception.operator("operator2@ankara")
    street.hush(*DEMO_DESKS.values(), but=DEMO_DESKS[other.name])
    contact = street.contact(street.call("1"))
    for screen in (elif_, other):
        expect(strip(screen, contact)).to_be_visible(timeout=EVERYBODY_MS)
    not_now(strip(elif_, contact)).click()
    expect(strip(elif_, contact)).to_have_count(0)
    other.row(contact).get_by_role("button").first.click()
    other.page.wait_for_url(f"**/contacts/{contact}")
    expect(other.panel()).to_have_attribute("data-state", "connected", timeout=EVERYBODY_MS)

    lead = reception.screen("lead@ankara").open(f"/contacts/{contact}")
    lead.page.get_by_role("link", name=turkish("How the call was routed")).click()
    lead.page.wait_for_url("**/replay")
    story = lead.page.locator(".replay")
    expect(story).to_contain_text(turkish("on duty, free, and whom she wishes"))
    declined = story.locator("li", has_text=turkish("Declined")).first
    expect(declined).to_contain_text(elif_.display)
    assert not lead.too_wide()
    lead.shot("replay")
