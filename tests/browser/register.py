"""A lawyer's and a case worker's hands at the register: nothing but the keyboard, and the clock of the database."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Final

from playwright.sync_api import Page, expect

from config.engines.processes import wait_until
from core.i18n import ISTANBUL
from escalation.cases.clock.calendar import shipped
from tests.browser import keyboard
from tests.browser.screens import Reception, Screen, turkish
from tests.browser.street import Street
from tests.browser.test_text import write
from tests.faults.house import House

_DECISION: Final = re.compile(r"\d/decisions/[0-9a-f-]{36}")
_SUNDAY: Final = 6
_SECONDS: Final = 30.0
_DAYS_AHEAD: Final = 300
#: A case of Ankara that nobody has written a decision into, so that each test has its own.
_UNTOUCHED: Final = """
    SELECT id::text, ref FROM cases_cases
    WHERE centre_id = (SELECT id FROM staff_centres WHERE slug = 'ankara') AND state <> 'closed' AND NOT confidential
      AND owner_id = (SELECT id FROM staff_accounts WHERE name = 'caseworker@ankara')
      AND NOT EXISTS (SELECT 1 FROM cases_decisions WHERE case_id = cases_cases.id)
      AND EXISTS (
          SELECT 1 FROM staff_grants
          WHERE subject_kind = 'case' AND subject_id = cases_cases.id AND revoked_at IS NULL
            AND grantee_id = (SELECT id FROM staff_accounts WHERE name = 'legal@ankara'))
    ORDER BY opened_at DESC LIMIT 1
"""
_RULES: Final = """
    SELECT rule, state FROM cases_deadlines WHERE subject_id = %(decision)s::uuid
    ORDER BY opened_at
"""
_PAGES: Final = "SELECT reason FROM paging_pages WHERE subject_id = %(case)s::uuid"


def moment(house: House) -> datetime:
    """What the house takes for now."""
    [(now,)] = house.rows("SELECT koza_now()")
    return now.astimezone(ISTANBUL)


def untouched_case(house: House) -> tuple[str, str]:
    """Id and reference of a case without decisions, which owner and lawyer may both read."""
    [(case_id, ref)] = house.rows(_UNTOUCHED)
    return case_id, ref


def opened_case(reception: Reception, street: Street) -> tuple[str, str]:
    """Reference and id of a case of its own: a text in danger, taken on the board."""
    operator = reception.operator("operator1@ankara")
    phones, number = reception.practice(), street.number()
    write(phones.page, number, "beni öldürecek")
    contact = street.contact(street.texts_of(number)[0])
    operator.row(contact).get_by_role("button").first.click()
    operator.page.wait_for_url(f"**/contacts/{contact}")
    operator.page.get_by_role("button", name=turkish("Open a case")).click()
    operator.page.wait_for_url("**/cases/V-*")
    ref = operator.path.removeprefix("/cases/")
    [(case_id,)] = reception.house.rows("SELECT id::text FROM cases_cases WHERE ref = %(ref)s", ref=ref)
    return ref, str(case_id)


def docket(house: House) -> str:
    """A docket number that no decision of this house has yet."""
    [(known,)] = house.rows("SELECT count(*) FROM cases_decisions")
    return f"{moment(house).year}/{700 + known}"


def eve_of_a_holiday(after: date) -> date:
    """The next last working day before a holiday that closes offices for more than a weekend's two days."""
    calendar = shipped()
    for day in (after + timedelta(days=n) for n in range(1, _DAYS_AHEAD)):
        if not calendar.is_closed(day) and (working_after(day) - day).days > 3:
            return day
    raise AssertionError("the calendar knows no holiday in the next months")


def sunday(after: date) -> date:
    """The next Sunday that is no holiday and follows a working Friday."""
    calendar = shipped()
    day = after + timedelta(days=(_SUNDAY - after.weekday()) % 7)
    while calendar.holiday(day) or calendar.is_half(day - timedelta(days=2)) or calendar.is_closed(day - timedelta(2)):
        day += timedelta(days=7)
    return day


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment in Istanbul."""
    return datetime.combine(day, time(hour, minute), ISTANBUL)


def until(reception: Reception, when: datetime) -> None:
    """Let time go by until ``when``; whoever was signed in has to sign in again."""
    reception.later(when - moment(reception.house))


def type_day(page: Page, selector: str, day: date) -> None:
    """Type a day into its field, in whichever order this browser shows its parts."""
    for order in ("%d%m%Y", "%m%d%Y"):
        keyboard.walk_to(page, selector)
        _emptied(page, selector)
        page.keyboard.type(day.strftime(order))
        if page.locator(selector).input_value() == day.isoformat():
            return
    raise AssertionError(f"{selector} holds {page.locator(selector).input_value()!r}")


def type_moment(page: Page, selector: str, when: datetime) -> None:
    """Type a moment into its field."""
    local = when.astimezone(ISTANBUL)
    for order, hour in (("%d%m%Y", "%H%M"), ("%m%d%Y", "%I%M%p")):
        keyboard.walk_to(page, selector)
        _emptied(page, selector)
        page.keyboard.type(local.strftime(order))
        page.keyboard.press("ArrowRight")
        page.keyboard.type(local.strftime(hour))
        if page.locator(selector).input_value() == local.strftime("%Y-%m-%dT%H:%M"):
            return
    raise AssertionError(f"{selector} holds {page.locator(selector).input_value()!r}")


def _emptied(page: Page, selector: str) -> None:
    page.locator(selector).evaluate("field => { field.value = ''; field.blur(); field.focus(); }")


def open_act(page: Page, form: str) -> None:
    """Unfold one of the forms beside the decision."""
    keyboard.press(page, f'[id="{form}"] > summary')
    expect(page.locator(f'[id="{form}"]')).to_have_attribute("open", "")


def send(page: Page, form: str) -> None:
    """Press the button of an unfolded form, and wait for the page that answers."""
    with page.expect_event("load"):
        keyboard.press(page, f'[id="{form}"] button.primary')


def entered(screen: Screen) -> str:
    """The decision that she has just entered, and whose page she sees now."""
    screen.page.wait_for_url(_DECISION)
    return screen.path.removeprefix("/decisions/").partition("#")[0]


def until_period(house: House, decision: str, rule: str, state: str) -> None:
    """Wait for what the sweepers do to a period about a decision."""
    told = (rule, state)
    assert wait_until(lambda: told in house.rows(_RULES, decision=decision), _SECONDS, every=0.1), (
        f"{told} is not among {house.rows(_RULES, decision=decision)}"
    )


def pages_about(house: House, case_id: str) -> list[str]:
    """Why somebody was woken about a case."""
    return [reason for (reason,) in house.rows(_PAGES, case=case_id)]


def breaches_of(house: House, decision: str) -> list[str]:
    """The breaches of a decision, in the order in which they happened."""
    query = "SELECT id::text FROM cases_breaches WHERE decision_id = %(decision)s::uuid ORDER BY occurred_at"
    return [breach for (breach,) in house.rows(query, decision=decision)]


def working_after(day: date) -> date:
    """The next day on which offices are open the whole day."""
    return shipped().next_working(day + timedelta(days=1), half_counts=False)
