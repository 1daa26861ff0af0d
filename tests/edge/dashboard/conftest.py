"""People at their browsers: the real application, each with a session of her own."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from config.web import create_app
from core.actor import system
from core.clock import now
from core.database import Ground
from core.unit_of_work import unit_of_work
from escalation.cases import queries as cases
from routing.service import add_shift
from staff import service as staff_service
from staff.edge.csrf import token_for
from staff.models import Account
from staff.scope import Scope
from staff.service import add_line, create_centre, set_profile
from staff.sessions import start_session
from staff.totp import code_of, counter_at
from tests.support.desk import Desk, desk
from tests.support.line import line_number

__all__ = ["desk"]


@pytest.fixture(scope="session")
def app(ground: Ground) -> Iterator[Flask]:
    """The application of the web process, on the suite's engines."""
    app = create_app(ground.settings, replaying=False)
    yield app
    app.extensions["koza_ground"].engine.dispose()
    telephone = app.extensions["koza_telephone"]
    telephone.ground.engine.dispose()


@dataclass
class Browser:
    """One person's browser: her cookie, and the token that her acts carry."""

    client: FlaskClient
    account_id: UUID
    csrf: str

    def get(self, path: str, **query: str) -> TestResponse:
        """Open a page."""
        return self.client.get(path, query_string=query, headers={"Accept": "text/html"})

    def json(self, path: str) -> Any:
        """Fetch JSON, as a screen's module does."""
        return self.client.get(path, headers={"Accept": "application/json"}).get_json()

    def post(self, path: str, body: dict[str, Any] | None = None, *, json: bool = False) -> TestResponse:
        """Act: as a form, or as a module does."""
        headers = {"X-CSRF-Token": self.csrf, "Sec-Fetch-Site": "same-origin"}
        if json:
            return self.client.post(path, json=body or {}, headers={**headers, "Accept": "application/json"})
        return self.client.post(path, data=body or {}, headers={**headers, "Accept": "text/html"})

    def send_on(self, form: dict[str, Any]) -> TestResponse:
        """Enter the code again: what a browser does with the form of that page, and with the answer."""
        right = self.client.post("/step-up", data=form, headers={"Accept": "text/html"})
        assert right.status_code == 307
        return self.client.post(right.headers["Location"], data=form, headers={"Accept": "text/html"})

    def save(self, path: str, fields: dict[str, Any]) -> TestResponse:
        """Autosave: form fields, JSON back."""
        headers = {"X-CSRF-Token": self.csrf, "Sec-Fetch-Site": "same-origin", "Accept": "application/json"}
        return self.client.post(path, data=fields, headers=headers)


class House:
    """A centre at work and everybody's browsers."""

    def __init__(self, app: Flask, desk: Desk) -> None:
        self.app = app
        self.desk = desk
        self.ground = desk.line.ground

    def browser(
        self,
        *roles: str,
        account_id: UUID | None = None,
        ready: bool = False,
        stepped_up: bool = False,
        **person: Any,
    ) -> Browser:
        """Somebody of this centre with one of the roles, signed in, and with her code entered again if told so."""
        account_id = account_id or self.desk.person(*roles, ready=ready, **person)
        with unit_of_work(self.ground) as session:
            set_profile(session, system("tests"), account_id, locale="en")
            signed = start_session(session, account_id, self.desk.centre_id, "en")
        client = self.app.test_client()
        name = "__Host-koza" if self.ground.settings.https else "koza"
        client.set_cookie(name, signed.token)
        browser = Browser(client, account_id, token_for(self.ground.settings, signed.session_id))
        if stepped_up:
            assert browser.post("/step-up", {"code": self.code(browser)}, json=True).status_code == 200
        return browser

    def code(self, browser: Browser) -> str:
        """What her authenticator shows; it works once."""
        with unit_of_work(self.ground) as session:
            seed = session.get_one(Account, browser.account_id).totp_seed
            assert seed is not None
            return code_of(seed, counter_at(now(session)))

    def on_duty(self, browser: Browser, role: str) -> None:
        """By the rota she serves the line of the desk now, in this role."""
        with unit_of_work(self.ground) as session:
            moment = now(session)
            add_shift(
                session,
                system("tests"),
                account_id=browser.account_id,
                centre_id=self.desk.centre_id,
                line_id=self.desk.line.line_id,
                role=role,
                start=moment - timedelta(hours=1),
                end=moment + timedelta(hours=8),
            )

    @property
    def of_all(self) -> House:
        """The same house for people who belong to no centre, as who administers all of them."""
        return House(self.app, replace(self.desk, line=replace(self.desk.line, centre_id=None)))  # type: ignore[arg-type]

    def grant(self, browser: Browser, contact_id: UUID, ref: str) -> None:
        """Assign a case and its contact to somebody."""
        with unit_of_work(self.ground) as session:
            case = cases.case(session, Scope.system("tests"), ref)
            assert case is not None
            for kind, subject in (("case", case.id), ("contact", contact_id)):
                staff_service.grant(
                    session,
                    system("tests"),
                    subject_kind=kind,
                    subject_id=subject,
                    grantee_kind="staff",
                    grantee_id=browser.account_id,
                    reason="assigned",
                    centre_id=self.desk.centre_id,
                )


@pytest.fixture
def house(app: Flask, desk: Desk) -> House:
    """The centre of one test."""
    return House(app, desk)


@pytest.fixture
def elsewhere(app: Flask, desk: Desk) -> House:
    """Another centre on the same ground; nobody here may learn anything of the first."""
    with unit_of_work(desk.line.ground) as session:
        actor = system("tests")
        centre = create_centre(session, actor, slug=f"c{secrets.token_hex(6)}", name="Başka Merkez", province_code="35")
        number = line_number()
        line_id = add_line(session, actor, number=number, centre_id=centre, name="Başka hat")
    line = replace(desk.line, centre_id=centre, line_id=line_id, number=number)
    return House(app, Desk(line))


def shown(answer: TestResponse) -> str:
    """The words of a page, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))
