"""She waits outside the talking room: a short word in her language, every key heard, and nobody forgets her."""

from __future__ import annotations

from uuid import UUID

import pytest

from core.facts import Reactions
from core.unit_of_work import unit_of_work
from hotline import service as hotline
from hotline.carriers.protocol import Outcome, Retry, Unknown
from hotline.models import Leg, StepOut
from hotline.phrases import phrase
from hotline.rules import ALONE_S, HOLD_S
from practice.calls import Call
from practice.phones import Behaviour, Press
from tests.support.story import (
    ACTOR,
    call_row,
    contact,
    desk,
    leg_row,
    no_database,
    redirects_meet,
    story,
    waiting_call,
)
from tests.support.world import World

FIVE = Behaviour(presses=(Press("5", after=1.0),))
ENGLISH = Behaviour(presses=(Press("2", after=1.0),))
WORD = phrase("hold", "en").text


@pytest.fixture(autouse=True)
def _the_test_is_the_room_above(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reactions, "to", lambda _self, _fact: [])


def together(world: World, behaviour: Behaviour = ENGLISH) -> tuple[Call, Leg]:
    call = waiting_call(world, behaviour)
    leg_id = desk(world, call, Behaviour("desk"))
    world.until(lambda: contact(world, call.sid).state == "connected", limit=60)
    world.pass_time(20)
    return call, leg_row(world, leg_id)


def hold(world: World, call: Call) -> UUID:
    contact_id = contact(world, call.sid).id
    out_id: UUID = world.do(lambda session: hotline.put_on_hold(session, ACTOR, contact_id))
    return out_id


def fetch(world: World, call: Call) -> None:
    contact_id = contact(world, call.sid).id
    world.do(lambda session: hotline.fetch_back(session, ACTOR, contact_id))


def ended(world: World, out_id: UUID) -> str | None:
    with unit_of_work(world.ground) as session:
        return session.get_one(StepOut, out_id).outcome


def apart(world: World, call: Call, leg: Leg) -> bool:
    """Whether neither hears the other."""
    sid = str(leg.carrier_sid)
    return world.exchange.speak(call.sid, "alo") == [] and world.exchange.speak(sid, "alo") == []


def said(world: World, call: Call) -> list[str]:
    return [line for line in world.exchange.phone(call.from_).heard() if line != "alo"]


def test_she_waits_with_one_word_and_is_fetched(world: World) -> None:
    call, leg = together(world)
    before = said(world, call)
    out_id = hold(world, call)
    world.pass_time(60)
    assert apart(world, call, leg)
    assert said(world, call) == [*before, WORD]
    fetch(world, call)
    world.pass_time(2)
    assert world.exchange.speak(call.sid, "alo") == [leg.carrier_sid]
    assert ended(world, out_id) == "fetched"
    assert "CallerAlone" not in story(world, contact(world, call.sid).id)


def test_after_a_five_hold_is_silent(world: World) -> None:
    call, leg = together(world, FIVE)
    before = said(world, call)
    hold(world, call)
    world.pass_time(60)
    assert apart(world, call, leg)
    assert said(world, call) == before


def test_a_five_on_hold_is_danger_and_0_brings_her_back(world: World) -> None:
    call, leg = together(world)
    out_id = hold(world, call)
    world.pass_time(3)
    call.press("5")
    world.pass_time(20)
    assert contact(world, call.sid).danger
    assert apart(world, call, leg)
    call.press("0")
    world.pass_time(2)
    assert ended(world, out_id) == "asked"
    assert world.exchange.speak(call.sid, "alo") == [leg.carrier_sid]


@pytest.mark.parametrize("answer", [Unknown("timeout"), Retry(20429)])
@pytest.mark.parametrize("taken", [True, False])
def test_commands_whose_answer_was_lost_lead_her_out_and_back(world: World, answer: Outcome, taken: bool) -> None:
    call, leg = together(world)
    redirects_meet(world, call, [answer], taken=taken)
    hold(world, call)
    world.pass_time(15)
    assert apart(world, call, leg)
    redirects_meet(world, call, [answer] * 2, taken=taken)
    fetch(world, call)
    world.pass_time(20)
    assert world.exchange.speak(call.sid, "alo") == [leg.carrier_sid]


def test_fetched_before_the_command_left_she_never_leaves(world: World) -> None:
    call, leg = together(world)
    redirects_meet(world, call, [Retry(20429)] * 3, taken=False)
    hold(world, call)
    fetch(world, call)
    world.pass_time(30)
    assert world.exchange.speak(call.sid, "alo") == [leg.carrier_sid]


def test_whom_nobody_fetches_is_back_by_herself(world: World) -> None:
    call, leg = together(world)
    out_id = hold(world, call)
    world.pass_time(HOLD_S + 15)
    assert ended(world, out_id) == "late"
    assert world.exchange.speak(call.sid, "alo") == [leg.carrier_sid]


def test_when_his_telephone_dies_she_waits_again_first_of_all(world: World) -> None:
    call, leg = together(world)
    out_id = hold(world, call)
    world.pass_time(10)
    world.exchange.calls[str(leg.carrier_sid)].hang_up()
    world.until(lambda: call_row(world, call.sid).stage == "waiting", limit=ALONE_S + 5)
    assert ended(world, out_id) == "over"
    world.pass_time(30)
    assert call_row(world, call.sid).stage == "waiting"
    assert not call.over


def test_a_web_that_starts_anew_meanwhile_finds_her_on_hold(world: World) -> None:
    call, leg = together(world)
    hold(world, call)
    world.pass_time(11)
    world.carrier.outage = "connect"
    world.pass_time(2.5)
    world.carrier.outage = None
    world.pass_time(20)
    assert not call.over
    assert apart(world, call, leg)
    fetch(world, call)
    world.pass_time(2)
    assert world.exchange.speak(call.sid, "alo") == [leg.carrier_sid]


def test_without_a_database_she_is_with_the_operator_again(world: World) -> None:
    call, leg = together(world)
    hold(world, call)
    world.pass_time(10)
    with no_database(world):
        world.pass_time(20)
        assert world.exchange.speak(call.sid, "alo") == [leg.carrier_sid]
    world.pass_time(5)
    assert call_row(world, call.sid).stage == "talking"


def test_her_hanging_up_on_hold_lets_everybody_go(world: World) -> None:
    call, leg = together(world)
    hold(world, call)
    world.pass_time(10)
    call.hang_up()
    world.pass_time(5)
    assert contact(world, call.sid).state == "wrap_up"
    assert world.exchange.calls[str(leg.carrier_sid)].over
