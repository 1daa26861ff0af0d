"""What the carrier has and we have not comes in late, once, through the same door."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from core.unit_of_work import unit_of_work
from hotline.edge import work_text, work_voice, work_voice_status
from hotline.models import Contact, Message, Send
from hotline.reconciler import EVERY_S, LOOK_BACK_S, SILENT_WAITING_S, Reconciler
from tests.edge.hotline.conftest import Room
from tests.support.line import fresh_number, fresh_sid


def reconciler(room: Room) -> Reconciler:
    works = {
        "voice": work_voice(lambda _form, _params: ""),
        "voice_status": work_voice_status,
        "sms": work_text,
    }
    return Reconciler(room.ground, room.carrier, works)


@pytest.fixture
def looking(room: Room) -> Reconciler:
    """A reconciler whose row has been made, a look ago."""
    made = reconciler(room)
    assert made.tick() == 0
    assert made.tick() == 0
    return made


def test_a_call_and_a_text_that_never_reached_us_come_in_once_and_late(room: Room, looking: Reconciler) -> None:
    caller, sender, known = fresh_number(), fresh_number(), fresh_number()
    known_sid, _ = room.line.text(known, "merhaba")
    lost_call, lost_text = fresh_sid("CA"), fresh_sid("SM")
    number = room.line.number
    room.carrier.texts.append(room.carrier.text(known_sid, known, number, "merhaba", inbound=True, status="received"))
    room.carrier.texts.append(room.carrier.text(lost_text, sender, number, "yardım", inbound=True, status="received"))
    room.carrier.calls.append(room.carrier.call(lost_call, caller, number, inbound=True, status="no-answer"))
    room.hand.advance(EVERY_S, sweeping=False)
    assert looking.tick() == 2
    room.hand.advance(EVERY_S, sweeping=False)
    assert looking.tick() == 0
    with unit_of_work(room.ground) as session:
        call = session.scalars(select(Contact).where(Contact.carrier_sid == lost_call)).one()
        assert call.late_seconds == pytest.approx(EVERY_S, abs=10)
        assert call.state == "abandoned_in_ivr"
        text = session.scalars(select(Message).where(Message.carrier_sid == lost_text)).one()
        assert text.body == "yardım"
        assert session.get_one(Contact, text.contact_id).late_seconds is not None
        assert len(session.scalars(select(Message).where(Message.carrier_sid == known_sid)).all()) == 1
        assert session.scalars(select(Send).where(Send.public, Send.centre_id == room.line.centre_id)).all() == []


def test_two_workers_insert_it_once(room: Room, looking: Reconciler) -> None:
    sid = fresh_sid("SM")
    room.carrier.texts.append(room.carrier.text(sid, fresh_number(), room.line.number, "yardım", inbound=True))
    room.hand.advance(EVERY_S, sweeping=False)
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(lambda one: one.tick(), [looking, reconciler(room)])) == [0, 1]
    with unit_of_work(room.ground) as session:
        assert len(session.scalars(select(Message).where(Message.carrier_sid == sid)).all()) == 1


def test_an_event_on_its_way_is_left_to_its_webhook(room: Room, looking: Reconciler) -> None:
    room.hand.advance(EVERY_S, sweeping=False)
    sid = fresh_sid("SM")
    room.carrier.texts.append(room.carrier.text(sid, fresh_number(), room.line.number, "yardım", inbound=True))
    assert looking.tick() == 0


def test_a_carrier_that_cannot_be_asked_is_asked_again_from_where_we_stopped(room: Room, looking: Reconciler) -> None:
    sid = fresh_sid("SM")
    room.carrier.texts.append(room.carrier.text(sid, fresh_number(), room.line.number, "yardım", inbound=True))
    room.carrier.away = True
    for _ in range(4):
        room.hand.advance(LOOK_BACK_S, sweeping=False)
        assert looking.tick() == 0
    room.carrier.away = False
    room.hand.advance(EVERY_S, sweeping=False)
    assert looking.tick() == 1


def test_one_event_that_cannot_be_taken_keeps_no_other_from_it(room: Room, looking: Reconciler) -> None:
    good, bad = fresh_sid("SM"), "SMnonsense"
    for sid in (good, bad):
        room.carrier.texts.append(room.carrier.text(sid, fresh_number(), room.line.number, "yardım", inbound=True))
    room.hand.advance(EVERY_S, sweeping=False)
    assert looking.tick() == 1


@pytest.mark.parametrize(
    ("status", "state"), [("completed", "abandoned_in_queue"), ("in-progress", "queued"), (None, "failed")]
)
def test_a_call_whose_end_was_never_told_is_asked_about(
    room: Room,
    looking: Reconciler,
    status: str | None,
    state: str,
) -> None:
    caller = fresh_number()
    sid, _ = room.line.ring(caller)
    contact_id = room.contact_of(sid).id
    room.line.step(f"/twilio/voice/menu/{contact_id}", sid, caller, Digits="1")
    if status is not None:
        room.carrier.calls.append(room.carrier.call(sid, caller, room.line.number, inbound=True, status=status))
    room.hand.advance(SILENT_WAITING_S - 15, sweeping=False)
    looking.tick()
    assert room.contact_of(sid).state == "queued"
    room.hand.advance(SILENT_WAITING_S, sweeping=False)
    looking.tick()
    assert room.contact_of(sid).state == state
