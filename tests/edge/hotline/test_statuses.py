"""Callbacks come in every order and twice: the state they end in is one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from itertools import permutations

import pytest
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from core.due import Due
from hotline.carriers.protocol import Outcome
from hotline.models import Leg, Message, Send
from hotline.service.statuses import PARKED, PARKED_LOOKS, PARKED_S
from tests.edge.hotline.conftest import Room
from tests.support.fake_carrier import Act
from tests.support.line import fresh_number, fresh_sid

CALL = ("initiated", "ringing", "in-progress", "completed")
TEXT = ("queued", "sending", "sent", "delivered")
End = tuple[object, ...]
#: Callbacks in the order in which they come, each with its number at the carrier.
Told = tuple[tuple[int, str], ...]


def her_call(room: Room, told: Told) -> End:
    caller = fresh_number()
    sid, _ = room.line.ring(caller)
    for number, status in told:
        room.line.status(sid, caller, status, number)
    contact, call = room.contact_of(sid), room.call_of(sid)
    return call.status, call.stage, contact.state, contact.ended_by, len(room.facts("CallEnded", contact_id=contact.id))


def a_leg(room: Room, told: Told) -> End:
    to = fresh_number()
    send_id, leg_id = room.ring(to)
    room.sender.round()
    act = room.carrier.of(to)[0]
    for number, status in told:
        room.line.status(act.sid, to, status, number, act.token)
    attempt, leg = room.attempts(send_id)[0], room.row(Leg, leg_id)
    ended = len(room.facts("LegEnded", leg_id=leg_id))
    reported = room.outcomes(send_id)
    return attempt.status, attempt.state, attempt.live, leg.status, ended, room.row(Send, send_id).state, *reported


def a_text(room: Room, told: Told) -> End:
    sender = fresh_number()
    contact_id = room.text(sender=sender)
    message_id = room.reply(contact_id, room.permit(contact_id), undo_seconds=0)
    room.sender.round()
    act = room.carrier.of(sender)[0]
    for _, status in told:
        form = {"MessageSid": act.sid, "MessageStatus": status, "From": room.line.number, "To": sender}
        if status in {"failed", "undelivered"}:
            form["ErrorCode"] = "30005"
        room.line.post("/twilio/sms/status", form, query=f"t={act.token}")
    send = room.send_of_message(message_id)
    attempt = room.attempts(send.id)[0]
    return attempt.status, attempt.state, send.state, room.row(Message, message_id).state, *room.outcomes(send.id)


def every_way(statuses: tuple[str, ...]) -> Iterator[Told]:
    """Every order, each callback twice: in a second pass backwards, and with its copy in one of three other places."""
    for place, order in enumerate(permutations(enumerate(statuses))):
        at_once = tuple(one for told in order for one in (told, told))
        # a b a c b d c d: each copy comes after the callback that followed the first.
        crossed = (order[0], *(one for pair in zip(order[1:], order, strict=False) for one in pair), order[-1])
        yield (*order, *reversed(order))
        yield (at_once, crossed, (*order, *order))[place % 3]


@pytest.mark.parametrize(
    ("story", "statuses", "expected"),
    [
        (her_call, CALL, ("completed", "over", "abandoned_in_ivr", "caller", 1)),
        (her_call, ("ringing", "in-progress", "failed"), ("failed", "over", "failed", "caller", 1)),
        (her_call, ("initiated", "ringing", "busy"), ("busy", "over", "abandoned_in_ivr", "caller", 1)),
        (her_call, ("initiated", "ringing", "no-answer"), ("no-answer", "over", "abandoned_in_ivr", "caller", 1)),
        (a_leg, CALL, ("completed", "finished", False, "completed", 1, "finished", "delivered")),
        (a_leg, ("initiated", "ringing", "failed"), ("failed", "finished", False, "failed", 1, "finished", "failed")),
        (a_leg, ("initiated", "ringing", "busy"), ("busy", "finished", False, "busy", 1, "finished", "failed")),
        (
            a_leg,
            ("initiated", "ringing", "no-answer"),
            ("no-answer", "finished", False, "no-answer", 1, "finished", "failed"),
        ),
        (a_text, TEXT, ("delivered", "finished", "finished", "delivered", "delivered")),
        (a_text, ("queued", "sent", "undelivered"), ("undelivered", "finished", "failed", "undelivered", "failed")),
        (a_text, ("queued", "sending", "failed"), ("failed", "finished", "failed", "failed", "failed")),
    ],
)
def test_doubled_callbacks_in_every_order_end_in_the_same_state(
    room: Room,
    story: Callable[[Room, Told], End],
    statuses: tuple[str, ...],
    expected: End,
) -> None:
    assert {story(room, way) for way in every_way(statuses)} == {expected}


def test_a_status_before_the_first_ring_is_kept_and_applied(room: Room) -> None:
    """She hung up at once, and the carrier told us the end before the beginning."""
    caller = fresh_number()
    sid, _ = room.line.ring(caller)
    early = sid[:-4] + "beef"
    assert room.line.status(early, caller, "completed", 3).status_code == 200
    room.line.ring(caller, early)
    contact = room.contact_of(early)
    assert contact.state == "abandoned_in_ivr"
    assert room.story(contact.id).count("CallEnded") == 1


def test_her_end_is_reported_once_when_two_webhooks_bring_it(room: Room) -> None:
    caller = fresh_number()
    sid, _ = room.line.ring(caller)
    contact_id = room.contact_of(sid).id
    room.line.step(f"/twilio/voice/left/{contact_id}", sid, caller, CallStatus="completed", QueueResult="hangup")
    room.line.status(sid, caller, "completed", 3)
    assert len(room.facts("CallEnded", contact_id=contact_id)) == 1


def during(
    monkeypatch: pytest.MonkeyPatch,
    where: str,
    callback: Callable[[], TestResponse],
    room: Room,
) -> list[threading.Thread]:
    """Let a callback come in another request after the look for parked ones and before the commit behind it."""
    module, _, name = where.rpartition(".")
    look = getattr(import_module(module), name)
    others: list[threading.Thread] = []

    def between(*arguments: object) -> None:
        look(*arguments)
        if others:
            return
        others.append(threading.Thread(target=callback))
        others[0].start()
        # Either it is through, or it waits for a row that we hold until our commit.
        while others[0].is_alive() and not waits_for_a_row(room):
            others[0].join(0.01)

    monkeypatch.setattr(where, between)
    return others


def waits_for_a_row(room: Room) -> bool:
    with room.ground.engine.connect() as connection:
        return bool(connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one())


@pytest.mark.parametrize("heals", ["a copy", "the sweep"])
def test_an_end_that_comes_while_the_first_ring_commits_is_applied(
    room: Room,
    monkeypatch: pytest.MonkeyPatch,
    heals: str,
) -> None:
    caller, sid = fresh_number(), fresh_sid("CA")
    where = "hotline.service.arrivals.announce_new"
    during(monkeypatch, where, lambda: room.line.status(sid, caller, "completed", 3), room)
    room.line.ring(caller, sid)
    assert room.contact_of(sid).state == "ringing"
    if heals == "a copy":
        room.line.status(sid, caller, "completed", 3)
    else:
        room.later(PARKED_S + 1)
    assert room.contact_of(sid).state == "abandoned_in_ivr"
    room.later(PARKED_S + 1)
    assert room.story(room.contact_of(sid).id).count("CallEnded") == 1


@pytest.mark.parametrize("word", [True, False])
def test_an_end_that_comes_while_our_request_is_recorded_is_applied(
    room: Room,
    monkeypatch: pytest.MonkeyPatch,
    word: bool,
) -> None:
    """The carrier calls back before it answers us, and its callback crosses our record of the answer."""
    to = fresh_number()
    send_id, leg_id = room.ring(to)

    def callback() -> TestResponse:
        act = room.carrier.of(to)[0]
        return room.line.status(act.sid, to, "busy", 2, act.token if word else "")

    others = during(monkeypatch, "hotline.sender.apply_parked", callback, room)
    room.sender.round()
    others[0].join()
    room.later(PARKED_S + 1)
    assert room.row(Leg, leg_id).status == "busy"
    assert room.outcomes(send_id) == ["failed"]
    assert len(room.facts("LegEnded", leg_id=leg_id)) == 1


def test_many_callbacks_of_a_call_before_our_record_end_in_one_state(room: Room) -> None:
    to = fresh_number()
    send_id, leg_id = room.ring(to)

    def at_once(act: Act) -> Outcome | None:
        if act.to == to:
            with ThreadPoolExecutor(4) as pool:
                told = pool.map(
                    lambda item: room.line.status(act.sid, to, item[1], item[0], act.token), enumerate(CALL)
                )
                assert [answer.status_code for answer in told] == [200] * 4
        return None

    room.carrier.answer = at_once
    room.send()
    assert room.row(Leg, leg_id).status == "completed"
    assert room.outcomes(send_id) == ["delivered"]
    assert len(room.facts("LegEnded", leg_id=leg_id)) == 1


def test_what_never_becomes_known_is_not_looked_for_for_ever(room: Room) -> None:
    sid = fresh_sid("CA")
    room.line.status(sid, fresh_number(), "completed", 3)
    waits = select(Due.at).where(Due.kind == PARKED, Due.subject == f"voice:{sid}")
    seen = set()
    for _ in range(3**PARKED_LOOKS // 10):
        seen |= set(room.do(lambda session: session.scalars(waits).all()))
        room.hand.advance(20)
    assert len(seen) == PARKED_LOOKS
    assert room.do(lambda session: session.scalars(waits).all()) == []
