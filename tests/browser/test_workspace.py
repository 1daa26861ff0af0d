"""The workspace follows its contact while the operator types: the level, its rule, the gate."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import Route, expect

from config.engines.processes import wait_until
from tests.browser.acts import go_on_without_asking
from tests.browser.screens import BROWSER, Reception, turkish
from tests.browser.street import Street
from tests.browser.test_text import taken, write

pytestmark = BROWSER

_SECONDS: Final = 30.0
_HALF: Final = "Bir dakika"
_CARET: Final = "[document.activeElement.id, document.activeElement.selectionStart]"


def test_level_and_gate_follow_her_and_what_is_typed_stays(reception: Reception, street: Street) -> None:
    operator, phones, number, _contact = taken(reception, street, "merhaba")
    page = operator.page
    level, rule, gate = (page.locator(f"#{place}") for place in ("intake-level", "intake-rule", "gate"))
    expect(level).to_contain_text("D2")
    text = page.locator("#composer-text")
    text.fill(_HALF)
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")

    write(phones, number, "beni öldürecek")
    expect(level).to_contain_text("D1")
    expect(rule).to_have_text(turkish("Words of danger in her text."))
    expect(page.get_by_role("button", name=turkish("Raise to danger"))).to_have_count(0)
    expect(text).to_have_value(_HALF)
    assert page.evaluate(_CARET) == ["composer-text", 1]

    send = page.get_by_role("button", name=turkish("Send"))
    expect(send).to_be_enabled()
    page.locator('input[name="safe_sms"][value="never"]').check()
    expect(gate).to_contain_text(turkish("Her safe contact forbids this way of reaching her."))
    expect(send).to_be_disabled()
    expect(text).to_have_value(_HALF)
    page.reload()
    expect(gate).to_contain_text(turkish("Her safe contact forbids this way of reaching her."))
    page.locator('input[name="safe_sms"][value="ok"]').check()
    expect(gate).to_contain_text(turkish("She agreed to be written to."))
    expect(text).to_be_visible()
    expect(send).to_be_enabled()


def test_what_she_writes_while_the_page_loads_is_on_it(reception: Reception, street: Street) -> None:
    """The page is drawn, she writes, and only then does the screen learn where the board is."""
    operator, phones, number, _contact = taken(reception, street, "merhaba")
    page = operator.page
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/board/snapshot", hold)
    page.reload()
    texts = page.locator("[data-thread] .text")
    expect(texts).to_have_text(["merhaba"])
    write(phones, number, "orada misiniz")
    assert wait_until(lambda: len(street.texts_of(number)) == 2, _SECONDS, every=0.1)
    street.contact(street.texts_of(number)[1])
    for route in held:
        route.continue_()
    page.unroute("**/board/snapshot")
    expect(texts).to_have_text(["merhaba", "orada misiniz"])


def test_a_reply_that_was_not_sent_and_a_colleagues_answer_are_both_there(reception: Reception, street: Street) -> None:
    operator, _phones, _number, contact = taken(reception, street, "merhaba")
    page = operator.page
    text = page.locator("#composer-text")
    with page.expect_response("**/draft"):
        text.fill(_HALF)
    page.reload()
    expect(text).to_have_value(_HALF)

    lead = reception.screen("lead@ankara").open(f"/contacts/{contact}")
    go_on_without_asking(page)
    go_on_without_asking(lead.page)
    with lead.page.expect_response("**/intakes/*"):
        lead.page.locator('select[name="age_band"]').select_option("25-34")
    page.locator('select[name="relation"]').select_option("spouse")
    expect(page.locator('select[name="age_band"]')).to_have_value("25-34")
    expect(page.locator('select[name="relation"]')).to_have_value("spouse")
    expect(page.locator("#intake-status")).to_contain_text(turkish("Age"))
    expect(text).to_have_value(_HALF)

    text.fill(f"{_HALF}, geliyorum")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-thread] .text").last).to_have_text(f"{_HALF}, geliyorum")
    expect(text).to_have_value("")
    page.reload()
    expect(text).to_have_value("")
