"""Security keys in a real browser, with its virtual authenticator, as an administrator in production meets them.

At ``localhost``: browsers know no keys at a bare address, which is why the demonstration at 127.0.0.1 keeps its codes.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, expect
from werkzeug.serving import make_server

from config.web import create_app
from core.actor import system
from core.clock import now
from core.database import Ground
from core.settings import Settings
from core.unit_of_work import unit_of_work
from staff.service import NewAccount, create_account, create_centre
from staff.totp import code_of, counter_at
from tests.browser import keyboard
from tests.browser.screens import BROWSER, DESK, TELEPHONE, Screen, turkish
from tests.browser.test_pages import look_over, speak
from tests.support.house import make_ground

pytestmark = BROWSER

_PASSWORD = "Mavi fincan 42 kuşku dağı"


@dataclass
class Office:
    """A production house at a name of its own, and its administrator."""

    url: str
    ground: Ground
    admin: NewAccount

    def code(self) -> str:
        """What her authenticator shows."""
        with unit_of_work(self.ground) as session:
            return code_of(self.admin.totp_seed, counter_at(now(session)))


@pytest.fixture
def office(environment: dict[str, str]) -> Iterator[Office]:
    """The pages alone: no sockets are needed by somebody without a board."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = int(free.getsockname()[1])
    url = f"http://localhost:{port}"
    make_ground(environment).engine.dispose()
    settings = Settings.load(environment | {"KOZA_ENV": "production", "DASHBOARD_URL": url})
    app = create_app(settings, replaying=False)
    ground: Ground = app.extensions["koza_ground"]
    with unit_of_work(ground) as session:
        # A house without a centre leads whoever comes to its set-up.
        create_centre(session, system("tests"), slug=f"c{secrets.token_hex(6)}", name="Merkez", province_code="06")
        admin = create_account(
            session,
            system("tests"),
            name=f"a{secrets.token_hex(6)}@koza",
            display_name="Elif Deneme",
            password=_PASSWORD,
            roles=("admin",),
            centre_id=None,
        )
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield Office(url, ground, admin)
    server.shutdown()
    thread.join()
    server.server_close()
    telephone = app.extensions["koza_telephone"]
    for engine in (ground.engine, telephone.ground.engine):
        engine.dispose()


@dataclass
class Key:
    """The browser's virtual key."""

    devtools: CDPSession
    id: str

    def verifies(self, known: bool) -> None:
        """Whether the key recognises its owner."""
        self.devtools.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": known})


def _plug_in(screen: Screen) -> Key:
    devtools = screen.context.new_cdp_session(screen.page)
    devtools.send("WebAuthn.enable")
    options: dict[str, Any] = {
        "protocol": "ctap2",
        "transport": "usb",
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return Key(devtools, made["authenticatorId"])


@pytest.fixture
def screen(browser: Browser, office: Office) -> Iterator[Screen]:
    """Her window; when the test is over its console must have been silent."""
    context = browser.new_context(viewport=DESK, locale="tr-TR", reduced_motion="reduce")
    screen = Screen(context, office.url, office.admin.name)
    yield screen
    assert screen.problems == []
    context.close()


def _sign_in(screen: Screen, office: Office, code: str) -> None:
    page = screen.open("/sign-in").page
    expect(page.locator("#name")).to_be_focused()
    page.keyboard.type(office.admin.name)
    keyboard.write(page, "#password", _PASSWORD)
    if code:
        keyboard.write(page, "#code", code)
    page.keyboard.press("Enter")


def _add(screen: Screen, name: str) -> None:
    """On the page of her keys, after what was asked before."""
    page = screen.page
    expect(page.locator("#new-key-name")).to_be_focused()
    page.keyboard.type(name)
    keyboard.press(page, "[data-key-go]")
    expect(page.locator(f'input[name="name"][value="{name}"]')).to_be_visible()


def _in_order(screen: Screen) -> None:
    found: dict[str, object] = {}
    for language in ("en", "tr"):
        speak(screen, language)
        found |= {f"{language} {key}": value for key, value in look_over(screen, language).items()}
    screen.page.set_viewport_size(TELEPHONE)
    found |= {"narrow": True} if screen.too_wide() else {}
    screen.page.set_viewport_size(DESK)
    assert found == {}


def test_an_administrator_adds_her_key_and_signs_in_with_it_by_keyboard(screen: Screen, office: Office) -> None:
    page, key = screen.page, _plug_in(screen)
    _sign_in(screen, office, office.code())
    expect(page).to_have_url(f"{office.url}/account/keys")
    expect(page.locator("main")).to_contain_text(turkish("You have no security key yet."))
    # Her own pages are closed until a key has spoken.
    screen.open("/staff")
    expect(page).to_have_url(f"{office.url}/account/keys")
    _in_order(screen)
    keyboard.press(page, 'form[action="/account/keys/new"] button')
    _add(screen, "Mavi anahtar")
    _in_order(screen)
    expect(screen.open("/staff").page).to_have_url(f"{office.url}/staff")

    page.locator("details.me summary").click()
    page.locator('form[action="/sign-out"] button').click()
    expect(page.locator("#name")).to_be_focused()
    _sign_in(screen, office, "")
    expect(page.locator("[data-key-go]")).to_be_focused()
    assert look_over(screen, "tr") == {}
    key.verifies(False)
    page.keyboard.press("Enter")
    expect(page.locator("#key-trouble")).to_be_visible()
    key.verifies(True)
    keyboard.press(page, "[data-key-go]")
    expect(page).to_have_url(f"{office.url}/staff")


def test_a_dangerous_act_and_a_locked_screen_ask_for_the_key(screen: Screen, office: Office) -> None:
    page, _key = screen.page, _plug_in(screen)
    _sign_in(screen, office, office.code())
    expect(page).to_have_url(f"{office.url}/account/keys")
    keyboard.press(page, 'form[action="/account/keys/new"] button')
    _add(screen, "Mavi anahtar")
    page.locator("details.me summary").click()
    page.locator('form[action="/sign-out"] button').click()
    _sign_in(screen, office, "")
    expect(page.locator("[data-key-go]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{office.url}/staff")

    screen.open("/account/keys")
    page.locator('button[form^="remove-"]').click()
    # Only the key: no field for a code stands here.
    expect(page.locator("[data-key-go]")).to_be_focused()
    expect(page.locator("#step-up-code")).to_have_count(0)
    assert look_over(screen, "tr") == {}
    page.keyboard.press("Enter")
    expect(page.locator("#errors")).to_contain_text(
        turkish("This is your only key, and your role needs one. Add another first.")
    )

    page.locator("details.me summary").click()
    page.locator("#lock-now").click()
    expect(page.locator("#lock")).to_be_visible()
    keyboard.press(page, "#unlock-key")
    expect(page.locator("#lock")).to_be_hidden()
    for refusal in ("403 (FORBIDDEN)", "409 (CONFLICT)"):
        screen.forgive(refusal)
