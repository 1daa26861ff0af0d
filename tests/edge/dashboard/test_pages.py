"""A page on a member's own screen: what she may do with it is there to be pressed, and each press does it."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from sqlalchemy import select

from core.unit_of_work import run
from escalation.paging.models import Page
from escalation.paging.rules import CLOSE_REASONS, TEXTS_ALONE
from hotline.service.calls import call_over
from hotline.service.holding import hold
from staff.scope import Scope
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.support.house import Clock


def abandoned(house: House) -> str:
    """She called, waited, and hung up: the code of the page that was opened for her."""
    contact_id = house.desk.call()

    def over(session: object) -> None:
        contact, call, _ = hold(session, contact_id)  # type: ignore[arg-type]
        call_over(session, contact, call, "completed")  # type: ignore[arg-type]

    run(house.ground, over)
    return page_of(house, contact_id).code


def page_of(house: House, contact_id: UUID) -> Page:
    with house.desk.work() as session:
        return session.scalars(select(Page).where(Page.contact_id == contact_id)).one()


def page_row(house: House, code: str) -> Page:
    with house.desk.work() as session:
        return session.scalars(
            select(Page).where(Page.code == code, Page.centre_id == house.desk.centre_id, Page.merged_into.is_(None))
        ).one()


def acts(reader: Browser, code: str) -> set[str]:
    """What the page offers her to press."""
    return set(re.findall(rf'action="/pages/{code}/([a-z-]+)"', reader.get(f"/pages/{code}").text))


def test_the_page_of_an_abandoned_call_is_taken_kept_and_ended_on_the_screen(house: House, hand: Clock) -> None:
    code = abandoned(house)
    member, other = house.browser("oncall"), house.browser("oncall")
    assert acts(member, code) == {"accept", "decline"}
    assert member.post(f"/pages/{code}/accept").status_code == 303
    assert acts(member, code) == {"contact-made", "give-back", "close"}
    assert acts(other, code) == set()
    assert member.post(f"/pages/{code}/contact-made").status_code == 303
    hand.advance(3600)
    assert page_row(house, code).state == "engaged"
    member = house.browser(account_id=member.account_id)
    assert acts(member, code) == {"close"}
    assert member.post(f"/pages/{code}/close", {"reason": "done"}).status_code == 303
    page = page_row(house, code)
    assert (page.state, page.closed_reason, page.closed_by) == ("closed", "done", member.account_id)
    assert acts(member, code) == set()
    assert "It is done: nothing more is asked" in shown(member.get(f"/pages/{code}"))


def test_a_promise_is_given_back_by_who_made_it_alone(house: House) -> None:
    code = abandoned(house)
    member, other = house.browser("oncall"), house.browser("oncall")
    member.post(f"/pages/{code}/accept")
    refused = other.post(f"/pages/{code}/give-back")
    assert refused.status_code == 409
    assert "no longer have it" in shown(refused)
    contact = page_row(house, code).contact_id
    assert "safe_to_talk" in member.get(f"/contacts/{contact}").text
    assert member.post(f"/pages/{code}/give-back").status_code == 303
    page = page_row(house, code)
    assert (page.state, page.accepted_by) == ("open", None)
    assert acts(member, code) == {"accept", "decline"}
    assert "safe_to_talk" not in member.get(f"/contacts/{contact}").text
    assert member.post(f"/pages/{code}/close", {"reason": "done"}).status_code == 403


def test_who_declines_is_not_asked_to_decline_again_and_may_still_take_it(house: House) -> None:
    code = abandoned(house)
    member = house.browser("oncall")
    assert member.post(f"/pages/{code}/decline").status_code == 303
    assert acts(member, code) == {"accept"}
    assert "You have declined." in shown(member.get(f"/pages/{code}"))
    assert member.post(f"/pages/{code}/accept").status_code == 303


def test_closing_takes_one_of_the_reasons(house: House) -> None:
    code = abandoned(house)
    lead = house.browser("shift_lead")
    offered = re.findall(r'<option value="([a-z_]+)">', lead.get(f"/pages/{code}").text)
    assert tuple(offered) == CLOSE_REASONS
    for reason in ("", "because", "contact_closed"):
        refused = lead.post(f"/pages/{code}/close", {"reason": reason})
        assert refused.status_code == 409
        assert "Choose why the page is closed." in shown(refused)
    assert page_row(house, code).state == "open"
    assert lead.post(f"/pages/{code}/close", {"reason": "no_safe_way"}).status_code == 303
    assert page_row(house, code).closed_reason == "no_safe_way"


@pytest.mark.parametrize(("role", "offered"), [("operator", set()), ("legal", {"accept", "decline"})])
def test_who_may_not_answer_pages_is_offered_nothing(house: House, role: str, offered: set[str]) -> None:
    code = abandoned(house)
    assert acts(house.browser(role), code) == offered


def test_why_an_operator_asks_is_read_by_those_who_may_come(house: House) -> None:
    operator = house.browser("operator", ready=True)
    contact = house.desk.text("merhaba")
    operator.post(f"/offers/{contact}/accept", json=True)
    operator.post(f"/contacts/{contact}/escalate", {"reason": "shelter_tonight"})
    code = page_of(house, contact).code
    assert "She needs a safe place tonight" in shown(house.browser("oncall").get(f"/pages/{code}"))
    assert "She needs a safe place tonight" not in shown(operator.get(f"/pages/{code}"))


def test_the_pagers_own_page_says_what_failed_and_asks_for_no_contact(house: House, hand: Clock) -> None:
    code = abandoned(house)
    hand.advance(90)
    lead = house.browser("shift_lead")
    with house.desk.work() as session:
        pager = session.scalars(
            select(Page.code).where(Page.centre_id == house.desk.centre_id, Page.reason == "pager"),
        ).one()
    words = shown(lead.get(f"/pages/{pager}"))
    assert "The pager itself failed." in words
    assert f"{code}: a step was called late" in words
    assert lead.post(f"/pages/{pager}/accept").status_code == 303
    words = shown(lead.get(f"/pages/{pager}"))
    assert "It is in hand" in words
    assert "I have reached her" not in words


def test_a_reader_of_another_centre_finds_no_page(house: House, elsewhere: House) -> None:
    code = abandoned(house)
    stranger = elsewhere.browser("oncall")
    for act in ("accept", "decline", "contact-made", "give-back", "close"):
        assert stranger.post(f"/pages/{code}/{act}", {"reason": "done"}).status_code == 404
    with house.desk.work() as session:
        assert not Scope.of(session, stranger.account_id).reaches(
            session, "page", page_row(house, code).id, house.desk.centre_id
        )


def test_one_page_of_many_texts_shows_them_and_ends_with_the_last(house: House, hand: Clock) -> None:
    """Who accepts it sees how many wait and whom, has no button that would drop them, and answering ends it."""
    contacts = [house.desk.text(f"merhaba {number}") for number in range(TEXTS_ALONE + 2)]
    hand.advance(200)
    with house.desk.work() as session:
        shared = session.scalars(
            select(Page).where(
                Page.centre_id == house.desk.centre_id, Page.contact_id.is_(None), Page.reason == "text_unanswered"
            )
        ).one()
        rows = session.scalars(select(Page).where(Page.merged_into == shared.id)).all()
        waiting = [row.contact_id for row in rows if row.contact_id is not None]
    assert len(waiting) == 2
    assert set(waiting) < set(contacts)
    member = house.browser("oncall")
    [row] = [row for row in member.json("/board/snapshot")["pages"] if row["code"] == shared.code]
    assert row["subject_ref"] == f"{shared.code} ×2"
    assert acts(member, shared.code) == {"accept", "decline"}
    assert member.post(f"/pages/{shared.code}/accept").status_code == 303
    assert acts(member, shared.code) == {"give-back"}
    for act in ("contact-made", "close"):
        assert member.post(f"/pages/{shared.code}/{act}", {"reason": "done"}).status_code == 409
    seen = shown(member.get(f"/pages/{shared.code}"))
    assert "2 texts wait. This one page stands for all of them." in seen
    for contact in waiting:
        assert house.desk.intake(contact).ref in seen
        assert shared.code in shown(member.get(f"/contacts/{contact}"))
    lead = house.browser("shift_lead")
    assert [code for code in re.findall(r'href="/pages/(\w+)"', lead.get("/pages").text) if code == shared.code]
    for contact in waiting:
        assert lead.post(f"/contacts/{contact}/close").status_code == 303
    assert page_row(house, shared.code).state == "engaged"
