"""Contacts that begin without a call: by one key on the board, mine at once, with intake, level and clock."""

from __future__ import annotations

import re
from uuid import UUID

import pytest

from core.unit_of_work import unit_of_work
from hotline import queries as hotline
from hotline.rules import DESK_CHANNELS
from intake.codes import fields as coded_fields
from routing.service import sign_off
from staff.scope import Scope
from tests.edge.dashboard.conftest import Browser, House, shown


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
