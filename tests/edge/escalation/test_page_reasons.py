"""What opens a page, what ends one without anybody's acceptance, and who may know of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from core.audit import AuditEntry
from core.outbox import Outbox
from escalation.paging import queries, rules, service
from hotline.events import (
    CallConnected,
    CallEnded,
    ContactClosed,
    StaffReplied,
)
from hotline.models import Contact
from routing.events import NobodyReady, OffersExhausted
from tests.edge.escalation.conftest import ACTOR, House
from tests.edge.escalation.pages import accept, kinds, unanswered
from tests.support.planted import ADDRESS, NAME, SENTENCE


def test_a_call_that_ended_unanswered_opens_one_page(house: House) -> None:
    contact_id = house.contact()
    fact = CallEnded(contact_id, house.centre_id, answered=False, how="abandoned_in_queue")
    house.happens(fact)
    house.happens(fact)
    found = house.do(lambda session: queries.pages_of_contact(session, house.scope("lead"), contact_id))
    assert [(page.reason, page.state) for page in found] == [("call_unanswered", "open")]


def test_an_answered_call_opens_none(house: House) -> None:
    contact_id = house.contact()
    house.happens(CallEnded(contact_id, house.centre_id, answered=True, how="wrap_up"))
    assert house.do(lambda session: queries.pages_of_contact(session, house.scope("lead"), contact_id)) == []


@pytest.mark.parametrize(("level", "opened"), [(1, 1), (2, 0)])
def test_nobody_ready_pages_for_level_1_alone(house: House, level: int, opened: int) -> None:
    contact_id = house.contact()
    house.happens(NobodyReady(contact_id, house.centre_id, "voice", level, "nobody"))
    house.happens(OffersExhausted(contact_id, house.centre_id, "voice", level, 3))
    found = house.do(lambda session: queries.pages_of_contact(session, house.scope("lead"), contact_id))
    assert len(found) == opened


@pytest.mark.parametrize(
    ("late", "reason", "opened"), [(10_800, "nobody", 1), (10_800, "busy", 0), (None, "nobody", 0)]
)
def test_a_late_text_with_nobody_ready_does_not_wait_again(
    house: House, late: int | None, reason: str, opened: int
) -> None:
    contact_id = house.contact("sms")
    house.do(lambda session: session.execute(update(Contact).values(late_seconds=late).where(Contact.id == contact_id)))
    house.happens(NobodyReady(contact_id, house.centre_id, "sms", 2, reason))
    found = house.do(lambda session: queries.pages_of_contact(session, house.scope("lead"), contact_id))
    assert [page.reason for page in found] == ["text_unanswered"] * opened


def test_an_unanswered_text_opens_a_page_after_three_minutes(house: House) -> None:
    contact_id = house.contact("sms")
    clock = unanswered(house, contact_id)
    assert clock is not None
    assert clock.at - house.moment() <= timedelta(seconds=180)
    house.sweep(170)
    assert kinds(house, contact_id) == []
    house.sweep(15)
    assert kinds(house, contact_id)[0] == "PageOpened"


def test_a_second_text_does_not_move_the_clock_and_a_reply_stops_it(house: House) -> None:
    contact_id = house.contact("sms")
    first = unanswered(house, contact_id)
    house.sweep(60)
    house.do(lambda session: service.text_arrived(session, contact_id))
    second = unanswered(house, contact_id)
    assert first is not None
    assert second is not None
    assert first.at == second.at
    house.happens(StaffReplied(contact_id, house.centre_id, contact_id, house["operator"].id))
    assert unanswered(house, contact_id) is None


def test_a_person_of_ours_reaching_her_ends_what_only_wanted_that(house: House) -> None:
    contact_id = house.contact()
    page_id = house.request(contact_id, "nobody_present")
    house.happens(CallConnected(contact_id, house.centre_id, house["operator"].id, contact_id))
    assert (house.page(page_id).state, house.page(page_id).closed_reason) == ("closed", "answered")
    asked = house.request(contact_id, "operator_request", by="operator")
    house.happens(CallConnected(contact_id, house.centre_id, house["operator"].id, contact_id))
    assert house.page(asked).state == "open"
    accept(house, asked, "oncall1")
    house.happens(CallConnected(contact_id, house.centre_id, house["oncall1"].id, contact_id))
    assert house.page(asked).state == "engaged"
    house.happens(ContactClosed(contact_id, house.centre_id, house["operator"].id))
    assert house.page(asked).state == "closed"


def test_an_operators_request_needs_words_which_are_sealed(house: House) -> None:
    contact_id = house.contact()
    with pytest.raises(service.PagingError, match="no_reason"):
        house.do(
            lambda session: service.request_for_contact(
                session, house["operator"].actor, contact_id, "operator_request", request_reason="  "
            )
        )
    page_id = house.request(contact_id, "operator_request", by="operator")
    view = house.do(lambda session: queries.page(session, house.scope("operator"), page_id))
    assert view is not None
    assert view.request_reason == f"{NAME}, {ADDRESS}: {SENTENCE}"
    assert NAME not in repr(view)
    house.sweep()
    assert house["operator"].id not in {item.account_id for item in house.notified(page_id)}


def test_by_night_a_due_row_waits_for_the_board_and_a_call_does_not(house: House) -> None:
    house.at(23)
    contact_id = house.contact()
    due = house.do(
        lambda session: service.request_page(session, ACTOR, house.centre_id, "due", contact_id, "due", level=2)
    )
    call = house.request(contact_id)
    house.sweep()
    assert house.notified(call)
    assert house.notified(due.page_id) == []
    rows = house.do(lambda session: queries.live_pages(session, house.scope("lead")))
    assert {(row.id, row.waits) for row in rows} == {(call, False), (due.page_id, True)}
    page = house.page(due.page_id)
    assert page.due_at is not None
    assert page.due_at.astimezone(rules.ZONE).hour == 7
    house.at(7, 1)
    house.sweep()
    assert house.notified(due.page_id)


def test_a_more_urgent_request_takes_the_page_that_waits(house: House) -> None:
    house.at(23)
    contact_id = house.contact()
    first = house.do(
        lambda session: service.request_page(
            session, ACTOR, house.centre_id, "contact", contact_id, "due", level=3, contact_id=contact_id
        )
    )
    again = house.request(contact_id)
    assert again == first.page_id
    house.sweep()
    assert house.page(again).level == 2
    assert house.notified(again)


def test_a_code_rests_after_its_page_is_closed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = iter(["K7Q2", "K7Q2", "M4TX", "K7Q2", "M4TX", "AB34"])
    monkeypatch.setattr("escalation.paging.service.requests.new_page_code", lambda: next(codes))
    first, second = house.request(house.contact()), house.request(house.contact())
    assert [house.page(page).code for page in (first, second)] == ["K7Q2", "M4TX"]
    house.do(lambda session: service.close(session, ACTOR, first, "done"))
    assert house.page(house.request(house.contact())).code == "AB34"


def test_another_centre_sees_nothing_and_the_own_board_is_told(house: House) -> None:
    page_id = house.request(house.contact())
    elsewhere = House(house.ground, house.centre_id, house.line_id)
    with house.ground.sessions() as session:
        told = session.scalars(select(Outbox.centre_id).where(Outbox.topic == "page", Outbox.subject == str(page_id)))
        assert set(told) == {house.centre_id}
        acts = session.scalars(select(AuditEntry.act).where(AuditEntry.subject_id == str(page_id)))
        assert "page_opened" in set(acts)
    assert elsewhere.do(lambda session: queries.live_pages(session, house.scope("perp"))) == []
    seen = house.do(lambda session: queries.live_pages(session, house.scope("operator")))
    assert [row.id for row in seen] == [page_id]
    found = house.do(lambda session: queries.page_by_code(session, house.scope("lead"), house.page(page_id).code))
    assert found is not None
    assert found.id == page_id
