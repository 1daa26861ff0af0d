"""Texts of ours whose callbacks are lost: the carrier is asked, ever less often, and in the end staff are told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from sqlalchemy import func, select

from core.due import Due
from core.facts import Reactions
from core.outbox import Outbox
from hotline.carriers.protocol import RemoteText
from hotline.models import Message, Send
from hotline.sender import Sender
from hotline.service.statuses import SILENT_TEXT_S, TEXT_FATE
from hotline.text_fates import ASKED_FOR_S
from tests.edge.hotline.conftest import Room
from tests.support.line import fresh_number


@pytest.fixture(autouse=True)
def _nobody_reacts(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the rooms above do in a day about a woman who waits is not the question here."""
    monkeypatch.setattr(Reactions, "to", lambda _self, _fact: [])


def sent(room: Room) -> tuple[UUID, UUID, str]:
    """A reply that the carrier took: message, send, SID."""
    sender = fresh_number()
    contact_id = room.text(sender=sender)
    message_id = room.reply(contact_id, room.permit(contact_id), undo_seconds=0)
    room.send()
    send_id = room.send_of_message(message_id).id
    return message_id, send_id, room.carrier.of(sender)[0].sid


def becomes(room: Room, sid: str, status: str, error_code: int | None = None) -> None:
    """What the carrier lists from now on; no callback of it ever comes."""
    room.carrier.texts = [
        replace(text, status=status, error_code=error_code) if text.sid == sid else text for text in room.carrier.texts
    ]


def waiting(room: Room) -> list[str]:
    return room.do(lambda session: list(session.scalars(select(Due.subject).where(Due.kind == TEXT_FATE))))


def told(room: Room, contact_id: UUID) -> int:
    """How often the screens were told of a contact."""
    rows = select(func.count()).where(Outbox.subject == str(contact_id))
    return room.do(lambda session: session.execute(rows).scalar_one())


@pytest.mark.parametrize(
    ("status", "code", "shown", "outcome"),
    [("delivered", None, "delivered", "delivered"), ("undelivered", 30003, "undelivered", "failed")],
)
def test_an_end_that_was_never_told_is_asked_for(
    room: Room,
    status: str,
    code: int | None,
    shown: str,
    outcome: str,
) -> None:
    message_id, send_id, sid = sent(room)
    becomes(room, sid, status, code)
    assert room.row(Message, message_id).state == "accepted"
    room.later(SILENT_TEXT_S + 1)
    message = room.row(Message, message_id)
    assert (message.state, message.error_code) == (shown, code)
    assert room.outcomes(send_id) == [outcome]
    assert waiting(room) == []


def test_a_text_whose_end_was_told_is_not_asked_for(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, sid = sent(room)
    form = {"MessageSid": sid, "MessageStatus": "delivered", "From": room.line.number, "To": fresh_number()}
    room.line.post("/twilio/sms/status", form)
    monkeypatch.setattr(room.carrier, "find_text", lambda _sid: pytest.fail("it was asked for"))
    room.later(ASKED_FOR_S * 2)


def test_the_pauses_grow_and_after_a_day_staff_are_told_that_nobody_knows(room: Room) -> None:
    message_id, send_id, sid = sent(room)
    becomes(room, sid, "sent")
    asked: list[timedelta] = []
    find, began = room.carrier.find_text, room.carrier.now()

    def counted(wanted: str) -> RemoteText | None:
        asked.append(room.carrier.now() - began)
        return find(wanted)

    room.carrier.find_text = counted  # type: ignore[method-assign]
    for _ in range(20):
        room.later(300)
    assert room.row(Message, message_id).state == "sent"
    contact_id = room.row(Message, message_id).contact_id
    announced = told(room, contact_id)
    while waiting(room):
        room.later(1800)
    hours = asked[-1].total_seconds() / 3600
    # In whole seconds: the first two are alike but for the time that the test itself takes.
    pauses = [round((later - earlier).total_seconds()) for earlier, later in pairwise([timedelta(), *asked])]
    assert 24 <= hours <= 30
    assert len(asked) == 7
    assert pauses == sorted(pauses)
    assert (room.row(Message, message_id).state, room.row(Send, send_id).state) == ("unknown", "unknown")
    assert room.outcomes(send_id) == ["unknown"]
    assert told(room, contact_id) == announced + 1


def test_what_is_told_after_all_is_believed(room: Room) -> None:
    message_id, send_id, sid = sent(room)
    becomes(room, sid, "sent")
    while waiting(room):
        room.later(7200)
    form = {"MessageSid": sid, "MessageStatus": "delivered", "From": room.line.number, "To": fresh_number()}
    room.line.post("/twilio/sms/status", form)
    message = room.row(Message, message_id)
    assert message.state == "delivered"
    assert room.outcomes(send_id) == ["unknown", "delivered"]
    # She was answered once: not knowing what became of the answer does not take it back.
    assert room.story(message.contact_id).count("StaffReplied") == 1
    assert "ReplyLost" not in room.story(message.contact_id)


def test_an_answer_that_is_known_not_to_have_arrived_after_all_is_lost(room: Room) -> None:
    message_id, _, sid = sent(room)
    becomes(room, sid, "sent")
    while waiting(room):
        room.later(7200)
    form = {"MessageSid": sid, "MessageStatus": "undelivered", "From": room.line.number, "To": fresh_number()}
    room.line.post("/twilio/sms/status", {**form, "ErrorCode": "30003"})
    assert "ReplyLost" in room.story(room.row(Message, message_id).contact_id)


def test_a_carrier_that_cannot_be_asked_costs_no_question(room: Room) -> None:
    message_id, _, sid = sent(room)
    becomes(room, sid, "delivered")
    room.carrier.away = True
    for _ in range(30):
        room.later(3600)
    assert room.row(Message, message_id).state == "accepted"
    room.carrier.away = False
    room.later(61)
    assert room.row(Message, message_id).state == "delivered"


def test_a_text_that_the_carrier_does_not_know_any_more_ends_as_unknown(room: Room) -> None:
    message_id, _, _ = sent(room)
    room.carrier.texts.clear()
    while waiting(room):
        room.later(7200)
    assert room.row(Message, message_id).state == "unknown"


def test_two_workers_ask_for_a_text_once(room: Room) -> None:
    _, send_id, sid = sent(room)
    becomes(room, sid, "delivered")
    asked: list[str] = []
    find = room.carrier.find_text

    def counted(wanted: str) -> RemoteText | None:
        asked.append(wanted)
        return find(wanted)

    room.carrier.find_text = counted  # type: ignore[method-assign]
    room.hand.advance(SILENT_TEXT_S + 1, sweeping=False)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda one: one.reconcile(), [room.sender, Sender(room.ground, room.carrier)]))
    assert asked == [sid]
    assert room.outcomes(send_id) == ["delivered"]
