"""Ways in which a call goes, played again from what was written down: who was asked, who was not, and why."""

from __future__ import annotations

from uuid import UUID

import pytest

from core.unit_of_work import unit_of_work
from practice.calls import Call as Carried
from practice.phones import Behaviour, Press
from routing.recorded import recorded
from routing.replay import OfferMade, Step, asked_at, replay
from tests.edge.journeys.test_ways import NOBODY_COMES, OVER_S, call
from tests.support.story import contact
from tests.support.world import World


def played(world: World, hers: Carried) -> tuple[tuple[OfferMade, ...], tuple[Step, ...]]:
    """Her offers, and the steps of her replay without its facts."""
    with unit_of_work(world.ground) as session:
        known = recorded(session, contact(world, hers.sid).id)
    return known.offers, replay(known.offers, known.thoughts, ())


def told(steps: tuple[Step, ...], account_id: UUID) -> list[str]:
    """What the replay tells of one person, once where it says the same again."""
    found: list[str] = []
    for step in steps:
        words = [step.state for one in step.people if one.account_id == account_id]
        words += [f"asked: {one.why}" for one in step.asked if one.account_id == account_id]
        words += [str(one.why) for one in step.not_asked if one.account_id == account_id]
        found += [word for word in words if not found or word != found[-1]]
    return found


#: Of each way, what the replay tells first of the operator, and of the one on call.
TOLD: dict[str, tuple[list[str], list[str]]] = {
    "all on break": (["on_break"], []),
    "all busy": (["busy"], []),
    "all decline": (["asked: first", "declined", "asked: everybody"], ["later", "asked: on_call", "declined"]),
    "bad number": (["asked: first", "accepted", "asked: first", "expired", "asked: telephone", "expired"], []),
}


@pytest.mark.parametrize("way", TOLD)
def test_a_way_in_which_nobody_comes_is_played_again(world: World, way: str) -> None:
    hers = NOBODY_COMES[way](world)
    world.until(lambda: hers.over, limit=OVER_S)
    offers, steps = played(world, hers)
    people = [one.account_id for one in world.people.values()]
    for person, first in zip(people, TOLD[way], strict=False):
        assert told(steps, person)[: len(first)] == first
    for step in steps:
        if step.kind == "round":
            now_asked = {(one.account_id, one.medium) for one in (*step.asked, *step.still_asked)}
            assert {account_id for account_id, _ in now_asked} | {one.account_id for one in step.not_asked} == set(
                people
            )
            assert all(one.why is not None for one in step.asked)
            # An offer may end in the instant in which it was made.
            assert asked_at(offers, step.at) <= now_asked


def test_who_is_rung_at_home_and_answers_is_told_with_the_second_in_which_she_did(world: World) -> None:
    world.person("oncall", on_duty="oncall", behaviour=Behaviour("answer", presses=(Press("1", after=4.0),)))
    hers = call(world)
    world.pass_time(6)
    world.until(lambda: contact(world, hers.sid).state == "connected", limit=120)
    _, steps = played(world, hers)
    (at_home,) = [one.account_id for one in world.people.values()]
    assert told(steps, at_home) == ["asked: on_call", "accepted"]
    asked = next(step for step in steps if step.asked)
    accepted = next(step for step in steps if step.state == "accepted")
    assert 3 <= (accepted.at - asked.at).total_seconds() < 30
