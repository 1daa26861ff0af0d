"""Who hangs up unanswered and calls again is one line on the board: how often, when last; she may call again."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.keyboard import choose_radio
from tests.browser.screens import BROWSER, Reception, Screen, turkish
from tests.browser.street import ANKARA, Street

pytestmark = BROWSER


def test_two_calls_of_one_number_are_one_line(reception: Reception, street: Street) -> None:
    lead = reception.operator("lead@ankara")
    caller = street.number()
    again = lead.lane("woken").filter(has_text=turkish("may call again"))
    before = again.count()
    for _ in range(2):
        first = hangs_up(street, caller)
        expect(again).to_have_count(before + 1)
        expect(lead.row(first)).to_have_count(0)
    line = again.filter(has_text=turkish("{n} calls, the last at {t}").split("{t}")[0].replace("{n}", "2"))
    expect(line).to_have_count(1)
    code = line.locator("a.ref").get_attribute("href")
    assert code is not None
    lead.open(code)
    expect(lead.page.locator("main")).to_contain_text(turkish("Her other calls"))
    expect(lead.page.locator("main")).to_contain_text(
        turkish("She may call again. If she is answered then, this page ends by itself.")
    )


def test_who_agreed_to_be_called_stands_in_the_list_until_that_is_taken_back(
    reception: Reception, street: Street
) -> None:
    lead, operator = reception.screen("lead@ankara"), reception.operator("operator1@ankara")
    tasks = operator.lane("woken").filter(has_text=turkish("Call back"))
    caller = street.number()
    before = tasks.count()
    first = hangs_up(street, caller)
    lead.open(f"/contacts/{first}")
    agree(lead, "neutral")
    expect(tasks).to_have_count(before)
    again = hangs_up(street, caller)
    task = tasks.filter(has=operator.page.locator(f'a.ref[href="/contacts/{again}"]'))
    expect(task).to_have_count(1)
    expect(task).to_contain_text(turkish("By telephone, at any time."))
    expect(task).to_contain_text(turkish("She will see %(sender)s.", sender=ANKARA))
    expect(task).to_contain_text(turkish("Say nothing that tells who we are."))
    agree(lead, "never")
    expect(task).to_have_count(0)


def hangs_up(street: Street, caller: str) -> str:
    """She calls and hangs up unanswered; returns the contact."""
    sid = street.call(caller=caller)
    contact = street.contact(sid)
    street.exchange.hang_up(sid)
    return contact


def agree(screen: Screen, call: str) -> None:
    """What is written down of whether we may call her."""
    choose_radio(screen.page, "safe_call", call)
    expect(screen.page.locator("#intake-status")).to_have_attribute("data-state", "saved")
