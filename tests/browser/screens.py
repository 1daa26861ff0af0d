"""A person at her screen: a browser of her own, signed in, whose console must stay silent."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final, Literal, Self

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, StorageState, ViewportSize, expect

from config.demo import PEOPLE
from config.local import LocalSecrets
from core.i18n import current_locale, gettext, set_locale
from staff.rules import IDLE_LOCK_MINUTES
from staff.totp import STEP_S, code_of
from tests.faults.house import House

LONGEST_TEST_S: Final = 240
#: Marks of every module here: one group, so that one worker of the suite starts one house.
BROWSER = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(LONGEST_TEST_S)]
#: The limit of every wait. It only bounds a failure: whatever is waited for is looked at many times a second.
PATIENCE_MS = 20_000
#: A kept connection may be closed by the house in the instant in which it is used again.
_RETRIES: Final = 2
#: Until everybody at work is asked. Somebody may have closed her window a moment ago, and while she counts as being
#: there she is asked before those who hold more.
EVERYBODY_MS = 60_000
DESK: ViewportSize = {"width": 1366, "height": 768}
TELEPHONE: ViewportSize = {"width": 360, "height": 740}
_SCROLLS_TWICE = """() => {
  const root = document.documentElement;
  const inside = getComputedStyle(document.querySelector("main")).overflowY !== "visible";
  return inside && root.scrollHeight > root.clientHeight;
}"""
_IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"

Theme = Literal["light", "dark"]
Lane = Literal["waiting", "active", "woken"]


def turkish(message: str, **values: object) -> str:
    """The Turkish of a message of the screen."""
    before = current_locale()
    set_locale("tr")
    try:
        return gettext(message, **values)
    finally:
        set_locale(before)


class Screen:
    """One browser window of one person; what its console says is kept, and looked at when the test is over."""

    def __init__(self, context: BrowserContext, url: str, name: str = "") -> None:
        self.context = context
        self.page = context.new_page()
        self.name = name
        self.url = url
        self.problems: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.problems.append(f"{self.page.url}: {error}"))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(f"{self.page.url}: {message.text}")

    def forgive(self, words: str) -> None:
        """What the browser says of a refusal that the test asked for is no complaint."""
        self.problems[:] = [problem for problem in self.problems if words not in problem]

    def open(self, path: str) -> Self:
        """Go to a page of the house."""
        self.page.goto(self.url + path)
        return self

    def status(self, path: str) -> int:
        """The status with which a page answers this person, asked beside the window."""
        return self.context.request.get(self.url + path, max_redirects=0, max_retries=_RETRIES).status

    def ready(self) -> Self:
        """She says that she receives calls, and her screen hears changes by its socket."""
        switch = self.page.get_by_role("switch")
        expect(self.page.locator("#live")).to_have_attribute("data-state", "live")
        if switch.get_attribute("aria-checked") != "true":
            with self.page.expect_response(lambda answer: answer.url.endswith("/presence") and answer.ok):
                switch.click()
        expect(switch).to_have_attribute("aria-checked", "true")
        return self

    @property
    def path(self) -> str:
        """Where she is."""
        return self.page.url.removeprefix(self.url)

    @property
    def display(self) -> str:
        """The name by which colleagues know her."""
        return next(person.display for person in PEOPLE if person.name == self.name)

    def lane(self, lane: Lane) -> Locator:
        """The rows of one lane of the board."""
        return self.page.locator(f".lane[data-lane={lane}] .row")

    def row(self, contact_id: str) -> Locator:
        """The row of a contact on the board, in whichever lane it stands."""
        return self.page.locator(f'#board .row[data-id="{contact_id}"]')

    def rings(self, contact_id: str) -> Locator:
        """The row of a contact that rings for this person, once it does: who holds more is asked after others."""
        row = self.row(contact_id)
        expect(row).to_contain_text(turkish("Rings for you"), timeout=EVERYBODY_MS)
        return row

    def refs(self) -> set[str]:
        """The references of all that stands on the board."""
        return set(self.page.locator("#board .row a.ref").all_inner_texts())

    def panel(self) -> Locator:
        """What stands at the left of the workspace: state of the contact, and what can be done."""
        return self.page.locator("[data-contact]")

    def page_on_call(self, reason: str) -> None:
        """In the workspace: ask for a person to be woken, and say why."""
        self.page.get_by_role("button", name=turkish("Page on-call")).click()
        dialog = self.page.get_by_role("dialog")
        dialog.locator(f'input[value="{reason}"]').check()
        dialog.get_by_role("button", name=turkish("Page now")).click()
        expect(self.panel().locator('a.ref[href^="/pages/"]')).to_be_visible()

    def told_in_order(self, story: Sequence[str]) -> None:
        """Every line of the story stands in the case's timeline, each below the one before it."""
        expect(self.page.locator(".timeline .what")).not_to_have_count(0)
        told = self.page.locator(".timeline .what").all_inner_texts()
        place = -1
        for line in story:
            words = max(re.split(r"%\(\w+\)s", turkish(line)), key=len)
            found = [number for number, said in enumerate(told) if number > place and words in said]
            assert found, f"{words!r} is not told after line {place + 1} of {told}"
            place = found[0]

    def look(self, theme: Theme) -> Self:
        """Light or dark."""
        self.page.emulate_media(color_scheme=theme)
        return self

    @property
    def shooting(self) -> bool:
        """Whether pictures are wanted: an ordinary run changes no file."""
        return os.environ.get("KOZA_SCREENSHOTS") == "1"

    def shot(self, name: str) -> None:
        """A picture for the documentation, if pictures are wanted."""
        if self.shooting:
            if self.page.locator("#live").count():
                expect(self.page.locator("#live")).to_have_attribute("data-state", "live")
            _IMAGES.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=_IMAGES / f"{name}.png", animations="disabled", caret="hide")

    def too_wide(self) -> bool:
        """Whether one must scroll sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))

    def scrolls_twice(self) -> bool:
        """Whether the window scrolls beside the part of the page that does."""
        return bool(self.page.evaluate(_SCROLLS_TWICE))


class Reception:
    """Lets people in. Windows of one account share its session, until it is so old that it signs in again."""

    def __init__(self, house: House, browser: Browser) -> None:
        self.house = house
        self._browser = browser
        self._secrets = LocalSecrets.of(house.data_dir)
        self._sessions: dict[str, StorageState] = {}
        self._since: dict[str, float] = {}
        self._counters: dict[str, int] = {}
        self._screens: list[Screen] = []
        #: What the consoles of windows that were closed before had complained of.
        self._heard: list[str] = []

    @property
    def password(self) -> str:
        """The password of every demo account."""
        return self._secrets.demo_password

    def code(self, name: str) -> str:
        """A code that this account has not used yet: the present one, or the next, which is accepted already."""
        counter = max(int(time.time() + self.house.moved.total_seconds()) // STEP_S, self._counters.get(name, 0) + 1)
        self._counters[name] = counter
        return code_of(self._secrets.demo_totp, counter)

    def stranger(self, *, locale: str = "tr-TR", size: ViewportSize = DESK) -> Screen:
        """A window in which nobody is signed in."""
        return self._window("", None, locale, size)

    def screen(self, name: str, *, size: ViewportSize = DESK) -> Screen:
        """A new window of somebody who is signed in."""
        if name not in self._sessions or not self._fresh(name) or not self._stands(self._sessions[name]):
            self._sessions[name], self._since[name] = self._sign_in(name), time.monotonic()
        return self._window(name, self._sessions[name], "tr-TR", size)

    def keep(self, screen: Screen) -> None:
        """Her session has another secret since she entered her code again: her next window has that one."""
        self._sessions[screen.name] = screen.context.storage_state()

    def _fresh(self, name: str) -> bool:
        """Whether who only watches from now on to the end of her test is not idle so long that her screen locks."""
        return time.monotonic() - self._since[name] < IDLE_LOCK_MINUTES * 60 - LONGEST_TEST_S

    def _stands(self, session: StorageState) -> bool:
        """Whether a session is still one: a person whose session ended meanwhile signs in again."""
        context = self._browser.new_context(storage_state=session)
        answer = context.request.get(
            f"{self.house.url}/welcome", headers={"Accept": "text/html"}, max_redirects=0, max_retries=_RETRIES
        )
        context.close()
        return "/sign-in" not in answer.headers.get("location", "")

    def operator(self, name: str) -> Screen:
        """Somebody at her board who receives calls, and whom the danger of earlier tests does not tire."""
        self.house.rows(
            "UPDATE routing_wrap_ups SET ended_at = coalesce(ended_at, koza_now()), contacts = 0 RETURNING 1"
        )
        return self.screen(name).open("/").ready()

    def practice(self) -> Screen:
        """The practice phone."""
        context = self._browser.new_context(viewport=DESK, locale="tr-TR", reduced_motion="reduce")
        screen = Screen(context, self.house.exchange_url, "practice")
        self._screens.append(screen)
        return screen.open("/")

    def later(self, by: timedelta) -> None:
        """Everybody goes home, and time goes by as the house's database tells it; who comes back signs in anew."""
        self._heard += self.close()
        self._sessions.clear()
        self.house.skip(by)

    def close(self) -> list[str]:
        """Close every window; what their consoles complained of."""
        problems = self._heard + [
            f"{screen.name}: {problem}" for screen in self._screens for problem in screen.problems
        ]
        self._heard = []
        for screen in self._screens:
            screen.context.close()
        self._screens.clear()
        return problems

    def _window(self, name: str, session: StorageState | None, locale: str, size: ViewportSize) -> Screen:
        context = self._browser.new_context(
            viewport=size, locale=locale, storage_state=session, reduced_motion="reduce", color_scheme="light"
        )
        screen = Screen(context, self.house.url, name)
        self._screens.append(screen)
        return screen

    def _sign_in(self, name: str) -> StorageState:
        context = self._browser.new_context()
        fields = {"name": name, "password": self.password, "code": self.code(name)}
        answer = context.request.post(f"{self.house.url}/sign-in", data=fields, max_retries=_RETRIES)
        assert answer.ok, f"{name}: {answer.status}"
        session = context.storage_state()
        context.close()
        return session
