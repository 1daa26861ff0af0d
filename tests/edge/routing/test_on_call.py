"""A caller whom nobody at work takes is offered to those on call, on their telephones; it is an offer and no page."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from core.clock import now
from core.facts import report
from core.unit_of_work import run
from hotline.events import LegAnswered
from hotline.models import Call, Contact
from hotline.rules import CEILING_S
from hotline.service.calls import signal_danger
from hotline.service.holding import hold
from routing.ladder import Ladder, ladder
from staff.rules import ISTANBUL
from tests.edge.routing.conftest import asked, on_duty
from tests.support.desk import Desk
from tests.support.house import Clock


def later(desk: Desk, hand: Clock, seconds: int) -> None:
    """Time passes in steps as long as a wave, and the waves of that time are made."""
    for _ in range(seconds // ladder().wave_seconds):
        hand.advance(ladder().wave_seconds, sweeping=False)
        desk.tick()


def press(desk: Desk, contact: UUID, account: UUID, digit: str) -> None:
    """Somebody who is rung for a caller presses a key."""
    [offer] = [one for one in desk.offers(contact) if one.account_id == account]
    assert offer.leg_id is not None
    answer = LegAnswered(contact, desk.centre_id, offer.leg_id, "offer", str(offer.id), account, digit)
    run(desk.line.ground, lambda session: report(session, answer))


def test_where_nobody_is_at_work_all_of_them_are_rung_at_once_and_nobody_is_paged(desk: Desk) -> None:
    zin, deniz, asleep = desk.person(), desk.person(languages=("ku",)), desk.person()
    on_duty(desk, zin, deniz, role="oncall")
    contact = desk.call()
    desk.tick()
    assert asked(desk, contact) == {(zin, "phone"), (deniz, "phone")}
    assert asleep not in {account for account, _ in asked(desk, contact)}
    assert desk.facts(contact, "PageOpened") == []
    press(desk, contact, zin, "1")
    assert desk.queued(contact).taken_by == zin
    assert asked(desk, contact) == set()


@pytest.mark.parametrize("role", ["operator", "shift_lead"])
def test_who_is_at_work_has_her_to_themselves_for_two_rings(desk: Desk, hand: Clock, role: str) -> None:
    elif_, zin = desk.person(ready=True), desk.person()
    on_duty(desk, elif_, role=role)
    on_duty(desk, zin, role="oncall")
    contact = desk.call()
    desk.tick()
    later(desk, hand, ladder().on_call_seconds - ladder().wave_seconds)
    assert zin not in {account for account, _ in asked(desk, contact)}
    later(desk, hand, ladder().wave_seconds)
    assert (zin, "phone") in asked(desk, contact)


def test_in_danger_one_ring_is_enough(desk: Desk, hand: Clock) -> None:
    elif_, zin = desk.person(ready=True), desk.person()
    on_duty(desk, elif_)
    on_duty(desk, zin, role="oncall")
    contact = desk.call(waiting=False)
    with desk.work() as session:
        held = hold(session, contact)
        signal_danger(session, held.contact, held.call)
    desk.to_waiting_room(contact)
    desk.tick()
    assert asked(desk, contact) == {(elif_, "board")}
    later(desk, hand, ladder().wave_seconds)
    assert (zin, "phone") in asked(desk, contact)


def test_a_page_that_is_open_at_home_keeps_nobody_from_being_rung(desk: Desk) -> None:
    zin, away = desk.person(ready=False), desk.person(ready=False)
    on_duty(desk, zin, role="oncall")
    on_duty(desk, away)
    for account in (zin, away):
        desk.beat(account, ready=False)
    contact = desk.call()
    desk.tick()
    # Who is at work and takes nobody now said so herself.
    assert asked(desk, contact) == {(zin, "phone")}


def test_who_declines_alone_at_work_leaves_her_to_them_at_once(desk: Desk) -> None:
    away, zin = desk.person(), desk.person()
    on_duty(desk, away)
    on_duty(desk, zin, role="oncall")
    contact = desk.call()
    desk.tick()
    assert asked(desk, contact) == {(away, "phone")}
    press(desk, contact, away, "2")
    desk.tick()
    assert (zin, "phone") in asked(desk, contact)


def test_while_all_at_work_talk_they_are_rung_at_once(desk: Desk) -> None:
    away, zin = desk.person(), desk.person()
    on_duty(desk, away)
    first = desk.call()
    desk.tick()
    press(desk, first, away, "1")
    on_duty(desk, zin, role="oncall")
    contact = desk.call()
    desk.tick()
    assert asked(desk, contact) == {(zin, "phone")}


def test_a_text_rings_no_telephone(desk: Desk, hand: Clock) -> None:
    zin = desk.person()
    on_duty(desk, zin, role="oncall")
    contact = desk.text("merhaba")
    desk.tick()
    later(desk, hand, 2 * ladder().on_call_seconds)
    assert asked(desk, contact) == set()


def test_by_night_those_on_call_are_rung_earlier_where_the_ladder_says_so_and_the_ceiling_stays(
    desk: Desk, hand: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with desk.work() as session:
        local = now(session).astimezone(ISTANBUL)
    later_on = (local + timedelta(hours=6)).strftime("%H:00")
    begins = (local - timedelta(hours=1)).strftime("%H:00")
    night = {"from": begins, "to": later_on, "on_call_seconds": ladder().wave_seconds}
    day = {"from": later_on, "to": begins}
    of_line = {"line": desk.line.number, "hours": [night, day]}
    nightly = Ladder.model_validate(ladder().model_dump() | {"by_line": [of_line]})
    monkeypatch.setattr("routing.service.steps.ladder", lambda: nightly)
    at_work, at_home = desk.person(ready=True), desk.person("oncall")
    on_duty(desk, at_work)
    on_duty(desk, at_home, role="oncall")
    contact = desk.call()
    desk.tick()
    assert asked(desk, contact) == {(at_work, "board")}
    later(desk, hand, ladder().wave_seconds)
    assert asked(desk, contact) == {(at_work, "board"), (at_home, "phone")}
    # By day it takes two rings more.
    hand.advance(7 * 3600, sweeping=False)
    desk.beat(at_work)
    other = desk.call()
    with desk.work() as session:
        rang = session.get_one(Contact, other).received_at
        assert (session.get_one(Call, other).deadline_at - rang).total_seconds() == CEILING_S
    desk.tick()
    later(desk, hand, ladder().wave_seconds)
    assert (at_home, "phone") not in asked(desk, other)
