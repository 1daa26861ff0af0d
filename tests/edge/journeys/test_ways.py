"""Each way in which a call can go wrong, one at a time, from the first ring to its end. docs/calls.md lists them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from unittest.mock import patch

import pytest
from sqlalchemy import select

from core.unit_of_work import unit_of_work
from escalation.paging.models import Page
from hotline.phrases import phrase
from practice.calls import Call as Carried
from practice.faults import Faults
from practice.phones import Behaviour, Press
from routing import service as routing
from tests.support.line import fresh_number
from tests.support.story import accident, contact, with_fallback
from tests.support.world import Person, World

CLOSING = phrase("closing", "tr").text
WAITS = Behaviour(presses=(Press("1", after=1.0),))
#: Longer than her ceiling, one poll and the last rung.
OVER_S = 200.0
Way = Callable[[World], object]


def call(world: World) -> Carried:
    return world.exchange.call(fresh_number(), world.line.number, WAITS)


def take(world: World, operator: Person, hers: Carried) -> None:
    """The operator accepts her on the board as soon as she waits."""
    world.pass_time(6)
    contact_id = contact(world, hers.sid).id
    with suppress(routing.BusyError):
        world.do(lambda s: routing.accept(s, operator.actor, contact_id, operator.account_id))


def taken(world: World, behaviour: Behaviour) -> Carried:
    """She calls, and the one operator takes her, whose telephone does this."""
    operator = world.person("operator", behaviour=behaviour)
    world.ready(operator)
    hers = call(world)
    take(world, operator, hers)
    return hers


# Who could answer.


def nobody_on_duty(world: World) -> Carried:
    return call(world)


def all_on_break(world: World) -> Carried:
    who = world.person("operator", behaviour=Behaviour("desk"))
    hers = call(world)
    for _ in range(8):
        world.do(lambda s: routing.heartbeat(s, who.actor, who.account_id, who.centre_id, ready=False))
        world.pass_time(20)
    return hers


def all_busy(world: World) -> Carried:
    operator = world.person("operator", behaviour=Behaviour("desk"))
    world.ready(operator)
    first = call(world)
    take(world, operator, first)
    world.until(lambda: contact(world, first.sid).state == "connected", limit=40)
    hers = call(world)
    take(world, operator, hers)
    return hers


def all_decline(world: World) -> Carried:
    operator = world.person("operator")
    world.person("oncall", on_duty="oncall", behaviour=Behaviour("answer", presses=(Press("2", after=6.0),)))
    world.ready(operator)
    hers = call(world)
    world.pass_time(6)
    contact_id = contact(world, hers.sid).id
    for _ in range(26):
        world.do(lambda s: routing.decline(s, operator.actor, contact_id, operator.account_id))
        world.pass_time(5)
    return hers


# Her telephone, and the carrier.


def carrier_refuses(world: World) -> Carried:
    world.exchange.faults = Faults(rest_500=1.0)
    return taken(world, Behaviour("desk"))


def carrier_away(world: World) -> Carried:
    world.carrier.http_client.down = True
    return taken(world, Behaviour("desk"))


NOBODY_COMES: dict[str, Callable[[World], Carried]] = {
    "nobody on duty": nobody_on_duty,
    "all on break": all_on_break,
    "all busy": all_busy,
    "all decline": all_decline,
    "bad number": lambda world: taken(world, Behaviour("failed")),
    "machine answers": lambda world: taken(world, Behaviour("machine")),
    "nobody picks up": lambda world: taken(world, Behaviour("no_answer")),
    "telephone busy": lambda world: taken(world, Behaviour("busy")),
    "no key": lambda world: taken(world, Behaviour("answer")),
    "carrier refuses": carrier_refuses,
    "carrier away": carrier_away,
}


@pytest.mark.parametrize("way", NOBODY_COMES)
def test_where_nobody_comes_she_hears_where_else_to_turn_and_somebody_is_paged(world: World, way: str) -> None:
    hers = NOBODY_COMES[way](world)
    world.until(lambda: hers.over, limit=OVER_S)
    assert world.exchange.phone(hers.from_).heard(hers.sid)[-1] == CLOSING
    assert hers.ended_at is not None
    assert hers.ended_at - hers.created_at <= OVER_S - 20
    world.exchange.faults, world.carrier.http_client.down = Faults(), False
    world.pass_time(5)
    found = contact(world, hers.sid)
    assert (found.state, found.answered_at) == ("abandoned_in_queue", None)
    with unit_of_work(world.ground) as session:
        pages = session.scalars(select(Page.reason).where(Page.contact_id == found.id)).all()
    assert pages == ["call_unanswered"]


@pytest.mark.parametrize("way", ["machine answers", "carrier refuses"])
def test_where_nobody_comes_the_fallback_telephone_takes_her(world: World, way: str) -> None:
    """Also where the carrier takes no request of ours: her own document dials it."""
    number = with_fallback(world, Behaviour("desk"))
    hers = NOBODY_COMES[way](world)
    world.until(lambda: bool(world.exchange.speak(hers.sid, "alo")), limit=OVER_S)
    (leg,) = [one for one in world.exchange.calls.values() if one.to == number]
    assert world.exchange.speak(leg.sid, "buyurun") == [hers.sid]


EACH = ("/twilio/voice", "/menu/", "/wait/", "/join/", "/leg/")
STUMBLES: dict[str, Way] = {
    "carrier times out": lambda world: setattr(world.exchange, "faults", Faults(response_lost=0.7)),
    "carrier is slow": lambda world: setattr(world.exchange, "faults", Faults(rest_delay=1.0, rest_delay_seconds=9.0)),
    "carrier asks for patience": lambda world: setattr(world.exchange, "faults", Faults(rest_429=0.7)),
    "statuses never come": lambda world: setattr(world.exchange, "faults", Faults(lost_callback=1.0)),
    "killed before it answered": lambda world: [accident(world, path, "answer lost") for path in EACH],
    "killed before it began": lambda world: [accident(world, path, "no connection", 2) for path in EACH],
    "killed after it wrote": lambda world: [accident(world, path, "error after") for path in EACH],
}


@pytest.mark.parametrize("way", STUMBLES)
def test_what_is_asked_again_brings_her_to_a_human_all_the_same(world: World, way: str) -> None:
    operator = world.person("operator", behaviour=Behaviour("desk"))
    world.ready(operator)
    STUMBLES[way](world)
    hers = call(world)
    world.until(lambda: _waits(world, hers), limit=60)
    take(world, operator, hers)
    world.until(lambda: bool(world.exchange.speak(hers.sid, "alo")), limit=90)


def _waits(world: World, hers: Carried) -> bool:
    with suppress(Exception):
        return contact(world, hers.sid).state == "queued"
    return False


@pytest.mark.parametrize("step", ["voice.menu", "voice.wait", "voice.join", "staff_legs.leg"])
def test_an_exception_of_ours_at_a_step_of_hers_costs_her_no_human(world: World, step: str) -> None:
    """The step answers without its row, and the duty telephones of the roster take her at the latest."""
    operator = world.person("operator", behaviour=Behaviour("desk"))
    world.ready(operator)
    world.pass_time(2)

    def raises(*_arguments: object, **_named: object) -> str:
        raise RuntimeError

    with patch(f"hotline.{step}", raises):
        hers = call(world)
        world.pass_time(15)
        if _waits(world, hers):
            take(world, operator, hers)
            world.pass_time(10)
    if _waits(world, hers):
        take(world, operator, hers)
    world.until(lambda: bool(world.exchange.speak(hers.sid, "alo")), limit=OVER_S)
