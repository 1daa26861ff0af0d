"""The pause after a contact in danger: who has it, who is asked meanwhile, and how it ends."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from core.unit_of_work import run
from intake.service import raise_to
from routing import queries
from routing.models import WrapUp
from routing.service import end_wrap_up
from routing.wrap_up import wrap_up_policy
from tests.edge.routing.conftest import asked, on_duty
from tests.edge.routing.test_cut_off import talk
from tests.support.desk import Desk
from tests.support.house import Clock
from tests.support.line import fresh_number

PAUSE = wrap_up_policy().after(1)
assert PAUSE is not None
MINIMUM, MAXIMUM = PAUSE.minimum_seconds, PAUSE.maximum_seconds


def in_danger(desk: Desk, who: UUID, caller: str | None = None) -> UUID:
    """She spoke with a caller in danger, who has hung up."""
    call = desk.call(caller)
    run(desk.line.ground, lambda session: raise_to(session, call, 1, "danger_key"))
    talk(desk, call, who)
    return call


def pauses(desk: Desk, who: UUID) -> list[WrapUp]:
    with desk.work() as session:
        return list(session.scalars(select(WrapUp).where(WrapUp.account_id == who)))


def next_caller(desk: Desk) -> set[UUID]:
    """Who is asked for the next one."""
    call = desk.call()
    desk.tick()
    return {account for account, _medium in asked(desk, call)}


def test_after_danger_a_colleague_is_asked_until_she_says_that_it_is_enough(desk: Desk, hand: Clock) -> None:
    elif_, other = desk.person(ready=True), desk.person(ready=True)
    on_duty(desk, elif_, other)
    call = in_danger(desk, elif_)
    assert next_caller(desk) == {other}
    with desk.work() as session:
        mine = queries.wrap_up_of(session, elif_)
        assert mine is not None
        assert mine.contact_id == call
        assert queries.wrap_up_of(session, other) is None
        # Not before its minimum.
        assert not end_wrap_up(session, elif_, herself=True)
    hand.advance(MINIMUM + 1, sweeping=False)
    for one in (elif_, other):
        desk.beat(one)
    assert next_caller(desk) == {other}
    with desk.work() as session:
        assert end_wrap_up(session, elif_, herself=True)
    assert elif_ in next_caller(desk)


def test_a_forgotten_pause_ends_by_itself_and_only_a_living_screen_is_asked(desk: Desk, hand: Clock) -> None:
    elif_, gone, other = (desk.person(ready=True) for _ in range(3))
    on_duty(desk, elif_, gone, other)
    in_danger(desk, elif_)
    in_danger(desk, gone)
    hand.advance(MAXIMUM + 1)
    assert [one.ended_at is not None for who in (elif_, gone) for one in pauses(desk, who)] == [True, True]
    for one in (elif_, other):
        desk.beat(one)
    reached = next_caller(desk)
    assert {elif_, other} <= reached
    assert gone not in reached


def test_who_is_alone_is_asked_all_the_same(desk: Desk) -> None:
    elif_ = desk.person(ready=True)
    on_duty(desk, elif_)
    in_danger(desk, elif_)
    assert next_caller(desk) == {elif_}


def test_whom_she_was_cut_off_from_is_asked_for_her(desk: Desk) -> None:
    elif_, other = desk.person(ready=True), desk.person(ready=True)
    on_duty(desk, elif_, other)
    caller = fresh_number()
    in_danger(desk, elif_, caller)
    again = desk.call(caller)
    desk.tick()
    assert (elif_, "board") in asked(desk, again)


def test_other_levels_have_no_pause_and_a_call_that_nobody_had_gives_none(desk: Desk) -> None:
    elif_ = desk.person(ready=True)
    talk(desk, desk.call(), elif_)
    assert pauses(desk, elif_) == []
    lost = desk.call()
    run(desk.line.ground, lambda session: raise_to(session, lost, 1, "danger_key"))
    desk.tick()
    assert pauses(desk, elif_) == []


def test_a_second_one_begins_the_pause_anew(desk: Desk, hand: Clock) -> None:
    elif_ = desk.person(ready=True)
    in_danger(desk, elif_)
    [first] = pauses(desk, elif_)
    hand.advance(60, sweeping=False)
    desk.beat(elif_)
    second = in_danger(desk, elif_)
    [now] = pauses(desk, elif_)
    assert (now.id, now.contact_id) == (first.id, second)
    assert now.until > first.until
