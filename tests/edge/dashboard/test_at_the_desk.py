"""Contacts that begin without a call: by one key on the board, mine at once, with intake, level and clock."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from sqlalchemy import select

from core.unit_of_work import unit_of_work
from escalation.paging.models import Page
from hotline import queries as hotline
from hotline.rules import DESK_CHANNELS
from intake.codes import fields as coded_fields
from routing.service import sign_off
from staff.scope import Scope
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.edge.dashboard.test_api import Machine
from tests.support.house import Clock


def opened(operator: Browser, channel: str) -> UUID:
    answer = operator.post("/contacts", {"channel": channel})
    assert answer.status_code == 303
    found = re.search(r"/contacts/([0-9a-f-]{36})", answer.headers["Location"])
    assert found is not None
    return UUID(found[1])


@pytest.mark.parametrize("channel", DESK_CHANNELS)
def test_every_way_has_a_contact_of_its_own_with_an_intake_and_a_place(house: House, channel: str) -> None:
    operator = house.browser("operator")
    contact = opened(operator, channel)
    page = operator.get(f"/contacts/{contact}")
    assert page.status_code == 200
    assert 'name="safe_to_talk"' in page.text
    assert "composer" not in page.text.split("<main", 1)[1]
    intake = house.desk.intake(contact)
    assert (intake.level, intake.extra) == (2, {"channel": channel})
    assert coded_fields()["channel"].accepts(channel)
    [row] = [one for one in operator.json("/board/snapshot")["rows"] if one["id"] == str(contact)]
    assert (row["lane"], row["owner_id"], row["marks"]) == ("active", str(operator.account_id), [channel])
    with unit_of_work(house.ground) as session:
        found = hotline.contact(session, Scope.system("tests"), contact)
        assert found is not None
        assert (found.state, found.channel) == ("in_conversation", channel)
    assert [fact.kind for fact in house.desk.facts(contact)][:2] == ["DeskContactOpened", "IntakeOpened"]


def test_it_is_triaged_and_closed_like_any_other_and_pauses_whoever_had_it(house: House) -> None:
    operator = house.browser("operator", ready=True)
    contact = opened(operator, "walk_in")
    path = f"/intakes/{house.desk.intake(contact).id}"
    assert operator.save(path, {"immediate_danger": "yes", "version": "0"}).get_json()["level"] == 1
    assert operator.post(f"/contacts/{contact}/close").status_code == 303
    assert house.desk.queued(contact).state == "left"
    assert "Time for yourself" in str(operator.json("/alarms"))
    assert not [one for one in operator.json("/board/snapshot")["rows"] if one["id"] == str(contact)]


def test_a_made_up_way_and_a_stranger_open_nothing(house: House) -> None:
    operator = house.browser("operator")
    for channel in ("voice", "sms", "", "elma"):
        assert operator.post("/contacts", {"channel": channel}).headers["Location"].endswith("/")
    assert house.browser("auditor").post("/contacts", {"channel": "walk_in"}).status_code == 403
    assert operator.json("/board/snapshot")["rows"] == []


def test_nothing_can_be_sent_because_of_it_and_colleagues_read_no_word(house: House) -> None:
    operator = house.browser("operator")
    contact = opened(operator, "police")
    assert operator.post(f"/contacts/{contact}/messages", {"text": "merhaba"}).status_code == 422
    assert operator.post(f"/contacts/{contact}/hang-up").status_code == 422
    colleague = house.browser("operator")
    assert "safe_to_talk" not in colleague.get(f"/contacts/{contact}").text
    assert "Police" in shown(colleague.get(f"/contacts/{contact}"))
    with unit_of_work(house.ground) as session:
        sign_off(session, operator.account_id)


def test_the_board_offers_it_by_one_key_to_who_answers(house: House) -> None:
    page = house.browser("operator").get("/").text
    assert 'aria-keyshortcuts="F7"' in page
    assert 'id="desk"' in page
    assert 'id="desk"' not in house.browser("director").get("/").text


def pages(house: House, contact: UUID) -> list[tuple[str, str]]:
    with unit_of_work(house.ground) as session:
        found = select(Page.reason, Page.state).where(Page.contact_id == contact).order_by(Page.opened_at)
        return [(row.reason, row.state) for row in session.execute(found)]


def test_when_her_owner_signs_out_colleagues_are_asked_and_whoever_takes_her_goes_on(house: House) -> None:
    operator, stays = house.browser("operator", ready=True), house.browser("operator", ready=True)
    contact = opened(operator, "walk_in")
    intake = house.desk.intake(contact).id
    assert operator.save(f"/intakes/{intake}", {"display_name": "Deniz", "version": "0"}).status_code == 200
    assert operator.post("/sign-out").status_code == 303
    house.desk.tick()
    assert [offer.account_id for offer in house.desk.offers(contact)] == [stays.account_id]
    [row] = [one for one in stays.json("/board/snapshot")["rows"] if one["id"] == str(contact)]
    assert (row["lane"], row["owner_id"]) == ("waiting", "")
    assert [fact.payload["why"] for fact in house.desk.facts(contact, "ContactReturned")] == ["owner_gone"]
    assert stays.post(f"/offers/{contact}/accept").status_code == 303
    assert 'value="Deniz"' in stays.get(f"/contacts/{contact}").text
    assert house.desk.queued(contact).taken_by == stays.account_id
    assert pages(house, contact) == []


def test_whom_nobody_takes_then_has_the_clock_of_a_text_and_the_page_ends_with_who_takes_her(
    house: House, hand: Clock
) -> None:
    operator = house.browser("operator", ready=True)
    contact = opened(operator, "police")
    hand.advance(1200)
    assert pages(house, contact) == []
    assert operator.post("/sign-out").status_code == 303
    hand.advance(170)
    assert pages(house, contact) == []
    hand.advance(20)
    assert pages(house, contact) == [("nobody_present", "open")]
    later = house.browser("operator", ready=True)
    assert later.post(f"/offers/{contact}/accept").status_code == 303
    assert pages(house, contact) == [("nobody_present", "closed")]
    hand.advance(3600)
    assert pages(house, contact) == [("nobody_present", "closed")]


def test_in_danger_somebody_on_call_is_wanted_at_once(house: House) -> None:
    operator = house.browser("operator", ready=True)
    contact = opened(operator, "hospital")
    path = f"/intakes/{house.desk.intake(contact).id}"
    assert operator.save(path, {"immediate_danger": "yes", "version": "0"}).status_code == 200
    assert operator.post("/sign-out").status_code == 303
    house.desk.tick()
    assert pages(house, contact) == [("nobody_present", "open")]


def test_one_of_two_screens_that_is_left_takes_her_from_nobody(house: House) -> None:
    first = house.browser("operator", ready=True)
    second = house.browser(account_id=first.account_id)
    contact = opened(first, "court")
    assert first.post("/sign-out").status_code == 303
    assert house.desk.queued(contact).taken_by == second.account_id


def test_who_sits_with_somebody_at_the_desk_is_asked_after_who_has_nobody(house: House) -> None:
    busy, *idle = (house.browser("operator", ready=True) for _ in range(4))
    for one in (busy, *idle):
        house.on_duty(one, "operator")
    opened(busy, "walk_in")
    call = house.desk.call()
    house.desk.tick()
    assert {offer.account_id for offer in house.desk.offers(call)} == {one.account_id for one in idle}


def test_it_has_no_sid_and_an_empty_one_finds_nobody(house: House) -> None:
    operator = house.browser("operator")
    ref = house.desk.intake(opened(operator, "school")).ref
    machine = Machine(house, "contacts")
    assert [(one["ref"], one["carrier_sid"]) for one in machine.get("/contacts").get_json()["items"]] == [(ref, None)]
    refused = machine.get("/contacts", carrier_sid="")
    assert refused.status_code == 400
    assert "carrier_sid" in refused.get_json()["detail"]
    assert machine.get("/contacts", carrier_sid="CA0").get_json()["items"] == []
