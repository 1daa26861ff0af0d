"""Who guesses is slowed down, and nobody else is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from core.unit_of_work import unit_of_work
from tests.edge.staff.conftest import PASSWORD, Site, code_now
from tests.support.desk import fresh_address
from tests.support.house import Clock


def test_guessing_is_slowed_down(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("staff.sign_in.verify_password", lambda _stored, password: password == PASSWORD)
    for _ in range(12):
        assert site.sign_in(password="wrong").status_code == 401
    assert site.pauses == [1.0, 2.0]
    assert site.sign_in().status_code == 200
    assert site.pauses == [1.0, 2.0, 4.0]


def _neighbours_fail(site: Site) -> None:
    """So many wrong passwords of others from the same address that its tries are delayed."""
    for number in range(21):
        assert site.sign_in(name=f"guess{number}@x", password="wrong").status_code == 401


def test_an_address_delays_and_never_refuses_a_name_without_failures(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("staff.sign_in.verify_password", lambda _stored, password: password == PASSWORD)
    _neighbours_fail(site)
    del site.pauses[:]
    waiting, go = Event(), Event()

    def pause(seconds: float) -> None:
        site.pauses.append(seconds)
        waiting.set()
        assert go.wait(30)

    site.pause = pause
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(site.sign_in, name="first@x", password="wrong")
        assert waiting.wait(30)
        # The address waits already; her own name has done nothing.
        assert site.sign_in().status_code == 200
        go.set()
        assert first.result().status_code == 401
    assert site.pauses == [2.0]


def test_a_name_that_was_guessed_at_waits_its_turn(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("staff.sign_in.verify_password", lambda _stored, password: password == PASSWORD)
    for _ in range(11):
        assert site.sign_in(password="wrong").status_code == 401
    waiting, go = Event(), Event()

    def pause(_seconds: float) -> None:
        waiting.set()
        assert go.wait(30)

    site.pause = pause
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(site.sign_in, password="wrong")
        assert waiting.wait(30)
        second = site.sign_in()
        assert (second.status_code, second.headers["Retry-After"]) == (429, "2")
        elsewhere = site.app.test_client()
        elsewhere.environ_base["REMOTE_ADDR"] = fresh_address()
        go.set()
        assert first.result().status_code == 401
        assert site.sign_in(elsewhere).status_code == 200


def test_what_strangers_type_does_not_slow_the_code_of_who_is_at_work(
    site: Site, hand: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("staff.sign_in.verify_password", lambda _stored, password: password == PASSWORD)
    site.sign_in()
    for _ in range(25):
        assert site.sign_in(password="wrong").status_code == 401
    _neighbours_fail(site)
    del site.pauses[:]
    for path in ("/unlock", "/step-up"):
        assert site.post(path, json={"code": "000000"}).status_code == 401
    assert site.pauses == []
    for _ in range(8):
        assert site.post("/unlock", json={"code": "000000"}).status_code == 401
    hand.advance(60, sweeping=False)
    with unit_of_work(site.ground) as session:
        code = code_now(session, site.operator)
    assert site.post("/unlock", json={"code": code}).status_code == 204
    assert site.pauses == [1.0]
