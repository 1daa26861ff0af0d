"""The first day as somebody walks it who has never seen the program: in Turkish, by keyboard alone."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from staff.totp import STEP_S, code_of
from tests.browser import keyboard
from tests.browser.screens import BROWSER, DESK, TELEPHONE, Screen, turkish
from tests.browser.test_pages import look_over
from tests.faults.exchange import Exchange
from tests.faults.house import House
from tests.support import planted
from tests.support.engines import SuiteEngines, passable_folder

pytestmark = BROWSER

LINE = "+903120000001"
FALLBACK = "+903120000100"
PASSWORD = "mavi fincan kuşku dağı 42"


@pytest.fixture(scope="module")
def empty_house(tmp_path_factory: pytest.TempPathFactory, suite: SuiteEngines) -> Iterator[House]:
    """``koza run`` without the demonstration: nobody is there, and the window shows a one-time code."""
    suite.postgres_url()
    house = House(passable_folder(tmp_path_factory, "empty-house"), env="test")
    house.start()
    yield house
    house.stop()


@pytest.fixture
def screen(empty_house: House, browser: Browser) -> Iterator[Screen]:
    """The browser of whoever furnishes the house; its console must stay silent."""
    context = browser.new_context(viewport=DESK, locale="tr-TR", reduced_motion="reduce", color_scheme="light")
    screen = Screen(context, empty_house.url)
    yield screen
    assert screen.problems == []
    context.close()


def _printed_code(house: House) -> str:
    """What the window shows in which Koza was started."""
    found = re.findall(r"^\s*([0-9A-Z]{5}-[0-9A-Z]{5})\s*$", house.log.read_text(encoding="utf-8"), re.MULTILINE)
    assert found, "no code was printed"
    return str(found[-1])


def _totp(page: Page, secret: str, *, after: int = 0) -> tuple[str, int]:
    """A code that was not used yet: the present one, or the next, which is accepted already."""
    counter = max(int(time.time()) // STEP_S, after + 1)
    return code_of(secret, counter), counter


def _at(screen: Screen, step: str) -> Page:
    """The page of a step is shown, and in order."""
    expect(screen.page).to_have_url(re.compile(rf"/set-up/{step}(\?.*)?$"))
    assert look_over(screen, "tr") == {}, step
    screen.page.set_viewport_size(TELEPHONE)
    assert not screen.too_wide(), step
    screen.page.set_viewport_size(DESK)
    return screen.page


def _press_on(page: Page) -> None:
    """Enter on the button of the page's form."""
    keyboard.press(page, ".set-up .sections form .button.primary")


def test_from_the_printed_code_to_the_board(empty_house: House, screen: Screen) -> None:
    exchange = Exchange(empty_house.exchange_url)
    presses = [{"digits": "1", "hearing": "Deneme"}]
    exchange.do("behaviour", address=FALLBACK, behaviour={"answering": "answer", "presses": presses})
    page = screen.open("/").page
    expect(page).to_have_url(re.compile("/set-up$"))
    expect(page.locator("#code")).to_be_focused()
    screen.shot("set-up-0-code")
    page.keyboard.type(_printed_code(empty_house))
    page.keyboard.press("Enter")

    page = _at(screen, "centre")
    keyboard.write(page, "#f-name", "Ankara KOZA-ŞÖNİM")
    keyboard.select(page, "province", "Ankara", "06")
    screen.shot("set-up-1-centre")
    _press_on(page)

    page = _at(screen, "director")
    keyboard.write(page, "#f-display_name", planted.NAME if not screen.shooting else "Aslı Y.")
    keyboard.write(page, "#f-password", PASSWORD)
    keyboard.write(page, "#f-password_again", PASSWORD)
    _press_on(page)
    expect(page.locator("#f-code")).to_be_focused()
    secret = page.locator(".secret").inner_text()
    assert look_over(screen, "tr") == {}
    screen.shot("set-up-2-director")
    code, used = _totp(page, secret)
    page.keyboard.type(code)
    page.keyboard.press("Enter")

    _line_and_fallback(screen)
    _people_and_week(screen)
    _call_and_text(screen, exchange)

    page = _at(screen, "green")
    expect(page.locator(".green-list tbody tr")).not_to_have_count(0)
    screen.shot("set-up-8-green")
    if page.locator("#f-red").count():
        keyboard.check(page, "red", "1")
    code, _used = _totp(page, secret, after=used)
    keyboard.write(page, "#f-code", code)
    page.keyboard.press("Enter")
    expect(page.locator("#board")).to_be_visible()
    assert screen.status("/set-up") == screen.status("/set-up/centre") == 404
    exchange.close()


def _line_and_fallback(screen: Screen) -> None:
    page = _at(screen, "line")
    keyboard.write(page, "#f-line_name", "Ankara hattı")
    screen.shot("set-up-3-line")
    _press_on(page)

    page = _at(screen, "fallback")
    keyboard.write(page, "#f-number", "0312 000 01 00")
    _press_on(page)
    expect(page.locator("#state .note")).to_be_visible()
    sentence = turkish("%(number)s answered, and a person pressed 1.", number=FALLBACK)
    # It is called by a worker, answered, and 1 is pressed: the page hears of it by itself.
    expect(page.locator("#state")).to_contain_text(sentence)
    screen.shot("set-up-4-fallback")
    keyboard.press(page, "#state a.primary")


def _people_and_week(screen: Screen) -> None:
    page = _at(screen, "people")
    people = (("Elif A.", "operator"), ("Merve S.", "operator"), ("Zehra T.", "shift_lead"), ("Nur K.", "oncall"))
    for number, (name, _role) in enumerate(people, start=1):
        keyboard.write(page, f"#f-display-{number}", name)
        keyboard.write(page, f"#f-telephone-{number}", planted.number())
    screen.shot("set-up-5-people")
    _press_on(page)
    expect(page.locator(".slip")).to_have_count(len(people))
    assert look_over(screen.look("dark"), "tr") == {}
    screen.look("light").shot("set-up-5-slips")
    keyboard.press(page, '.sections a.button[href="/set-up/week"]')

    page = _at(screen, "week")
    for name, value in (("Elif A.", "long_day"), ("Merve S.", "long_night")):
        _choose(page, name, value)
    _press_on(page)
    expect(page.locator("#errors")).to_be_focused()
    screen.forgive("422")
    expect(page.locator("#gaps .note")).not_to_have_count(0)
    _choose(page, "Nur K.", "all")
    _press_on(page)
    expect(page.get_by_role("status")).to_contain_text(turkish("Saved. Every hour of the week is covered."))
    screen.shot("set-up-6-week")
    keyboard.press(page, '.sections a.button[href="/set-up/trial"]')


def _choose(page: Page, name: str, value: str) -> None:
    """Go to the list under “every day” in the row of a person, and down to a shift."""
    chosen = page.locator("table.week tr").filter(has_text=name).locator('select[name^="every-"]')
    keyboard.walk_to(page, f"#{chosen.get_attribute('id')}")
    for _ in range(chosen.locator("option").count()):
        if chosen.input_value() == value:
            return
        page.keyboard.press("ArrowDown")
    expect(chosen).to_have_value(value)


def _call_and_text(screen: Screen, exchange: Exchange) -> None:
    page = _at(screen, "trial")
    stranger = planted.number()
    sid = exchange.call(stranger, LINE, [{"digits": "1", "after": 1.0}])
    exchange.text(stranger, LINE, page.locator(".trial .ref").inner_text())
    expect(page.locator(".trial[data-done]")).to_have_count(2)
    expect(page.locator("#state")).to_contain_text(turkish("Turkish"))
    screen.shot("set-up-7-trial")
    exchange.hang_up(sid)
    keyboard.press(page, "#state a.primary")
