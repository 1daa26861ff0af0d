"""The doors of a worker: sign-ins that wait take nothing from whoever is at work; addresses are those of browsers."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from threading import Barrier, Event, Semaphore
from typing import Any

import pytest
from flask import Flask, request
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from config import web
from core.database import Ground
from core.settings import Settings
from core.unit_of_work import unit_of_work
from dashboard.views import board
from routing import queries as routing
from staff.models import SignInAttempt
from staff.sign_in import Verified
from tests.edge.dashboard.conftest import House, shown
from tests.support.desk import Desk, fresh_address


def _closed(app: Flask) -> None:
    app.extensions["koza_ground"].engine.dispose()
    telephone = app.extensions["koza_telephone"]
    telephone.ground.engine.dispose()


@pytest.fixture
def narrow(ground: Ground, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A house with one place for pages, two for sign-ins, one for codes."""
    monkeypatch.setattr(web, "PAGE_THREADS", 1)
    monkeypatch.setattr(web, "SIGN_IN_THREADS", 2)
    monkeypatch.setattr(web, "CODE_THREADS", 1)
    app = web.create_app(ground.settings, replaying=False)
    yield House(app, desk)
    _closed(app)


def _typed(app: Flask, address: str = "", **headers: str) -> TestResponse:
    """A wrong sign-in."""
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address or fresh_address()
    form = {"name": "nobody@nowhere", "password": "wrong", "code": "000000"}
    return client.post("/sign-in", data=form, headers={"Accept": "text/html", **headers})


def test_while_sign_ins_wait_she_stays_ready_and_unlocks(narrow: House, monkeypatch: pytest.MonkeyPatch) -> None:
    operator = narrow.browser("operator")
    inside, go = Barrier(3), Event()

    def held(*_given: object) -> Verified:
        inside.wait(30)
        assert go.wait(30)
        return Verified(right=False)

    monkeypatch.setattr("staff.edge.views.verify", held)
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(_typed, narrow.app) for _ in range(2)]
        inside.wait(30)
        further = _typed(narrow.app)
        assert (further.status_code, further.headers["Retry-After"]) == (429, "2")
        assert "2 saniye sonra yeniden deneyin" in shown(further)
        assert "nobody@nowhere" in further.text
        asked = narrow.app.test_client().post("/sign-in", json={})
        assert (asked.status_code, asked.headers["Retry-After"]) == (429, "2")
        assert narrow.app.test_client().post("/sign-in/key", json={}).status_code == 429
        assert operator.post("/presence", {"ready": True}, json=True).get_json()["ready"] is True
        assert operator.post("/lock", json=True).status_code == 204
        assert operator.post("/unlock", {"code": "000000"}, json=True).status_code == 401
        go.set()
        assert [one.result().status_code for one in waiting] == [401, 401]
    with unit_of_work(narrow.ground) as session:
        assert routing.is_ready(session, operator.account_id)


def test_one_board_is_drawn_at_a_time_and_the_others_come_after_it(
    ground: Ground, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "BOARD_THREADS", 2)
    app = web.create_app(ground.settings, replaying=False)
    house = House(app, desk)
    first, second, third = (house.browser("operator") for _ in range(3))
    asked, go, at_once, most = Semaphore(0), Event(), list[int](), list[int]()
    take, draw = web._taken, board.snapshot

    def taken(place: Semaphore, seconds: float = 0.0) -> bool:
        if seconds:
            asked.release()
        return take(place, seconds)

    def held(*given: Any) -> Any:
        at_once.append(1)
        most.append(len(at_once))
        assert go.wait(30)
        found = draw(*given)
        at_once.pop()
        return found

    monkeypatch.setattr(web, "_taken", taken)
    monkeypatch.setattr(board, "snapshot", held)
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(one.get, web.BOARD) for one in (first, second)]
        assert all(asked.acquire(timeout=30) for _ in waiting)
        # Both have their places, and one of them its turn. For a third there is none, and she goes on working.
        assert third.get(web.BOARD).status_code == 503
        assert third.post("/presence", {"ready": True}, json=True).status_code == 200
        go.set()
        assert [one.result().status_code for one in waiting] == [200, 200]
    assert third.get(web.BOARD).status_code == 200
    assert most == [1, 1, 1]
    _closed(app)


def test_codes_that_wait_leave_the_pages_free(narrow: House, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = narrow.browser("operator"), narrow.browser("operator")
    inside, go = Event(), Event()

    def held(*_given: object) -> bool:
        inside.set()
        return not go.wait(30)

    monkeypatch.setattr("staff.edge.views.sessions.unlock", held)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(first.post, "/unlock", {"code": "000000"}, json=True)
        assert inside.wait(30)
        assert second.post("/unlock", {"code": "000000"}, json=True).status_code == 429
        assert second.post("/presence", {"ready": True}, json=True).status_code == 200
        go.set()
        assert waiting.result().status_code == 401


def _counted_for(settings: Settings, ground: Ground, address: str, peer: str, **headers: str) -> bool:
    """Whether a wrong sign-in that ``peer`` brings is counted under this address."""
    index = ground.keyring.blind_index("sign_in_client", address)
    app = web.create_app(settings, replaying=False)
    try:
        with unit_of_work(ground) as session:
            before = len(session.scalars(select(SignInAttempt.id).where(SignInAttempt.client_index == index)).all())
        assert _typed(app, peer, **headers).status_code == 401
        with unit_of_work(ground) as session:
            after = len(session.scalars(select(SignInAttempt.id).where(SignInAttempt.client_index == index)).all())
    finally:
        _closed(app)
    return after == before + 1


def test_a_browser_s_address_is_what_our_own_proxy_heard(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("staff.edge.views.verify", lambda *_given: Verified(right=False))
    peer, browser = fresh_address(), fresh_address()
    named = {"X-Forwarded-For": f"203.0.113.7, {browser}"}
    assert _counted_for(ground.settings, ground, peer, peer, **named)
    assert _counted_for(replace(ground.settings, trusted_proxies=1), ground, browser, peer, **named)


def test_the_measurements_are_for_this_machine_alone(house: House) -> None:
    client = house.app.test_client()
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404


def test_a_large_paper_touches_no_disk_before_it_is_sealed(ground: Ground) -> None:
    app = web.create_app(ground.settings, replaying=False)
    paper = FileStorage(BytesIO(b"%PDF-1.7 " + bytes(2_000_000)), "karar.pdf")
    boundary, body = encode_multipart({"content": paper})
    kind = f"multipart/form-data; boundary={boundary}"
    with app.test_request_context("/", method="POST", data=body, content_type=kind):
        assert isinstance(request.files["content"].stream, BytesIO)
        assert len(request.files["content"].read()) == 2_000_009
    _closed(app)
