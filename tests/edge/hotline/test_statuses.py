"""Callbacks come in every order and twice: the state they end in is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations

import pytest

from hotline.models import Leg, Message, Send
from tests.edge.hotline.conftest import Room
from tests.support.line import fresh_number

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
