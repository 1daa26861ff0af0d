"""Somebody calls her back: her own telephone first, then hers, and whether she is called at all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import system
from core.unit_of_work import unit_of_work
from hotline import service as hotline
from hotline.models import Contact
from hotline.phrases import phrase
from practice.phones import Behaviour, Press
from routing import service as routing
from staff import service as staff
from tests.edge.journeys.calling import PICKS_UP, Calling
from tests.edge.journeys.test_call_back import HOUR, Her
from tests.edge.journeys.test_calls_again import all_holds, pass_quietly
from tests.edge.journeys.test_none_is_lost import answered_call, contact_of, facts_of, waiting_call
from tests.support.world import World

ACTOR = system("tests")


@pytest.fixture
def calling(world: World) -> Calling:
    return Calling(Her(world))


def test_she_is_called_and_speaks_with_who_called_her(calling: Calling, world: World) -> None:
    calling.she(PICKS_UP)
    calling.press()
    assert calling.view.state == "ringing"
    assert calling.calls() == []
    calling.until("answered")
    world.pass_time(3)
    [call] = calling.calls()
    assert call.from_ == world.line.number
    # Nobody said a word to her but the one who called.
    assert world.exchange.phone(calling.her.number).heard(call.sid) == []
    talk = calling.talk()
    assert (talk.state, talk.owner_id, talk.carrier_sid) == ("connected", calling.her.operator.account_id, call.sid)
    assert world.exchange.speak(call.sid, "alo") == [calling.desk().sid]
    assert call.sid in world.exchange.speak(calling.desk().sid, "efendim")
    # Until it is sure who answered, nothing of hers is ended by it.
    assert calling.wanted()
    assert facts_of(world, calling.contact_id, "CallbackOver") == []
    calling.sure()
    assert not calling.wanted()
    assert [fact.payload["why"] for fact in facts_of(world, calling.contact_id, "CallbackOver")] == ["answered"]
    world.do(lambda session: hotline.hang_up(session, calling.her.operator.actor, talk.id))
    assert calling.until("over").outcome == "reached"
    world.pass_time(2)
    assert calling.talk().state == "wrap_up"
    all_holds(world)


def test_h4_a_machine_is_hung_up_on_and_hears_nothing(calling: Calling, world: World) -> None:
    calling.she(Behaviour("machine", after=5.0))
    calling.press()
    assert calling.until("over").outcome == "machine"
    world.pass_time(10)
    [call] = calling.calls()
    assert call.over
    calling.nothing_said()
    assert calling.desk().over
    with unit_of_work(world.ground) as session:
        assert session.scalars(select(Contact).where(Contact.call_back_of == calling.contact_id)).all() == []
    # Nothing dials by itself, and her task comes back when her telephone may ring for us again.
    assert calling.her.listed() == []
    assert calling.refused() == ("called_lately",)
    pass_quietly(world, 0.5 * HOUR)
    assert len(calling.her.listed()) == 1
    assert len(calling.calls()) == 1
    all_holds(world)


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [(Behaviour("busy"), "busy"), (Behaviour("manual"), "no_answer"), (Behaviour("failed"), "failed")],
    ids=["busy", "nobody", "bad number"],
)
def test_who_is_not_reached_stays_a_task_and_is_called_again_by_a_person_alone(
    calling: Calling, world: World, behaviour: Behaviour, outcome: str
) -> None:
    calling.she(behaviour)
    calling.press()
    assert calling.until("over").outcome == outcome
    world.pass_time(10)
    assert calling.desk().over
    assert calling.wanted()
    pass_quietly(world, 0.5 * HOUR)
    assert len(calling.her.listed()) == 1
    assert len(calling.calls()) == 1
    calling.she(PICKS_UP)
    calling.press()
    calling.until("answered")
    assert len(calling.calls()) == 2


def test_her_telephone_rings_three_times_a_day_for_us_and_no_more(calling: Calling, world: World) -> None:
    calling.she(Behaviour("busy"))
    for _ in range(3):
        calling.press()
        assert calling.until("over").outcome == "busy"
        pass_quietly(world, 0.5 * HOUR)
    assert calling.refused() == ("called_lately",)
    assert calling.acts("call_back_asked")[-1] == {"gate": "allowed"}
    assert calling.her.listed() == []
    pass_quietly(world, 23 * HOUR)
    assert len(calling.her.listed()) == 1


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (Behaviour("no_answer"), "unreached"),
        (Behaviour("machine"), "unreached"),
        (Behaviour("answer", presses=(Press("2"),)), "unreached"),
    ],
    ids=["nobody", "machine", "key 2"],
)
def test_without_a_person_at_our_own_telephone_she_is_not_called(
    calling: Calling, world: World, behaviour: Behaviour, outcome: str
) -> None:
    world.exchange.set_behaviour(calling.her.operator.phone, behaviour)
    calling.press()
    assert calling.until("over").outcome == outcome
    assert calling.calls() == []
    # Her telephone did not ring, so nothing keeps a person from trying again at once.
    assert len(calling.her.listed()) == 1


SLOW = Behaviour("answer", after=1.0, presses=(Press("1", after=6.0),))


def test_the_gate_is_asked_again_when_one_is_pressed(calling: Calling, world: World) -> None:
    world.exchange.set_behaviour(calling.her.operator.phone, SLOW)
    calling.she(PICKS_UP)
    calling.press()
    world.pass_time(4)
    calling.another(calling.contact_id)
    view = calling.until("over")
    assert (view.outcome, view.reasons) == ("forbidden", ("compromised", "never_first"))
    world.pass_time(5)
    assert calling.calls() == []
    assert phrase("call_back_off", "tr").text in world.exchange.phone(calling.her.operator.phone).heard()
    assert calling.acts("gate_refused")[-1]["reason"] == "compromised"


def test_what_could_not_leave_before_her_hours_are_over_does_not_leave(world: World) -> None:
    her = Her(world)
    closes = her.moment() + timedelta(minutes=20)
    calling = Calling(her, call="ok", expires_at=closes)
    calling.she(PICKS_UP)
    world.exchange.set_behaviour(her.operator.phone, SLOW)
    world.pass_time((closes - her.moment()).total_seconds() - 20)
    calling.press()
    world.pass_time(4)
    world.carrier.http_client.down = True
    assert calling.until("calling").outcome is None
    world.pass_time((closes - her.moment()).total_seconds())
    world.carrier.http_client.down = False
    assert calling.until("over").outcome == "forbidden"
    world.pass_time(30)
    assert calling.calls() == []
    assert "expired" in calling.refused()


def test_who_is_stopped_while_her_telephone_rings_is_not_let_through(calling: Calling, world: World) -> None:
    calling.she(Behaviour("answer", after=15.0))
    calling.press()
    calling.until("calling")
    world.pass_time(5)
    calling.another(calling.contact_id)
    world.pass_time(20)
    assert calling.view.outcome == "forbidden"
    [call] = calling.calls()
    assert (call.over, call.answered_at) == (True, None)
    calling.nothing_said()


def test_nobody_is_called_twice_at_once_nor_while_she_is_on_the_line(calling: Calling, world: World) -> None:
    calling.she(PICKS_UP)
    colleague = world.person("operator", behaviour=Behaviour("desk"), on_duty=None)
    scope = world.scope(colleague)

    def also(session: Session) -> None:
        routing.call_back(session, colleague.actor, scope, calling.contact_id, colleague.account_id)

    calling.press()
    with pytest.raises(hotline.AlreadyCalledError):
        world.do(also)
    calling.until("answered")
    assert calling.refused() == ("called_lately",)


def test_who_calls_us_at_this_moment_is_answered_and_not_called(calling: Calling, world: World) -> None:
    waiting_call(world, calling.her.number)
    with pytest.raises(hotline.AlreadyCalledError):
        calling.press()
    world.ready(calling.her.operator)
    answered_call(world, calling.her.operator)
    with pytest.raises(routing.BusyError):
        calling.press()


def test_who_calls_her_is_offered_nobody_and_takes_nobody_meanwhile(calling: Calling, world: World) -> None:
    calling.she(Behaviour("answer", after=20.0))
    caller = calling.her.operator
    world.ready(caller)
    calling.press()
    calling.until("calling")
    call = waiting_call(world)
    world.pass_time(5)
    assert facts_of(world, contact_of(world, call.sid).id, "OffersMade") == []
    other = contact_of(world, call.sid).id
    with pytest.raises(routing.BusyError):
        world.do(lambda session: routing.accept(session, caller.actor, other, caller.account_id))


def test_it_can_be_given_up_while_her_telephone_rings(calling: Calling, world: World) -> None:
    calling.she(Behaviour("answer", after=15.0))
    calling.press()
    calling.until("calling")
    world.pass_time(4)
    view_id = calling.view.id
    assert world.do(lambda session: hotline.withdraw_call_back(session, view_id))
    world.pass_time(20)
    [call] = calling.calls()
    assert (call.over, call.answered_at) == (True, None)
    assert calling.view.outcome == "withdrawn"
    assert calling.desk().over


def test_on_a_line_that_says_who_we_are_nobody_is_called_who_agreed_to_neutral_words(world: World) -> None:
    calling = Calling(Her(world), call="neutral")
    world.do(lambda session: staff.set_greeting(session, ACTOR, world.line.number, named=True))
    assert calling.refused() == ("named_line",)
    calling.her.agrees(call="ok")
    calling.press()
