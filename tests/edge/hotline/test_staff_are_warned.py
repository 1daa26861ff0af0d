"""After key 5 the telephone of whoever is joined with her says first that she may be unable to speak; she hears none.

What each telephone hears is followed at the practice exchange, which executes what we answer.
"""

from __future__ import annotations

from uuid import UUID

import pytest

from core.facts import Reactions
from core.ids import new_id
from hotline import service as hotline
from hotline.phrases import phrase
from practice.calls import Call
from practice.phones import Behaviour, Press
from tests.support.line import fresh_number
from tests.support.story import (
    ACTOR,
    call_row,
    contact,
    leg_row,
    no_database,
    paged,
    telephone,
    waiting_call,
    with_fallback,
    with_roster,
    words,
)
from tests.support.world import World

WARNING = phrase("whisper_danger", "tr").text
#: Said after it to whoever has a screen on which the voice is turned on.
MUTED = phrase("whisper_muted", "tr").text
ACCEPT = "Kabul için 1"
FIVE = Behaviour(presses=(Press("5", after=1.0),))
#: Hears the question to its end, and then takes her.
PATIENT = Behaviour("answer", after=2.0, presses=(Press("1", hearing=ACCEPT, delay=2.0),))
#: Knows the question by heart.
HASTY = Behaviour("answer", after=2.0, presses=(Press("1"),))


@pytest.fixture(autouse=True)
def _the_test_is_the_room_above(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reactions, "to", lambda _self, _fact: [])


def connect(world: World, call: Call, number: str) -> UUID:
    """She was taken on the board, and this telephone rings for it."""
    contact_id = contact(world, call.sid).id
    leg_id: UUID = world.do(
        lambda session: hotline.connect(session, ACTOR, contact_id, new_id(), number, str(new_id())),
    )
    return leg_id


def meet(world: World, call: Call) -> None:
    world.until(lambda: contact(world, call.sid).state == "connected", limit=60)
    world.pass_time(15)


def warnings(world: World, number: str) -> int:
    return words(world, number).count(WARNING)


def test_a_desk_telephone_is_warned_once_and_she_hears_nothing(world: World) -> None:
    call, number = waiting_call(world, FIVE), telephone(world, PATIENT)
    before = world.exchange.phone(call.from_).heard()
    leg_id = connect(world, call, number)
    meet(world, call)
    assert world.exchange.phone(number).heard()[0].startswith(WARNING)
    assert warnings(world, number) == 1
    assert world.exchange.phone(call.from_).heard() == before
    assert world.exchange.speak(call.sid, "alo") == [leg_row(world, leg_id).carrier_sid]


def test_whoever_presses_1_before_the_warning_was_over_hears_it_on_the_way_to_her(world: World) -> None:
    call, number = waiting_call(world, FIVE), telephone(world, HASTY)
    before = world.exchange.phone(call.from_).heard()
    connect(world, call, number)
    meet(world, call)
    assert warnings(world, number) == 2
    assert world.exchange.phone(number).heard()[-2:] == [WARNING, MUTED]
    assert world.exchange.phone(call.from_).heard() == before


def test_without_a_five_nobody_is_warned(world: World) -> None:
    call, numbers = waiting_call(world), [telephone(world, behaviour) for behaviour in (PATIENT, HASTY)]
    for number in numbers:
        connect(world, call, number)
    meet(world, call)
    assert [warnings(world, number) for number in numbers] == [0, 0]


def test_a_five_while_the_telephone_rings_counts(world: World) -> None:
    call, number = waiting_call(world), telephone(world, PATIENT.but(after=12.0))
    leg_id = connect(world, call, number)
    world.pass_time(4)
    call.press("5")
    world.until(lambda: contact(world, call.sid).danger, limit=5)
    assert leg_row(world, leg_id).answered_at is None
    meet(world, call)
    assert warnings(world, number) == 1
    assert WARNING not in words(world, call.from_)


def test_a_five_while_the_question_is_heard_counts(world: World) -> None:
    call, number = waiting_call(world), telephone(world, PATIENT)
    leg_id = connect(world, call, number)
    world.until(lambda: leg_row(world, leg_id).answered_at is not None, limit=10)
    call.press("5")
    meet(world, call)
    assert contact(world, call.sid).danger
    assert world.exchange.phone(number).heard()[-2:] == [WARNING, MUTED]
    assert warnings(world, number) == 1
    assert WARNING not in words(world, call.from_)


def test_an_offer_is_warned(world: World) -> None:
    call, number = waiting_call(world, FIVE), telephone(world, PATIENT)
    contact_id = contact(world, call.sid).id
    leg_id: UUID = world.do(
        lambda session: hotline.ring_offer(session, ACTOR, contact_id, new_id(), number, str(new_id())),
    )
    world.until(lambda: leg_row(world, leg_id).polls > 0, limit=40)
    world.do(lambda session: hotline.join(session, ACTOR, contact_id, leg_id))
    meet(world, call)
    assert warnings(world, number) == 1


@pytest.mark.parametrize("waits", [True, False])
def test_an_on_call_telephone_is_warned_after_the_pin_while_she_is_on_the_line(world: World, waits: bool) -> None:
    pin = (Press("4815#", after=4.0), Press("1", hearing=ACCEPT, delay=2.0))
    call, number = waiting_call(world, FIVE), telephone(world, Behaviour("answer", after=2.0, presses=pin))
    contact_id = contact(world, call.sid).id
    if not waits:
        call.hang_up()
        world.pass_time(2)
    leg_id = paged(world, number, contact_id)
    world.until(lambda: leg_row(world, leg_id).polls > 0, limit=40)
    assert warnings(world, number) == 0
    world.do(
        lambda session: hotline.tell_page(session, ACTOR, leg_id, level=1, province=None, language=None, code="K7Q2"),
    )
    world.until(lambda: "Nöbet çağrısı" in words(world, number), limit=20)
    assert warnings(world, number) == int(waits)


def test_the_fallback_telephone_is_warned_when_it_takes_her(world: World) -> None:
    number = with_fallback(world, Behaviour("desk"))
    call = waiting_call(world, FIVE)
    world.until(lambda: warnings(world, number) > 0, limit=200)
    world.pass_time(10)
    assert call_row(world, call.sid).stage == "last_rung"
    assert world.exchange.phone(number).heard()[-1] == WARNING
    assert WARNING not in words(world, call.from_)


@pytest.mark.parametrize("five", [True, False])
def test_a_duty_telephone_is_warned_without_a_database(world: World, five: bool) -> None:
    number = with_roster(world, Behaviour("desk"))
    with no_database(world):
        call = world.exchange.call(fresh_number(), world.line.number, FIVE if five else Behaviour())
        world.pass_time(100)
        assert warnings(world, number) == int(five)
        assert WARNING not in words(world, call.from_)
