"""The last telephones that are rung for her: the fallback of her line, and the duty telephones of the safe answer."""

from __future__ import annotations

import pytest

from core.facts import Reactions
from practice.phones import Behaviour, Press
from tests.support.line import fresh_number
from tests.support.story import (
    call_row,
    no_database,
    waiting_call,
    with_fallback,
    with_roster,
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
