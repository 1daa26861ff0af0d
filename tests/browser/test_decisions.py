"""A lawyer at her keyboard: the police decided before closed days, and the answer is learned late; a Sunday's end."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Final

from playwright.sync_api import Page, expect

from core.i18n import ISTANBUL
from tests.browser import keyboard
from tests.browser.screens import BROWSER, Reception, Screen, turkish
from tests.browser.street import Street
from tests.browser.test_text import write

pytestmark = BROWSER

_FRIDAY: Final = 4
_SUNDAY: Final = 6
_CASE: Final = "SELECT id::text FROM cases_cases WHERE ref = %(ref)s"


def _day(page: Page, selector: str, day: date) -> None:
    """Type a day into its field, in whichever order this browser shows its parts."""
    for order in ("%d%m%Y", "%m%d%Y"):
        keyboard.walk_to(page, selector)
        page.locator(selector).evaluate("field => { field.value = ''; field.blur(); field.focus(); }")
        page.keyboard.type(day.strftime(order))
        if page.locator(selector).input_value() == day.isoformat():
            return
    raise AssertionError(f"{selector} holds {page.locator(selector).input_value()!r}")


def _moment(page: Page, selector: str, moment: datetime) -> None:
    for order, hour in (("%d%m%Y", "%H%M"), ("%m%d%Y", "%I%M%p")):
        keyboard.walk_to(page, selector)
        page.locator(selector).evaluate("field => { field.value = ''; field.blur(); field.focus(); }")
        page.keyboard.type(moment.strftime(order))
        page.keyboard.press("ArrowRight")
        page.keyboard.type(moment.strftime(hour))
        if page.locator(selector).input_value() == moment.strftime("%Y-%m-%dT%H:%M"):
            return
    raise AssertionError(f"{selector} holds {page.locator(selector).input_value()!r}")


def _act(page: Page, do: str) -> None:
    """Open one of the acts beside the decision."""
    keyboard.press(page, f"#{do} > summary")
    expect(page.locator(f"#{do}")).to_have_attribute("open", "")


def _send(page: Page, do: str) -> None:
    keyboard.walk_to(page, f"#{do} button.primary")
    with page.expect_navigation():
        page.keyboard.press("Enter")


def _opened_case(reception: Reception, street: Street) -> tuple[str, str]:
    operator = reception.operator("operator1@ankara")
    phones, number = reception.practice(), street.number()
    write(phones.page, number, "beni öldürecek")
    contact = street.contact(street.texts_of(number)[0])
    operator.row(contact).get_by_role("button").first.click()
    operator.page.wait_for_url(f"**/contacts/{contact}")
    operator.page.get_by_role("button", name=turkish("Open a case")).click()
    operator.page.wait_for_url("**/cases/V-*")
    ref = operator.path.removeprefix("/cases/")
    [(case_id,)] = reception.house.rows(_CASE, ref=ref)
    return ref, str(case_id)


def _recorded_from_police_form(lawyer: Screen, case_id: str, issued: datetime, sunday: date) -> None:
    page = lawyer.open(f"/cases/{case_id}/decisions/new?form=police").page
    expect(page.locator("#f-authority")).to_be_focused()
    page.keyboard.type("Çankaya İlçe Emniyet Müdürlüğü")
    _moment(page, "#f-issued_at", issued)
    keyboard.write(page, "#f-docket", "2026/77")
    lawyer.shot("decision-entry")
    _day(page, "#f-ends", sunday)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/decisions/[0-9a-f-]{36}$"))


def test_an_approval_learned_late_and_an_end_on_a_sunday(reception: Reception, street: Street) -> None:
    ref, case_id = _opened_case(reception, street)
    today = datetime.now(ISTANBUL).date()
    friday = today - timedelta(days=(today.weekday() - _FRIDAY) % 7 + 7)
    sunday = today + timedelta(days=(_SUNDAY - today.weekday()) % 7 + 14)
    issued = datetime.combine(friday, time(16, 30), ISTANBUL)
    lawyer = reception.screen("legal@ankara")
    page = lawyer.page
    _recorded_from_police_form(lawyer, case_id, issued, sunday)

    # Its file was submitted the same Friday; by the next week nobody knew the answer.
    _act(page, "submitted")
    _moment(page, "#submitted-submitted_at", issued + timedelta(hours=1))
    _send(page, "submitted")
    unknown = turkish("Approval unknown: ask the authority")
    for _ in range(40):
        if unknown in page.locator(".band").inner_text():
            break
        page.wait_for_timeout(250)
        page.reload()
    expect(page.locator(".band")).to_contain_text(unknown)
    expect(page.locator(".band")).not_to_contain_text(turkish("Lapsed: not approved in time"))
    lawyer.shot("decision-unknown")

    _act(page, "approval")
    keyboard.choose_radio(page, "outcome", "approved")
    _moment(page, "#approval-answered_at", issued + timedelta(hours=2))
    keyboard.write(page, "#approval-source", "Aile mahkemesi kalemi")
    _send(page, "approval")
    expect(page.locator(".band")).to_contain_text(turkish("In force"))

    # The last day is a Sunday: what has to be filed before is due on the Friday.
    expect(page.locator("#deadlines").locator("..").locator("..")).to_contain_text(
        (sunday - timedelta(days=2)).strftime("%d.%m.%Y")
    )
    _act(page, "extension")
    _day(page, "#extension-decided_on", today)
    _day(page, "#extension-until", sunday + timedelta(days=60))
    _send(page, "extension")
    expect(page.locator(".band")).to_contain_text(turkish("In force, extended"))
    lawyer.shot("decision")

    director = reception.screen("director@ankara").open(f"/cases/{ref}")
    expect(director.page.locator("#protection").locator("..").locator("..")).to_contain_text("Çankaya")
    director.shot("case-protection")
    lawyer.open("/register").shot("register")
    assert not any(screen.too_wide() for screen in (lawyer, director))
