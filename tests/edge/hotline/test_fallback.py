"""A step of a call that fails again and again: the carrier asks our fallback, and nothing that was pressed is lost."""

from __future__ import annotations

import pytest

from core.facts import Reactions
from hotline.numbers import wanted_fields
from practice.phones import Behaviour, Press
from tests.edge.hotline.conftest import Room
from tests.support.line import fresh_number, fresh_sid
from tests.support.story import (
    accident,
    call_row,
    contact,
    desk,
    leg_row,
    waiting_call,
    with_fallback,
    with_roster,
    words,
)
from tests.support.world import World

#: More than the carrier repeats by itself.
MANY = 8
CONTACT = "01890000-0000-7000-8000-00000000000a"


@pytest.fixture(autouse=True)
def _nobody_reacts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reactions, "to", lambda _self, _fact: [])


@pytest.mark.parametrize("where", ["/twilio/voice", "/voice/menu/", "/voice/wait/"])
@pytest.mark.parametrize("key", ["2", "5"])
def test_a_caller_comes_through_with_what_she_pressed(world: World, where: str, key: str) -> None:
    # Of the first ring only so many, because every request of the call has its words in its path.
    struck = accident(world, where, "error", times=6 if where == "/twilio/voice" else MANY)
    call = world.exchange.call(fresh_number(), world.line.number, Behaviour(presses=(Press(key, hearing="Türkçe"),)))
    world.pass_time(60)
    assert struck
    assert "application error" not in words(world, call.from_)
    found = contact(world, call.sid)
    assert (found.state, found.danger) == ("queued", key == "5")
    assert found.language == ("en" if key == "2" else None)


def test_an_acceptance_comes_through(world: World) -> None:
    call = waiting_call(world)
    accident(world, "/1", "error", times=MANY)
    leg_id = desk(world, call, Behaviour("desk"))
    world.pass_time(40)
    assert contact(world, call.sid).state == "connected"
    assert world.exchange.speak(call.sid, "alo") == [leg_row(world, leg_id).carrier_sid]


@pytest.mark.parametrize("where", ["/voice/rung/", "/voice/rung-over/"])
def test_the_last_rung_comes_through(world: World, where: str) -> None:
    with_fallback(world, Behaviour("busy"))
    call = waiting_call(world)
    accident(world, where, "error", times=MANY)
    world.pass_time(190)
    assert "application error" not in words(world, call.from_)
    assert "112" in words(world, call.from_)
    assert call_row(world, call.sid).stage == "over"


@pytest.mark.parametrize("key", ["1", "5"])
def test_a_step_that_never_works_ends_at_the_duty_telephone(world: World, key: str) -> None:
    number = with_roster(world, Behaviour("desk"))
    call = world.exchange.call(fresh_number(), world.line.number, Behaviour(presses=(Press(key, after=1.0),)))
    accident(world, "/voice/menu/", "error", times=10_000)
    world.pass_time(60)
    (leg,) = [one for one in world.exchange.calls.values() if one.to == number]
    assert world.exchange.speak(call.sid, "alo") == [leg.sid]
    assert words(world, call.from_).count("Bir dakika") == (0 if key == "5" else 1)


def test_polls_that_never_work_keep_nobody_from_the_operator(world: World) -> None:
    call = waiting_call(world)
    accident(world, "/voice/wait/", "error", times=10_000)
    world.pass_time(45)
    leg_id = desk(world, call, Behaviour("desk"))
    world.pass_time(20)
    assert world.exchange.speak(call.sid, "alo") == [leg_row(world, leg_id).carrier_sid]


def ask(room: Room, error_url: str, **more: str) -> str:
    form = {
        "CallSid": fresh_sid("CA"),
        "From": fresh_number(),
        "To": room.line.number,
        "CallStatus": "in-progress",
        "Direction": "inbound",
        "ErrorCode": "11200",
        "ErrorUrl": error_url,
    }
    return room.line.post("/twilio/voice/fallback", {**form, **more}).text


@pytest.mark.parametrize(
    "foreign",
    [
        "https://evil.example/twilio/voice",
        "https://koza.example.evil.example/twilio/voice",
        "https://koza.example@evil.example/twilio/voice",
        "//evil.example/twilio/voice",
        "https://koza.example/sign-out",
        "https://koza.example/twilio/voice/status",
        "https://koza.example/twilio/voice/fallback",
        f"https://koza.example/twilio/voice/nothing/{CONTACT}",
        "",
    ],
)
def test_only_a_step_of_ours_is_gone_back_to(room: Room, foreign: str) -> None:
    answer = ask(room, foreign)
    assert "evil" not in answer
    assert "<Pause" not in answer
    assert "<Gather" in answer


def test_what_a_url_remembers_goes_on_and_nothing_else(room: Room) -> None:
    url = f"https://koza.example/twilio/voice/rung/{CONTACT}"
    answer = ask(room, f"{url}?q=1&n=1&x=%3Cevil%3E")
    assert f"/twilio/voice/rung/{CONTACT}?q=1&amp;n=1&amp;f=1#" in answer
    assert "evil" not in answer
    assert "?q=1&amp;f=1#" in ask(room, url, Digits="15")


def test_staff_are_let_go_at_the_end_and_their_pin_is_never_in_a_url(room: Room) -> None:
    url = f"https://koza.example/twilio/voice/leg/{CONTACT}/1"
    assert "?k=9&amp;f=1#" in ask(room, url, Digits="9", Direction="outbound-api")
    assert "4915" not in ask(room, url, Digits="4915", Direction="outbound-api")
    assert "<Hangup" in ask(room, f"{url}?f=3", Direction="outbound-api")


def test_it_answers_without_a_database_and_only_the_carrier(room: Room) -> None:
    room.line.telephone.breaker.closed = lambda: False  # type: ignore[method-assign]
    assert "<Redirect" in ask(room, "https://koza.example/twilio/voice")
    answer = room.line.client.post("/twilio/voice/fallback", data={"ErrorUrl": "https://koza.example/twilio/voice"})
    assert answer.status_code == 403


def test_whoever_dials_a_number_that_is_kept_for_staff_comes_to_a_person_too(world: World) -> None:
    """``koza carrier connect`` sets the same addresses for both kinds of number."""
    telephone = with_roster(world, Behaviour("desk"))
    numbers = world.exchange.ground.numbers
    oncall = numbers[world.ground.settings.oncall_numbers[0]]
    for name, value in wanted_fields(world.ground.settings.public_url).items():
        setattr(oncall, name, value)
    call = world.exchange.call(fresh_number(), oncall.number)
    world.pass_time(30)
    assert world.exchange.speak(call.sid, "Yardım edin") == [
        leg.sid for leg in world.exchange.calls.values() if leg.to == telephone
    ]
