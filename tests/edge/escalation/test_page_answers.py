"""Who accepts and who declines, by keypad, screen and reply code."""

from __future__ import annotations

from threading import Barrier, Thread
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import after, now
from core.facts import report
from core.ids import new_id
from dashboard.feed import draw_pages
from escalation.paging import queries, service
from escalation.paging.models import Page, Proof
from hotline.events import (
    CallConnected,
    CallWaiting,
    StaffTextArrived,
)
from hotline.models import Call, Contact, Leg
from routing.events import DuressSignalled
from routing.models import Queued
from staff import service as staff_service
from tests.edge.escalation.conftest import ACTOR, PIN, House
from tests.edge.escalation.pages import accept, digits, said


def test_a_barred_member_is_not_called_and_may_not_accept(house: House) -> None:
    contact_id = house.contact()
    house.do(
        lambda session: staff_service.bar(
            session, ACTOR, subjects=[("contact", contact_id)], account_id=house["oncall1"].id, reason="kin"
        )
    )
    page_id = house.request(contact_id)
    house.sweep()
    assert {item.account_id for item in house.notified(page_id)} == {house["oncall2"].id}
    with pytest.raises(service.PagingError, match="unknown_page"):
        accept(house, page_id, "oncall1")
    assert house.do(lambda session: queries.live_pages(session, house.scope("oncall1"))) == []


def test_the_keypad_asks_for_the_pin_before_any_key_counts(house: House) -> None:
    page_id = house.request(house.contact())
    house.sweep()
    digits(house, page_id, "oncall1", "1")
    assert house.page(page_id).state == "open"
    assert said(house, page_id, "oncall1") == "enter_pin"
    digits(house, page_id, "oncall1", "111222")
    assert said(house, page_id, "oncall1") == "wrong_pin"
    digits(house, page_id, "oncall1", "1")
    assert house.page(page_id).state == "open"
    digits(house, page_id, "oncall1", "999888", "777666")
    assert said(house, page_id, "oncall1") == "wrong_pin_end"


def test_the_keypad_accepts_with_the_pin(house: House) -> None:
    page_id = house.request(house.contact())
    house.sweep()
    digits(house, page_id, "oncall1", PIN)
    assert said(house, page_id, "oncall1") == "page"
    digits(house, page_id, "oncall1", "1")
    assert house.page(page_id).accepted_by == house["oncall1"].id
    assert said(house, page_id, "oncall1") == "page_accepted"
    digits(house, page_id, "oncall2", PIN, "1")
    assert said(house, page_id, "oncall2") == "taken"
    states = {item.leg_id: item.state for item in house.notified(page_id)}
    assert states[house.leg(page_id, "oncall1").id] == "reached"


def test_duress_looks_like_acceptance_and_alarms_the_lead_alone(house: House) -> None:
    page_id = house.request(house.contact())
    house.sweep()
    digits(house, page_id, "oncall1", PIN, "9")
    assert said(house, page_id, "oncall1") == "page_accepted"
    assert house.page(page_id).state == "open"
    query = select(Page).where(Page.subject_id == house["oncall1"].id)
    alarm = house.do(lambda session: session.scalars(query).one())
    assert (alarm.reason, alarm.level, alarm.subject_kind) == ("duress", 1, "account")
    house.sweep()
    assert {item.account_id for item in house.notified(alarm.id)} == {house["lead"].id}
    house.sweep(3600)
    hers = [item for item in house.notified(page_id) if item.account_id == house["oncall1"].id]
    assert {item.step for item in hers} == {0}


def test_duress_on_a_telephone_that_was_offered_a_caller_pages_her_lead(house: House) -> None:
    her = house["operator"]
    house.happens(DuressSignalled(house.contact(), house.centre_id, her.id))
    query = select(Page).where(Page.subject_id == her.id)
    alarm = house.do(lambda session: session.scalars(query).one())
    assert (alarm.reason, alarm.level) == ("duress", 1)
    house.sweep()
    assert {item.account_id for item in house.notified(alarm.id)} == {house["lead"].id}


def test_who_is_under_duress_does_not_see_the_alarm_on_her_own_screen(house: House) -> None:
    page_id = house.request(house.contact())
    house.sweep()
    digits(house, page_id, "oncall1", PIN, "9")
    seen = {
        name: house.do(lambda session, name=name: queries.live_pages(session, house.scope(name)))
        for name in ("oncall1", "lead")
    }
    assert [row.reason for row in seen["oncall1"]] == ["call_unanswered"]
    assert {row.reason for row in seen["lead"]} == {"call_unanswered", "duress"}
    alarm = next(row for row in seen["lead"] if row.reason == "duress")
    assert house.do(lambda session: queries.page_by_code(session, house.scope("oncall1"), alarm.code)) is None
    row, barred = house.do(lambda session: draw_pages(session, [str(alarm.id)]))[str(alarm.id)]
    assert row is not None
    assert barred == [str(house["oncall1"].id)]


def test_a_reply_code_acts_on_the_page_that_was_sent_to_her_alone(house: House) -> None:
    page_id = house.request(house.contact())
    house.sweep()
    code = house.page(page_id).code
    house.happens(StaffTextArrived(None, house.centre_id, house["lead"].id, code))
    house.happens(StaffTextArrived(None, house.centre_id, house["oncall1"].id, "ZZ99"))
    assert house.page(page_id).state == "open"
    house.happens(StaffTextArrived(None, house.centre_id, house["oncall1"].id, code.lower()))
    assert house.page(page_id).accepted_by == house["oncall1"].id
    house.happens(StaffTextArrived(None, house.centre_id, house["oncall2"].id, code))
    assert f"{code} taken" in [send.body for send in house.sends(page_id, "page_taken")]
    house.do(lambda session: service.close(session, ACTOR, page_id, "done"))
    house.happens(StaffTextArrived(None, house.centre_id, house["oncall2"].id, code))
    assert f"{code} not open" in [send.body for send in house.sends(page_id, "page_taken")]


def test_two_hundred_simultaneous_acceptances_have_one_winner_each(house: House) -> None:
    rounds = 200
    names = ("oncall1", "oncall2")
    pages = [
        house.do(
            lambda session: service.request_page(session, ACTOR, house.centre_id, "due", new_id(), "due", level=2)
        ).page_id
        for _ in range(rounds)
    ]
    results: dict[tuple[UUID, str], service.Accepted] = {}
    barrier = Barrier(len(names))

    def race(name: str) -> None:
        for page_id in pages:
            barrier.wait()
            results[page_id, name] = accept(house, page_id, name)

    threads = [Thread(target=race, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for page_id in pages:
        answers = [results[page_id, name] for name in names]
        assert sorted(answer.won for answer in answers) == [False, True]
        assert len({answer.by for answer in answers}) == 1
        assert house.page(page_id).accepted_by == answers[0].by


def test_a_wrong_pin_is_written_down_without_its_digits(house: House) -> None:
    page_id = house.request(house.contact())
    house.sweep()
    digits(house, page_id, "oncall1", "111222")
    proofs = house.do(lambda session: list(session.scalars(select(Proof.kind).where(Proof.page_id == page_id))))
    assert proofs == ["pin_refused"]
    assert house.leg(page_id, "oncall1").digits_sealed is None  # type: ignore[attr-defined]


def waiting_caller(house: House) -> UUID:
    """A caller in the waiting room, level 1, offered to nobody because nobody is ready."""
    contact_id = house.contact(level=1)

    def enter(session: Session) -> None:
        contact = session.get_one(Contact, contact_id)
        contact.state = "queued"
        session.add(
            Call(
                id=contact_id,
                carrier_sid=contact.carrier_sid,
                conference=f"c_{contact_id.hex}",
                deadline_at=after(3600),
                stage="waiting",
                last_seen_at=now(session),
                waiting_since=now(session),
                status="in-progress",
                polls=0,
            ),
        )
        session.flush()
        report(session, CallWaiting(contact_id, house.centre_id, returned=False))

    house.do(enter)
    return contact_id


def test_who_accepts_by_keypad_is_connected_with_a_caller_who_still_waits(house: House) -> None:
    contact_id = waiting_caller(house)
    page_id = house.request(contact_id, "nobody_present")
    house.sweep()
    digits(house, page_id, "oncall1", PIN, "1")
    assert house.leg(page_id, "oncall1").next == {"do": "join"}
    assert house.do(lambda session: session.get_one(Call, contact_id)).stage == "joining"
    assert house.do(lambda session: session.get_one(Queued, contact_id)).taken_by == house["oncall1"].id
    house.happens(CallConnected(contact_id, house.centre_id, house["oncall1"].id, contact_id))
    assert house.page(page_id).state == "engaged"


def test_who_accepts_on_the_dashboard_is_rung_for_a_caller_who_still_waits(house: House) -> None:
    contact_id = waiting_caller(house)
    page_id = house.request(contact_id, "nobody_present")
    house.sweep()
    answer = accept(house, page_id, "oncall1")
    assert (answer.won, answer.connected) == (True, True)
    desk = select(Leg.account_id).where(Leg.contact_id == contact_id, Leg.purpose == "desk")
    assert house.do(lambda session: session.scalars(desk).all()) == [house["oncall1"].id]


def test_a_caller_who_hung_up_leaves_the_promise_as_it_is(house: House) -> None:
    contact_id = waiting_caller(house)
    page_id = house.request(contact_id, "nobody_present")
    house.sweep()

    def gone(session: Session) -> None:
        session.get_one(Call, contact_id).ended_at = now(session)

    house.do(gone)
    digits(house, page_id, "oncall1", PIN, "1")
    assert said(house, page_id, "oncall1") == "page_accepted"
    assert house.page(page_id).state == "acked"
