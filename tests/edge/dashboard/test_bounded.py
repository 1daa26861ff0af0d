"""A page asks the database as often for thirty decisions as for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import event
from werkzeug.test import TestResponse

from tests.edge.dashboard.conftest import House
from tests.edge.dashboard.test_decisions import Desk, desk_of

__all__ = ["desk_of"]

_MANY = 30


@contextmanager
def _statements(house: House) -> Iterator[list[str]]:
    heard: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        heard.append(statement)

    engine = house.app.extensions["koza_ground"].engine
    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(engine, "before_cursor_execute", hear)


def _asked(house: House, open_page: Callable[[], TestResponse]) -> int:
    assert open_page().status_code == 200
    with _statements(house) as heard:
        assert open_page().status_code == 200
    return len(heard)


def test_no_page_asks_more_for_more_decisions(desk_of: Desk) -> None:
    lawyer, house = desk_of.lawyer, desk_of.house
    pages = {
        "case": lambda: lawyer.get(f"/cases/{desk_of.ref}"),
        "register": lambda: lawyer.get("/register"),
        "search": lambda: lawyer.post("/register", {"case_ref": desk_of.ref}),
        "cases": lambda: lawyer.get("/cases"),
        "petitions": lambda: lawyer.get(f"/cases/{desk_of.case}/petitions"),
    }
    first = desk_of.record(docket="2026/900", number="2026/900")
    pages["decision"] = lambda: lawyer.get(first)
    few = {name: _asked(house, page) for name, page in pages.items()}
    for number in range(1, _MANY):
        day = desk_of.today - timedelta(days=number % 20)
        numbers = {"docket": f"2026/{900 + number}", "number": f"2026/{900 + number}"}
        desk_of.record(**numbers, decided_on=day.isoformat(), codes=["o5_a", "o5_d"])
    assert lawyer.get(f"/cases/{desk_of.ref}").text.count("/decisions/") >= _MANY
    assert {name: _asked(house, page) for name, page in pages.items()} == few
    assert max(few.values()) <= 70, few
