"""An operator at her board, over HTTP as her browser does it: heartbeat, snapshot, accept."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import Any

import pyotp
import requests

from config.engines.processes import wait_until
from tests.faults.exchange import Exchange
from tests.faults.house import House
from tests.faults.people import Person

_LOOK_SECONDS = 1.0
_PART_OF_LOOKING = 5.0
_HEARTBEAT_SECONDS = 5.0
_SIGN_IN_SECONDS = 90.0
_PATIENCE_SECONDS = 6.0


class Browser:
    """One person's browser, signed in once; a request that fails is simply made again later."""

    def __init__(self, house: House, person: Person, password: str) -> None:
        self.house = house
        self.person = person
        self._password = password
        self._session = requests.Session()
        self._session.trust_env = False
        self._csrf = ""

    def sign_in(self) -> None:
        """Sign in; an attempt that never reached the house may be repeated with the next code."""
        if not wait_until(self._signed, _SIGN_IN_SECONDS, every=1.0):
            raise RuntimeError(f"{self.person.name} cannot sign in")

    def _signed(self) -> bool:
        fields = {
            "name": self.person.name,
            "password": self._password,
            # By the clock of the database, which decides what a code is worth.
            "code": pyotp.TOTP(self.person.totp_seed).at(time.time() + self.house.moved.total_seconds()),
        }
        try:
            answer = self._session.post(f"{self.house.url}/sign-in", json=fields, timeout=30)
        except requests.RequestException:
            return False
        if answer.status_code == 200:
            self._csrf = answer.json()["csrf"]
        return answer.status_code == 200

    def get(self, path: str) -> Any:
        """The JSON at a path, None when the house does not answer or refuses."""
        return self._ask("GET", path)

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Act; the JSON of the answer, None when there was none."""
        return self._ask("POST", path, body or {})

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Accept": "application/json", "X-CSRF-Token": self._csrf}
        try:
            answer = self._session.request(
                method, self.house.url + path, json=body, headers=headers, timeout=_PATIENCE_SECONDS
            )
        except requests.RequestException:
            return None
        if answer.status_code != 200:
            return None
        try:
            return answer.json()
        except ValueError:
            return None

    def cookies(self) -> str:
        """What the browser sends with every request, also with that for a socket."""
        return "; ".join(f"{one.name}={one.value}" for one in self._session.cookies)

    def close(self) -> None:
        """Close the browser."""
        self._session.close()


class Operator(threading.Thread):
    """Accepts whoever waits, one caller at a time and every text, until told to stop."""

    def __init__(self, house: House, person: Person, password: str) -> None:
        super().__init__(name=person.name, daemon=True)
        self._browser = Browser(house, person, password)
        self._exchange = Exchange(house.exchange_url)
        self._stopping = threading.Event()
        self._beat_at = 0.0
        self.accepted = 0

    def sign_in(self) -> None:
        """Sign in before the first process is killed: each code of the second factor works once."""
        self._browser.sign_in()

    def stop(self) -> None:
        """Leave the board."""
        self._stopping.set()
        self.join(60)
        self._browser.close()
        self._exchange.close()

    def run(self) -> None:
        """Look at the board again and again."""
        look_at = 0.0
        while not self._stopping.wait(_LOOK_SECONDS):
            self._show()
            begun = time.monotonic()
            if begun < look_at:
                continue
            with suppress(RuntimeError, requests.RequestException):
                self._look()
            ended = time.monotonic()
            # A browser is told what changes and does not read a board of thousands each second.
            look_at = ended + _PART_OF_LOOKING * (ended - begun)

    def _show(self) -> None:
        """The heartbeat of her screen: a browser sends it by its own clock, however many contacts she goes through."""
        if time.monotonic() >= self._beat_at:
            self._browser.post("/presence", {"ready": True})
            self._beat_at = time.monotonic() + _HEARTBEAT_SECONDS

    def _look(self) -> None:
        board = self._browser.get("/board/snapshot")
        if board is None:
            return
        waiting = [row for row in board["rows"] if row["lane"] == "waiting"]
        for row in waiting:
            if row["channel"] == "text":
                self._accept(row["id"])
        callers = [row for row in waiting if row["channel"] == "voice"]
        if callers and not self._exchange.rings_or_talks(self._browser.person.phone):
            self._accept(callers[0]["id"])

    def _accept(self, contact_id: str) -> None:
        self._show()
        answer = self._browser.post(f"/offers/{contact_id}/accept")
        self.accepted += int(bool(answer and answer.get("won")))
