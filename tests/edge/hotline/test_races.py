"""Two requests about one thing at one moment, copies of a request, and a room above that fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from core.due import Due
from core.facts import Reactions
from core.ids import new_id
from core.unit_of_work import unit_of_work
from hotline import service as hotline
from hotline.claims import LEASE_S
from hotline.events import CallArrived, LegAnswered
from hotline.models import Call, Contact, Leg, Message, Send
from hotline.sender import GRACE_S
from hotline.service.calls import ALONE, DEADLINE
from tests.edge.hotline.conftest import ACTOR, Room
from tests.support.line import fresh_number, fresh_sid

ROOT = Path(__file__).resolve().parents[3]


def waiting(room: Room) -> tuple[str, str, UUID]:
    """A call in the waiting room: SID, caller, contact."""
    caller = fresh_number()
    sid, _ = room.line.ring(caller)
    contact_id = room.contact_of(sid).id
    room.line.step(f"/twilio/voice/menu/{contact_id}", sid, caller, Digits="1")
    return sid, caller, contact_id


def desk_leg(room: Room, contact_id: UUID, to: str) -> UUID:
    return room.do(lambda session: hotline.connect(session, ACTOR, contact_id, new_id(), to, str(new_id())))


def leg_step(room: Room, leg_id: UUID, number: int, sid: str, to: str, digits: str = "") -> str:
    return room.line.step(f"/twilio/voice/leg/{leg_id}/{number}", sid, to, Digits=digits).text


def test_copies_of_a_pin_never_press_the_key_of_the_menu(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PIN that begins with 1 would accept the page, if the second copy met the menu that the first one opened."""
    pressed: list[str] = []

    def decide(session: Session, fact: LegAnswered) -> None:
        pressed.append(fact.digit)
        hotline.say(session, ACTOR, fact.leg_id, "accept_or_decline", then="menu")

    monkeypatch.setattr(
        Reactions,
        "to",
        lambda _self, fact: [("tests.decide", decide)] if isinstance(fact, LegAnswered) else [],
    )
    to, sid = fresh_number(), fresh_sid("CA")
    _, leg_id = room.ring(to)
    leg_step(room, leg_id, 0, sid, to)
    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(lambda _: leg_step(room, leg_id, 1, sid, to, "1234"), range(6)))
    assert len(answers) == 1
    assert pressed == ["pin"]
    leg_step(room, leg_id, 2, sid, to, "1")
    assert pressed == ["pin", "1"]


def test_every_step_of_a_call_answers_its_copies_alike(room: Room) -> None:
    sid, caller, contact_id = waiting(room)
    to, leg_sid = fresh_number(), fresh_sid("CA")
    leg_id = desk_leg(room, contact_id, to)
    paths = [(f"/twilio/voice/menu/{contact_id}", sid, caller, "1")]
    paths += [(f"/twilio/voice/leg/{leg_id}/{number}", leg_sid, to, digits) for number, digits in ((0, ""), (1, "1"))]
    for path, call_sid, party, digits in paths:
        answers = {room.line.step(path, call_sid, party, Digits=digits).text for _ in range(3)}
        assert len(answers) == 1
    for path in ("join", "again", "left"):
        answers = {room.line.step(f"/twilio/voice/{path}/{contact_id}", sid, caller).text for _ in range(3)}
        assert len(answers) == 1
        assert "<Conference" in answers.pop()
    assert len(room.facts("CallConnected", contact_id=contact_id)) == 1


def test_a_key_pressed_after_she_hung_up_meets_nobody(room: Room) -> None:
    sid, caller, contact_id = waiting(room)
    to, leg_sid = fresh_number(), fresh_sid("CA")
    leg_id = desk_leg(room, contact_id, to)
    leg_step(room, leg_id, 0, leg_sid, to)
    room.line.status(sid, caller, "completed", 3)
    answer = leg_step(room, leg_id, 1, leg_sid, to, "1")
    assert "<Conference" not in answer
    assert "<Hangup" in answer
    assert room.facts("CallConnected", contact_id=contact_id) == []


def test_alone_in_the_talking_room_she_has_met_nobody_until_somebody_comes(room: Room) -> None:
    sid, caller, contact_id = waiting(room)
    to, leg_sid = fresh_number(), fresh_sid("CA")
    gone = desk_leg(room, contact_id, to)
    leg_step(room, gone, 0, leg_sid, to)
    leg_step(room, gone, 1, leg_sid, to, "1")
    room.line.step(f"/twilio/voice/leg-over/{gone}", leg_sid, to)
    assert "<Conference" in room.line.step(f"/twilio/voice/join/{contact_id}", sid, caller).text
    alone = room.contact_of(sid)
    assert (alone.answered_at, alone.state) == (None, "queued")
    assert room.facts("CallConnected", contact_id=contact_id) == []
    other, other_sid = fresh_number(), fresh_sid("CA")
    comes = desk_leg(room, contact_id, other)
    room.do(lambda session: hotline.join(session, ACTOR, contact_id, comes))
    assert "<Conference" in leg_step(room, comes, 0, other_sid, other)
    met = room.contact_of(sid)
    assert (met.state, room.row(Call, contact_id).alone_since) == ("connected", None)
    assert met.answered_at is not None
    connected = room.facts("CallConnected", contact_id=contact_id)
    assert [fact.payload["leg_id"] for fact in connected] == [str(comes)]


def test_who_hangs_up_alone_in_the_talking_room_was_not_answered(room: Room) -> None:
    sid, caller, contact_id = waiting(room)
    to, leg_sid = fresh_number(), fresh_sid("CA")
    leg_id = desk_leg(room, contact_id, to)
    leg_step(room, leg_id, 0, leg_sid, to)
    leg_step(room, leg_id, 1, leg_sid, to, "1")
    room.line.step(f"/twilio/voice/leg-over/{leg_id}", leg_sid, to)
    room.line.step(f"/twilio/voice/join/{contact_id}", sid, caller)
    room.line.status(sid, caller, "completed", 3)
    assert room.contact_of(sid).state == "abandoned_in_queue"
    assert [fact.payload["answered"] for fact in room.facts("CallEnded", contact_id=contact_id)] == [False]
    assert [fact.payload["reason"] for fact in room.facts("PageOpened", contact_id=contact_id)] == ["call_unanswered"]


@pytest.mark.parametrize("attempt", range(6))
def test_hanging_up_while_the_operator_presses_one_ends_one_way_or_the_other(room: Room, attempt: int) -> None:
    sid, caller, contact_id = waiting(room)
    to, leg_sid = fresh_number(), fresh_sid("CA")
    leg_id = desk_leg(room, contact_id, to)
    leg_step(room, leg_id, 0, leg_sid, to)
    start = threading.Barrier(3)
    acts: list[Callable[[], TestResponse]] = [
        lambda: room.line.status(sid, caller, "completed", 3),
        lambda: room.line.step(f"/twilio/voice/leg/{leg_id}/1", leg_sid, to, Digits="1"),
        lambda: room.line.step(f"/twilio/voice/wait/{contact_id}", sid, caller, QueueTime=str(attempt)),
    ]

    def at_once(act: Callable[[], TestResponse]) -> int:
        start.wait()
        return act().status_code

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(at_once, acts)) == [200, 200, 200]
    assert room.line.telephone.breaker.closed()
    assert len(room.facts("CallEnded", contact_id=contact_id)) == 1
    call = room.row(Call, contact_id)
    assert (call.stage, call.alone_since) == ("over", None)
    due = select(Due.kind).where(Due.subject == str(contact_id), Due.kind.in_([DEADLINE, ALONE]))
    assert room.do(lambda session: session.scalars(due).all()) == []


def test_a_row_that_somebody_holds_for_a_moment_is_waited_for(room: Room) -> None:
    sid, caller, contact_id = waiting(room)
    held, free = threading.Event(), threading.Event()

    def hold() -> None:
        with room.ground.engine.begin() as connection:
            connection.execute(text("SELECT 1 FROM hotline_calls WHERE id = :id FOR UPDATE"), {"id": contact_id})
            held.set()
            free.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(10)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(lambda: room.line.status(sid, caller, "completed", 3))
        free.set()
        assert answer.result().status_code == 200
    holder.join()
    assert room.contact_of(sid).state == "abandoned_in_queue"


def test_a_reaction_that_fails_costs_neither_the_call_nor_the_reaction(
    room: Room,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken, seen = [True], []

    def react(_session: Session, fact: CallArrived) -> None:
        if broken[0]:
            raise RuntimeError
        seen.append(fact.contact_id)

    named = Reactions.named
    monkeypatch.setattr(
        Reactions,
        "to",
        lambda _self, fact: [("tests.react", react)] if isinstance(fact, CallArrived) else [],
    )
    monkeypatch.setattr(
        Reactions,
        "named",
        lambda self, name, kind: react if name == "tests.react" else named(self, name, kind),
    )
    sid, answer = room.line.ring(fresh_number())
    assert "<Gather" in answer.text
    contact_id = room.contact_of(sid).id
    broken[0] = False
    room.later(1)
    assert seen == [contact_id]


def test_a_decision_that_is_deferred_is_asked_for_again(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = [True]
    _, _, contact_id = waiting(room)
    to, leg_sid = fresh_number(), fresh_sid("CA")
    leg_id = room.do(lambda session: hotline.ring_offer(session, ACTOR, contact_id, new_id(), to, str(new_id())))

    def decide(session: Session, fact: LegAnswered) -> None:
        if broken[0]:
            raise RuntimeError
        hotline.join(session, ACTOR, contact_id, fact.leg_id)

    named = Reactions.named
    monkeypatch.setattr(
        Reactions,
        "to",
        lambda _self, fact: [("tests.decide", decide)] if isinstance(fact, LegAnswered) else [],
    )
    monkeypatch.setattr(
        Reactions,
        "named",
        lambda self, name, kind: decide if name == "tests.decide" else named(self, name, kind),
    )
    leg_step(room, leg_id, 0, leg_sid, to)
    first = leg_step(room, leg_id, 1, leg_sid, to, "1")
    assert "<Redirect" in first
    assert "<Conference" not in first
    broken[0] = False
    room.later(1)
    assert "<Conference" in leg_step(room, leg_id, 2, leg_sid, to)


@pytest.mark.parametrize("_attempt", range(5))
def test_a_text_that_comes_while_its_contact_is_closed_opens_a_new_one_or_is_in_the_old(
    room: Room,
    _attempt: int,
) -> None:
    sender = fresh_number()
    contact_id = room.text(sender=sender)
    start = threading.Barrier(2)

    def close() -> None:
        start.wait()
        room.do(lambda session: hotline.close(session, ACTOR, contact_id))

    def write() -> UUID:
        start.wait()
        return room.text("hâlâ buradayım", sender)

    with ThreadPoolExecutor(2) as pool:
        closing, writing = pool.submit(close), pool.submit(write)
        closing.result()
        second = writing.result()
    assert room.row(Contact, contact_id).state == "closed"
    if second != contact_id:
        assert room.row(Contact, second).state == "waiting_staff"


@pytest.mark.parametrize("sender", ["5555", "KARGO", "+905"])
def test_a_sender_without_a_number_has_a_thread_too(room: Room, sender: str) -> None:
    first, second = room.text("bir", sender), room.text("iki", sender)
    assert first == second
    contact = room.row(Contact, first)
    assert contact.address_kind != "number"


def test_senders_who_withhold_their_number_are_not_one_person(room: Room) -> None:
    assert room.text("bir", "anonymous") != room.text("iki", "anonymous")


def test_a_new_text_after_closing_is_a_new_contact_of_the_same_conversation(room: Room) -> None:
    sender = fresh_number()
    first = room.text(sender=sender)
    room.do(lambda session: hotline.close(session, ACTOR, first))
    second = room.text(sender=sender)
    one, other = room.row(Contact, first), room.row(Contact, second)
    assert one.conversation_id == other.conversation_id
    assert (other.state, other.repeat) == ("waiting_staff", 1)


@pytest.mark.parametrize("stage", ["left", "join", "again", "over", "rung", "rung-over", "wait"])
def test_a_request_of_a_call_that_is_over_ends_it(room: Room, stage: str) -> None:
    sid, caller, contact_id = waiting(room)
    room.line.status(sid, caller, "completed", 3)
    answer = room.line.step(f"/twilio/voice/{stage}/{contact_id}", sid, caller).text
    assert "<Leave" in answer if stage == "wait" else "<Hangup" in answer
    assert len(room.facts("CallEnded", contact_id=contact_id)) == 1


def test_a_step_of_a_call_that_nobody_knows_waits_in_the_room(room: Room) -> None:
    stranger, caller, sid = new_id(), fresh_number(), fresh_sid("CA")
    assert "<Enqueue" in room.line.step(f"/twilio/voice/menu/{stranger}", sid, caller).text
    assert "<Gather" in room.line.step(f"/twilio/voice/wait/{stranger}", sid, caller).text
    left = room.line.step(f"/twilio/voice/left/{stranger}", sid, caller, QueueResult="leave").text
    # The duty telephones where a roster is known, else the sentence that names the emergency number.
    assert "<Dial" in left or "112" in left


def test_a_full_waiting_room_lets_her_breathe_and_try_again(room: Room) -> None:
    sid, caller, contact_id = waiting(room)
    answer = room.line.step(f"/twilio/voice/left/{contact_id}", sid, caller, QueueResult="queue-full").text
    assert "<Redirect" in answer
    assert f"/twilio/voice/again/{contact_id}" in answer


@pytest.mark.parametrize("point", ["claimed", "accepted", "recorded"])
def test_a_sender_killed_at_any_point_loses_and_doubles_nothing(
    room: Room,
    point: str,
    environment: dict[str, str],
    tmp_path: Path,
) -> None:
    to = fresh_number()
    send_id = room.page(to)
    taken = tmp_path / "taken"
    child = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_sender", point, str(taken)],
        env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        check=False,
        capture_output=True,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()
    for sid in taken.read_text().split() if taken.exists() else ():
        room.carrier.texts.append(room.carrier.text(sid, "", to, "", inbound=False))
    for _ in range(3):
        room.later(max(LEASE_S, GRACE_S) + 1)
    at_the_carrier = [remote for remote in room.carrier.texts if remote.recipient == to]
    assert len(at_the_carrier) == 1
    assert room.row(Send, send_id).state == "accepted"
    with unit_of_work(room.ground) as session:
        assert session.scalars(select(Leg).where(Leg.send_id == send_id)).all() == []
        assert session.scalars(select(Message).where(Message.send_id == send_id)).all() == []
