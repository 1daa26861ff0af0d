"""A colleague or an interpreter is called in to a conversation: consult, hand over, leave. At every moment one has her.

The whole house is there: people at work with telephones of their own, and the practice exchange follows every leg.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import select

from core.unit_of_work import unit_of_work
from hotline import service as hotline
from hotline.models import Leg
from hotline.phrases import phrase
from hotline.rules import ALONE_S, ANNOUNCE_S, HOLD_S
from practice.calls import Call
from practice.phones import Behaviour, Press
from routing import service as routing
from routing.models import Queued
from staff import service as staff
from staff.scope import Scope
from tests.support.story import call_row, contact, story, waiting_call, words
from tests.support.world import Person, World

ENGLISH = Behaviour(presses=(Press("2", after=1.0),))
FIVE = Behaviour(presses=(Press("5", after=1.0),))
DESK = Behaviour("desk", after=2.0)
JOINS = Behaviour("answer", after=2.0, presses=(Press("1", hearing="Kabul için 1"),))
TOLD = phrase("interpreter_joins", "en").text


@dataclass
class Talk:
    """A caller and the operator who took her on the board."""

    world: World
    call: Call
    first: Person
    contact_id: UUID

    def leg(self, person: Person) -> Leg:
        """The newest telephone of a person in this conversation."""
        with unit_of_work(self.world.ground) as session:
            mine = select(Leg).where(Leg.contact_id == self.contact_id, Leg.account_id == person.account_id)
            return session.scalars(mine.order_by(Leg.created_at.desc()).limit(1)).one()

    def call_in(self, person: Person, role: str = "colleague", *, hold: bool = False) -> None:
        self.world.do(
            lambda session: routing.call_in(session, self.first.actor, self.contact_id, person.account_id, role),
        )
        if hold:
            self.world.do(lambda session: hotline.put_on_hold(session, self.first.actor, self.contact_id))

    def hand_over(self, to: Person, by: Person | None = None) -> None:
        leg_id, actor = self.leg(to).id, (by or self.first).actor
        self.world.do(lambda session: hotline.hand_over_call(session, actor, self.contact_id, leg_id))

    def leave(self, person: Person) -> None:
        self.world.do(lambda session: hotline.leave_call(session, person.actor, self.contact_id))

    def hears_her(self) -> set[str]:
        """Who hears what she says, by telephone."""
        heard = self.world.exchange.speak(self.call.sid, "alo")
        return {self.world.exchange.calls[sid].to for sid in heard}

    def hears(self, person: Person) -> set[str]:
        """Who hears what this person says; she is named by her own number."""
        heard = self.world.exchange.speak(str(self.leg(person).carrier_sid), "efendim")
        calls = [self.world.exchange.calls[sid] for sid in heard]
        return {call.from_ if call.sid == self.call.sid else call.to for call in calls}

    @property
    def owner(self) -> UUID | None:
        """Who has her, as both rooms say it."""
        with unit_of_work(self.world.ground) as session:
            row = session.get_one(Queued, self.contact_id)
            assert row.state != "taken" or row.taken_by == contact(self.world, self.call.sid).owner_id
            return row.taken_by

    def said(self) -> list[str]:
        """What the machine said to her."""
        return [line for line in self.world.exchange.phone(self.call.from_).heard() if line not in ("alo", "efendim")]


def talking(world: World, behaviour: Behaviour = ENGLISH) -> Talk:
    first = world.person("operator", behaviour=DESK, languages=("tr", "en"))
    world.ready(first)
    call = waiting_call(world, behaviour)
    contact_id = contact(world, call.sid).id
    world.do(lambda session: routing.accept(session, first.actor, contact_id, first.account_id))
    world.until(lambda: contact(world, call.sid).state == "connected", limit=60)
    world.pass_time(15)
    return Talk(world, call, first, contact_id)


def colleague(world: World, behaviour: Behaviour = JOINS) -> Person:
    return world.person("operator", behaviour=behaviour, languages=("tr", "ku"))


def test_consult_hand_over_and_leave(world: World) -> None:
    talk, second = talking(world), colleague(world)
    before = talk.said()
    talk.call_in(second, hold=True)
    world.pass_time(20)
    assert talk.hears_her() == set()
    assert talk.hears(talk.first) == {second.phone}
    assert talk.said() == [*before, phrase("transfer", "en").text]
    assert talk.owner == talk.first.account_id
    talk.hand_over(second)
    world.pass_time(3)
    assert talk.owner == second.account_id
    assert talk.hears_her() == {talk.first.phone, second.phone}
    talk.leave(talk.first)
    world.pass_time(5)
    assert talk.hears_her() == {second.phone}
    assert talk.owner == second.account_id
    world.pass_time(ALONE_S + 10)
    told = story(world, talk.contact_id)
    assert [kind for kind in told if kind.startswith(("Guest", "Hold", "CallH", "CallerA"))] == [
        "GuestCalled", "HoldBegan", "GuestJoined", "CallHandedOver", "HoldEnded",
    ]  # fmt: skip
    with unit_of_work(world.ground) as session:
        Scope.of(session, second.account_id).require_record(
            session, "intake", talk.contact_id, second.centre_id, subject_kind="contact", act="write"
        )


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour("no_answer"),
        Behaviour("busy"),
        Behaviour("decline"),
        Behaviour("machine", after=2.0),
        Behaviour("answer", after=2.0, presses=(Press("2", hearing="Kabul için 1"),)),
        Behaviour("answer", after=2.0, hang_up_after=3.0),
    ],
)
def test_whom_nobody_joins_goes_back_to_who_had_her(world: World, behaviour: Behaviour) -> None:
    talk, second = talking(world), colleague(world, behaviour)
    talk.call_in(second, hold=True)
    world.pass_time(75)
    assert talk.hears_her() == {talk.first.phone}
    assert talk.owner == talk.first.account_id
    assert "HoldEnded" in story(world, talk.contact_id)


def test_when_the_colleague_goes_while_she_is_on_hold_she_is_back(world: World) -> None:
    talk, second = talking(world), colleague(world)
    talk.call_in(second, hold=True)
    world.pass_time(20)
    world.exchange.calls[str(talk.leg(second).carrier_sid)].hang_up()
    world.pass_time(5)
    assert talk.hears_her() == {talk.first.phone}


def test_when_his_telephone_dies_on_hold_without_company_she_waits_again(world: World) -> None:
    talk, second = talking(world), colleague(world, Behaviour("no_answer"))
    talk.call_in(second, hold=True)
    world.pass_time(5)
    world.exchange.calls[str(talk.leg(talk.first).carrier_sid)].hang_up()
    world.until(lambda: call_row(world, talk.call.sid).stage == "waiting", limit=ALONE_S + 5)
    assert talk.owner is None
    assert not talk.call.over


def test_when_his_telephone_dies_the_colleague_in_the_room_has_her(world: World) -> None:
    talk, second = talking(world), colleague(world)
    talk.call_in(second, hold=True)
    world.pass_time(20)
    world.exchange.calls[str(talk.leg(talk.first).carrier_sid)].hang_up()
    world.pass_time(5)
    assert talk.owner == second.account_id
    assert talk.hears_her() == {second.phone}
    world.pass_time(HOLD_S)
    assert "CallerAlone" not in story(world, talk.contact_id)


def test_an_interpreter_is_announced_and_is_no_company(world: World) -> None:
    talk, third = talking(world), colleague(world)
    before = talk.said()
    talk.call_in(third, "interpreter")
    world.pass_time(3)
    assert talk.said() == [*before, TOLD]
    world.pass_time(ANNOUNCE_S + 20)
    assert talk.hears_her() == {talk.first.phone, third.phone}
    with pytest.raises(hotline.NotHersError):
        talk.hand_over(third)
    his = world.exchange.calls[str(talk.leg(third).carrier_sid)]
    world.exchange.calls[str(talk.leg(talk.first).carrier_sid)].hang_up()
    world.until(lambda: call_row(world, talk.call.sid).stage == "waiting", limit=ALONE_S + 8)
    world.pass_time(3)
    assert his.over


def test_an_interpreter_whom_she_refuses_is_not_rung(world: World) -> None:
    talk, third = talking(world), colleague(world)
    talk.call_in(third, "interpreter")
    world.pass_time(3)
    talk.call.press("2")
    world.pass_time(ANNOUNCE_S + 40)
    assert talk.hears_her() == {talk.first.phone}
    assert words(world, third.phone) == ""
    assert "GuestCalled" not in story(world, talk.contact_id)


def test_after_a_five_no_machine_announces_anybody_and_who_joins_is_muted(world: World) -> None:
    talk, third = talking(world, FIVE), colleague(world)
    before = talk.said()
    talk.call_in(third, "interpreter")
    world.pass_time(60)
    assert talk.said() == before
    assert talk.hears_her() == {talk.first.phone, third.phone}
    assert talk.call.from_ not in talk.hears(third)


def test_who_has_her_lets_an_interpreter_go_and_cannot_leave_herself(world: World) -> None:
    talk, third = talking(world), colleague(world)
    talk.call_in(third, "interpreter")
    world.pass_time(ANNOUNCE_S + 30)
    with pytest.raises(hotline.NotHersError):
        talk.leave(talk.first)
    leg_id = talk.leg(third).id
    world.do(lambda session: hotline.let_guest_go(session, talk.first.actor, talk.contact_id, leg_id))
    world.pass_time(3)
    assert talk.hears_her() == {talk.first.phone}


def test_who_is_barred_from_her_is_not_called_in(world: World) -> None:
    talk, second = talking(world), colleague(world)
    with unit_of_work(world.ground) as session:
        subjects = [("contact", talk.contact_id)]
        staff.bar(session, talk.first.actor, subjects=subjects, account_id=second.account_id, reason="kin")
    with unit_of_work(world.ground) as session:
        found = routing.colleagues(session, talk.contact_id, talk.first.account_id)
    assert second.account_id not in {one.account_id for one in found.people}
    with pytest.raises(routing.NoTelephoneError):
        talk.call_in(second)


def test_who_does_not_have_her_calls_nobody_in(world: World) -> None:
    talk, second, third = talking(world), colleague(world), colleague(world)
    talk.call_in(second)
    world.pass_time(20)
    with pytest.raises(hotline.NotHersError):
        talk.hand_over(second, by=second)
    with pytest.raises(hotline.NotHersError):
        world.do(
            lambda session: routing.call_in(session, second.actor, talk.contact_id, third.account_id, "colleague"),
        )


def test_her_hanging_up_lets_everybody_go(world: World) -> None:
    talk, second = talking(world), colleague(world)
    talk.call_in(second)
    world.pass_time(20)
    talk.call.hang_up()
    world.pass_time(5)
    assert all(world.exchange.calls[str(talk.leg(one).carrier_sid)].over for one in (talk.first, second))


def test_a_web_that_starts_anew_meanwhile_goes_on_where_it_was(world: World) -> None:
    talk, second = talking(world), colleague(world, JOINS.but(after=6.0))
    talk.call_in(second, hold=True)
    world.pass_time(4)
    world.carrier.outage = "connect"
    world.pass_time(2.5)
    world.carrier.outage = None
    world.pass_time(25)
    assert talk.hears(talk.first) == {second.phone}
    talk.hand_over(second)
    talk.leave(talk.first)
    world.pass_time(5)
    assert talk.hears_her() == {second.phone}
