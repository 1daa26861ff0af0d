"""A fault of ours says nothing but its id, and every page has the frame that a person needs."""

from __future__ import annotations

import json
import re

import pytest

from tests.edge.dashboard.conftest import House
from tests.support.planted import NAME, SENTENCE

_WORDS = f"{NAME}: {SENTENCE}"


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_fault_shows_an_id_and_neither_place_nor_words(
    house: House, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], accept: str
) -> None:
    operator = house.browser("operator")

    def broken(*_given: object) -> None:
        raise RuntimeError(_WORDS)

    monkeypatch.setattr("dashboard.views.board.snapshot", broken)
    answer = operator.client.get("/board/snapshot", headers={"Accept": accept})
    assert answer.status_code == 500
    logged = capfd.readouterr().err
    [told] = [json.loads(line) for line in logged.splitlines() if '"request_failed"' in line]
    assert re.fullmatch(r"[a-z]{8}", told["ref"])
    assert told["ref"] in answer.text
    for leak in (NAME, SENTENCE, "RuntimeError", "Traceback", ".py", "snapshot("):
        assert leak not in answer.text
    assert NAME not in logged
    assert SENTENCE not in logged
    # The next one is answered as if nothing had been.
    monkeypatch.undo()
    assert operator.client.get("/board/snapshot").status_code == 200


def test_a_fault_of_the_api_is_a_problem_of_the_same_kind(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: object) -> None:
        raise RuntimeError(_WORDS)

    monkeypatch.setattr("dashboard.api.views.openapi", broken)
    answer = house.app.test_client().get("/api/v1/openapi.json")
    assert (answer.status_code, answer.content_type) == (500, "application/problem+json")
    assert NAME not in answer.text


def test_no_answer_lets_another_origin_read_it(house: House) -> None:
    operator = house.browser("operator")
    for path in ("/", "/sign-in", "/board/snapshot", "/nowhere", "/api/v1/openapi.json"):
        for method in ("GET", "OPTIONS"):
            answer = operator.client.open(path, method=method, headers={"Origin": "https://evil.example"})
            assert [name for name in answer.headers.keys() if name.lower().startswith("access-control")] == []  # noqa: SIM118 - not a dict


def test_who_is_signed_in_finds_the_way_out_on_every_page(house: House) -> None:
    reader = house.browser("director", "shift_lead", "admin", "auditor")
    for path in (
        "/",
        "/cases",
        "/search",
        "/shifts",
        "/pages",
        "/reports",
        "/staff",
        "/night-acts",
        "/audit",
        "/welcome",
    ):
        page = reader.get(path)
        assert page.status_code == 200
        assert 'action="/sign-out"' in page.text, path


def test_the_password_is_masked_and_may_be_filled_by_a_manager(house: House) -> None:
    page = house.app.test_client().get("/sign-in", headers={"Accept": "text/html"}).text
    field = next(tag for tag in re.findall(r"<input[^>]*>", page) if 'name="password"' in tag)
    assert 'type="password"' in field
    assert 'autocomplete="current-password"' in field
    assert "onpaste" not in page
