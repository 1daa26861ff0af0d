"""Somebody calls her back: her own telephone first, then hers, and every way in which that can end."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.unit_of_work import unit_of_work
from hotline import service as hotline
from hotline.models import Contact
from hotline.queries import CallBackView, call_backs_of
from intake import queries as intake_queries
from intake import service as intake
from practice.calls import Call as Carried
from practice.phones import Behaviour
from routing import service as routing
from tests.edge.journeys.test_call_back import Her
from tests.edge.journeys.test_calls_again import all_holds, pages, pass_quietly
from tests.edge.journeys.test_none_is_lost import facts_of
from tests.support.world import World

PICKS_UP = Behaviour("answer", after=4.0)


class Calling:
    """Whoever calls her back, and what her telephone does."""

    def __init__(self, her: Her, **agreed: object) -> None:
        self.her, self.world = her, her.world
        her.agrees(**(agreed or {"call": "ok"}))
        self.contact_id = her.gives_up()
        # The first minutes after her own try are hers.
        pass_quietly(self.world, 60)

    def she(self, behaviour: Behaviour) -> None:
        self.world.exchange.set_behaviour(self.her.number, behaviour)

    def press(self) -> None:
        """'Call her' on the screen; her own telephone is answered and 1 pressed by the desk's behaviour."""
        caller = self.her.operator
        scope = self.world.scope(caller)
        self.world.do(
            lambda session: routing.call_back(session, caller.actor, scope, self.contact_id, caller.account_id)
        )

    @property
    def view(self) -> CallBackView:
        with unit_of_work(self.world.ground) as session:
            return call_backs_of(session, self.contact_id)[0]

    def until(self, state: str) -> CallBackView:
        self.world.until(lambda: self.view.state == state, limit=120)
        return self.view

    def calls(self) -> list[Carried]:
        """The calls that left to her number."""
        return [one for one in self.world.exchange.calls.values() if one.to == self.her.number]

    def desk(self) -> Carried:
        """The newest call to the telephone of who calls."""
        return [one for one in self.world.exchange.calls.values() if one.to == self.her.operator.phone][-1]

    def talk(self) -> Contact:
        """The contact that began when somebody answered."""
        with unit_of_work(self.world.ground) as session:
            return session.scalars(select(Contact).where(Contact.call_back_of == self.contact_id)).one()

    def sure(self) -> None:
        """Whoever calls made sure that it is she."""
        scope, talk_id = self.world.scope(self.her.operator), self.talk().id

        def check(session: object) -> None:
            view = intake_queries.intake_of_contact(session, scope, talk_id)  # type: ignore[arg-type]
            assert view is not None
            intake.check_identity(session, scope.actor, scope, view.id, "question")  # type: ignore[arg-type]

        self.world.do(check)


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
    assert [row.contact_id for row in pages(world)] == [calling.contact_id]
    assert facts_of(world, calling.contact_id, "CallbackOver") == []
    calling.sure()
    assert [row.state for row in pages(world)] == ["closed"]
    assert [fact.payload["why"] for fact in facts_of(world, calling.contact_id, "CallbackOver")] == ["answered"]
    world.do(lambda session: hotline.hang_up(session, calling.her.operator.actor, talk.id))
    assert calling.until("over").outcome == "reached"
    world.pass_time(2)
    assert calling.talk().state == "wrap_up"
    all_holds(world)
