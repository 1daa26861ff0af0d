"""She may take her own life: what may lose her is refused, and a second person comes in announced by a person."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from intake import service as intake
from intake.queries import intake_of_contact
from routing import service as routing
from staff.scope import Scope
from tests.edge.routing.test_calling_in import TOLD, Talk, colleague, talking
from tests.support.world import World


def mark(talk: Talk) -> None:
    def write(session: Session) -> None:
        scope = Scope.system("tests")
        found = intake_of_contact(session, scope, talk.contact_id)
        assert found is not None
        intake.mark_caller(session, talk.first.actor, scope, found.id, "suicidal")

    talk.world.do(write)


def test_h12_she_is_not_handed_over_and_not_put_on_hold(world: World) -> None:
    talk, second = talking(world), colleague(world)
    mark(talk)
    world.do(
        lambda session: routing.call_in(
            session, talk.first.actor, talk.contact_id, second.account_id, "colleague", told=True
        ),
    )
    world.pass_time(20)
    assert talk.hears_her() == {talk.first.phone, second.phone}
    leg = talk.leg(second).id
    with pytest.raises(routing.StaysError):
        world.do(lambda session: routing.hand_over(session, talk.first.actor, talk.contact_id, leg))
    with pytest.raises(routing.StaysError):
        world.do(lambda session: routing.put_on_hold(session, talk.first.actor, talk.contact_id))
    world.pass_time(5)
    assert talk.owner == talk.first.account_id
    assert talk.hears_her() == {talk.first.phone, second.phone}


def test_who_joins_is_told_by_who_has_her_and_by_no_machine(world: World) -> None:
    talk, second = talking(world), colleague(world)
    mark(talk)
    before = talk.said()
    for role in ("colleague", "interpreter"):
        with pytest.raises(routing.NotToldError):
            talk.call_in(second, role)
    world.do(
        lambda session: routing.call_in(
            session, talk.first.actor, talk.contact_id, second.account_id, "interpreter", told=True
        ),
    )
    world.pass_time(20)
    assert TOLD not in talk.said()
    assert talk.said() == before
    assert talk.hears_her() == {talk.first.phone, second.phone}


def test_who_waits_on_hold_is_fetched_when_she_is_marked(world: World) -> None:
    talk = talking(world)
    world.do(lambda session: routing.put_on_hold(session, talk.first.actor, talk.contact_id))
    world.pass_time(3)
    assert talk.hears_her() == set()
    mark(talk)
    world.pass_time(5)
    assert talk.hears_her() == {talk.first.phone}


def test_if_the_telephone_of_who_has_her_drops_the_second_person_has_her(world: World) -> None:
    talk, second = talking(world), colleague(world)
    mark(talk)
    world.do(
        lambda session: routing.call_in(
            session, talk.first.actor, talk.contact_id, second.account_id, "colleague", told=True
        ),
    )
    world.pass_time(20)
    world.exchange.calls[str(talk.leg(talk.first).carrier_sid)].hang_up()
    world.pass_time(5)
    assert talk.owner == second.account_id
    assert talk.hears_her() == {second.phone}
