"""She enters the talking room by poll and by command, whichever comes first; the other one must not take her out."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.facts import Reactions
from core.unit_of_work import unit_of_work
from hotline.carriers.protocol import Outcome, Retry, Unknown
from hotline.models import Send
from hotline.rules import ALONE_S
from hotline.service.statuses import TOGETHER_S
from practice.calls import Call as Carried
from practice.phones import Behaviour
from tests.support.story import call_row, contact, desk, leg_row, story, waiting_call
from tests.support.world import World


@pytest.fixture(autouse=True)
def _nobody_reacts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reactions, "to", lambda _self, _fact: [])


def redirects_meet(world: World, call: Carried, answers: list[Outcome], *, taken: bool = False) -> None:
    """The first redirects of her call get these answers; with ``taken`` the carrier carries them out all the same."""
    carrier = world.sender._carrier
    real = carrier.redirect_call
    left = list(answers)

    def redirect(sid: str, **arguments: str) -> Outcome:
        if sid != call.sid or not left:
            return real(sid, **arguments)
        if taken:
            real(sid, **arguments)
        return left.pop(0)

    carrier.redirect_call = redirect  # type: ignore[method-assign]


@pytest.mark.parametrize("phase", range(0, 18, 2))
@pytest.mark.parametrize("refusals", [1, 3])
def test_a_command_that_the_carrier_takes_late_cuts_nobody(world: World, phase: int, refusals: int) -> None:
    call = waiting_call(world)
    world.pass_time(phase)
    leg_id = desk(world, call, Behaviour("desk"))
    redirects_meet(world, call, [Retry(20429)] * refusals)
    world.until(lambda: contact(world, call.sid).state == "connected", limit=60)
    world.pass_time(40)
    leg = leg_row(world, leg_id)
    assert (contact(world, call.sid).state, leg.ended_at) == ("connected", None)
    assert world.exchange.speak(call.sid, "alo") == [leg.carrier_sid]
    assert "CallerAlone" not in story(world, contact(world, call.sid).id)


@pytest.mark.parametrize("phase", range(0, 18, 4))
def test_a_command_that_arrives_twice_cuts_nobody(world: World, phase: int) -> None:
    call = waiting_call(world)
    world.pass_time(phase)
    leg_id = desk(world, call, Behaviour("desk"))
    redirects_meet(world, call, [Unknown("timeout")], taken=True)
    world.until(lambda: contact(world, call.sid).state == "connected", limit=60)
    world.pass_time(20)
    assert world.exchange.speak(call.sid, "alo") == [leg_row(world, leg_id).carrier_sid]


def test_a_command_that_waits_is_recalled_when_she_is_there(world: World) -> None:
    call = waiting_call(world)
    desk(world, call, Behaviour("desk"))
    redirects_meet(world, call, [Retry(20429)] * 9)
    world.until(lambda: contact(world, call.sid).state == "connected", limit=60)
    with unit_of_work(world.ground) as session:
        sends = session.scalars(select(Send).where(Send.owner_ref == str(contact(world, call.sid).id))).all()
    assert {send.state for send in sends} == {"cancelled"}


def test_when_she_hangs_up_nobody_is_left_in_the_room(world: World) -> None:
    call = waiting_call(world)
    leg_id = desk(world, call, Behaviour("desk"))
    world.until(lambda: contact(world, call.sid).state == "connected", limit=60)
    world.pass_time(20)
    call.hang_up()
    world.pass_time(3)
    assert world.exchange.calls[str(leg_row(world, leg_id).carrier_sid)].over
    assert world.exchange.machine.conferences.open_by_name(call_row(world, call.sid).conference) is None
    assert leg_row(world, leg_id).ended_at is not None


def test_when_her_end_is_not_told_the_next_request_of_her_call_ends_the_operator_s(world: World) -> None:
    call = waiting_call(world)
    leg_id = desk(world, call, Behaviour("desk"))
    world.until(lambda: contact(world, call.sid).state == "connected", limit=60)
    world.exchange.fault_once("lost_callback", "/voice/status")
    call.hang_up()
    world.pass_time(3)
    assert world.exchange.calls[str(leg_row(world, leg_id).carrier_sid)].over


@pytest.mark.parametrize("away", [5, 15])
def test_an_operator_s_line_that_drops_unnoticed_leaves_her_alone_for_seconds(world: World, away: float) -> None:
    """No process took the callback: the carrier is asked, and soon, because somebody was with her."""
    call = waiting_call(world)
    leg_id = desk(world, call, Behaviour("desk"))
    world.until(lambda: contact(world, call.sid).state == "connected", limit=40)
    world.pass_time(40)
    world.carrier.outage = "connect"
    world.exchange.calls[str(leg_row(world, leg_id).carrier_sid)].hang_up()
    dropped = world.carrier.now
    world.pass_time(away)
    world.carrier.outage = None
    world.until(lambda: contact(world, call.sid).state == "queued", limit=60)
    assert world.carrier.now - dropped <= TOGETHER_S + ALONE_S + 3
    world.pass_time(10)
    assert not call.over
    assert call_row(world, call.sid).stage == "waiting"


def test_a_long_talk_is_asked_about_and_goes_on(world: World) -> None:
    call = waiting_call(world)
    leg_id = desk(world, call, Behaviour("desk"))
    world.pass_time(600)
    assert contact(world, call.sid).state == "connected"
    assert leg_row(world, leg_id).ended_at is None
    assert story(world, contact(world, call.sid).id).count("CallerAlone") == 0
