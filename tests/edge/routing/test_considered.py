"""Of every round of offers it is written down who was thought of, and why each was asked or was not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from core import driver
from hotline import service as hotline
from routing.ladder import ladder
from routing.models import Considered
from routing.reasons import code_of
from routing.service import accept, decline
from staff.service import bar
from tests.edge.routing.conftest import asked, on_duty
from tests.support.desk import TESTS, Desk
from tests.support.house import Clock


def rounds(desk: Desk, contact_id: UUID) -> list[Considered]:
    """What was written down of her, in its order."""
    with desk.work() as session:
        wanted = select(Considered).where(Considered.contact_id == contact_id).order_by(Considered.number)
        return list(session.scalars(wanted))


def codes(row: Considered, **people: UUID) -> dict[str, str | None]:
    """What a round says of these people, by the names that the test gave them."""
    return {name: code_of(row.people, account_id) for name, account_id in people.items()}


def test_each_is_written_down_with_what_decided_for_her(desk: Desk, hand: Clock) -> None:
    free = [desk.person(ready=True) for _ in range(4)]
    people = {
        "barred": desk.person(ready=True),
        "talking": desk.person(ready=True),
        "kurdish": desk.person(languages=("ku",), ready=True),
        "away": desk.person(),
        "no_telephone": desk.person(phone=False),
    }
    on_duty(desk, *free, *people.values())
    at_home, lawyer, passing = desk.person("oncall"), desk.person("legal"), desk.person(ready=True)
    on_duty(desk, at_home, role="oncall")
    on_duty(desk, lawyer, role="legal")
    break_ = desk.person()
    desk.beat(break_, ready=False)
    on_duty(desk, break_)
    first, contact = desk.call(), desk.call()
    with desk.work() as session:
        assert accept(session, desk.actor(people["talking"]), first, people["talking"]).won
        bar(session, TESTS, subjects=[("contact", contact)], account_id=people["barred"], reason="kin")
    desk.tick()
    everybody = {**people, "at_home": at_home, "lawyer": lawyer, "passing": passing, "on_break": break_}
    (row,) = rounds(desk, contact)
    assert (row.wave, row.round) == (1, 1)
    assert codes(row, **everybody) == {
        "barred": "barred", "talking": "busy", "kurdish": "language", "away": "later", "no_telephone": "later",
        "at_home": "later", "lawyer": "later", "passing": "no_shift", "on_break": "on_break",
    }  # fmt: skip
    chosen = [code_of(row.people, one) for one in free]
    assert sorted(map(str, chosen)) == ["first", "first", "first", "later"]

    hand.advance(ladder().wave_seconds + 1)
    row = rounds(desk, contact)[-1]
    assert row.wave == 2
    assert codes(row, **everybody) == {
        "barred": "barred", "talking": "busy", "kurdish": "everybody", "away": "telephone",
        "no_telephone": "no_telephone", "at_home": "later", "lawyer": "role", "passing": "everybody",
        "on_break": "on_break",
    }  # fmt: skip
    said = {account for accounts in row.people.values() for account in accounts}
    assert {str(account) for account, _ in asked(desk, contact)} <= said


def test_a_decline_and_a_screen_that_fell_silent_are_written_down_and_what_stays_is_not_twice(
    desk: Desk, hand: Clock
) -> None:
    first, second, gone = desk.person(ready=True), desk.person(ready=True), desk.person(ready=True)
    on_duty(desk, first, second)
    hand.advance(ladder().lease_seconds + 1)
    desk.beat(first), desk.beat(second)
    contact = desk.call()
    desk.tick()
    with desk.work() as session:
        assert decline(session, desk.actor(first), contact, first)
    rows = rounds(desk, contact)
    assert [codes(row, first=first, second=second, gone=gone) for row in rows] == [
        {"first": "first", "second": "first", "gone": "screen_gone"},
        {"first": "declined", "second": "first", "gone": "screen_gone"},
    ]
    for _ in range(4):
        desk.beat(first), desk.beat(second)
        hand.advance(ladder().wave_seconds + 1)
    # The second wave leaves out who declined, from the third on everybody is asked: after that nothing changes.
    assert [row.wave for row in rounds(desk, contact)] == [1, 1, 2, 3]


def test_a_text_has_none(desk: Desk) -> None:
    desk.person(ready=True)
    contact = desk.text("merhaba")
    desk.tick()
    assert asked(desk, contact)
    assert rounds(desk, contact) == []


def test_in_her_language_at_home_and_whom_she_spoke_with(desk: Desk) -> None:
    """The reasons of those who were asked tell one from the other."""
    turkish, kurdish = desk.person(ready=True), desk.person("oncall", languages=("ku",))
    on_duty(desk, turkish)
    on_duty(desk, kurdish, role="oncall")
    contact = desk.call(waiting=False)
    with desk.work() as session:
        hotline.set_language(session, TESTS, contact, "ku")
    desk.to_waiting_room(contact)
    desk.tick()
    (row,) = rounds(desk, contact)
    assert codes(row, turkish=turkish, kurdish=kurdish) == {"turkish": "everybody", "kurdish": "her_language"}


def test_it_costs_a_tick_one_round_trip(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more reading for all who wait on a line; the row leaves with the commit."""
    on_duty(desk, desk.person(ready=True))
    desk.call()
    sent: list[list[str]] = []
    send = driver.send

    def noted(connection: Any, statements: Sequence[tuple[str, Any]], **how: Any) -> Any:
        sent.append([sql for sql, _ in statements])
        return send(connection, statements, **how)

    with monkeypatch.context() as patched:
        patched.setattr(driver, "send", noted)
        desk.tick()
    ours = [trip for trip in sent if any("routing_considered" in sql or "AS those" in sql for sql in trip)]
    writing = [trip for trip in ours if any("routing_considered" in sql for sql in trip)]
    assert len(ours) - len(writing) == 1
    assert all(len(trip) > 1 for trip in writing)
