"""The sending protocol: claimed, asked for, recorded; looked up before it is repeated; never past its time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from core.clock import after
from core.unit_of_work import unit_of_work
from hotline.carriers.protocol import Outcome, Refused, Retry, Unknown
from hotline.claims import LEASE_S
from hotline.models import Attempt, Leg, Send
from hotline.sender import GRACE_S, MAX_ATTEMPTS, Sender
from hotline.service.sending import Owner, new_send
from hotline.silent_attempts import ASK_AGAIN_S
from tests.edge.hotline.conftest import Room
from tests.support.fake_carrier import Act
from tests.support.line import fresh_number, fresh_sid


def sms_status(room: Room, sid: str, status: str, token: str = "", error: str = "") -> None:
    form = {"MessageSid": sid, "SmsSid": sid, "MessageStatus": status, "SmsStatus": status}
    form |= {"From": room.line.number, "To": fresh_number()}
    form |= {"ErrorCode": error} if error else {}
    answer = room.line.post("/twilio/sms/status", form, query=f"t={token}" if token else "")
    assert answer.status_code == 200


def test_a_text_leaves_once_and_its_delivery_is_reported_once(room: Room) -> None:
    to = fresh_number()
    send_id = room.page(to)
    room.send()
    room.later(3600)
    act = room.carrier.of(to)[0]
    assert len(room.carrier.of(to)) == 1
    assert act.validity_s <= 600
    for status in ("sent", "delivered", "delivered", "sent"):
        sms_status(room, act.sid, status)
    assert room.row(Send, send_id).state == "finished"
    assert room.outcomes(send_id) == ["delivered"]


def test_too_many_requests_are_repeated_with_growing_pauses(room: Room) -> None:
    to = fresh_number()
    send_id = room.page(to)
    refusals = iter([Retry(20429), Retry(20429), None])
    room.carrier.answer = lambda act: next(refusals) if act.to == to else None
    room.send()
    assert room.row(Send, send_id).state == "waiting"
    room.later(1)
    assert room.carrier.of(to) == []
    room.later(4)
    room.later(4)
    assert len(room.carrier.of(to)) == 1
    assert [attempt.state for attempt in room.attempts(send_id)] == ["failed", "failed", "accepted"]


def test_a_refusal_is_the_end_and_is_reported_once(room: Room) -> None:
    to = fresh_number()
    send_id = room.page(to)
    room.carrier.answer = lambda act: Refused(21610, "opted_out") if act.to == to else None
    room.send()
    room.later(60)
    assert room.row(Send, send_id).state == "failed"
    assert room.outcomes(send_id) == ["failed"]
    assert [attempt.error_code for attempt in room.attempts(send_id)] == [21610]


def test_a_refused_call_ends_its_leg(room: Room) -> None:
    to = fresh_number()
    send_id, leg_id = room.ring(to)
    room.carrier.answer = lambda act: Refused(21211, "permanent") if act.to == to else None
    room.send()
    assert room.row(Leg, leg_id).ended_at is not None
    assert room.outcomes(send_id) == ["failed"]
    assert len(room.facts("LegEnded", leg_id=leg_id)) == 1


@pytest.mark.parametrize("medium", ["text", "call"])
def test_a_lost_answer_is_looked_up_and_never_sent_again(room: Room, medium: str) -> None:
    to = fresh_number()
    send_id = room.page(to) if medium == "text" else room.ring(to)[0]
    room.carrier.answer = lambda act: Unknown("timeout") if act.to == to else None
    room.carrier.taken_all_the_same = True
    room.send()
    assert room.row(Send, send_id).state == "unknown"
    room.later(GRACE_S + 1)
    assert len(room.carrier.of(to)) == 1
    assert room.row(Send, send_id).state == "accepted"
    assert room.attempts(send_id)[0].carrier_sid == room.carrier.of(to)[0].sid


def test_a_lost_answer_is_found_by_the_word_in_the_callback(room: Room) -> None:
    to = fresh_number()
    send_id = room.page(to)
    room.carrier.answer = lambda act: Unknown("timeout") if act.to == to else None
    room.carrier.taken_all_the_same, room.carrier.listing = True, False
    room.send()
    act = room.carrier.of(to)[0]
    sms_status(room, act.sid, "delivered", act.token)
    room.later(GRACE_S + 1)
    assert len(room.carrier.of(to)) == 1
    assert room.outcomes(send_id) == ["delivered"]


def test_what_the_carrier_never_took_is_tried_again_and_at_last_given_up(room: Room) -> None:
    to = fresh_number()
    send_id = room.page(to)
    tried: list[Act] = []

    def never(act: Act) -> Outcome | None:
        if act.to != to:
            return None
        tried.append(act)
        return Unknown("broken_connection")

    room.carrier.answer = never
    room.send()
    for _ in range(MAX_ATTEMPTS + 2):
        room.later(GRACE_S + 1)
    assert len(tried) == MAX_ATTEMPTS
    assert room.row(Send, send_id).state == "failed"
    assert room.outcomes(send_id) == ["failed"]


def test_a_carrier_that_cannot_be_asked_is_asked_later(room: Room) -> None:
    to = fresh_number()
    send_id = room.page(to)
    room.carrier.answer = lambda act: Unknown("timeout") if act.to == to else None
    room.carrier.taken_all_the_same, room.carrier.away = True, True
    room.send()
    for _ in range(3):
        room.later(GRACE_S + 1)
    assert len(room.carrier.of(to)) == 1
    room.carrier.away = False
    room.later(GRACE_S + 1)
    assert room.row(Send, send_id).state == "accepted"


def test_a_late_callback_of_an_attempt_that_was_given_up_stops_the_repetition(room: Room) -> None:
    """The carrier's list lagged; the next call to this address may ring already, and both are known."""
    to = fresh_number()
    send_id, _ = room.ring(to)
    lost = iter([Unknown("timeout"), None])
    room.carrier.answer = lambda act: next(lost) if act.to == to else None
    room.carrier.taken_all_the_same, room.carrier.listing = True, False
    room.send()
    room.later(GRACE_S + 1)
    room.send()
    first, second = room.carrier.of(to)
    assert room.line.status(first.sid, to, "ringing", 1, first.token).status_code == 200
    assert room.line.status(second.sid, to, "ringing", 1, second.token).status_code == 200
    assert [attempt.carrier_sid for attempt in room.attempts(send_id)] == [first.sid, second.sid]
    assert room.line.telephone.breaker.closed()
    room.later(60)
    assert len(room.carrier.of(to)) == 2


def test_a_callback_before_our_commit_waits_for_it(room: Room) -> None:
    to = fresh_number()
    send_id = room.page(to)

    def at_once(act: Act) -> Outcome | None:
        if act.to == to:
            sms_status(room, act.sid, "delivered")
        return None

    room.carrier.answer = at_once
    room.send()
    assert room.row(Send, send_id).state == "finished"
    assert room.outcomes(send_id) == ["delivered"]


def test_a_callback_before_our_commit_that_carries_the_word_is_applied_at_once(room: Room) -> None:
    to = fresh_number()
    send_id = room.page(to)

    def at_once(act: Act) -> Outcome | None:
        if act.to == to:
            sms_status(room, act.sid, "sent", act.token)
        return None

    room.carrier.answer = at_once
    room.send()
    assert [attempt.status for attempt in room.attempts(send_id)] == ["sent"]
    assert room.row(Send, send_id).state == "accepted"


class _KilledError(Exception):
    """The process died here."""


@pytest.mark.parametrize("accepted", [True, False])
def test_a_worker_that_dies_between_claim_and_record_loses_nothing(room: Room, accepted: bool) -> None:
    to = fresh_number()
    send_id = room.page(to)

    def die(act: Act) -> Outcome | None:
        if act.to == to and not room.attempts(send_id)[1:]:
            raise _KilledError
        return None

    room.carrier.answer = die
    real = room.carrier._take
    if accepted:

        def take(act: Act, kept: list[object] | None, record: object) -> Outcome:
            outcome = real(act, kept, record)
            raise _KilledError if act.to == to else AssertionError(outcome)

        room.carrier.answer = lambda _act: None
        room.carrier._take = take  # type: ignore[method-assign]
    with pytest.raises(_KilledError):
        room.sender.round()
    room.carrier._take = real  # type: ignore[method-assign]
    for _ in range(3):
        room.later(max(LEASE_S, GRACE_S) + 1)
    assert len(room.carrier.of(to)) == 1
    assert room.row(Send, send_id).state == "accepted"


def test_nothing_leaves_past_its_time(room: Room) -> None:
    to = fresh_number()
    send_id = room.page(to, seconds=30)
    room.later(31)
    assert room.carrier.of(to) == []
    assert room.row(Send, send_id).state == "expired"
    assert room.outcomes(send_id) == ["expired"]


def test_a_round_whose_time_is_over_asks_the_carrier_for_nothing_more(room: Room) -> None:
    to = fresh_number()
    send_id = room.page(to, seconds=30)
    assert room.sender.round(seconds=0.0) == 0
    assert (room.carrier.of(to), room.outcomes(send_id)) == ([], [])
    assert room.sender.round() == 1
    assert len(room.carrier.of(to)) == 1


def test_nothing_leaves_past_its_time_after_its_worker_stood_still(room: Room) -> None:
    to = fresh_number()
    send_id = room.page(to, seconds=30)
    clock = iter([100.0, 131.0])
    assert Sender(room.ground, room.carrier, steady=lambda: next(clock, 131.0)).round(limit=1) == 1
    assert room.carrier.of(to) == []
    room.later(31)
    assert room.carrier.of(to) == []
    assert room.outcomes(send_id) == ["expired"]


def test_nothing_leaves_past_its_time_after_a_lost_lease(room: Room) -> None:
    to = fresh_number()
    send_id = room.page(to, seconds=10)
    room.carrier.answer = lambda act: Unknown("timeout") if act.to == to else None
    room.send()
    room.carrier.answer = lambda _act: None
    for _ in range(4):
        room.later(20)
    assert room.carrier.of(to) == []
    assert room.outcomes(send_id) == ["expired"]


def test_a_call_that_never_rang_is_reported_with_its_reason(room: Room) -> None:
    send_id, leg_id = room.ring(fresh_number(), seconds=5)
    room.later(6)
    assert room.outcomes(send_id) == ["expired"]
    assert room.row(Leg, leg_id).status == "expired"


def test_two_workers_never_ring_one_telephone_twice_at_once(room: Room) -> None:
    numbers = [fresh_number() for _ in range(3)]
    for number in numbers * 4:
        room.ring(number)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: room.sender.round(), range(6)))
    assert {number: len(room.carrier.of(number)) for number in numbers} == dict.fromkeys(numbers, 1)
    for number in numbers:
        act = room.carrier.of(number)[0]
        room.line.status(act.sid, number, "busy", 2, act.token)
    room.later(2)
    assert {number: len(room.carrier.of(number)) for number in numbers} == dict.fromkeys(numbers, 2)


def test_many_workers_send_each_text_once(room: Room) -> None:
    numbers = [fresh_number() for _ in range(12)]
    for number in numbers:
        room.page(number)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: room.sender.round(), range(6)))
    room.later(2)
    assert [len(room.carrier.of(number)) for number in numbers] == [1] * 12


@pytest.mark.parametrize("number", ["+90112", "112", "155", "+90155"])
def test_emergency_numbers_are_never_dialled_and_hold_up_nobody(room: Room, number: str) -> None:
    send_id, _ = room.ring(number)
    other = fresh_number()
    room.ring(other)
    room.send()
    assert room.carrier.of(number) == []
    assert room.outcomes(send_id) == ["failed"]
    assert len(room.carrier.of(other)) == 1


def test_a_command_without_an_answer_is_simply_given_again(room: Room) -> None:
    sid = fresh_sid("CA")

    room.do(
        lambda session: new_send(
            session,
            centre_id=room.line.centre_id,
            medium="command",
            owner=Owner("call", "x"),
            address=sid,
            command={"call_sid": sid, "do": "end", "path": None},
            not_after=after(60),
        ),
    )
    lost = iter([Unknown("timeout"), None])
    room.carrier.answer = lambda act: next(lost) if act.to == sid else None
    room.send()
    room.later(2)
    assert [act.what for act in room.carrier.of(sid)] == ["end"]


def test_a_telephone_that_is_wanted_again_is_asked_about_at_once(room: Room) -> None:
    """The end of an operator's last call was never told; the next caller does not wait for that to be noticed."""
    to = fresh_number()
    _, first = room.ring(to)
    room.send()
    sid = room.carrier.of(to)[0].sid
    room.carrier.calls = [room.carrier.call(sid, "", to, inbound=False, status="completed")]
    room.ring(to)
    room.send()
    assert len(room.carrier.of(to)) == 1
    room.later(ASK_AGAIN_S + 1)
    assert room.row(Leg, first).status == "completed"
    room.later(1)
    assert len(room.carrier.of(to)) == 2


def test_a_telephone_that_talks_is_not_rung_however_often_it_is_wanted(room: Room) -> None:
    to = fresh_number()
    room.ring(to)
    room.send()
    sid = room.carrier.of(to)[0].sid
    room.carrier.calls = [room.carrier.call(sid, "", to, inbound=False, status="in-progress")]
    room.ring(to, seconds=25)
    for _ in range(6):
        room.later(ASK_AGAIN_S)
    assert len(room.carrier.of(to)) == 1


def test_an_accepted_call_that_falls_silent_is_asked_about(room: Room) -> None:
    to = fresh_number()
    send_id, leg_id = room.ring(to)
    room.send()
    sid = room.carrier.of(to)[0].sid
    room.carrier.calls = [room.carrier.call(sid, "", to, inbound=False, status="no-answer")]
    room.later(91)
    assert room.row(Leg, leg_id).status == "no-answer"
    assert room.outcomes(send_id) == ["failed"]
    with unit_of_work(room.ground) as session:
        assert session.scalars(select(Attempt.live).where(Attempt.send_id == send_id)).all() == [False]
