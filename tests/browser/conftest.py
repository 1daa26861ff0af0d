"""One running house and one browser for all tests of this folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.screens import PATIENCE_MS, Reception
from tests.browser.street import Street
from tests.faults.house import House
from tests.support.engines import SuiteEngines, passable_folder

#: What leaves an operator with open contacts comes late, for others are rung before her; then what disables the
#: director; and what moves the house's clock by months comes last: nobody stands on the rota of those months.
_LAST = ("test_applications.py", "test_weather.py", "test_decisions.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the order of the modules, but for those after which others find the house changed."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    name = item.path.name
    return _LAST.index(name) + 1 if name in _LAST and item.path.parent.name == "browser" else 0


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory, suite: SuiteEngines) -> Iterator[House]:
    """``koza run`` with its own engines, the demonstration's people, and the practice exchange."""
    # The search at the end proves itself on the suite's engines; a run of these tests alone would not start them.
    suite.postgres_url()
    house = House(passable_folder(tmp_path_factory, "browser-house"), env="demo")
    house.start()
    yield house
    house.stop()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium without what it would send by itself."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    # A microphone that beeps, and no question about it: nobody is there to answer one.
    heard = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    quiet = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=[*quiet, *heard])
        yield started
        started.close()


@pytest.fixture(scope="package")
def _reception(house: House, browser: Browser) -> Reception:
    return Reception(house, browser)


@pytest.fixture
def reception(_reception: Reception) -> Iterator[Reception]:
    """Who lets people in; when the test is over every window is closed, and none may have complained."""
    yield _reception
    assert _reception.close() == []


@pytest.fixture
def street(house: House) -> Iterator[Street]:
    """Everybody outside: callers, texters, and what reached their telephones. All of them hang up at the end."""
    street = Street(house)
    yield street
    street.leave()
