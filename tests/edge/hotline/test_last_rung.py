"""The last telephones that are rung for her: the fallback of her line, and the duty telephones of the safe answer."""

from __future__ import annotations

import pytest

from core.facts import Reactions
from practice.phones import Behaviour, Press
from tests.support.line import fresh_number
from tests.support.story import (
    call_row,
    contact,
    desk,
    no_database,
    waiting_call,
    with_fallback,
    with_roster,
    without_roster,
    words,
)
from tests.support.world import World

#: Telephones without a person who takes her: a voicemail, somebody who presses nothing or the wrong key, nobody.
NOBODY = {
    "voicemail": Behaviour("machine"),
    "silent": Behaviour("answer"),
    "wrong key": Behaviour("answer", presses=(Press("2"),)),
    "busy": Behaviour("busy"),
    "declined": Behaviour("decline"),
    "unanswered": Behaviour("no_answer"),
}
CLOSING = "Şu anda bağlanamıyoruz"


@pytest.fixture(autouse=True)
def _nobody_reacts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reactions, "to", lambda _self, _fact: [])


@pytest.mark.parametrize("telephone", NOBODY)
def test_a_fallback_telephone_without_a_person_ends_in_the_closing_sentence(world: World, telephone: str) -> None:
    number = with_fallback(world, NOBODY[telephone])
    call = waiting_call(world)
    world.pass_time(240)
    assert [line.kind for line in world.exchange.phone(number).transcript].count("ringing") == 1
    assert world.exchange.phone(call.from_).heard()[-1].startswith(CLOSING)
    assert call.over


@pytest.mark.parametrize("telephone", NOBODY)
def test_after_key_five_the_fallback_telephone_is_rung_again_in_silence(world: World, telephone: str) -> None:
    number = with_fallback(world, NOBODY[telephone])
    call = waiting_call(world, Behaviour(presses=(Press("5", after=1.0),)))
    before = words(world, call.from_)
    world.pass_time(400)
    assert not call.over
    assert [line.kind for line in world.exchange.phone(number).transcript].count("ringing") > 2
    assert words(world, call.from_) == before


def test_who_talked_with_her_may_end_the_call(world: World) -> None:
    with_fallback(world, Behaviour("desk", hang_up_after=60))
    call = waiting_call(world)
    world.pass_time(240)
    assert call.over
    assert CLOSING not in words(world, call.from_)
    assert call_row(world, call.sid).stage == "over"


def test_after_key_five_nobody_ends_the_call_but_she(world: World) -> None:
    with_fallback(world, Behaviour("desk", hang_up_after=60))
    call = waiting_call(world, Behaviour(presses=(Press("5", after=1.0),)))
    world.pass_time(400)
    assert not call.over


@pytest.mark.parametrize("telephone", NOBODY)
def test_the_safe_answer_without_a_person_ends_in_the_closing_sentence(world: World, telephone: str) -> None:
    number = with_roster(world, NOBODY[telephone])
    with no_database(world):
        call = world.exchange.call(fresh_number(), world.line.number, Behaviour())
        world.pass_time(120)
    assert "ringing" in [line.kind for line in world.exchange.phone(number).transcript]
    assert CLOSING in words(world, call.from_)
    assert call.over


def test_the_safe_answer_brings_her_together_with_the_duty_telephone(world: World) -> None:
    number = with_roster(world, Behaviour("desk"))
    with no_database(world):
        call = world.exchange.call(fresh_number(), world.line.number, Behaviour())
        world.pass_time(30)
        (leg,) = [one for one in world.exchange.calls.values() if one.to == number]
        assert leg.from_ == world.line.number
        assert world.exchange.speak(call.sid, "alo") == [leg.sid]
        assert world.exchange.speak(leg.sid, "buyurun") == [call.sid]
        leg.hang_up()
        world.pass_time(5)
    assert call.over
    assert CLOSING not in words(world, call.from_)


@pytest.mark.parametrize("roster", [True, False])
@pytest.mark.parametrize("key", ["", "5"])
def test_the_safe_answer_tries_the_door_again_and_the_database_may_be_back(
    world: World, roster: bool, key: str
) -> None:
    if roster:
        with_roster(world, Behaviour("decline", after=3.0))
    else:
        without_roster(world)
    keys = Behaviour(presses=(Press(key, after=1.0),) if key else ())
    with no_database(world):
        call = world.exchange.call(fresh_number(), world.line.number, keys)
        world.pass_time(5)
    before = words(world, call.from_)
    world.pass_time(60)
    assert not call.over
    found = contact(world, call.sid)
    assert (found.state, found.danger) == ("queued", key == "5")
    assert (words(world, call.from_) == before) is (key == "5")
    assert call_row(world, call.sid).stage == "waiting"


@pytest.mark.parametrize("roster", [True, False])
def test_while_the_database_stays_away_she_is_not_held_for_ever(world: World, roster: bool) -> None:
    number = with_roster(world, Behaviour("no_answer"))
    if not roster:
        without_roster(world)
    with no_database(world):
        call = world.exchange.call(fresh_number(), world.line.number, Behaviour())
        world.pass_time(15)
        assert not call.over
        world.pass_time(105)
    assert call.over
    assert world.exchange.phone(call.from_).heard()[-2].startswith(CLOSING)
    assert [line.kind for line in world.exchange.phone(number).transcript].count("ringing") == (2 if roster else 0)


@pytest.mark.parametrize("roster", [True, False])
def test_a_call_that_was_known_goes_back_to_where_it_belongs(world: World, roster: bool) -> None:
    """The database went away while she came out of the waiting room, and is back half a minute later."""
    if roster:
        with_roster(world, Behaviour("busy"))
    else:
        without_roster(world)
    call = waiting_call(world)
    desk(world, call, Behaviour("desk"))
    world.until(lambda: contact(world, call.sid).state == "connected", limit=40)
    with no_database(world):
        world.exchange.machine.conferences.open_by_name(call_row(world, call.sid).conference).end("test")  # type: ignore[union-attr]
        world.pass_time(4)
    world.pass_time(40)
    assert not call.over
    assert contact(world, call.sid).state == "queued"
