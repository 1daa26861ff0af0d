"""Key 5: pressed at any word of ours it counts, once, and from then on nothing is said, database or not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from core.facts import Reactions
from practice.phones import Behaviour, Press
from tests.edge.hotline.conftest import Room
from tests.support.line import fresh_number, fresh_sid
from tests.support.story import (
    accident,
    call_row,
    contact,
    no_database,
    story,
    waiting_call,
    with_fallback,
    with_roster,
    without_roster,
)
from tests.support.world import World

FIVE = Behaviour(presses=(Press("5", after=1.0),))
CLOSING = "Şu anda bağlanamıyoruz"


@pytest.fixture(autouse=True)
def _nobody_reacts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reactions, "to", lambda _self, _fact: [])


def heard(world: World, number: str) -> int:
    return len(world.exchange.phone(number).heard())


def replay(room: Room, kind: str, form: Mapping[str, str], **params: object) -> None:
    """What the journal kept is brought back into the database."""
    account = room.ground.settings.twilio_account_sid
    full = {name: [value] for name, value in {"AccountSid": account, "Direction": "inbound", **form}.items()}
    room.do(lambda session: room.line.steps[kind].work(session, full, {"late_seconds": 3, **params}))


def test_a_five_that_the_journal_kept_counts_although_her_call_is_over(room: Room) -> None:
    caller = fresh_number()
    sid, _ = room.line.ring(caller)
    contact_id = room.contact_of(sid).id
    room.line.status(sid, caller, "completed", 3)
    form = {"CallSid": sid, "From": caller, "To": room.line.number, "CallStatus": "in-progress", "Digits": "5"}
    replay(room, "voice_step", form, name="menu", contact=str(contact_id))
    assert room.contact_of(sid).danger
    assert len(room.facts("DangerSignalled", contact_id=contact_id)) == 1


@pytest.mark.parametrize("step", ["menu", "wait", "rung", "again"])
def test_a_five_in_the_last_request_of_her_call_counts(room: Room, step: str) -> None:
    caller = fresh_number()
    sid, _ = room.line.ring(caller)
    contact_id = room.contact_of(sid).id
    path = f"/twilio/voice/{step}/{contact_id}"
    answer = room.line.step(path, sid, caller, Digits="5", CallStatus="completed")
    assert "<Hangup" in answer.text
    found = room.contact_of(sid)
    assert (found.danger, room.call_of(sid).stage) == (True, "over")


def test_a_five_during_the_closing_sentence_keeps_her_on_the_line(world: World) -> None:
    keys = Behaviour(presses=(Press("1", after=1.0), Press("5", hearing=CLOSING)))
    call = waiting_call(world, keys)
    world.until(lambda: contact(world, call.sid).danger, limit=200)
    before = heard(world, call.from_)
    world.pass_time(300)
    assert not call.over
    assert heard(world, call.from_) == before
    assert call_row(world, call.sid).stage == "last_rung"


def test_a_five_during_one_moment_counts(world: World) -> None:
    """The waiting room is full: she hears one moment."""
    world.exchange.machine.queues.find_or_make("waiting", 1)
    first = waiting_call(world)
    keys = Behaviour(presses=(Press("1", after=1.0), Press("5", hearing="Bir dakika", delay=0.5)))
    call = world.exchange.call(fresh_number(), world.line.number, keys)
    world.pass_time(30)
    assert contact(world, call.sid).danger
    assert not contact(world, first.sid).danger


@pytest.mark.parametrize("duty", [True, False])
def test_a_five_during_the_words_of_the_safe_answer_silences_it_and_is_kept(world: World, duty: bool) -> None:
    if duty:
        with_roster(world, Behaviour("desk"))
    else:
        without_roster(world)
    with no_database(world):
        call = world.exchange.call(fresh_number(), world.line.number, FIVE)
        world.pass_time(3)
        before = heard(world, call.from_)
        world.pass_time(100)
        assert not call.over
        assert heard(world, call.from_) == before
    world.pass_time(30)
    assert heard(world, call.from_) == before
    if not duty:
        # The database is back: she waits with everybody else, in silence.
        found = contact(world, call.sid)
        assert (found.state, found.danger) == ("queued", True)


@pytest.mark.parametrize("digits", ["15", "51", "25"])
def test_a_five_right_after_another_key_of_the_greeting_counts(world: World, digits: str) -> None:
    """Also when the request with the first key would take longer than she needs for the second."""
    world.exchange.fault_once("delay", "/voice/menu/")
    call = world.exchange.call(fresh_number(), world.line.number, Behaviour(presses=(Press(digits, after=1.0),)))
    world.pass_time(2)
    before = heard(world, call.from_)
    world.pass_time(40)
    assert contact(world, call.sid).danger
    assert heard(world, call.from_) == before


def test_a_five_while_she_waits_is_in_every_further_url_of_her_call(world: World) -> None:
    call = waiting_call(world, Behaviour(presses=(Press("1", after=1.0), Press("5", hearing="uzman"))))
    world.until(lambda: contact(world, call.sid).danger, limit=40)
    world.pass_time(3)
    since = len(world.exchange.requests())
    world.pass_time(200)
    later = {entry.url for entry in world.exchange.requests()[since:]}
    assert later
    assert {url for url in later if "q=1" not in url} == set()
    assert story(world, contact(world, call.sid).id).count("DangerSignalled") == 1


@pytest.mark.parametrize("fallback", [True, False])
@pytest.mark.parametrize("away_from", ["menu", "wait", "left", "rung", "rung-over"])
def test_after_a_five_no_outage_of_the_database_speaks_or_hangs_up(
    world: World, fallback: bool, away_from: str
) -> None:
    without_roster(world)
    if fallback or away_from == "rung-over":
        with_fallback(world, Behaviour("busy"))
    call = world.exchange.call(fresh_number(), world.line.number, FIVE)
    met = accident(world, f"/voice/{away_from}/", "error", times=1)
    world.until(lambda: bool(met), limit=200)
    before = heard(world, call.from_)
    with no_database(world):
        world.pass_time(300)
    world.pass_time(60)
    assert not call.over
    assert heard(world, call.from_) == before
    assert contact(world, call.sid).danger


def test_a_short_outage_after_her_five_is_no_reason_to_speak(world: World) -> None:
    """Her key waits in the journal while her first poll meets the database again."""
    with_roster(world, Behaviour("busy"))
    call = world.exchange.call(fresh_number(), world.line.number, FIVE)
    world.pass_time(0.5)
    before = heard(world, call.from_)
    with no_database(world):
        world.pass_time(2.6)
    world.pass_time(40)
    assert heard(world, call.from_) == before
    found = contact(world, call.sid)
    assert (found.danger, found.state) == (True, "queued")
    assert story(world, found.id).count("DangerSignalled") == 1


def test_a_five_in_the_waiting_room_without_a_database_rings_the_duty_telephone_at_her_ceiling(world: World) -> None:
    number = with_roster(world, Behaviour("desk"))
    call = waiting_call(world, Behaviour(presses=(Press("1", after=1.0), Press("5", after=20.0))))
    with no_database(world):
        world.pass_time(18)
        before = heard(world, call.from_)
        world.pass_time(250)
        assert [line.kind for line in world.exchange.phone(number).transcript].count("ringing") == 1
        assert not call.over
        assert heard(world, call.from_) == before
    assert contact(world, call.sid).danger


@pytest.mark.parametrize("step", ["left", "rung", "rung-over", "over", "again", "join", "menu", "wait"])
def test_without_a_database_no_step_speaks_or_hangs_up_after_a_five(room: Room, step: str) -> None:
    room.line.telephone.breaker.closed = lambda: False  # type: ignore[method-assign]
    path = f"/twilio/voice/{step}/01890000-0000-7000-8000-000000000000"
    form = {
        "CallSid": fresh_sid("CA"),
        "From": fresh_number(),
        "To": room.line.number,
        "CallStatus": "in-progress",
        "Direction": "inbound",
        "DialCallStatus": "completed",
        "QueueResult": "leave",
    }
    answer = room.line.post(path, form, query="q=1").text
    assert "<Say" not in answer
    assert "<Hangup" not in answer
    assert "q=1" in answer
