"""Who has a caller is shown the next one and cannot take her by mistake: she ends or hands over first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import select

from core.outbox import Outbox
from core.unit_of_work import run
from hotline.models import Call, Contact
from hotline.service.calls import note_status
from routing import queries
from routing.ladder import ladder
from routing.service import BusyError, accept, give_back, heartbeat
from tests.edge.routing.conftest import asked, on_duty
from tests.support.desk import Desk
from tests.support.house import Clock


def take(desk: Desk, contact: UUID, account: UUID) -> bool:
    with desk.work() as session:
        return accept(session, desk.actor(account), contact, account).won


def hang_up(desk: Desk, contact: UUID) -> None:
    run(
        desk.line.ground,
        lambda s: note_status(s, s.get_one(Contact, contact), s.get_one(Call, contact), "completed"),
    )


def asks_all(desk: Desk, contact: UUID) -> bool:
    with desk.work() as session:
        return queries.queue_rows(session, [contact])[contact].asks_all


def told(desk: Desk, contact: UUID) -> int:
    """How often the screens were told of her."""
    with desk.work() as session:
        rows = select(Outbox.id).where(Outbox.topic == "contact", Outbox.subject == str(contact))
        return len(set(session.scalars(rows)))


def test_the_only_operator_talks_and_the_second_caller_is_shown_at_once_and_rings_nobody(desk: Desk) -> None:
    busy = desk.person(ready=True)
    on_duty(desk, busy)
    first = desk.call()
    assert take(desk, first, busy)
    second = desk.call()
    before = told(desk, second)
    assert not asks_all(desk, second)
    desk.tick()
    assert asks_all(desk, second)
    assert asked(desk, second) == set()
    # Nothing else of her row changed by that, and the screens hear of it all the same.
    assert told(desk, second) > before


def test_while_somebody_is_free_she_is_shown_to_who_talks_only_when_everybody_is_asked(desk: Desk, hand: Clock) -> None:
    busy, free = desk.person(ready=True), desk.person(ready=True)
    on_duty(desk, busy, free)
    assert take(desk, desk.call(), busy)
    second = desk.call()
    desk.tick()
    assert asked(desk, second) == {(free, "board")}
    assert not asks_all(desk, second)
    hand.advance(ladder().wave_seconds, sweeping=False)
    desk.tick()
    assert asks_all(desk, second)
    assert asked(desk, second) == {(free, "board")}
    assert take(desk, second, free)
    assert not asks_all(desk, second)


def test_taking_a_second_caller_is_refused_and_changes_nothing_until_the_first_is_over(desk: Desk) -> None:
    busy = desk.person(ready=True)
    first, second = desk.call(), desk.call()
    assert take(desk, first, busy)
    with pytest.raises(BusyError):
        take(desk, second, busy)
    row = desk.queued(second)
    assert (row.state, row.taken_by) == ("waiting", None)
    assert desk.facts(second, "OfferAccepted") == []
    # What she has already is still hers.
    assert take(desk, first, busy)
    hang_up(desk, first)
    assert take(desk, second, busy)


def test_who_is_handed_over_or_comes_back_makes_her_free(desk: Desk) -> None:
    busy = desk.person(ready=True)
    first, second = desk.call(), desk.call()
    assert take(desk, first, busy)
    run(desk.line.ground, lambda session: give_back(session, first, "alone"))
    assert take(desk, second, busy)
    with pytest.raises(BusyError):
        take(desk, first, busy)


def test_a_text_is_taken_beside_a_call_and_a_call_beside_texts(desk: Desk) -> None:
    busy = desk.person(ready=True)
    texts = [desk.text("merhaba") for _ in range(2)]
    assert take(desk, texts[0], busy)
    assert take(desk, desk.call(), busy)
    assert take(desk, texts[1], busy)


@pytest.mark.parametrize("_round", range(5))
def test_of_two_callers_taken_in_the_same_instant_she_gets_one(desk: Desk, _round: int) -> None:
    busy = desk.person(ready=True)
    callers, start = [desk.call(), desk.call()], Barrier(2)

    def go(contact: UUID) -> bool:
        start.wait()
        try:
            return take(desk, contact, busy)
        except BusyError:
            return False

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(go, callers)) == [False, True]
    assert sorted(desk.queued(contact).state for contact in callers) == ["taken", "waiting"]


def test_when_her_call_is_over_the_second_caller_rings_for_her(desk: Desk, hand: Clock) -> None:
    busy = desk.person(ready=True)
    on_duty(desk, busy)
    first = desk.call()
    assert take(desk, first, busy)
    second = desk.call()
    desk.tick()
    hang_up(desk, first)
    with desk.work() as session:
        heartbeat(session, desk.actor(busy), busy, desk.centre_id, ready=True)
    hand.advance(ladder().wave_seconds, sweeping=False)
    desk.tick()
    assert asked(desk, second) == {(busy, "board")}
