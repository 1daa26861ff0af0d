"""What the fault runs look for they see: a statement that finds nothing broken in a broken row proves nothing."""

from __future__ import annotations

from typing import Any, cast

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from config.engines.postgres import libpq
from dashboard.board import contact_rows
from dashboard.presenters import as_json
from escalation.paging import service
from escalation.paging.rules import TEXTS_ALONE
from staff.scope import Scope
from tests.faults.inspect_house import board_differences, row_differences
from tests.faults.promises import STATEMENTS
from tests.faults.screen import Board
from tests.support.desk import Desk
from tests.support.house import Clock
from tests.support.line import fresh_number
from tests.support.planted import SENTENCE


def unanswered_call(desk: Desk, caller: str = "") -> str:
    """She hung up in the greeting."""
    caller = caller or fresh_number()
    sid, _ = desk.line.ring(caller)
    desk.line.status(sid, caller, "completed", 3)
    return str(desk.contact(sid))


def offered_call(desk: Desk) -> str:
    """She waits, and her call is offered to two."""
    contact = desk.call()
    desk.tick()
    assert len(desk.offers(contact)) == 2
    return str(contact)


def finds(session: Session, name: str, one: str) -> bool:
    """Whether a statement reports somebody."""
    return one in set(session.scalars(text(STATEMENTS[name])))


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        (
            "a call that ended unanswered has no page",
            "UPDATE paging_pages SET contact_id = NULL WHERE contact_id = :first",
        ),
        (
            "two pages of one contact for one reason",
            "UPDATE paging_pages SET contact_id = :first WHERE contact_id = :second",
        ),
        (
            "the end of a call was reported twice",
            """
            INSERT INTO core_facts (id, kind, contact_id, payload)
            SELECT gen_random_uuid(), kind, contact_id, payload FROM core_facts
            WHERE contact_id = :first AND kind = 'CallEnded'
            """,
        ),
    ],
)
def test_a_broken_promise_about_a_call_is_seen(desk: Desk, session: Session, name: str, damage: str) -> None:
    given = {"first": unanswered_call(desk), "second": unanswered_call(desk)}
    assert not finds(session, name, given["first"])
    session.execute(text(damage), {key: value for key, value in given.items() if f":{key}" in damage})
    assert finds(session, name, given["first"])


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("a call that ended unanswered has no page", "DELETE FROM paging_pages WHERE contact_id = :again"),
        (
            "somebody waits in a page that calls nobody",
            "UPDATE paging_pages SET state = 'closed' WHERE contact_id = :first",
        ),
        (
            "a call waits in the page of another number",
            """
            UPDATE paging_pages SET merged_into = (SELECT id FROM paging_pages WHERE contact_id = :other)
            WHERE contact_id = :again
            """,
        ),
        (
            "two pages call people for one number",
            "UPDATE paging_pages SET state = 'open', due_at = now() WHERE contact_id = :again",
        ),
    ],
)
def test_a_broken_promise_about_calls_that_share_a_page_is_seen(
    desk: Desk, session: Session, name: str, damage: str
) -> None:
    caller = fresh_number()
    given = {"first": unanswered_call(desk, caller), "again": unanswered_call(desk, caller)}
    given["other"] = unanswered_call(desk)
    assert not finds(session, name, given["again"])
    if "open" in damage:
        session.execute(
            text("UPDATE paging_pages SET code = 'ZZZ9' WHERE contact_id = :again"), {"again": given["again"]}
        )
    session.execute(text(damage), {key: value for key, value in given.items() if f":{key}" in damage})
    assert finds(session, name, given["again"])


def test_a_forgotten_text_is_seen(desk: Desk, session: Session) -> None:
    name, contact = "a text that nobody answered has no page and no clock", str(desk.text(SENTENCE))
    assert not finds(session, name, contact)
    session.execute(text("DELETE FROM core_due WHERE subject = :contact"), {"contact": contact})
    assert finds(session, name, contact)


def test_a_text_that_waits_in_a_page_that_ended_is_seen(desk: Desk, session: Session) -> None:
    name = "somebody waits in a page that calls nobody"
    contacts = [desk.text(SENTENCE, fresh_number()) for _ in range(TEXTS_ALONE + 1)]
    for contact in contacts:
        service.text_waits(session, contact)
    session.flush()
    last = str(contacts[-1])
    assert not finds(session, name, last)
    ended = """
        UPDATE paging_pages SET state = 'closed'
        WHERE id = (SELECT merged_into FROM paging_pages WHERE contact_id = :one) RETURNING id
    """
    assert session.scalars(text(ended), {"one": last}).one()
    assert finds(session, name, last)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("two people have accepted one contact", "UPDATE routing_offers SET state = 'accepted'"),
        ("an offer is open of somebody who does not wait", "UPDATE routing_queue SET state = 'left'"),
    ],
)
def test_a_doubled_or_forgotten_offer_is_seen(desk: Desk, session: Session, name: str, damage: str) -> None:
    for _ in range(2):
        desk.person(ready=True)
    contact = offered_call(desk)
    assert not finds(session, name, contact)
    session.execute(text(f"{damage} WHERE contact_id = :one"), {"one": contact})
    assert finds(session, name, contact)


def change(number: int, subject: str, row: dict[str, object] | None, topic: str = "contact") -> dict[str, object]:
    """What the socket says."""
    return {"centre": "c", "n": number, "topic": topic, "subject": subject, "row": row}


def test_the_screen_keeps_its_board_by_numbers() -> None:
    board = Board()
    assert not board.change(change(1, "a", {"id": "a"}))
    assert board.behind({"centre": "c", "n": 1})
    board.snapshot({"heads": {"c": 4}, "rows": [{"id": "a"}], "pages": []})
    assert not board.change(change(4, "a", None))
    assert board.rows == {"a": {"id": "a"}}
    assert not board.change(change(5, "b", {"id": "b"}))
    assert not board.change(change(6, "a", None))
    assert board.rows == {"b": {"id": "b"}}
    assert board.change(change(8, "c", {"id": "c"}))
    assert "c" not in board.rows
    assert board.change(change(7, "x", None, "duty"))
    assert not board.behind({"centre": "c", "n": 7})
    board.snapshot({"heads": {"c": 6}, "rows": [], "pages": []})
    assert board.rows == {"b": {"id": "b"}}


class Database:
    """The tests' database, asked as the harness asks that of a house."""

    def __init__(self, desk: Desk) -> None:
        self._url = libpq(desk.line.ground.settings.database_url)

    def query(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._url) as connection:
            return connection.execute(statement.encode(), values).fetchall()


def test_what_changed_just_now_may_be_on_its_way_and_a_row_of_which_nothing_was_told_may_not(
    desk: Desk, hand: Clock
) -> None:
    def differing(on_its_way_s: float) -> int:
        return len(board_differences(Database(desk), board, desk.centre_id, on_its_way_s=on_its_way_s))

    first = desk.text(SENTENCE)
    with desk.work() as session:
        rows = cast("list[dict[str, Any]]", as_json(contact_rows(session, Scope.system("tests"), [first])))
    board = (rows, list[dict[str, Any]]())
    hand.advance(3, sweeping=False)
    assert (differing(0.0), differing(2.0)) == (0, 0)
    desk.text(SENTENCE)
    assert (differing(0.0), differing(2.0)) == (1, 0)
    with desk.work() as session:
        session.execute(text("UPDATE intake_intakes SET level = 1 WHERE contact_id = :first"), {"first": first})
    assert (differing(0.0), differing(2.0)) == (2, 1)
    hand.advance(3, sweeping=False)
    assert (differing(0.0), differing(2.0)) == (2, 2)


def test_a_board_that_differs_is_seen() -> None:
    wanted = [("a", "queued", "voice", 2, 0, "")]
    row = {"id": "a", "state": "queued", "channel": "voice", "level": 2, "late": 0, "owner_id": ""}
    assert list(row_differences(wanted, [row])) == []
    for wrong in ([], [{**row, "level": 1}], [{**row, "state": "connected"}], [row, {**row, "id": "b"}]):
        assert len(list(row_differences(wanted, wrong))) == 1
