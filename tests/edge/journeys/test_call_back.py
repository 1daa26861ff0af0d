"""Who agreed to be called and was not answered is called back: in her safe hours, and only as the gate allows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from core.clock import now
from core.i18n import format_end, use_locale
from core.unit_of_work import unit_of_work
from dashboard.due import due_items
from dashboard.presenters import DueItem
from intake import queries as intake_queries
from intake import service as intake
from intake.gate import may_reply
from intake.gate_rules import ISTANBUL
from intake.service import Agreed
from practice.phones import Behaviour
from routing import service as routing
from tests.edge.journeys.test_calls_again import all_holds, gives_up, pages, pass_quietly
from tests.edge.journeys.test_none_is_lost import answered_call, contact_of, facts_of
from tests.support.line import fresh_number
from tests.support.world import Person, World

HOUR = 3600


class Her:
    """Somebody who was answered once and agreed how she may be reached; nobody is at work since."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.number = fresh_number()
        self.operator: Person = world.person("operator", behaviour=Behaviour("desk"), on_duty=None)
        world.ready(self.operator)
        call = answered_call(world, self.operator, self.number)
        self.first = contact_of(world, call.sid).id
        call.hang_up()
        world.pass_time(2)

    def agrees(self, **agreed: Any) -> None:
        """What the operator writes down."""
        scope = self.world.scope(self.operator)

        def write(session: Any) -> None:
            view = intake_queries.intake_of_contact(session, scope, self.first)
            assert view is not None
            intake.set_safe_contact(session, scope.actor, scope, view.id, Agreed(**agreed))

        self.world.do(write)

    def hours(self, opens_in: int, closes_in: int) -> dict[str, int]:
        """A window of every day, by the hours until it opens and closes."""
        local = self.moment().astimezone(ISTANBUL)
        minute = local.hour * 60 + local.minute
        return {"from_minute": (minute + opens_in * 60) % 1440, "to_minute": (minute + closes_in * 60) % 1440}

    def moment(self) -> datetime:
        """The house's time."""
        with unit_of_work(self.world.ground) as session:
            return now(session)

    def away(self) -> None:
        """Nobody is there any more."""
        self.world.do(lambda session: routing.sign_off(session, self.operator.account_id))

    def gives_up(self) -> UUID:
        """She calls, and nobody answers."""
        self.away()
        return gives_up(self.world, self.number)

    def listed(self) -> list[DueItem]:
        """The call-backs that stand in the operator's list now; the gate agrees with each of them."""
        scope = self.world.scope(self.operator)
        with unit_of_work(self.world.ground) as session, use_locale("en"):
            items = [item for item in due_items(session, scope, now(session)) if item.kind == "call_back"]
            for item in items:
                contact_id = UUID(item.href.removeprefix("/contacts/"))
                assert may_reply(session, scope, contact_id, channel="voice", purpose="callback").allowed
            return items


@pytest.fixture
def her(world: World) -> Her:
    return Her(world)


def test_the_task_stands_in_the_list_inside_her_safe_hours_alone(her: Her, world: World) -> None:
    her.agrees(call="neutral", **her.hours(1, 3))
    contact_id = her.gives_up()
    assert [fact.kind for fact in facts_of(world, contact_id, "CallbackPlanned")] == ["CallbackPlanned"]
    # A page stands for her call all the same.
    assert [row.contact_id for row in pages(world)] == [contact_id]
    assert her.listed() == []
    pass_quietly(world, 1.1 * HOUR)
    [item] = her.listed()
    assert item.href == f"/contacts/{contact_id}"
    assert item.due_at <= her.moment()
    assert f"She will see {world.line.number}." in item.line
    assert "Say nothing that tells who we are." in item.line
    assert item.line.startswith(f"By telephone, until {format_end(item.due_at + timedelta(hours=2))}.")
    pass_quietly(world, 2 * HOUR)
    assert her.listed() == []
    # She is not forgotten: her hours come again tomorrow.
    pass_quietly(world, 22 * HOUR)
    assert [one.id for one in her.listed()] == [item.id]
    all_holds(world)


def test_who_agreed_to_any_time_is_in_the_list_at_once_and_once(her: Her, world: World) -> None:
    her.agrees(call="ok")
    contacts = [her.gives_up() for _ in range(3)]
    [item] = her.listed()
    assert item.href == f"/contacts/{contacts[-1]}"
    assert "By telephone, at any time." in item.line
    assert "She agreed to be called." in item.line
    all_holds(world)


@pytest.mark.parametrize("call", ["never", "unasked"])
def test_where_the_gate_refuses_there_is_no_task(her: Her, world: World, call: str) -> None:
    her.agrees(call=call, sms="ok")
    contact_id = her.gives_up()
    assert facts_of(world, contact_id, "CallbackPlanned") == []
    assert her.listed() == []


def test_without_an_agreement_there_is_no_task_but_her_line(her: Her, world: World) -> None:
    contact_id = her.gives_up()
    assert facts_of(world, contact_id, "CallbackPlanned") == []
    assert [row.calls for row in pages(world)] == [1]


def test_who_calls_again_and_is_answered_need_not_be_called(her: Her, world: World) -> None:
    her.agrees(call="ok")
    contact_id = her.gives_up()
    assert her.listed()
    world.ready(her.operator)
    answered_call(world, her.operator, her.number)
    assert her.listed() == []
    assert [fact.payload["why"] for fact in facts_of(world, contact_id, "CallbackOver")] == ["answered"]


def test_another_who_is_answered_ends_nothing_of_hers(her: Her, world: World) -> None:
    her.agrees(call="ok")
    her.gives_up()
    world.ready(her.operator)
    answered_call(world, her.operator, fresh_number())
    assert len(her.listed()) == 1


def test_what_is_agreed_later_counts(her: Her, world: World) -> None:
    her.agrees(call="ok")
    contact_id = her.gives_up()
    assert her.listed()
    her.agrees(call="neutral", **her.hours(1, 2))
    assert her.listed() == []
    pass_quietly(world, 1.1 * HOUR)
    assert her.listed()
    her.agrees(call="never")
    assert her.listed() == []
    assert [fact.payload["why"] for fact in facts_of(world, contact_id, "CallbackOver")] == ["refused"]


def test_an_agreement_that_expires_takes_the_task_with_it(her: Her, world: World) -> None:
    her.agrees(call="ok", expires_at=her.moment() + timedelta(hours=1))
    contact_id = her.gives_up()
    assert her.listed()
    pass_quietly(world, 1.1 * HOUR)
    assert her.listed() == []
    assert [fact.payload["why"] for fact in facts_of(world, contact_id, "CallbackOver")] == ["refused"]


def test_while_another_may_have_her_telephone_or_she_is_not_alone_nobody_is_to_call(her: Her, world: World) -> None:
    her.agrees(call="ok")
    contact_id = her.gives_up()
    scope = world.scope(world.person("shift_lead", on_duty=None))
    with unit_of_work(world.ground) as session:
        view = intake_queries.intake_of_contact(session, scope, contact_id)
        assert view is not None
    world.do(lambda session: intake.mark_not_alone(session, scope.actor, scope, view.id))
    assert her.listed() == []
    world.do(lambda session: intake.mark_not_alone(session, scope.actor, scope, view.id, not_alone=False))
    assert len(her.listed()) == 1
    world.do(lambda session: intake.mark_compromised(session, scope.actor, scope, view.id))
    assert her.listed() == []
    assert [fact.payload["why"] for fact in facts_of(world, contact_id, "CallbackOver")] == ["refused"]
