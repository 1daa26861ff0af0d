"""The carrier asks again: after an answer that was lost, an error of ours, a process that was starting."""

from __future__ import annotations

from typing import get_args

import pytest

from core.facts import Reactions
from practice.phones import Behaviour, Press
from tests.support.line import fresh_number
from tests.support.story import (
    Accident,
    accident,
    call_row,
    contact,
    desk,
    leg_row,
    story,
    waiting_call,
    with_fallback,
    words,
)
from tests.support.world import World

ACCIDENTS = get_args(Accident)


@pytest.fixture(autouse=True)
def _nobody_reacts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reactions, "to", lambda _self, _fact: [])


def unharmed(world: World, number: str) -> bool:
    """She heard us and never the carrier's own error message."""
    return "application error" not in words(world, number)


@pytest.mark.parametrize("what", ACCIDENTS)
@pytest.mark.parametrize("where", ["/twilio/voice", "/voice/menu/"])
@pytest.mark.parametrize("key", ["1", "5"])
def test_she_survives_it_in_the_greeting(world: World, what: Accident, where: str, key: str) -> None:
    struck = accident(world, where, what, times=2)
    call = world.exchange.call(fresh_number(), world.line.number, Behaviour(presses=(Press(key, after=1.0),)))
    world.pass_time(40)
    assert len(struck) == 2
    assert unharmed(world, call.from_)
    found = contact(world, call.sid)
    assert (found.state, found.danger) == ("queued", key == "5")
    assert story(world, found.id).count("CallWaiting") == 1


@pytest.mark.parametrize("what", ACCIDENTS)
@pytest.mark.parametrize("key", ["0", "5"])
def test_she_survives_it_while_she_waits(world: World, what: Accident, key: str) -> None:
    struck = accident(world, "/voice/wait/", what, times=3)
    call = waiting_call(world, Behaviour(presses=(Press("1", after=1.0), Press(key, hearing="uzman"))))
    world.pass_time(60)
    assert len(struck) == 3
    assert unharmed(world, call.from_)
    found = contact(world, call.sid)
    assert (found.state, found.danger) == ("queued", key == "5")
    assert story(world, found.id).count("CallWaiting") == 1


@pytest.mark.parametrize("what", ACCIDENTS)
@pytest.mark.parametrize("where", ["/voice/leg/", "/1", "/voice/join/", "/voice/left/", "/voice/wait/"])
def test_she_survives_it_while_the_operator_s_telephone_rings(world: World, what: Accident, where: str) -> None:
    call = waiting_call(world)
    accident(world, where, what, times=2)
    leg_id = desk(world, call, Behaviour("desk"))
    world.until(lambda: contact(world, call.sid).state == "connected", limit=60)
    world.pass_time(20)
    assert unharmed(world, call.from_)
    assert world.exchange.speak(call.sid, "alo") == [leg_row(world, leg_id).carrier_sid]
    told = story(world, contact(world, call.sid).id)
    assert (told.count("CallConnected"), told.count("CallerAlone")) == (1, 0)


@pytest.mark.parametrize("what", ACCIDENTS)
def test_she_survives_it_when_the_operator_s_line_drops(world: World, what: Accident) -> None:
    call = waiting_call(world)
    leg_id = desk(world, call, Behaviour("desk"))
    world.until(lambda: contact(world, call.sid).state == "connected", limit=60)
    accident(world, "/voice/again/", what, times=2)
    world.exchange.calls[str(leg_row(world, leg_id).carrier_sid)].hang_up()
    world.pass_time(40)
    assert unharmed(world, call.from_)
    assert (contact(world, call.sid).state, call_row(world, call.sid).stage) == ("queued", "waiting")


@pytest.mark.parametrize("what", ACCIDENTS)
@pytest.mark.parametrize("where", ["/voice/rung/", "/voice/rung-over/", "/voice/safe/screen"])
def test_she_survives_it_on_the_last_rung(world: World, what: Accident, where: str) -> None:
    with_fallback(world, Behaviour("busy") if "over" in where else Behaviour("desk"))
    call = waiting_call(world)
    struck = accident(world, where, what, times=2)
    world.pass_time(170)
    assert len(struck) == 2
    assert unharmed(world, call.from_)
    assert call.over is ("over" in where)


@pytest.mark.parametrize("what", ACCIDENTS)
def test_what_we_asked_to_be_told_is_told_again(world: World, what: Accident) -> None:
    call = waiting_call(world)
    struck = accident(world, "/voice/status", what, times=2)
    call.hang_up()
    world.pass_time(60)
    assert len(struck) == 2
    assert contact(world, call.sid).state == "abandoned_in_queue"


@pytest.mark.parametrize("where", ["greeting", "waiting", "ringing"])
def test_two_seconds_without_any_process_cost_nobody(world: World, where: str) -> None:
    keys = Behaviour(presses=(Press("1", after=4.0 if where == "greeting" else 1.0),))
    call = world.exchange.call(fresh_number(), world.line.number, keys)
    world.pass_time(3)
    if where != "greeting":
        world.pass_time(10)
    if where == "ringing":
        desk(world, call, Behaviour("answer", after=4.0, presses=(Press("1"),)))
        world.pass_time(3)
    world.carrier.outage = "connect"
    world.pass_time(2)
    world.carrier.outage = None
    world.pass_time(40)
    assert unharmed(world, call.from_)
    assert contact(world, call.sid).state == ("connected" if where == "ringing" else "queued")
