"""An operator takes a caller while the greeting plays, on the practice exchange: nothing that she does is lost."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.unit_of_work import unit_of_work
from dashboard.feed import draw_contacts
from hotline.phrases import phrase
from practice.calls import Call as Carried
from practice.phones import Behaviour, Press
from routing import service as routing
from routing.models import Offer, Queued
from tests.support.line import fresh_number
from tests.support.story import call_row, contact, on_time, story, words
from tests.support.world import Person, World

#: She answers at once and presses 1: the caller is redirected some seconds after the first ring.
QUICK = Behaviour("answer", after=0.5, presses=(Press("1", delay=0.5, hearing="görüşme"),))


@pytest.fixture(autouse=True)
def _to_the_second(world: World) -> None:
    on_time(world)


def rings(world: World, *presses: Press, hangs_up: float | None = None) -> Carried:
    """Somebody calls and hears the greeting."""
    behaviour = Behaviour(presses=presses, hang_up_after=hangs_up)
    call = world.exchange.call(fresh_number(), world.line.number, behaviour)
    world.pass_time(0.5)
    assert (contact(world, call.sid).state, call_row(world, call.sid).stage) == ("ringing", "greeting")
    return call


def takes(world: World, person: Person, call: Carried) -> bool:
    contact_id = contact(world, call.sid).id
    won: bool = world.do(lambda s: routing.accept(s, person.actor, contact_id, person.account_id)).won
    return won


def place(world: World, call: Carried) -> Queued | None:
    with unit_of_work(world.ground) as session:
        return session.get(Queued, contact(world, call.sid).id)


def offers(world: World, call: Carried) -> list[str]:
    """Whom she was offered to, but who took her."""
    with unit_of_work(world.ground) as session:
        wanted = select(Offer.state).where(Offer.contact_id == contact(world, call.sid).id, Offer.state != "accepted")
        return list(session.scalars(wanted))


def together(world: World, call: Carried, person: Person) -> bool:
    """Whether the two hear each other."""
    desk = [one.sid for one in world.exchange.calls.values() if one.to == person.phone and not one.over]
    return world.exchange.speak(call.sid, "alo") == desk and len(desk) == 1


def test_she_stands_on_the_board_from_the_first_ring_and_nobody_is_rung_before_she_waits(world: World) -> None:
    operator = world.person("operator", behaviour=Behaviour("no_answer"))
    world.ready(operator)
    call = rings(world)
    her = contact(world, call.sid).id
    with unit_of_work(world.ground) as session:
        row, _ = draw_contacts(session, [str(her)])[str(her)]
    assert row is not None
    assert (row["lane"], row["state"], row["offer"]) == ("waiting", "ringing", "none")
    world.pass_time(5)
    assert call_row(world, call.sid).stage == "greeting"
    assert (place(world, call), offers(world, call)) == (None, [])
    world.until(lambda: call_row(world, call.sid).stage == "waiting", limit=30)
    assert len(offers(world, call)) == 1


def test_she_is_taken_out_of_the_greeting_into_the_talking_room(world: World) -> None:
    operator, other = (world.person("operator", behaviour=QUICK) for _ in range(2))
    for person in (operator, other):
        world.ready(person)
    call = rings(world)
    assert takes(world, operator, call)
    world.until(lambda: contact(world, call.sid).state == "connected", limit=12)
    world.pass_time(2)
    assert together(world, call, operator)
    heard = words(world, call.from_)
    assert phrase("waiting", "tr").text not in heard
    assert phrase("danger", "tr").text not in heard
    told = story(world, contact(world, call.sid).id)
    assert "CallWaiting" not in told
    assert offers(world, call) == []
    assert not takes(world, other, call)
    world.pass_time(60)
    assert together(world, call, operator)
    call.hang_up()
    world.pass_time(5)
    assert contact(world, call.sid).state == "wrap_up"
    row = place(world, call)
    assert row is not None
    assert row.state == "left"


def test_a_greeting_that_ends_before_the_operator_s_telephone_is_answered_changes_nothing(world: World) -> None:
    slow = Behaviour("answer", after=14.0, presses=(Press("1", delay=0.5, hearing="görüşme"),))
    operator, other = world.person("operator", behaviour=slow), world.person("operator", behaviour=QUICK)
    for person in (operator, other):
        world.ready(person)
    call = rings(world, Press("4", after=1.0))
    assert takes(world, operator, call)
    world.until(lambda: call_row(world, call.sid).stage == "waiting", limit=30)
    world.pass_time(5)
    row = place(world, call)
    assert row is not None
    assert (row.state, row.taken_by, offers(world, call)) == ("taken", operator.account_id, [])
    world.until(lambda: contact(world, call.sid).state == "connected", limit=40)
    world.pass_time(2)
    assert together(world, call, operator)


@pytest.mark.parametrize("tenth", [0, 4, 8, 12, 14, 16, 18, 19, 20, 21, 22, 24, 26, 28, 30, 32, 36, 40])
@pytest.mark.parametrize("before", ["", "4"])
def test_a_five_pressed_at_any_moment_until_she_is_taken_out_of_the_greeting_counts(
    world: World, tenth: int, before: str
) -> None:
    """Also in the instant of the redirect, when the carrier drops whatever it has not told."""
    operator = world.person("operator", behaviour=QUICK)
    world.ready(operator)
    call = rings(world, Press(f"{before}5", after=0.6 + tenth / 10))
    assert takes(world, operator, call)
    world.until(lambda: contact(world, call.sid).state == "connected", limit=40)
    world.pass_time(10)
    lines = world.exchange.phone(call.from_).transcript
    pressed = next((line.at for line in lines if line.kind == "pressed" and line.text == "5"), None)
    joined = (
        next(entry.at for entry in world.exchange.requests() if f"/join/{contact(world, call.sid).id}" in entry.url)
        if any("/join/" in entry.url for entry in world.exchange.requests())
        else None
    )
    assert pressed is not None
    if joined is None or pressed < joined:
        assert contact(world, call.sid).danger
        assert "DangerSignalled" in story(world, contact(world, call.sid).id)
    assert together(world, call, operator)


@pytest.mark.parametrize("second", [0.6, 1.0, 1.5, 2.0, 2.5, 3.0])
def test_who_hangs_up_while_she_is_being_taken_leaves_nobody_ringing(world: World, second: float) -> None:
    operator = world.person("operator", behaviour=QUICK)
    world.ready(operator)
    call = rings(world, hangs_up=second)
    assert takes(world, operator, call)
    world.pass_time(20)
    assert call.over
    assert contact(world, call.sid).ended_by == "caller"
    assert [one for one in world.exchange.calls.values() if one.to == operator.phone and not one.over] == []
    row = place(world, call)
    assert row is not None
    assert row.state == "left"
    # She can take the next one.
    assert takes(world, operator, rings(world))


def test_who_takes_her_and_does_not_answer_has_not_taken_her_and_she_waits_when_the_greeting_is_over(
    world: World,
) -> None:
    operator = world.person("operator", behaviour=Behaviour("busy"))
    world.ready(operator)
    call = rings(world)
    assert takes(world, operator, call)
    world.until(lambda: contact(world, call.sid).owner_id is None, limit=10)
    assert call_row(world, call.sid).stage == "greeting"
    row = place(world, call)
    assert row is not None
    assert (row.state, row.taken_by, offers(world, call)) == ("left", None, [])
    # Whoever sees her may still take her; nobody does, and she is offered when she waits.
    world.until(lambda: call_row(world, call.sid).stage == "waiting", limit=30)
    row = place(world, call)
    assert row is not None
    assert (row.state, row.returned) == ("offered", False)
    world.exchange.set_behaviour(operator.phone, QUICK)
    assert takes(world, operator, call)
    world.until(lambda: contact(world, call.sid).state == "connected", limit=40)


def test_in_the_greeting_too_a_second_operator_takes_her_after_the_first_s_telephone_failed(world: World) -> None:
    first, second = world.person("operator", behaviour=Behaviour("busy")), world.person("operator", behaviour=QUICK)
    for person in (first, second):
        world.ready(person)
    call = rings(world)
    assert takes(world, first, call)
    world.until(lambda: contact(world, call.sid).owner_id is None, limit=10)
    assert call_row(world, call.sid).stage == "greeting"
    assert takes(world, second, call)
    world.until(lambda: contact(world, call.sid).state == "connected", limit=12)
    world.pass_time(2)
    assert together(world, call, second)
