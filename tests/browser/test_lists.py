"""A centre's list of two hundred rows: looked at, its mistakes told in words, made, and taken back, by keyboard."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import FilePayload, Page, expect

from tests.browser import keyboard, register
from tests.browser.screens import BROWSER, Reception, turkish
from tests.faults.house import House
from tests.support.lists import ERRORS, MADE, two_hundred_rows, workbook

pytestmark = BROWSER

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Cases of no intake that are open, decisions, periods that run: what a list makes, and takes back.
_KEPT: Final = """
    SELECT (SELECT count(*) FROM cases_cases WHERE intake_id IS NULL AND state <> 'closed'),
           (SELECT count(*) FROM cases_decisions),
           (SELECT count(*) FROM cases_deadlines WHERE state IN ('open', 'unknown'))
"""


def _kept(house: House) -> tuple[int, int, int]:
    [(cases, decisions, periods)] = house.rows(_KEPT)
    return cases, decisions, periods


def _choose(page: Page, content: bytes) -> None:
    """As one chooses a file with the keyboard."""
    with page.expect_file_chooser() as asked:
        keyboard.press(page, "#f-list")
    asked.value.set_files(FilePayload(name="acik-tedbirler.xlsx", mimeType=_XLSX, buffer=content))


def _pressed(page: Page, action: str) -> None:
    """Press the button of an act, and wait for the page that follows it."""
    with page.expect_event("load"):
        keyboard.press(page, f'form[action$="{action}"] button')


def test_two_hundred_rows_with_seven_errors(reception: Reception) -> None:
    house = reception.house
    before = _kept(house)
    lawyer = reception.screen("legal@ankara").open("/cases")
    page = lawyer.page
    keyboard.press(page, 'main a[href="/lists"]')
    page.wait_for_url("**/lists")
    lawyer.shot("lists")
    _choose(page, workbook(two_hundred_rows(register.moment(house).date())))
    _pressed(page, "/lists")

    # Every row is shown before anything is made, and what is wrong is said in words at its row and column.
    bad = page.locator("#bad").locator("..").locator("li")
    expect(bad).to_have_count(len(ERRORS) + 1)
    told = bad.all_inner_texts()
    for number, line in zip((*ERRORS, 201), told, strict=True):
        assert line.startswith(f"{number}. satır"), line
    assert "Atlantis" not in " ".join(told)
    expect(page.locator("tbody tr")).to_have_count(193)
    assert _kept(house) == before
    lawyer.shot("list-preview")
    assert not lawyer.too_wide()

    _pressed(page, "/confirm")
    expect(page.locator("#made").locator("..").locator("li")).to_have_count(193)
    cases, decisions, periods = _kept(house)
    assert (cases - before[0], decisions - before[1]) == (193, MADE)
    assert periods - before[2] >= MADE
    keyboard.press(page, '[aria-labelledby="made"] li a')
    page.wait_for_url("**/cases/*/petitions")
    page.go_back()
    expect(page.locator("#undo")).to_be_visible()

    _pressed(page, "/undo")
    expect(page.locator(".page-head .badge")).to_have_text(turkish("Taken back"))
    assert _kept(house) == before
