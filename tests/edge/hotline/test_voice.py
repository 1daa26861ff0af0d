"""Calls by following the TwiML that we emit: the exchange executes it, and time is virtual."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from core.facts import Reactions, StoredFact
from core.ids import new_id
from core.unit_of_work import unit_of_work
from hotline import service as hotline
from hotline.phrases import phrase
from hotline.service.holding import NotACallError
from practice.phones import Behaviour, Press
from tests.support.story import (
    ACTOR,
    call_row,
    contact,
    desk,
    leg_row,
    paged,
    story,
    telephone,
    waiting_call,
    with_fallback,
    words,
)
from tests.support.world import World


@pytest.fixture(autouse=True)
def _the_test_is_the_room_above(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody reacts to what is reported: what the rooms above decide, the test decides."""
    monkeypatch.setattr(Reactions, "to", lambda _self, _fact: [])


def test_press_one_on_the_desk_telephone_and_the_two_meet(world: World) -> None:
    call = waiting_call(world)
    leg_id = desk(world, call, Behaviour("desk"))
    world.until(lambda: contact(world, call.sid).state == "connected", limit=30)
    world.pass_time(30)
    leg = leg_row(world, leg_id)
    conference = world.exchange.machine.conferences.open_by_name(call_row(world, call.sid).conference)
    assert conference is not None
    assert set(conference.participants) == {call.sid, leg.carrier_sid}
    assert story(world, contact(world, call.sid).id).count("CallConnected") == 1
    call.hang_up()
    world.pass_time(5)
    found = contact(world, call.sid)
    assert (found.state, call_row(world, call.sid).stage) == ("wrap_up", "over")
    assert leg_row(world, leg_id).ended_at is not None
    told = story(world, found.id)
    assert "CallerAlone" not in told
    assert told.count("CallWaiting") == 1


def test_when_the_operators_line_drops_she_waits_again_first(world: World) -> None:
    call = waiting_call(world)
    leg_id = desk(world, call, Behaviour("desk"))
    world.until(lambda: contact(world, call.sid).state == "connected", limit=30)
    world.pass_time(300)
    world.exchange.calls[str(leg_row(world, leg_id).carrier_sid)].hang_up()
    world.pass_time(5)
    assert contact(world, call.sid).state == "connected"
    world.pass_time(10)
    found, row = contact(world, call.sid), call_row(world, call.sid)
    assert (found.state, found.owner_id, row.stage) == ("queued", None, "waiting")
    assert (row.deadline_at - row.waiting_since).total_seconds() == pytest.approx(120, abs=1)  # type: ignore[operator]
    told = story(world, found.id)
    assert told[told.index("CallerAlone") :].count("CallWaiting") == 1
    assert not call.over
    world.pass_time(20)
    assert phrase("returned", "tr").text in words(world, call.from_)
    desk(world, call, Behaviour("desk"))
    world.until(lambda: contact(world, call.sid).state == "connected", limit=30)
    world.pass_time(20)
    assert story(world, found.id).count("CallerAlone") == 1


def test_whoever_comes_back_in_time_keeps_her(world: World) -> None:
    call = waiting_call(world)
    first = desk(world, call, Behaviour("desk"))
    world.until(lambda: contact(world, call.sid).state == "connected", limit=30)
    owner = contact(world, call.sid).owner_id
    world.exchange.calls[str(leg_row(world, first).carrier_sid)].hang_up()
    number, contact_id = telephone(world, Behaviour("desk")), contact(world, call.sid).id
    world.do(lambda session: hotline.connect(session, ACTOR, contact_id, owner, number, str(new_id())))  # type: ignore[arg-type]
    world.pass_time(30)
    assert contact(world, call.sid).state == "connected"
    assert "CallerAlone" not in story(world, contact_id)


@pytest.mark.parametrize("answering", ["machine", "busy", "decline", "no_answer"])
def test_a_desk_telephone_without_a_person_leaves_her_waiting(world: World, answering: str) -> None:
    call = waiting_call(world)
    leg_id = desk(world, call, Behaviour(answering))  # type: ignore[arg-type]
    world.pass_time(60)
    assert contact(world, call.sid).state == "queued"
    leg = leg_row(world, leg_id)
    assert leg.ended_at is not None
    assert leg.joined_at is None
    assert "LegEnded" in story(world, contact(world, call.sid).id)
    assert "CallConnected" not in story(world, contact(world, call.sid).id)


def test_a_second_telephone_does_not_break_into_a_conversation(world: World) -> None:
    call = waiting_call(world)
    late = desk(world, call, Behaviour("answer", after=6.0, presses=(Press("1", delay=4.0),)))
    desk(world, call, Behaviour("desk"))
    world.pass_time(40)
    assert contact(world, call.sid).state == "connected"
    assert leg_row(world, late).joined_at is None


def test_an_offer_waits_for_the_decision_of_the_room_above(world: World) -> None:
    call = waiting_call(world)
    contact_id = contact(world, call.sid).id
    taken, turned_away = (telephone(world, Behaviour("answer", presses=(Press("1"),))) for _ in range(2))
    legs: list[UUID] = world.do(
        lambda session: [
            hotline.ring_offer(session, ACTOR, contact_id, new_id(), number, str(new_id()))
            for number in (taken, turned_away)
        ],
    )
    world.until(lambda: leg_row(world, legs[1]).polls > 0 and leg_row(world, legs[0]).polls > 0, limit=40)
    world.do(lambda session: hotline.dismiss(session, ACTOR, legs[1], "taken"))
    world.do(lambda session: hotline.join(session, ACTOR, contact_id, legs[0]))
    world.pass_time(15)
    assert contact(world, call.sid).state == "connected"
    assert leg_row(world, legs[1]).ended_at is not None
    assert leg_row(world, legs[1]).joined_at is None


def test_an_offer_that_nobody_decides_ends_in_a_goodbye_and_she_waits_on(world: World) -> None:
    call = waiting_call(world)
    contact_id = contact(world, call.sid).id
    number = telephone(world, Behaviour("answer", presses=(Press("1"),)))
    leg_id: UUID = world.do(
        lambda session: hotline.ring_offer(session, ACTOR, contact_id, new_id(), number, str(new_id())),
    )
    world.pass_time(60)
    assert leg_row(world, leg_id).ended_at is not None
    assert contact(world, call.sid).state == "queued"


def test_a_decision_that_comes_after_the_telephone_is_gone_leaves_her_waiting(world: World) -> None:
    call = waiting_call(world)
    contact_id = contact(world, call.sid).id
    number = telephone(world, Behaviour("answer", presses=(Press("1"),), hang_up_after=12.0))
    leg_id: UUID = world.do(
        lambda session: hotline.ring_offer(session, ACTOR, contact_id, new_id(), number, str(new_id())),
    )
    world.until(lambda: leg_row(world, leg_id).ended_at is not None, limit=60)
    world.do(lambda session: hotline.join(session, ACTOR, contact_id, leg_id))
    world.pass_time(20)
    assert contact(world, call.sid).state == "queued"
    assert story(world, contact_id).count("LegEnded") == 2


def test_a_talking_room_into_which_nobody_comes_gives_her_back(world: World) -> None:
    """The telephone vanished between the decision and the room, and the carrier has not said so."""
    call = waiting_call(world)
    contact_id = contact(world, call.sid).id
    leg_id = desk(world, call, Behaviour("no_answer"))
    world.do(lambda session: hotline.join(session, ACTOR, contact_id, leg_id))
    world.pass_time(15)
    told = story(world, contact_id)
    assert told.count("CallerAlone") == 1
    assert contact(world, call.sid).state == "queued"


def test_a_telephone_is_not_rung_for_somebody_who_hung_up(world: World) -> None:
    call = waiting_call(world)
    contact_id = contact(world, call.sid).id
    number = telephone(world, Behaviour("desk"))
    call.hang_up()
    world.carrier.run_for(0.1)
    with pytest.raises(NotACallError):
        world.do(lambda session: hotline.connect(session, ACTOR, contact_id, new_id(), number, str(new_id())))
    world.pass_time(5)
    assert world.exchange.phone(number).transcript == []


def test_a_ringing_telephone_stops_when_she_hangs_up(world: World) -> None:
    call = waiting_call(world)
    leg_id = desk(world, call, Behaviour("manual"))
    world.until(lambda: leg_row(world, leg_id).carrier_sid is not None, limit=20)
    world.pass_time(2)
    call.hang_up()
    world.pass_time(3)
    assert world.exchange.calls[str(leg_row(world, leg_id).carrier_sid)].over
    assert leg_row(world, leg_id).joined_at is None


def test_without_a_fallback_her_ceiling_ends_in_the_closing_sentence(world: World) -> None:
    call = waiting_call(world)
    world.pass_time(160)
    assert call.over
    found = contact(world, call.sid)
    assert found.state == "abandoned_in_queue"
    assert "112" in words(world, call.from_)
    assert story(world, found.id).count("DeadlinePassed") == 1
    deadline = (found.ended_at - found.received_at).total_seconds()  # type: ignore[operator]
    assert 120 <= deadline < 160


def test_at_her_ceiling_the_fallback_telephone_rings_once_and_answers_her(world: World) -> None:
    number = with_fallback(world, Behaviour("desk"))
    call = waiting_call(world)
    world.pass_time(170)
    assert not call.over
    kinds = [line.kind for line in world.exchange.phone(number).transcript]
    assert kinds.count("ringing") == 1
    assert "112" in words(world, call.from_)
    call.hang_up()
    world.pass_time(3)
    assert call_row(world, call.sid).stage == "over"


def test_somebody_who_takes_her_on_the_last_rung_has_her(world: World) -> None:
    with_fallback(world, Behaviour("manual"))
    call = waiting_call(world)
    world.until(lambda: call_row(world, call.sid).stage == "last_rung", limit=200)
    world.pass_time(3)
    desk(world, call, Behaviour("desk"))
    world.until(lambda: contact(world, call.sid).state == "connected", limit=20)
    world.pass_time(60)
    assert contact(world, call.sid).state == "connected"


def test_after_key_five_nothing_is_said_and_nobody_hangs_up_on_her(world: World) -> None:
    call = waiting_call(world, Behaviour(presses=(Press("5", after=1.0),)))
    before = len(world.exchange.phone(call.from_).heard())
    world.pass_time(400)
    assert not call.over
    assert len(world.exchange.phone(call.from_).heard()) == before
    found = contact(world, call.sid)
    assert found.danger
    assert story(world, found.id).count("DeadlinePassed") == 1
    desk(world, call, Behaviour("desk"))
    world.until(lambda: contact(world, call.sid).state == "connected", limit=30)


def test_key_five_while_she_waits_silences_the_room(world: World) -> None:
    call = waiting_call(world, Behaviour(presses=(Press("1", after=1.0), Press("5", after=20.0))))
    world.until(lambda: contact(world, call.sid).danger, limit=60)
    before = len(world.exchange.phone(call.from_).heard())
    world.pass_time(60)
    assert len(world.exchange.phone(call.from_).heard()) == before
    assert story(world, contact(world, call.sid).id).count("DangerSignalled") == 1


def test_the_greeting_and_every_prompt_of_the_waiting_room_can_be_heard(world: World) -> None:
    call = waiting_call(world, Behaviour(presses=(Press("2", after=1.0),)))
    world.pass_time(100)
    assert "112" in words(world, call.from_)
    assert contact(world, call.sid).language == "en"


def test_the_operator_ends_the_call(world: World) -> None:
    call = waiting_call(world)
    desk(world, call, Behaviour("desk"))
    world.until(lambda: contact(world, call.sid).state == "connected", limit=30)
    contact_id = contact(world, call.sid).id
    world.do(lambda session: hotline.hang_up(session, ACTOR, contact_id))
    world.pass_time(5)
    assert call.over
    found = contact(world, call.sid)
    assert (found.state, found.ended_by) == ("wrap_up", "staff")


def test_what_was_closed_while_she_talked_stays_closed(world: World) -> None:
    call = waiting_call(world)
    desk(world, call, Behaviour("desk"))
    world.until(lambda: contact(world, call.sid).state == "connected", limit=30)
    contact_id = contact(world, call.sid).id
    world.do(lambda session: hotline.close(session, ACTOR, contact_id))
    call.hang_up()
    world.pass_time(5)
    assert contact(world, call.sid).state == "closed"
    assert call_row(world, call.sid).stage == "over"


def test_a_page_asks_for_the_pin_and_lets_the_room_above_decide(world: World) -> None:
    number = telephone(world, Behaviour("answer", presses=(Press("4815#", after=2.0), Press("1", after=14.0))))
    leg_id = paged(world, number)
    world.until(lambda: leg_row(world, leg_id).digits_sealed is not None, limit=40)  # type: ignore[attr-defined]
    assert world.do(lambda session: hotline.leg_digits(session, leg_id)) == "4815"
    assert world.do(lambda session: hotline.leg_digits(session, leg_id)) == ""
    world.do(lambda session: hotline.say(session, ACTOR, leg_id, "accept_or_decline", then="menu"))
    world.pass_time(12)
    with unit_of_work(world.ground) as session:
        facts = session.scalars(
            select(StoredFact)
            .where(StoredFact.kind == "LegAnswered", StoredFact.payload["leg_id"].astext == str(leg_id))
            .order_by(StoredFact.number),
        ).all()
    assert [fact.payload["digit"] for fact in facts] == ["pin", "1"]
    world.do(lambda session: hotline.say(session, ACTOR, leg_id, "page_accepted", then="hang_up"))
    world.pass_time(10)
    assert leg_row(world, leg_id).ended_at is not None


def test_a_voicemail_that_answers_a_page_enters_nothing(world: World) -> None:
    number = telephone(world, Behaviour("machine"))
    leg_id = paged(world, number)
    world.pass_time(60)
    leg = leg_row(world, leg_id)
    assert leg.ended_at is not None
    assert leg.digits is None
