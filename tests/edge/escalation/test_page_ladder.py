"""Rungs: whom a page calls, when the next is called, and what happens when nobody can be."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from escalation.paging import queries, service
from hotline.events import (
    LanguageChosen,
    LegEnded,
    SendEnded,
)
from staff import service as staff_service
from tests.edge.escalation.conftest import ACTOR, PIN, House
from tests.edge.escalation.pages import digits, exhaust, kinds, said, troubles


def test_a_page_texts_and_calls_the_on_call_members_with_a_code_and_nothing_else(house: House) -> None:
    contact_id = house.contact()
    house.happens(LanguageChosen(contact_id, house.centre_id, "ku"))
    page_id = house.request(contact_id)
    house.sweep()
    page = house.page(page_id)
    sends = house.sends(page_id)
    texts = {send.address: send.body for send in sends if send.medium == "sms"}
    assert texts == {
        house["oncall1"].mobile: f"{page.code} D2 06 KU",
        house["oncall2"].mobile: f"{page.code} L2 06 KU",
    }
    calls = [send.address for send in sends if send.medium == "voice"]
    assert sorted(calls) == sorted([house["oncall1"].mobile, house["oncall2"].mobile])
    assert {send.reply_code for send in sends if send.medium == "sms"} == {page.code}
    assert all(not send.public for send in sends)


def test_a_rung_is_climbed_once_whatever_is_swept_again(house: House) -> None:
    page_id = house.request(house.contact())
    house.sweep()
    first = len(house.notified(page_id))
    house.sweep()
    house.do(lambda session: service.climb(session, page_id, 99))
    assert len(house.notified(page_id)) == first


def test_nobody_accepts_and_the_last_resort_calls_until_somebody_does(house: House) -> None:
    contact_id = house.contact()
    page_id = house.request(contact_id)
    with_lead = house["lead"].id, house["director"].id
    house.sweep()
    assert not {item.account_id for item in house.notified(page_id)} & set(with_lead)
    ladder = house.do(lambda session: queries.ladder_of(session, house.page(page_id).policy_version_id))
    for step in ladder.steps:
        house.sweep(step.delay_s + 1)
    assert house.page(page_id).last_resort
    assert {item.account_id for item in house.notified(page_id)} >= set(with_lead)
    assert kinds(house, contact_id).count("PageExhausted") == 1
    before = len(house.notified(page_id))
    for _ in range(3):
        house.sweep(ladder.last_resort.delay_s + 1)
    assert len(house.notified(page_id)) > before
    assert kinds(house, contact_id).count("PageExhausted") == 1


def test_a_rung_without_people_is_passed_at_once(house: House) -> None:
    contact_id = house.contact()
    for name in ("oncall1", "oncall2"):
        house.do(
            lambda session, name=name: staff_service.disable_account(session, ACTOR, house[name].id, reason="left")
        )
    page_id = house.request(contact_id)
    house.sweep()
    assert {item.account_id for item in house.notified(page_id)} == {house["lead"].id}


def test_when_everybody_declines_the_next_rung_does_not_wait(house: House) -> None:
    page_id = house.request(house.contact())
    house.sweep()
    digits(house, page_id, "oncall1", PIN, "2")
    assert said(house, page_id, "oncall1") == "declined"
    house.sweep()
    assert house.page(page_id).step == 0
    digits(house, page_id, "oncall2", PIN, "2")
    house.sweep()
    page = house.page(page_id)
    assert page.step == 2
    assert {item.account_id for item in house.notified(page_id) if item.step == 2} == {house["lead"].id}


def test_a_failed_telephone_lets_the_next_one_ring_now(house: House) -> None:
    page_id = house.request(house.contact())
    house.sweep()
    hers = [item for item in house.notified(page_id) if item.account_id == house["oncall1"].id]
    call = next(item for item in hers if item.medium == "voice" and item.rule_no == 0)
    assert [item.state for item in hers if item.rule_no == 1] == ["waiting"]
    assert call.send_id is not None
    house.happens(SendEnded(None, house.centre_id, call.send_id, "voice", "page", str(page_id), 1, "failed", 13224))
    hers = [item for item in house.notified(page_id) if item.account_id == house["oncall1"].id]
    assert {item.rule_no: item.state for item in hers if item.medium == "voice"} == {0: "failed", 1: "sending"}
    assert house["oncall1"].landline in [send.address for send in house.sends(page_id)]
    # The same end told again, as the leg's, rings nothing more.
    house.happens(SendEnded(None, house.centre_id, call.send_id, "voice", "page", str(page_id), 1, "failed", 13224))
    assert len([send for send in house.sends(page_id) if send.address == house["oncall1"].landline]) == 1


def test_when_no_telephone_of_a_rung_can_be_reached_the_next_rung_is_called_at_once(house: House) -> None:
    page_id = house.request(house.contact())
    house.sweep()
    for _ in range(2):
        for item in house.notified(page_id):
            if item.step == 0 and item.send_id is not None and item.state == "sending":
                house.happens(
                    SendEnded(
                        None, house.centre_id, item.send_id, item.medium, "page", str(page_id), 1, "unknown", None
                    )
                )
    house.sweep()
    assert house.page(page_id).step == 1


def test_a_call_without_a_key_reached_nobody(house: House) -> None:
    page_id = house.request(house.contact())
    house.sweep()
    leg = house.leg(page_id, "oncall1")
    house.happens(LegEnded(leg.contact_id, house.centre_id, leg.id, "page", leg.ref, leg.account_id, "completed"))
    assert next(item.state for item in house.notified(page_id) if item.leg_id == leg.id) == "failed"


def test_a_ladder_that_nobody_answered_is_a_page_of_the_pager_itself(house: House) -> None:
    first = house.request(house.contact())
    assert troubles(house) == []
    exhaust(house, first)
    [(trouble, level, words)] = troubles(house)
    assert (level, words) == (2, {f"exhausted {house.page(first).code}"})
    house.sweep()
    assert {item.account_id for item in house.notified(trouble)} == {house["lead"].id}
    second = house.request(house.contact())
    exhaust(house, second)
    assert house.page(trouble).last_resort
    [(again, _, words)] = troubles(house)
    assert again == trouble
    assert words >= {f"exhausted {house.page(first).code}", f"exhausted {house.page(second).code}"}


def test_a_rung_that_is_called_late_says_so_and_is_called(house: House) -> None:
    page_id = house.request(house.contact())
    house.sweep(45)
    assert troubles(house) == []
    assert house.notified(page_id)
    late = house.request(house.contact())
    house.sweep(90)
    assert house.notified(late)
    assert [words for _, _, words in troubles(house)] == [{f"late {house.page(late).code}"}]


def test_a_page_that_could_not_leave_in_its_time_says_so(house: House) -> None:
    page_id = house.request(house.contact())
    house.sweep()
    sent = house.notified(page_id)[0]
    assert sent.send_id is not None
    house.happens(SendEnded(None, house.centre_id, sent.send_id, "sms", "page", str(page_id), 1, "expired", None))
    assert [words for _, _, words in troubles(house)] == [{f"not_sent {house.page(page_id).code}"}]


def test_a_rung_that_cannot_be_called_at_all_is_told_to_people(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    page_id = house.request(house.contact())
    climb = service.climb

    def broken(session: Session, climbing: UUID, epoch: int) -> None:
        if climbing == page_id:
            raise RuntimeError
        climb(session, climbing, epoch)

    monkeypatch.setattr(service, "climb", broken)
    for _ in range(3):
        assert troubles(house) == []
        house.sweep(15)
    [(trouble, _, words)] = troubles(house)
    assert words == {"stuck paging.step"}
    house.sweep()
    assert {item.account_id for item in house.notified(trouble)} == {house["lead"].id}


def test_what_is_in_the_way_of_saying_it_is_not_in_the_way_of_the_page(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    page_id = house.request(house.contact())
    monkeypatch.setattr("escalation.paging.service.watch.request_page", lambda *_, **__: 1 / 0)
    exhaust(house, page_id)
    assert troubles(house) == []
    assert house["lead"].id in {item.account_id for item in house.notified(page_id) if item.step == 3}


def test_who_declined_is_not_rung_on_her_other_telephone(house: House) -> None:
    page_id = house.request(house.contact())
    house.sweep()
    member = house["oncall1"]
    house.do(lambda session: service.decline(session, member.actor, page_id, member.id, "dashboard"))
    leg = house.leg(page_id, "oncall1")
    house.happens(LegEnded(leg.contact_id, house.centre_id, leg.id, "page", leg.ref, leg.account_id, "no-answer"))
    assert member.landline not in [send.address for send in house.sends(page_id)]


def test_it_is_said_beforehand_who_will_be_woken(house: House) -> None:
    contact_id = house.contact()
    about = house.do(lambda session: service.about_contact(session, contact_id))
    called = house.do(
        lambda session: service.forecast(session, house["operator"].id, about, contact_id, "operator_request")
    )
    assert called == [service.Called(0, 2), service.Called(360, 1), service.Called(660, 1)]
    assert house.do(lambda session: queries.live_pages(session, house.scope("lead"))) == []
