"""How often the hot path asks the database: each round trip is time that somebody waits on the line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from core import driver
from core.facts import Reactions
from tests.edge.hotline.conftest import Room
from tests.support.line import fresh_number


@contextmanager
def counted(room: Room) -> Iterator[list[str]]:
    """The statements between two moments, without the rooms above: each of them counts its own."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        statements.append(statement)

    event.listen(room.ground.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(room.ground.engine, "before_cursor_execute", note)


@pytest.fixture
def alone(room: Room, monkeypatch: pytest.MonkeyPatch) -> Room:
    """The room without those who react to it."""
    monkeypatch.setattr(Reactions, "to", lambda _self, _fact: [])
    return room


def first_ring(room: Room) -> Callable[[], object]:
    return lambda: room.line.ring(fresh_number())


def greeting_key(room: Room) -> Callable[[], object]:
    caller = fresh_number()
    sid, _ = room.line.ring(caller)
    contact_id = room.contact_of(sid).id
    return lambda: room.line.step(f"/twilio/voice/menu/{contact_id}", sid, caller, Digits="1")


def poll(room: Room) -> Callable[[], object]:
    caller = fresh_number()
    sid, _ = room.line.ring(caller)
    contact_id = room.contact_of(sid).id
    room.line.step(f"/twilio/voice/menu/{contact_id}", sid, caller, Digits="1")
    return lambda: room.line.step(f"/twilio/voice/wait/{contact_id}", sid, caller, QueueTime="15")


def end_of_call(room: Room) -> Callable[[], object]:
    caller = fresh_number()
    sid, _ = room.line.ring(caller)
    return lambda: room.line.status(sid, caller, "completed", 3)


def end_of_another_call(room: Room) -> Callable[[], object]:
    """She called before, and nobody answered her then either: her number has a page."""
    caller = fresh_number()
    for _ in range(2):
        sid, _ = room.line.ring(caller)
        room.line.status(sid, caller, "completed", 3)
    sid, _ = room.line.ring(caller)
    return lambda: room.line.status(sid, caller, "completed", 3)


def first_text(room: Room) -> Callable[[], object]:
    return lambda: room.line.text(fresh_number(), "merhaba")


def next_text(room: Room) -> Callable[[], object]:
    sender = fresh_number()
    room.line.text(sender, "merhaba")
    return lambda: room.line.text(sender, "orada mısınız")


@pytest.mark.parametrize(
    ("prepare", "ceiling"),
    [(first_ring, 12), (greeting_key, 12), (end_of_call, 14), (first_text, 14), (next_text, 11)],
)
def test_round_trips_of_a_webhook(alone: Room, prepare: Callable[[Room], Callable[[], object]], ceiling: int) -> None:
    deliver = prepare(alone)
    with counted(alone) as statements:
        deliver()
    listed = "\n".join(" ".join(statement.split())[:110] for statement in statements)
    assert len(statements) <= ceiling, listed


def answered(room: Room) -> Callable[[], object]:
    caller = fresh_number()
    sid, _ = room.line.ring(caller)
    return lambda: room.line.status(sid, caller, "in-progress", 1)


@pytest.mark.parametrize(
    ("prepare", "ceiling"),
    [
        (first_ring, 2),
        (poll, 2),
        (answered, 2),
        (end_of_call, 8),
        (end_of_another_call, 7),
        # One of them asks what the centre decided about its texts.
        (first_text, 4),
        (next_text, 6),
    ],
)
def test_a_webhook_waits_for_the_database_a_few_times_however_many_rooms_react(
    room: Room, monkeypatch: pytest.MonkeyPatch, prepare: Callable[[Room], Callable[[], object]], ceiling: int
) -> None:
    # Once before: what a process reads of the policies is read by then.
    prepare(room)()
    deliver = prepare(room)
    sent: list[list[str]] = []
    send = driver.send

    def noted(connection: Any, statements: Any, **how: Any) -> Any:
        sent.append([" ".join(sql.split())[:60] for sql, _ in statements])
        return send(connection, statements, **how)

    with monkeypatch.context() as patched, counted(room) as through_cursors:
        patched.setattr(driver, "send", noted)
        deliver()
    assert len(sent) + len(through_cursors) <= ceiling, (sent, through_cursors)
