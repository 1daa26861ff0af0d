"""How a call was routed, in words, for who leads the shift; a colleague reads of nobody's declining."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from core.audit import AuditEntry
from core.unit_of_work import unit_of_work
from staff.models import Account
from staff.service import bar
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.support.desk import TESTS
from tests.support.house import Clock

LINK = "How the call was routed"


def somebody(house: House, name: str, *, ready: bool = True) -> Browser:
    """An operator on duty of this name."""
    browser = house.browser("operator", ready=ready)
    with unit_of_work(house.ground) as session:
        session.get_one(Account, browser.account_id).display_name = name
    house.on_duty(browser, "operator")
    return browser


def declined_and_taken(house: House, hand: Clock) -> tuple[UUID, Browser]:
    """A call that one operator declined and another took, while a third was on a break and a fourth barred."""
    first, second = somebody(house, "Reyhan Bir"), somebody(house, "Sevgi İki")
    somebody(house, "Tülay Üç", ready=False).post("/presence", {"ready": ""}, json=True)
    barred = somebody(house, "Ufuk Dört")
    contact = house.desk.call()
    with unit_of_work(house.ground) as session:
        bar(session, TESTS, subjects=[("contact", contact)], account_id=barred.account_id, reason="kin")
    house.desk.tick()
    hand.advance(3, sweeping=False)
    assert first.post(f"/offers/{contact}/decline").status_code == 303
    hand.advance(2, sweeping=False)
    assert second.post(f"/offers/{contact}/accept", json=True).get_json()["won"]
    return contact, second


@pytest.mark.parametrize("role", ["shift_lead", "director"])
def test_who_leads_the_shift_reads_who_was_asked_and_who_was_not_and_why(house: House, hand: Clock, role: str) -> None:
    contact, _ = declined_and_taken(house, hand)
    reader = house.browser(role)
    assert LINK in shown(reader.get(f"/contacts/{contact}"))
    page = shown(reader.get(f"/contacts/{contact}/replay"))
    story = [
        *("Her call rang", "She is in the waiting room"),
        *("She was offered, wave 1", "Reyhan Bir, Sevgi İki on duty, free, and whom she wishes"),
        *("Ufuk Dört may not be asked for this contact", "Tülay Üç at her screen, takes nobody"),
        *("Declined", "Reyhan Bir", "Nobody new was asked", "Sevgi İki asked already", "Reyhan Bir had declined"),
        *("Accepted", "Sevgi İki"),
    ]
    place = 0
    for words in story:
        assert words in page[place:], (words, page[place : place + 400])
        place = page.index(words, place) + len(words)
    with unit_of_work(house.ground) as session:
        acts = select(AuditEntry.act).where(AuditEntry.actor_id == reader.account_id)
        assert "replay_opened" in session.scalars(acts).all()


def test_a_colleague_reads_of_nobody_s_declining_not_even_of_her_own_call(house: House, hand: Clock) -> None:
    contact, second = declined_and_taken(house, hand)
    assert second.get(f"/contacts/{contact}/replay").status_code == 403
    assert LINK not in shown(second.get(f"/contacts/{contact}"))


def test_a_lead_who_is_barred_from_her_or_of_another_centre_finds_nothing(
    house: House, elsewhere: House, hand: Clock
) -> None:
    contact, _ = declined_and_taken(house, hand)
    barred = house.browser("shift_lead")
    with unit_of_work(house.ground) as session:
        bar(session, TESTS, subjects=[("contact", contact)], account_id=barred.account_id, reason="kin")
    for reader in (barred, elsewhere.browser("director")):
        assert reader.get(f"/contacts/{contact}/replay").status_code == 404


def test_the_rule_that_raised_her_level_is_not_told(house: House) -> None:
    """It is of what she said; the replay may be read under secrecy too."""
    somebody(house, "Reyhan Bir")
    contact = house.desk.call()
    lead = house.browser("shift_lead")
    intake = house.desk.intake(contact)
    assert lead.post(f"/intakes/{intake.id}/level", {"level": "1"}).status_code == 303
    page = shown(lead.get(f"/contacts/{contact}/replay"))
    assert "Level: Danger" in page
    assert "raised by" not in page.lower()
