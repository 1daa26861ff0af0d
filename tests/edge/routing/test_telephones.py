"""Somebody on duty who is away from her screen is rung, and for one caller at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest

from core.facts import report
from core.unit_of_work import run
from hotline.events import CallEnded, LegAnswered, LegEnded
from hotline.models import Leg
from routing.ladder import ladder
from routing.service.waves import offer_next
from tests.edge.routing.conftest import asked, on_duty
from tests.support.desk import Desk
from tests.support.house import Clock


def test_the_telephone_of_somebody_on_duty_away_from_her_screen_is_rung(desk: Desk) -> None:
    away = desk.person()
    on_duty(desk, away)
    contact = desk.call()
    desk.tick()
    assert asked(desk, contact) == {(away, "phone")}
    [offer] = desk.offers(contact)
    assert offer.leg_id is not None
    answer = LegAnswered(contact, desk.centre_id, offer.leg_id, "offer", str(offer.id), away, "1")
    run(desk.line.ground, lambda session: report(session, answer))
    assert desk.queued(contact).taken_by == away
    with desk.work() as session:
        assert session.get_one(Leg, offer.leg_id).next == {"do": "join"}


def test_key_two_on_the_telephone_declines_and_the_tick_looks_further(desk: Desk) -> None:
    away = desk.person()
    on_duty(desk, away)
    contact = desk.call()
    desk.tick()
    [offer] = desk.offers(contact)
    assert offer.leg_id is not None
    answer = LegAnswered(contact, desk.centre_id, offer.leg_id, "offer", str(offer.id), away, "2")
    run(desk.line.ground, lambda session: report(session, answer))
    assert [one.state for one in desk.offers(contact, "declined")] == ["declined"]
    assert desk.queued(contact).state == "waiting"


@pytest.mark.parametrize("purpose", ["offer", "desk"])
def test_key_nine_declines_and_tells_the_rooms_above_that_she_is_under_duress(desk: Desk, purpose: str) -> None:
    away = desk.person()
    on_duty(desk, away)
    contact = desk.call()
    desk.tick()
    [offer] = desk.offers(contact)
    assert offer.leg_id is not None
    answer = LegAnswered(contact, desk.centre_id, offer.leg_id, purpose, str(offer.id), away, "9")
    run(desk.line.ground, lambda session: report(session, answer))
    assert [fact.payload["account_id"] for fact in desk.facts(contact, "DuressSignalled")] == [str(away)]
    assert [one.state for one in desk.offers(contact, "declined")] == (["declined"] if purpose == "offer" else [])


def test_a_telephone_rings_for_one_caller_at_a_time_and_then_for_the_next(desk: Desk, hand: Clock) -> None:
    away = desk.person()
    on_duty(desk, away)
    first, second = desk.call(), desk.call()
    desk.tick()
    assert asked(desk, first) == {(away, "phone")}
    assert asked(desk, second) == set()
    assert desk.queued(second).state == "waiting"
    ended = CallEnded(first, desk.centre_id, answered=False, how="abandoned_in_queue")
    run(desk.line.ground, lambda session: report(session, ended))
    hand.advance(ladder().wave_seconds, sweeping=False)
    desk.tick()
    assert asked(desk, second) == {(away, "phone")}


def test_a_telephone_that_fails_at_once_is_rung_again_at_the_pace_of_the_waves(desk: Desk, hand: Clock) -> None:
    """Busy, or out of order. It was rung a hundred times and more until her ceiling."""
    away = desk.person()
    on_duty(desk, away)
    contact = desk.call()
    for _ in range(3):
        desk.tick()
        [offer] = desk.offers(contact)
        assert offer.leg_id is not None
        ended = LegEnded(contact, desk.centre_id, offer.leg_id, "offer", str(offer.id), away, "busy")
        run(desk.line.ground, lambda session, ended=ended: report(session, ended))
        desk.tick()
        assert desk.offers(contact) == []
        assert desk.queued(contact).state == "waiting"
        hand.advance(ladder().wave_seconds, sweeping=False)


def test_who_declines_again_is_rung_again_at_the_pace_of_the_waves(desk: Desk, hand: Clock) -> None:
    """The first time others may be asked at once; the second time she alone would be, every seven seconds."""
    away = desk.person()
    on_duty(desk, away)
    contact = desk.call()
    desk.tick()
    rung = []
    for _ in range(3):
        for offer in desk.offers(contact):
            assert offer.leg_id is not None
            answer = LegAnswered(contact, desk.centre_id, offer.leg_id, "offer", str(offer.id), away, "2")
            run(desk.line.ground, lambda session, answer=answer: report(session, answer))
            rung.append(offer.id)
        hand.advance(1, sweeping=False)
        desk.tick()
    assert len(rung) == 2
    hand.advance(ladder().wave_seconds, sweeping=False)
    desk.tick()
    assert asked(desk, contact) == {(away, "phone")}


def test_a_telephone_that_rang_to_its_end_is_rung_again_at_once(desk: Desk, hand: Clock) -> None:
    away = desk.person()
    on_duty(desk, away)
    contact = desk.call()
    desk.tick()
    hand.advance(ladder().wave_seconds + 5, sweeping=False)
    desk.tick()
    [offer] = desk.offers(contact)
    assert offer.leg_id is not None
    ended = LegEnded(contact, desk.centre_id, offer.leg_id, "offer", str(offer.id), away, "no-answer")
    run(desk.line.ground, lambda session: report(session, ended))
    desk.tick()
    assert [one.id for one in desk.offers(contact)] not in ([], [offer.id])


@pytest.mark.parametrize("_round", range(5))
def test_waves_made_at_once_ring_nobody_twice(desk: Desk, _round: int) -> None:
    people = [desk.person() for _ in range(4)]
    on_duty(desk, *people)
    contacts = [desk.call() for _ in range(4)]
    together = Barrier(len(contacts))

    def wave(contact: UUID) -> int:
        together.wait()
        return run(desk.line.ground, lambda session: offer_next(session, contact))

    with ThreadPoolExecutor(len(contacts)) as pool:
        made = list(pool.map(wave, contacts))
    assert sum(made) == len(people)
    rung = [account for contact in contacts for account, _ in asked(desk, contact)]
    assert sorted(rung) == sorted(people)
