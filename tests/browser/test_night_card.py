"""She calls again: the number is a hint, the check opens the night card, and half an hour after the call it is gone."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from playwright.sync_api import Page, expect

from config.local import DEMO_DESKS
from intake.callers import kinds
from tests.browser.acts import telephone
from tests.browser.screens import BROWSER, Reception, Screen, turkish
from tests.browser.street import Street
from tests.browser.test_text import taken

pytestmark = BROWSER

_LINE: Final = "Geceleri annesinde kalır; kapıyı çalmayın."
_HINT: Final = turkish("Known number: use no name, confirm nothing. First ask for the code word, if there is one.")


def test_the_card_comes_with_the_check_and_goes_by_itself(reception: Reception, street: Street) -> None:
    number, ref = her_case(reception, street)
    operator = reception.operator("operator1@ankara")
    phones = reception.practice().page
    street.hush(*DEMO_DESKS.values(), but=DEMO_DESKS[operator.name])
    sid = street.call("1", caller=number)
    contact = street.contact(sid)
    operator.rings(contact).get_by_role("button").first.click()
    operator.page.wait_for_url(f"**/contacts/{contact}")
    expect(operator.panel()).to_have_attribute("data-state", "connected")
    expect(telephone(phones, DEMO_DESKS[operator.name])).to_have_attribute("data-state", "talking")

    person = operator.page.locator(".ws-person")
    expect(person).to_contain_text(_HINT)
    expect(person).not_to_contain_text(ref)
    expect(person.locator("[data-card]")).to_have_count(0)
    check(operator.page)
    card = person.locator("[data-card]")
    expect(card).to_contain_text(_LINE)
    expect(card).to_contain_text(ref)
    expect(card).to_contain_text(turkish("No protection is known in the register"))
    operator.shot("night-card")

    street.exchange.hang_up(sid)
    expect(operator.panel()).to_have_attribute("data-state", "wrap_up")
    expect(card).to_contain_text(_LINE)
    reception.later(timedelta(minutes=31))
    later = reception.screen("operator1@ankara").open(f"/contacts/{contact}")
    expect(later.page.locator(".ws-person")).to_contain_text(turkish("Identity checked."))
    expect(later.page.locator("[data-card]")).to_have_count(0)
    keeper = reception.screen("caseworker@ankara").open(f"/cases/{ref}")
    expect(keeper.page.locator("main")).to_contain_text("gece kartı")


def test_one_key_shows_what_to_say_and_marks_it(reception: Reception, street: Street) -> None:
    operator, _phones, _number, contact = taken(reception, street, "karım sizi aradı mı")
    page, words = operator.page, kinds()["other_party"].asked[3].tr
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.route("**/other-party", lambda route: route.abort())
    page.keyboard.press("F8")
    # The words wait for no server.
    expect(page.locator("dialog#script")).to_contain_text(words)
    page.unroute("**/other-party")
    person = page.locator(".ws-person")
    expect(person).to_contain_text(turkish("May be the other party: confirm nothing, deny nothing."))
    assert any(url.endswith("/other-party") for url in sent)
    with page.expect_navigation():
        page.keyboard.press("Escape")
    expect(page.locator(".ws-person")).to_contain_text(words)
    assert operator.path == f"/contacts/{contact}"
    operator.forgive("net::ERR_FAILED")


def her_case(reception: Reception, street: Street) -> tuple[str, str]:
    """Her number and the reference of her case: she wrote before, and its owner left a line to the night."""
    operator, _phones, number, contact = taken(reception, street, "merhaba")
    operator.page.get_by_role("button", name=turkish("Open a case")).click()
    operator.page.wait_for_url("**/cases/V-*")
    ref = operator.path.rsplit("/", 1)[-1]
    lead = reception.screen("lead@ankara").open(f"/cases/{ref}")
    lead.page.locator("#f-case-owner").select_option(label="Gül Yaman")
    lead.page.get_by_role("button", name=turkish("Assign")).click()
    expect(lead.page.locator("header.band")).to_contain_text("Gül Yaman")
    leave_line(reception.screen("caseworker@ankara").open(f"/cases/{ref}"))
    operator.open(f"/contacts/{contact}")
    operator.page.get_by_role("button", name=turkish("Close the contact")).click()
    operator.page.wait_for_url("**/")
    return number, ref


def leave_line(keeper: Screen) -> None:
    keeper.page.locator("#f-line").fill(_LINE)
    keeper.page.get_by_role("button", name=turkish("Save the line")).click()
    expect(keeper.page.locator("#f-line")).to_have_value(_LINE)


def check(page: Page) -> None:
    page.locator("#p-how").select_option("voice")
    page.get_by_role("button", name=turkish("Check"), exact=True).click()
    expect(page.locator(".ws-person")).to_contain_text(turkish("Identity checked."))
