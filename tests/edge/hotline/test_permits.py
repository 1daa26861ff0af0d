"""What may not leave any more: a permit that does not hold, an owner who changed her mind."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from core.ids import new_id
from core.unit_of_work import unit_of_work
from hotline.carriers.protocol import Outcome, Retry
from hotline.models import Leg, Message, Send
from hotline.service import cancel_sends, revoke_permits
from tests.edge.hotline.conftest import Room
from tests.support.fake_carrier import Act
from tests.support.line import fresh_number
from tests.support.planted import SENTENCE


@pytest.mark.parametrize("how", ["revoked", "run out"])
def test_without_a_valid_permit_nothing_goes_to_her(room: Room, how: str) -> None:
    sender = fresh_number()
    contact_id = room.text(sender=sender)
    permit_id = room.permit(contact_id, seconds=60)
    message_id = room.reply(contact_id, permit_id, undo_seconds=30)
    if how == "revoked":
        assert room.do(lambda session: revoke_permits(session, contact_id)) == 1
        room.later(31)
    else:
        room.hand.advance(61, sweeping=False)
        room.send()
    assert room.carrier.of(sender) == []
    send = room.send_of_message(message_id)
    assert send.state == "cancelled"
    assert room.row(Message, message_id).state == "cancelled"
    assert room.outcomes(send.id) == ["cancelled"]


def test_a_permit_revoked_while_the_carrier_is_asked_stops_the_repetition(room: Room) -> None:
    sender = fresh_number()
    contact_id = room.text(sender=sender)
    message_id = room.reply(contact_id, room.permit(contact_id), undo_seconds=0)

    def revoke(act: Act) -> Outcome | None:
        if act.to == sender:
            room.do(lambda session: revoke_permits(session, contact_id))
            return Retry()
        return None

    room.carrier.answer = revoke
    room.send()
    room.carrier.answer = lambda _act: None
    for _ in range(3):
        room.later(30)
    assert room.carrier.of(sender) == []
    assert room.outcomes(room.send_of_message(message_id).id) == ["cancelled"]


def test_a_reply_leaves_from_the_line_she_wrote_to(room: Room) -> None:
    sender = fresh_number()
    contact_id = room.text(sender=sender)
    message_id = room.reply(contact_id, room.permit(contact_id), undo_seconds=10)
    room.send()
    assert room.carrier.of(sender) == []
    room.later(11)
    assert [act.body for act in room.carrier.of(sender)] == [SENTENCE]
    assert room.send_of_message(message_id).from_number == room.line.number
    form = {"MessageSid": room.carrier.of(sender)[0].sid, "MessageStatus": "undelivered", "ErrorCode": "30003"}
    room.line.post("/twilio/sms/status", {**form, "From": room.line.number, "To": sender})
    message = room.row(Message, message_id)
    assert (message.state, message.error_code) == ("undelivered", 30003)


def test_a_public_send_without_a_permit_cannot_even_be_written(room: Room) -> None:
    with pytest.raises(Exception, match="public_needs_permit"), unit_of_work(room.ground) as session:
        session.execute(
            text(
                "INSERT INTO hotline_sends (id, centre_id, medium, public, owner_kind, owner_ref, address_index,"
                " from_number, not_before, not_after) VALUES (gen_random_uuid(), :centre, 'sms', true, 'x', 'x',"
                " '', '', now(), now())",
            ),
            {"centre": room.line.centre_id},
        )


def test_an_owner_who_changed_her_mind_cancels_older_epochs(room: Room) -> None:
    old, new, owner = fresh_number(), fresh_number(), str(new_id())
    kept = room.page(new, ref=owner, epoch=2)
    gone = room.page(old, ref=owner, epoch=1)
    _, leg_id = room.ring(old, ref=owner, epoch=1)
    count = room.do(lambda session: cancel_sends(session, "page", owner, 2))
    room.send()
    assert count == 2
    assert room.carrier.of(old) == []
    assert len(room.carrier.of(new)) == 1
    assert room.row(Send, gone).state == "cancelled"
    assert room.row(Send, kept).state == "accepted"
    assert room.row(Leg, leg_id).status == "cancelled"


def test_a_call_that_rings_is_ended_when_its_owner_changes_her_mind(room: Room) -> None:
    to, owner = fresh_number(), str(new_id())
    _, leg_id = room.ring(to, ref=owner, epoch=1)
    room.send()
    act = room.carrier.of(to)[0]
    room.do(lambda session: cancel_sends(session, "page", owner, 2))
    answered = room.line.step(f"/twilio/voice/leg/{leg_id}/0", act.sid, to)
    room.send()
    assert "<Gather" not in answered.text
    assert [ended.what for ended in room.carrier.of(act.sid)] == ["end"]


def test_a_change_of_mind_while_the_carrier_is_asked_stops_the_repetition(room: Room) -> None:
    to, owner = fresh_number(), str(new_id())
    send_id = room.page(to, ref=owner, epoch=1)

    def change(act: Act) -> Outcome | None:
        if act.to == to:
            room.do(lambda session: cancel_sends(session, "page", owner, 2))
            return Retry()
        return None

    room.carrier.answer = change
    room.send()
    room.carrier.answer = lambda _act: None
    room.later(60)
    assert room.carrier.of(to) == []
    assert room.row(Send, send_id).state == "cancelled"
