"""By keyboard: an application for measures, what the clock reminds of, and the tick-off."""

from __future__ import annotations

import re
from typing import Final

from playwright.sync_api import expect

from tests.browser import keyboard
from tests.browser.register import opened_case
from tests.browser.screens import BROWSER, Reception, turkish
from tests.browser.street import Street
from tests.browser.test_pages import look_over

pytestmark = BROWSER

#: Two of the case's periods are on today's list: what makes it is the sweeper's, on the day before closed days alone.
_LISTED: Final = """
INSERT INTO cases_closure_ticks (id, centre_id, deadline_id, day, next_working_day)
SELECT gen_random_uuid(), d.centre_id, d.id, current_date, current_date + 3
FROM cases_deadlines d JOIN cases_cases c ON c.id = d.case_id
WHERE c.ref = %(ref)s AND d.rule IN ('measure_expiry', 'urgent_submit') RETURNING id::text
"""


def test_an_application_by_keyboard_and_what_follows(reception: Reception, street: Street) -> None:
    ref, case_id = opened_case(reception, street)
    lawyer = reception.screen("legal@ankara")
    page = lawyer.open(f"/cases/{case_id}/applications/new").page
    for code in ("o5_a", "o5_c", "c8_6"):
        keyboard.check(page, "codes", code)
    keyboard.write(page, "#f-authority", "Ankara 5. Aile Mahkemesi")
    lawyer.shot("application-new")
    assert look_over(lawyer, "tr") == {}
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/applications/[0-9a-f-]{36}$"))
    # Each next step stands open with its usual answers.
    for do in ("approve", "file"):
        keyboard.walk_to(page, f"#{do} button.primary")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        expect(page.locator(f"#{do}")).to_have_count(0)
    expect(page.locator(".band")).to_contain_text(turkish("Filed"))
    lawyer.shot("application")
    assert look_over(lawyer, "tr") == {}
    director = reception.screen("director@ankara").open(f"/cases/{ref}")
    expect(director.page.locator("#applications").locator("..").locator("..")).to_contain_text(turkish("Filed"))
    director.shot("case-applications")
    page.get_by_role("link", name=turkish("Granted: enter the decision")).click()
    page.wait_for_url("**/decisions/new*")
    expect(page.locator('input[value="o5_c"]')).to_be_checked()
    expect(page.locator("#f-authority")).to_have_value("Ankara 5. Aile Mahkemesi")
    assert not any(screen.too_wide() for screen in (lawyer, director))


def test_what_is_due_is_taken_on_and_ticked_off_by_keyboard(reception: Reception, street: Street) -> None:
    ref, case_id = opened_case(reception, street)
    lawyer = reception.screen("legal@ankara")
    page = lawyer.open(f"/cases/{case_id}/decisions/new?form=police").page
    keyboard.write(page, "#f-authority", "Mamak İlçe Emniyet Müdürlüğü")
    page.evaluate(
        "document.getElementById('f-issued_at').value ="
        " new Date(Date.now() - 3600e3 - new Date().getTimezoneOffset() * 60e3).toISOString().slice(0, 16)"
    )
    page.locator('input[name="length"][value="30:days"]').check()
    page.locator('button.primary[value="save"]').click()
    page.wait_for_url(re.compile(r"/decisions/[0-9a-f-]{36}$"))
    mine = page.locator("#mine").locator("..")
    for _ in range(40):
        lawyer.open("/due")
        if ref in mine.inner_text():
            break
        page.wait_for_timeout(250)
    row = page.locator(".due-row", has_text=ref).first
    row.get_by_text(turkish("How it was reckoned")).click()
    lawyer.shot("due")
    assert look_over(lawyer, "tr") == {}
    with page.expect_navigation():
        row.get_by_role("button", name=turkish("I take it on")).press("Enter")
    expect(page.locator("#others").locator("..")).to_contain_text(ref)

    reception.house.rows(_LISTED, ref=ref)
    lawyer.open("/closed-days")
    lawyer.shot("closed-days")
    assert look_over(lawyer, "tr") == {}
    lawyer.open("/closed-days")
    # On a Friday after ten the house has a list of its own: what was entered just now, and what is over already.
    waiting, rows = page.locator(".tick form").count(), page.locator(".tick").count()
    assert waiting >= 2
    expect(page.locator(".alarms")).to_contain_text(str(waiting))
    for _ in range(waiting):
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.type("Nöbetçi mahkeme arandı")
        with page.expect_navigation():
            page.keyboard.press("Enter")
    expect(page.locator(".tick[data-over]")).to_have_count(rows)
    expect(page.locator("#main")).to_contain_text(turkish("Everything is ticked off."))
    assert not lawyer.too_wide()
