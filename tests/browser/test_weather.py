"""What a screen does when something under it goes away, or when its person may no longer stay."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from playwright.sync_api import expect

from config.engines.processes import wait_until
from tests.browser.screens import BROWSER, Reception, Screen, turkish
from tests.browser.street import Street
from tests.browser.test_text import taken, write

pytestmark = BROWSER

_SECONDS: Final = 30.0
#: The socket is ended within a second of the refusal; the rest is the browser's way to the sign-in page.
_THROWN_OUT_MS: Final = 5_000


@contextmanager
def without_redis(reception: Reception, screen: Screen) -> Iterator[None]:
    """Nobody tells this screen of changes, and it says so; afterwards somebody does again."""
    house, light = reception.house, screen.page.locator("#live")
    expect(light).to_have_text(turkish("live"))
    killed, supervisor = house.mark("redis"), house.supervisor
    assert killed
    # Who would start it again at once is held still meanwhile.
    os.kill(supervisor, signal.SIGSTOP)
    try:
        os.kill(killed.pid, signal.SIGKILL)
        expect(light).to_have_text(turkish("polling"))
        yield
        expect(light).to_have_text(turkish("polling"))
    finally:
        os.kill(supervisor, signal.SIGCONT)
    assert wait_until(house.redis_answers, _SECONDS, every=0.1)
    expect(light).to_have_text(turkish("live"))


def test_the_board_goes_on_without_redis(reception: Reception, street: Street) -> None:
    screen = reception.operator("operator1@ankara")
    with without_redis(reception, screen):
        contact = street.contact(street.call("1"))
        expect(screen.row(contact)).to_be_visible()


def test_her_next_text_is_read_without_a_connection(reception: Reception, street: Street) -> None:
    """Her row on the board says the same before and after it; with nobody to tell of changes, the screen asks."""
    operator, phones, number, _contact = taken(reception, street, "merhaba")
    with without_redis(reception, operator):
        write(phones, number, "orada misiniz")
        expect(operator.page.locator("[data-thread] .text")).to_have_text(["merhaba", "orada misiniz"])


def test_who_is_disabled_is_out_at_once(reception: Reception) -> None:
    admin = reception.screen("admin@koza")
    hale = reception.screen("director@ankara").open("/")
    expect(hale.page.locator("#live")).to_have_attribute("data-state", "live")
    admin.open("/staff").page.get_by_role("link", name="director@ankara").click()
    admin.page.locator('button[name="do"][value="disable"]').click()
    # The act wants the code again, and goes on by itself.
    admin.page.locator("#step-up-code").fill(reception.code("admin@koza"))
    admin.page.locator('form[action="/step-up"] button').click()
    admin.forgive("403 (Forbidden)")
    expect(hale.page).to_have_url(re.compile("/sign-in"), timeout=_THROWN_OUT_MS)
    # What her screen asked for in that moment was refused already.
    hale.forgive("401 (Unauthorized)")
    assert hale.status("/") == 401
