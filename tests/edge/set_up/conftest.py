"""A house without anybody: a migrated database of its own, the real application, and the exchange as the carrier."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from config.web import create_app
from core.actor import system
from core.clock import now
from core.database import Ground
from core.settings import Settings
from core.unit_of_work import unit_of_work
from staff.set_up import issue_code
from staff.totp import code_of, counter_at
from tests.support.engines import SuiteEngines, suite_environment
from tests.support.house import make_ground
from tests.support.line import Line
from tests.support.migrated import migrate_database
from tests.support.world import World, world_of

LINE = "+903120000001"
NUMBERS = f"{LINE},+902320000001=izmir"
PASSWORD = "Mavi fincan 42 kuşku dağı"
#: A number that the practice exchange may ring, and that is nobody's.
FALLBACK = "+903120000100"

MakeHouse = Callable[..., "EmptyHouse"]


@dataclass
class Visitor:
    """Somebody's browser at set-up: follows redirects, and carries the token of the page it shows."""

    app: Flask
    address: str = "10.0.0.1"
    page: str = ""
    path: str = ""
    status: int = 0
    answer: TestResponse | None = None

    def __post_init__(self) -> None:
        self.client = self.app.test_client()
        self.client.set_cookie("koza-locale", "en")

    def get(self, path: str) -> Visitor:
        """Open a page, and go wherever it leads."""
        return self._shown(self.client.get(path, headers={"Accept": "text/html"}))

    def post(self, path: str, **fields: str | list[str]) -> Visitor:
        """Send the form of the page that is shown."""
        headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
        environ = {"REMOTE_ADDR": self.address}
        body = {name.replace("__", "-"): value for name, value in fields.items()}
        data = {"csrf_token": self.token, **body}
        return self._shown(self.client.post(path, data=data, headers=headers, environ_overrides=environ))

    @property
    def token(self) -> str:
        """The token of the page's first form."""
        found = re.search(r'name="csrf_token" value="([^"]*)"', self.page)
        return found[1] if found else ""

    @property
    def words(self) -> str:
        """What the page says, without its marks."""
        text = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", self.page, flags=re.DOTALL)
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))

    def _shown(self, answer: TestResponse) -> Visitor:
        self.path = answer.request.path
        for _ in range(5):
            if answer.status_code != 303:
                break
            self.path = answer.headers["Location"]
            answer = self.client.get(self.path, headers={"Accept": "text/html"})
        self.answer, self.page, self.status = answer, answer.text, answer.status_code
        return self


@dataclass
class EmptyHouse:
    """The application of a house in which nobody is yet."""

    app: Flask
    ground: Ground
    world: World

    def code(self) -> str:
        """What ``koza setup`` prints."""
        with unit_of_work(self.ground) as session:
            return issue_code(session, system("tests")).text

    def visitor(self, *, let_in: bool = True, address: str = "10.0.0.1") -> Visitor:
        """A browser, with the code typed in unless told otherwise."""
        visitor = Visitor(self.app, address)
        if let_in:
            visitor.get("/").post("/set-up", code=self.code())
            assert visitor.path != "/set-up", visitor.words
        return visitor

    def totp(self, secret: str, *, steps: int = 0) -> str:
        """What an authenticator with this key shows now, or ``steps`` half-minutes from now."""
        with unit_of_work(self.ground) as session:
            return code_of(secret, counter_at(now(session)) + steps)


@pytest.fixture
def make_house(suite: SuiteEngines, worker: str, redis_url: str, tmp_path: Path) -> Iterator[MakeHouse]:
    """Makes houses, each on a database of its own; ``env`` and settings may differ."""
    names, ends = [], []

    def make(**settings: str) -> EmptyHouse:
        name = f"set_up_{worker}_{len(names)}"
        names.append(name)
        url = suite.new_database(name, template=suite.template(migrate_database))
        environment = {**suite_environment(url, redis_url, tmp_path / name), "HOTLINE_NUMBERS": NUMBERS, **settings}
        ground = make_ground(environment)
        app = create_app(Settings.load(environment), replaying=False)
        telephone = app.extensions["koza_telephone"]
        line = Line(ground, app.test_client(), UUID(int=0), UUID(int=0), LINE, telephone)
        around = world_of(line, ground)
        house = EmptyHouse(app, ground, around.__enter__())
        ends.append((house, around))
        return house

    yield make
    for house, around in ends:
        around.__exit__(None, None, None)
        for one in (house.ground, house.app.extensions["koza_ground"], house.app.extensions["koza_telephone"].ground):
            one.engine.dispose()
    for name in names:
        suite.drop_database(name)


@pytest.fixture
def house(make_house: MakeHouse) -> EmptyHouse:
    """A house in which nobody is yet."""
    return make_house()


__all__ = ["FALLBACK", "LINE", "PASSWORD", "EmptyHouse", "MakeHouse", "Visitor"]
