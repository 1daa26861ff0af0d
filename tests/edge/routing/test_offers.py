"""A waiting contact is put before people until one of them has it; driven through the line and the tick."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import staff_actor
from core.due import Due, cancel_due
from core.facts import report
from core.sweeping import sweep
from core.unit_of_work import run, unit_of_work
from hotline import service as hotline
from hotline import voice
from hotline.events import CallConnected, CallEnded, LegEnded
from hotline.models import Contact, Leg
from intake.gate import permit_reply
from intake.models import Intake
from routing import queries
from routing.ladder import ladder
from routing.models import Queued
from routing.service import NoTelephoneError, accept, decline, waves
from routing.service.offers import WAVE
from staff.errors import MissingPermissionError, OutOfScopeError
from staff.models import Grant
from staff.scope import Scope
from staff.service import bar
from tests.edge.routing.conftest import asked, on_duty
from tests.support.desk import TESTS, Desk
from tests.support.house import Clock


def take(desk: Desk, contact_id: UUID, account_id: UUID) -> bool:
    with desk.work() as session:
        return accept(session, desk.actor(account_id), contact_id, account_id).won


def test_a_call_enters_the_queue_when_it_waits_and_the_tick_offers_it(desk: Desk) -> None:
    elif_, leyla = desk.person(ready=True), desk.person(ready=True)
    contact = desk.call()
    assert (desk.queued(contact).state, desk.queued(contact).level) == ("waiting", 2)
    assert asked(desk, contact) == set()
    desk.tick()
    assert desk.queued(contact).state == "offered"
    assert asked(desk, contact) == {(elif_, "board"), (leyla, "board")}
    assert [fact.payload["count"] for fact in desk.facts(contact, "OffersMade")] == [2]


@pytest.mark.parametrize("why", ["leaves", "takes a caller"])
def test_who_is_gone_since_the_people_were_read_is_replaced_by_the_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    """All who wait on a line share one reading of who is at work; the first who is offered is not the only one."""
    taken = desk.call()
    people = [desk.person(ready=True) for _ in range(5)]
    on_duty(desk, *people)
    first, second = desk.call(), desk.call()
    with desk.work() as session:
        cancel_due(session, WAVE, str(taken))
    make, gone = waves.make_offers, list[UUID]()

    def and_one_goes(*given: Any) -> Any:
        made = make(*given)
        if not gone:
            gone.append(made[0].account_id)
            if why == "leaves":
                desk.beat(gone[0], ready=False)
            else:
                assert take(desk, taken, gone[0])
        return made

    monkeypatch.setattr(waves, "make_offers", and_one_goes)
    desk.tick()
    assert {desk.queued(one).wave for one in (first, second)} == {1}
    later = next(one for one in (first, second) if (gone[0], "board") not in asked(desk, one))
    assert len(asked(desk, later)) == 3


def test_one_accepts_and_the_others_are_told_who(desk: Desk) -> None:
    elif_, leyla = desk.person(ready=True), desk.person(ready=True)
    contact = desk.call()
    desk.tick()
    assert take(desk, contact, elif_)
    with desk.work() as session:
        lost = accept(session, desk.actor(leyla), contact, leyla)
        assert (lost.won, lost.by) == (False, elif_)
        leg = session.scalars(select(Leg).where(Leg.contact_id == contact)).one()
        assert (leg.purpose, leg.account_id) == ("desk", elif_)
        assert session.get_one(Contact, contact).owner_id == elif_
    assert [offer.account_id for offer in desk.offers(contact, "accepted")] == [elif_]
    assert [offer.account_id for offer in desk.offers(contact, "taken")] == [leyla]
    assert desk.facts(contact, "OfferAccepted")[0].payload["account_id"] == str(elif_)


def test_accepting_twice_rings_her_telephone_once(desk: Desk) -> None:
    elif_ = desk.person(ready=True)
    contact = desk.call()
    desk.tick()
    assert take(desk, contact, elif_)
    assert take(desk, contact, elif_)
    with desk.work() as session:
        assert len(session.scalars(select(Leg).where(Leg.contact_id == contact)).all()) == 1


def test_who_has_it_may_read_it_and_a_colleague_in_another_centre_may_not(desk: Desk) -> None:
    elif_ = desk.person(ready=True)
    contact = desk.text("merhaba")
    assert take(desk, contact, elif_)
    with desk.work() as session:
        grants = session.scalars(select(Grant).where(Grant.subject_id == contact)).all()
        assert [(grant.subject_kind, grant.grantee_id, grant.reason) for grant in grants] == [
            ("contact", elif_, "owner"),
        ]


def test_nobody_takes_what_she_may_not_answer(desk: Desk) -> None:
    auditor, barred = desk.person("auditor"), desk.person(ready=True)
    contact = desk.text("merhaba")
    with desk.work() as session:
        bar(session, TESTS, subjects=[("contact", contact)], account_id=barred, reason="kin")
    desk.tick()
    assert asked(desk, contact) == set()
    for account in (auditor, barred):
        with pytest.raises((MissingPermissionError, OutOfScopeError)), desk.work() as session:
            accept(session, desk.actor(account), contact, account)
    assert desk.queued(contact).state == "waiting"


def test_a_call_is_not_won_by_somebody_without_a_telephone(desk: Desk) -> None:
    elif_ = desk.person(phone=False, ready=True)
    contact = desk.call()
    with pytest.raises(NoTelephoneError), desk.work() as session:
        accept(session, desk.actor(elif_), contact, elif_)
    assert desk.queued(contact).state == "waiting"


def test_the_next_wave_asks_more_people_and_the_rooms_above_hear_once(desk: Desk, hand: Clock) -> None:
    kurdish = desk.person(languages=("ku", "tr"), ready=True)
    turkish = desk.person(ready=True)
    contact = desk.call(waiting=False)
    with desk.work() as session:
        hotline.set_language(session, TESTS, contact, "ku")
    on_duty(desk, kurdish, turkish)
    desk.to_waiting_room(contact)
    desk.tick()
    assert asked(desk, contact) == {(kurdish, "board")}
    _pass(desk, hand, 20, kurdish, turkish)
    assert asked(desk, contact) == {(kurdish, "board"), (turkish, "board")}
    assert desk.facts(contact, "OffersExhausted") == []
    for _ in range(3):
        _pass(desk, hand, 20, kurdish, turkish)
    assert len(desk.facts(contact, "OffersExhausted")) == 1
    assert asked(desk, contact) == {(kurdish, "board"), (turkish, "board")}


def _pass(desk: Desk, hand: Clock, seconds: float, *people: UUID) -> None:
    hand.advance(seconds, sweeping=False)
    for person in people:
        desk.beat(person)
    desk.tick()


def test_a_text_that_waits_long_keeps_its_offers_and_whoever_comes_is_asked_at_once(desk: Desk, hand: Clock) -> None:
    leyla = desk.person(ready=True)
    contact = desk.text("merhaba")
    waves = []
    for _ in range(40):
        _pass(desk, hand, 20, leyla)
        waves.append(desk.queued(contact).wave)
        assert asked(desk, contact) == {(leyla, "board")}
    # Forty times the pause of the first waves, and a sixth of the waves.
    assert waves[-1] <= 10
    elif_ = desk.person(ready=True)
    desk.tick()
    assert asked(desk, contact) == {(leyla, "board"), (elif_, "board")}


def test_nobody_ready_is_said_at_once_and_whoever_comes_is_asked(desk: Desk) -> None:
    contact = desk.call()
    desk.tick()
    assert [fact.payload["reason"] for fact in desk.facts(contact, "NobodyReady")] == ["nobody"]
    elif_ = desk.person(ready=True)
    desk.tick()
    assert asked(desk, contact) == {(elif_, "board")}
    assert len(desk.facts(contact, "NobodyReady")) == 1


def test_danger_asks_everybody_now(desk: Desk) -> None:
    people = [desk.person(ready=True) for _ in range(5)]
    contact = desk.call()
    desk.tick()
    assert len(asked(desk, contact)) < len(people) or desk.queued(contact).wave == 2
    with desk.work() as session:
        hotline.mark_silent(session, TESTS, contact)
    desk.tick()
    assert desk.queued(contact).level == 1
    assert {account for account, _ in asked(desk, contact)} == set(people)


def test_declining_leaves_it_to_the_others(desk: Desk) -> None:
    elif_, leyla = desk.person(ready=True), desk.person(ready=True)
    contact = desk.call()
    desk.tick()
    with desk.work() as session:
        assert decline(session, desk.actor(elif_), contact, elif_)
        assert not decline(session, desk.actor(elif_), contact, elif_)
    assert asked(desk, contact) == {(leyla, "board")}


def test_who_declines_is_replaced_by_the_next_person_at_once(desk: Desk) -> None:
    people = {desk.person(ready=True) for _ in range(5)}
    on_duty(desk, *people)
    contact = desk.text("merhaba")
    desk.tick()
    first = {account for account, _ in asked(desk, contact)}
    assert len(first) == 3
    gone = min(first)
    with desk.work() as session:
        decline(session, desk.actor(gone), contact, gone)
    second = {account for account, _ in asked(desk, contact)}
    assert len(second) == 3
    assert second > first - {gone}
    assert gone not in second
    for account in sorted(people - {gone}):
        with desk.work() as session:
            decline(session, desk.actor(account), contact, account)
    assert asked(desk, contact) == set()
    desk.tick()
    assert desk.queued(contact).wave == 2


def test_a_desk_telephone_that_never_reached_her_puts_her_back_at_the_head(desk: Desk) -> None:
    elif_ = desk.person(ready=True)
    first, second = desk.call(), desk.call()
    assert take(desk, second, elif_)
    with desk.work() as session:
        leg = session.scalars(select(Leg).where(Leg.contact_id == second)).one()
    ended = LegEnded(second, desk.centre_id, leg.id, "desk", leg.ref, elif_, "no-answer")
    run(desk.line.ground, lambda session: report(session, ended))
    assert desk.queued(second).state == "waiting"
    with desk.work() as session:
        rows = session.execute(queries.queue(Scope.system("tests")).where(Queued.centre_id == desk.centre_id)).all()
        assert [row.contact_id for row in rows] == [second, first]


def test_a_desk_telephone_that_ends_after_they_met_changes_nothing(desk: Desk) -> None:
    elif_ = desk.person(ready=True)
    contact = desk.call()
    assert take(desk, contact, elif_)
    with desk.work() as session:
        leg = session.scalars(select(Leg).where(Leg.contact_id == contact)).one()
    met = CallConnected(contact, desk.centre_id, elif_, leg.id)
    ended = LegEnded(contact, desk.centre_id, leg.id, "desk", leg.ref, elif_, "completed")
    run(desk.line.ground, lambda session: (report(session, met), report(session, ended)))
    assert desk.queued(contact).taken_by == elif_


def test_who_hangs_up_leaves_the_queue_and_her_offers_are_withdrawn(desk: Desk) -> None:
    elif_ = desk.person(ready=True)
    contact = desk.call()
    desk.tick()
    ended = CallEnded(contact, desk.centre_id, answered=False, how="abandoned_in_queue")
    run(desk.line.ground, lambda session: report(session, ended))
    assert desk.queued(contact).state == "left"
    assert asked(desk, contact) == set()
    with desk.work() as session:
        assert session.scalars(select(Due).where(Due.kind == "routing.wave", Due.subject == str(contact))).all() == []
        assert not accept(session, desk.actor(elif_), contact, elif_).won


def test_a_screen_that_dies_is_asked_no_more(desk: Desk, hand: Clock) -> None:
    desk.person(ready=True)
    hand.advance(31, sweeping=False)
    contact = desk.call()
    desk.tick()
    assert asked(desk, contact) == set()


def test_who_stops_receiving_is_asked_no_more_and_the_contact_is_looked_at_anew(desk: Desk) -> None:
    elif_ = desk.person(ready=True)
    contact = desk.call()
    desk.tick()
    assert desk.beat(elif_, ready=False)
    assert not desk.beat(elif_, ready=False)
    assert asked(desk, contact) == set()
    assert desk.queued(contact).state == "waiting"


def test_nobody_speaks_with_two_callers(desk: Desk) -> None:
    elif_ = desk.person(ready=True)
    assert take(desk, desk.call(), elif_)
    second = desk.call()
    desk.tick()
    assert asked(desk, second) == set()
    assert desk.facts(second, "NobodyReady")[0].payload["reason"] == "busy"


def test_another_text_of_a_contact_whose_owner_has_gone_waits_for_anybody(desk: Desk, hand: Clock) -> None:
    elif_ = desk.person(ready=True)
    sender = "+905321112233"
    contact = desk.text("merhaba", sender)
    assert take(desk, contact, elif_)
    desk.text("orada misiniz", sender)
    assert desk.queued(contact).state == "taken"
    hand.advance(31, sweeping=False)
    desk.text("lutfen", sender)
    row = desk.queued(contact)
    assert (row.state, row.returned, row.taken_by) == ("waiting", True, None)


def test_who_answers_a_text_that_nobody_took_has_it(desk: Desk) -> None:
    elif_ = desk.person(ready=True)
    contact = desk.text("merhaba")

    def answer(session: Session) -> None:
        permit = permit_reply(session, desk.actor(elif_), contact)
        assert isinstance(permit, UUID)
        hotline.reply(session, desk.actor(elif_), contact, "Buradayım.", permit)

    run(desk.line.ground, answer)
    assert desk.queued(contact).taken_by == elif_


def test_the_board_pieces_show_who_is_asked_and_who_is_there(desk: Desk) -> None:
    elif_ = desk.person(ready=True)
    contact = desk.call()
    desk.tick()
    with unit_of_work(desk.line.ground) as session:
        row = queries.queue_rows(session, [contact])[contact]
        assert (row.state, row.offered_to) == ("offered", (elif_,))
        assert [offer.contact_id for offer in queries.offers_for(session, elif_)] == [contact]
        assert queries.is_ready(session, elif_)
        [present] = queries.presences(session, [desk.centre_id])
        assert (present.account_id, present.ready, present.calls) == (elif_, True, 0)
        accept(session, staff_actor(elif_, desk.centre_id), contact, elif_)
        assert queries.held_by(session, elif_) == [contact]
        assert queries.presences(session, [desk.centre_id])[0].calls == 1


def test_danger_is_offered_before_everybody_who_waits_longer(desk: Desk, hand: Clock) -> None:
    desk.person(ready=True)
    desk.tick()
    others = [desk.text(f"merhaba {number}") for number in range(30)]
    hand.advance(5, sweeping=False)
    pressed_5_while_she_waited, pressed_5_at_once = desk.call(), desk.call(waiting=False)
    for contact in (pressed_5_while_she_waited, pressed_5_at_once):
        with desk.work() as session:
            voice.danger(session, contact)
    desk.to_waiting_room(pressed_5_at_once)
    while not (desk.offers(pressed_5_while_she_waited) and desk.offers(pressed_5_at_once)):
        assert sweep(desk.line.ground, limit=1)
        assert not any(desk.offers(contact) for contact in others)
    desk.tick()
    assert all(desk.offers(contact) for contact in others)


def test_a_caller_is_offered_to_women_first_and_to_everybody_who_is_free_in_the_next_wave(
    desk: Desk, hand: Clock
) -> None:
    men = [desk.person(gender="male", ready=True) for _ in range(ladder().first_wave)]
    women = [desk.person(ready=True) for _ in range(ladder().first_wave - 1)]
    unsaid = desk.person(gender=None, ready=True)
    on_duty(desk, *men, *women, unsaid)
    contact = desk.call()
    desk.tick()
    assert asked(desk, contact) == {(one, "board") for one in (*women, unsaid)}
    hand.advance(ladder().wave_seconds, sweeping=False)
    desk.tick()
    assert asked(desk, contact) == {(one, "board") for one in (*men, *women, unsaid)}


def test_who_said_that_it_need_not_be_a_woman_is_offered_to_who_is_free_for_longest(desk: Desk, hand: Clock) -> None:
    men = [desk.person(gender="male", ready=True) for _ in range(ladder().first_wave)]
    woman = desk.person(ready=True)
    on_duty(desk, *men, woman)
    contact = desk.call(waiting=False)
    with desk.work() as session:
        her = session.scalars(select(Intake).where(Intake.contact_id == contact)).one()
        her.anybody_may_answer = True
    desk.to_waiting_room(contact)
    desk.tick()
    assert asked(desk, contact) == {(one, "board") for one in men}
