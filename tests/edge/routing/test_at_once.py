"""Several who do something about one contact in the same instant."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.unit_of_work import run
from hotline.models import Contact, Leg
from hotline.service.calls import call_over
from hotline.service.holding import NotACallError, hold
from routing.models import Queued
from routing.service import Accepted, accept
from tests.edge.routing.conftest import asked, on_duty
from tests.support.desk import Desk


def test_two_hundred_rounds_of_simultaneous_accepts_have_one_winner_each(desk: Desk) -> None:
    people = [desk.person() for _ in range(2)]
    contacts = [desk.text(f"merhaba {number}") for number in range(200)]
    start = Barrier(len(people))

    def race(account: UUID) -> list[bool]:
        won = []
        for contact in contacts:
            start.wait(30)
            won.append(run(desk.line.ground, lambda session, contact=contact: _accept(session, desk, contact, account)))
        return won

    with ThreadPoolExecutor(len(people)) as pool:
        results = list(pool.map(race, people))
    assert [sum(round_) for round_ in zip(*results, strict=True)] == [1] * len(contacts)
    with desk.work() as session:
        for number, contact in enumerate(contacts):
            winner = next(person for person, won in zip(people, results, strict=True) if won[number])
            assert session.get_one(Queued, contact).taken_by == winner
            assert session.get_one(Contact, contact).owner_id == winner


#: One came through the door; the others are copies of her rows: a thousand first rings are another test's matter.
_COPIES = """
    WITH copies AS (
        SELECT gen_random_uuid() AS id, 'CA' || replace(gen_random_uuid()::text, '-', '') AS sid
        FROM generate_series(1, :many)
    ), contacts AS (
        INSERT INTO hotline_contacts
        SELECT (jsonb_populate_record(one, jsonb_build_object('id', c.id, 'carrier_sid', c.sid))).*
        FROM copies c, hotline_contacts one WHERE one.id = :first
    ), calls AS (
        INSERT INTO hotline_calls
        SELECT (jsonb_populate_record(one, jsonb_build_object('id', c.id, 'carrier_sid', c.sid, 'conference', c.sid))).*
        FROM copies c, hotline_calls one WHERE one.id = :first
    )
    INSERT INTO routing_queue
    SELECT (jsonb_populate_record(one, jsonb_build_object('contact_id', c.id))).*
    FROM copies c, routing_queue one WHERE one.contact_id = :first
    RETURNING contact_id
"""


def test_a_thousand_calls_accepted_twice_at_once_have_one_winner_each(desk: Desk) -> None:
    """On the board, as two screens do it; who won has hung up when the next round begins."""
    people, first = [desk.person() for _ in range(2)], desk.call()
    with desk.work() as session:
        copies = session.execute(text(_COPIES), {"first": first, "many": 999}).scalars().all()
    calls, start = [first, *copies], Barrier(2)
    over = text("UPDATE routing_queue SET state = 'left', taken_by = NULL WHERE contact_id = :contact")

    def race(place: int) -> list[Accepted]:
        found = []
        for contact in calls:
            start.wait(30)
            account = people[place]
            found.append(run(desk.line.ground, lambda s, it=contact, who=account: accept(s, desk.actor(who), it, who)))
            start.wait(30)
            if place == 0:
                with desk.line.ground.engine.begin() as connection:
                    connection.execute(over, {"contact": contact})
        return found

    with ThreadPoolExecutor(2) as pool:
        results = list(zip(*pool.map(race, range(2)), strict=True))
    assert [sum(one.won for one in both) for both in results] == [1] * 1000
    # Who lost is told the winner, and one telephone alone was rung for each.
    assert all(both[0].by == both[1].by in people for both in results)
    with desk.work() as session:
        legs = session.execute(select(Leg.contact_id, Leg.account_id).where(Leg.contact_id.in_(calls))).all()
        owners = {one.id: one.owner_id for one in session.scalars(select(Contact).where(Contact.id.in_(calls)))}
    winners = {contact: both[0].by for contact, both in zip(calls, results, strict=True)}
    assert sorted(map(tuple, legs)) == sorted(winners.items())
    assert owners == winners


def _accept(session: Session, desk: Desk, contact: UUID, account: UUID) -> bool:
    return accept(session, desk.actor(account), contact, account).won


def test_her_hanging_up_and_somebody_accepting_never_stand_in_each_others_way(desk: Desk) -> None:
    elif_ = desk.person()
    calls = [desk.call() for _ in range(30)]
    start = Barrier(2)

    def hang_up() -> None:
        for contact in calls:
            start.wait(30)
            run(desk.line.ground, lambda session, contact=contact: _gone(session, contact))

    def take_all() -> list[bool]:
        won = []
        for contact in calls:
            start.wait(30)
            try:
                won.append(run(desk.line.ground, lambda session, it=contact: _accept(session, desk, it, elif_)))
            except NotACallError:
                won.append(False)
        return won

    with ThreadPoolExecutor(2) as pool:
        gone, taken = pool.submit(hang_up), pool.submit(take_all)
        gone.result()
        assert len(taken.result()) == len(calls)
    for contact in calls:
        assert desk.queued(contact).state == "left"
        assert asked(desk, contact) == set()


def _at_once(*acts: Callable[[], object]) -> list[object]:
    """Do these in the same instant, and answer what each came to."""
    start = Barrier(len(acts))

    def go(act: Callable[[], object]) -> object:
        start.wait(30)
        try:
            return act()
        except NotACallError:
            return False

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(go, acts))


@pytest.mark.parametrize("_round", range(15))
def test_of_two_who_take_her_in_the_greeting_one_has_her_and_the_other_is_told_who(desk: Desk, _round: int) -> None:
    people = [desk.person() for _ in range(2)]
    contact = desk.call(waiting=False)

    def take(account: UUID) -> Accepted:
        return run(desk.line.ground, lambda session: accept(session, desk.actor(account), contact, account))

    answers = _at_once(*(partial(take, one) for one in people))
    assert sorted(answer.won for answer in answers) == [False, True]  # type: ignore[attr-defined]
    winner = next(one for one, answer in zip(people, answers, strict=True) if answer.won)  # type: ignore[attr-defined]
    assert {answer.by for answer in answers} == {winner}  # type: ignore[attr-defined]
    row = desk.queued(contact)
    assert (row.state, row.taken_by, row.round) == ("taken", winner, 1)
    assert len(desk.facts(contact, "OfferAccepted")) == 1


@pytest.mark.parametrize("_round", range(15))
def test_the_greeting_ends_and_somebody_takes_her_in_the_same_instant(desk: Desk, _round: int) -> None:
    """She has one person whichever comes first, and nobody else is rung for her."""
    elif_, away = desk.person(), desk.person()
    on_duty(desk, away)
    contact = desk.call(waiting=False)
    answers = _at_once(
        lambda: desk.to_waiting_room(contact),
        lambda: run(desk.line.ground, lambda session: _accept(session, desk, contact, elif_)),
    )
    desk.tick()
    row = desk.queued(contact)
    assert answers[1] is True
    assert (row.state, row.taken_by) == ("taken", elif_)
    assert asked(desk, contact) == set()


@pytest.mark.parametrize("_round", range(15))
def test_she_hangs_up_in_the_greeting_and_somebody_takes_her_in_the_same_instant(desk: Desk, _round: int) -> None:
    elif_ = desk.person()
    contact = desk.call(waiting=False)
    _at_once(
        lambda: run(desk.line.ground, lambda session: _gone(session, contact)),
        lambda: run(desk.line.ground, lambda session: _accept(session, desk, contact, elif_)),
    )
    with desk.work() as session:
        row, her = session.get(Queued, contact), session.get_one(Contact, contact)
        assert her.ended_at is not None
        assert row is None or row.state == "left"
        legs = session.scalars(select(Leg).where(Leg.contact_id == contact)).all()
        assert all(leg.ended_at is not None or (leg.next or {}).get("do") == "dismiss" for leg in legs)
    # Nothing of hers keeps the operator from the next caller.
    other = desk.call(waiting=False)
    assert run(desk.line.ground, lambda session: _accept(session, desk, other, elif_))


def test_a_caller_who_came_late_may_speak_with_the_duty_telephone_and_is_not_taken_from_it(desk: Desk) -> None:
    elif_ = desk.person()
    contact = desk.call(waiting=False)
    with desk.work() as session:
        session.get_one(Contact, contact).late_seconds = 40
    assert not run(desk.line.ground, lambda session: _accept(session, desk, contact, elif_))
    with desk.work() as session:
        assert session.get(Queued, contact) is None


def _gone(session: Session, contact: UUID) -> None:
    held_ = hold(session, contact)
    call_over(session, held_[0], held_[1], "completed")
