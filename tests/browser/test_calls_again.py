"""Who hangs up unanswered and calls again is one line on the board: how often, when last; she may call again."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.screens import BROWSER, Reception, turkish
from tests.browser.street import Street

pytestmark = BROWSER


def test_two_calls_of_one_number_are_one_line(reception: Reception, street: Street) -> None:
    lead = reception.operator("lead@ankara")
    caller = street.number()
    again = lead.lane("woken").filter(has_text=turkish("may call again"))
    before = again.count()
    for _ in range(2):
        sid = street.call(caller=caller)
        first = street.contact(sid)
        street.exchange.hang_up(sid)
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
