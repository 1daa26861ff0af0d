"""Whom there is no safe way to reach is one line on the board for a day, and it is hers wherever she calls next."""

from __future__ import annotations

import pytest

from escalation.paging import service as paging
from practice.phones import Behaviour
from tests.edge.journeys.test_calls_again import (
    DAY,
    TESTS,
    accept,
    all_holds,
    gives_up,
    lines,
    on_call,
    pages,
    pass_quietly,
    sent,
)
from tests.edge.journeys.test_none_is_lost import answered_call
from tests.support.line import fresh_number
from tests.support.world import Person, World


def no_safe_way(world: World, why: str = "no_safe_way") -> Person:
    """Whoever accepted her page finds nothing agreed with her and closes it."""
    her = on_call(world)
    page = pages(world)[0]
    accept(world, page, her)
    world.do(lambda session: paging.close(session, her.actor, page.id, why))
    return her


def test_whom_there_is_no_safe_way_to_reach_is_a_line_for_a_day(world: World) -> None:
    caller = fresh_number()
    for _ in range(2):
        gives_up(world, caller)
    world.do(lambda session: paging.close(session, TESTS, pages(world)[0].id, "no_safe_way"))
    woken = sent(world)
    assert [(line.calls, line.state) for line in lines(world)] == [(2, "closed")]
    pass_quietly(world, DAY - 600)
    assert [(line.calls, line.state) for line in lines(world)] == [(2, "closed")]
    assert sent(world) == woken
    world.pass_time(600)
    assert lines(world) == []
    assert [page.stands_until for page in pages(world)] == [None, None]


@pytest.mark.parametrize("why", ["done", "elsewhere", "mistake"])
def test_a_page_that_is_closed_for_another_reason_leaves_no_line(world: World, why: str) -> None:
    gives_up(world, fresh_number())
    no_safe_way(world, why)
    assert lines(world) == []


def test_who_shows_no_number_leaves_no_line(world: World) -> None:
    gives_up(world, "anonymous")
    no_safe_way(world)
    assert lines(world) == []


def test_her_next_call_has_a_page_and_there_is_one_line_all_the_same(world: World) -> None:
    caller = fresh_number()
    for _ in range(2):
        gives_up(world, caller)
    no_safe_way(world)
    woken = sent(world)
    gives_up(world, caller)
    assert [(line.calls, line.state) for line in lines(world)] == [(3, "open")]
    assert sent(world) > woken
    gives_up(world, caller)
    assert [(line.calls, line.state) for line in lines(world)] == [(4, "open")]
    all_holds(world)


def test_her_line_ends_when_she_calls_and_is_answered(world: World) -> None:
    caller = fresh_number()
    for _ in range(2):
        gives_up(world, caller)
    no_safe_way(world)
    operator = world.person("operator", behaviour=Behaviour("desk"))
    world.ready(operator)
    other = answered_call(world, operator, fresh_number())
    assert [line.calls for line in lines(world)] == [2]
    other.hang_up()
    world.pass_time(2)
    answered_call(world, operator, caller)
    assert lines(world) == []
