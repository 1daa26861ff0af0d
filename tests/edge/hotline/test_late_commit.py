"""A ring that is stored after we gave up on the database: she hears the safe answer and is interrupted by nobody."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.due import Due
from core.facts import Reactions
from core.unit_of_work import unit_of_work
from hotline.service.calls import DEADLINE
from practice.calls import Call
from practice.phones import Behaviour, Press
from tests.support.line import fresh_number
from tests.support.story import (
    call_row,
    commits_too_late,
    contact,
    desk,
    no_database,
    story,
    waiting_call,
    with_fallback,
    with_roster,
)
from tests.support.world import World


@pytest.fixture(autouse=True)
def _nobody_reacts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reactions, "to", lambda _self, _fact: [])


def ceiling(world: World, sid: str) -> bool:
    """Whether a worker will look at her ceiling."""
    with unit_of_work(world.ground) as session:
        wanted = select(Due.id).where(Due.kind == DEADLINE, Due.subject == str(contact(world, sid).id))
        return session.execute(wanted).first() is not None


def ring(world: World, behaviour: Behaviour | None = None) -> Call:
    with commits_too_late(world):
        call = world.exchange.call(fresh_number(), world.line.number, behaviour or Behaviour())
        world.pass_time(1)
    return call


def test_a_talk_with_the_duty_telephone_is_not_interrupted_at_her_ceiling(world: World) -> None:
    number = with_roster(world, Behaviour("desk"))
    call = ring(world)
    world.pass_time(200)
    (leg,) = [one for one in world.exchange.calls.values() if one.to == number]
    assert world.exchange.speak(call.sid, "alo") == [leg.sid]
    found = contact(world, call.sid)
    assert found.late_seconds is not None
    assert not ceiling(world, call.sid)
    assert "DeadlinePassed" not in story(world, found.id)


def test_when_nobody_answers_there_she_comes_to_the_waiting_room_and_has_her_ceiling_again(world: World) -> None:
    with_roster(world, Behaviour("no_answer"))
    call = ring(world, Behaviour(presses=(Press("1", hearing="Türkçe"),)))
    world.until(lambda: contact(world, call.sid).state == "queued", limit=60)
    assert ceiling(world, call.sid)
    world.pass_time(120)
    assert "DeadlinePassed" in story(world, contact(world, call.sid).id)


def test_a_copy_of_the_ring_that_the_journal_kept_takes_no_ceiling_from_who_waits(world: World) -> None:
    call = world.exchange.call(fresh_number(), world.line.number, Behaviour(presses=(Press("1", after=1.0),)))
    world.pass_time(5)
    form = {
        "CallSid": [call.sid],
        "AccountSid": [world.ground.settings.twilio_account_sid],
        "From": [call.from_],
        "To": [call.to],
        "CallStatus": ["ringing"],
        "Direction": ["inbound"],
    }
    world.do(lambda session: world.line.steps["voice"].work(session, form, {"late_seconds": 4}))
    assert contact(world, call.sid).late_seconds is None
    assert ceiling(world, call.sid)


def test_a_ceiling_that_passed_while_the_database_was_away_interrupts_no_talk_either(world: World) -> None:
    number = with_roster(world, Behaviour("desk"))
    call = waiting_call(world)
    with no_database(world):
        world.pass_time(180)
        (leg,) = [one for one in world.exchange.calls.values() if one.to == number]
        assert world.exchange.speak(call.sid, "alo") == [leg.sid]
    world.pass_time(60)
    assert world.exchange.speak(call.sid, "alo") == [leg.sid]
    assert "DeadlinePassed" in story(world, contact(world, call.sid).id)


def test_a_ceiling_that_is_noticed_late_still_comes_with_her_next_poll(world: World) -> None:
    number = with_fallback(world, Behaviour("desk"))
    call = waiting_call(world)
    world.pass_time(110)
    with no_database(world):
        world.pass_time(25)
    world.pass_time(30)
    (leg,) = [one for one in world.exchange.calls.values() if one.to == number]
    assert world.exchange.speak(call.sid, "alo") == [leg.sid]


@pytest.mark.parametrize("step", ["left", "join", "again", "over", "rung", "rung-over", "wait"])
@pytest.mark.parametrize("stage", ["joining", "talking"])
def test_a_step_that_the_journal_kept_moves_nobody(world: World, step: str, stage: str) -> None:
    """It may be replayed when she speaks with somebody again, and again and again beside a record that cannot be."""
    call = waiting_call(world)
    desk(world, call, Behaviour("desk"))
    world.until(lambda: call_row(world, call.sid).stage == stage, limit=40)
    row = call_row(world, call.sid)
    form = {
        "CallSid": [call.sid],
        "AccountSid": [world.ground.settings.twilio_account_sid],
        "From": [call.from_],
        "To": [call.to],
        "CallStatus": ["in-progress"],
        "Direction": ["inbound"],
        "Digits": ["5"],
    }
    params = {"name": step, "contact": str(row.id), "late_seconds": 4}
    with unit_of_work(world.ground) as session:
        world.line.steps["voice_step"].work(session, form, params)
    assert call_row(world, call.sid).stage == stage
    assert contact(world, call.sid).danger
    world.pass_time(20)
    assert contact(world, call.sid).state == "connected"
    assert "CallerAlone" not in story(world, row.id)
