"""Several who do something about one contact in the same instant."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

from sqlalchemy.orm import Session

from core.unit_of_work import run
from hotline.models import Contact
from hotline.service.calls import call_over
from hotline.service.holding import NotACallError, hold
from routing.models import Queued
from routing.service import accept
from tests.edge.routing.conftest import asked
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


def _gone(session: Session, contact: UUID) -> None:
    held_ = hold(session, contact)
    call_over(session, held_[0], held_[1], "completed")
