"""What an acceptance promises: contact in time, or the page goes on; what the promise lets her read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from escalation.paging import queries, service
from hotline import service as hotline
from hotline.events import (
    SendEnded,
)
from intake import queries as intake_queries
from staff import service as staff_service
from tests.edge.escalation.conftest import ACTOR, House
from tests.edge.escalation.pages import accept, kinds


def test_an_acceptance_is_a_promise_and_the_others_hear_that_it_is_taken(house: House) -> None:
    contact_id = house.contact()
    page_id = house.request(contact_id)
    house.sweep()
    for send in house.sends(page_id):
        if send.medium == "sms":
            house.happens(
                SendEnded(None, house.centre_id, send.id, "sms", "page", str(page_id), send.epoch, "accepted", None)
            )
    won = accept(house, page_id, "oncall1")
    assert won.won
    assert won.by == house["oncall1"].id
    page = house.page(page_id)
    assert (page.state, page.accepted_by) == ("acked", house["oncall1"].id)
    taken = house.sends(page_id, "page_taken")
    assert [(send.address, send.body) for send in taken] == [(house["oncall2"].mobile, f"{page.code} taken")]
    assert {send.state for send in house.sends(page_id)} == {"cancelled"}
    late = accept(house, page_id, "oncall2")
    assert (late.won, late.by) == (False, house["oncall1"].id)
    assert accept(house, page_id, "oncall1").won
    before = len(house.notified(page_id))
    house.sweep(60)
    assert len(house.notified(page_id)) == before


def test_a_promise_without_contact_reopens_the_page_and_the_next_rung_is_called(house: House) -> None:
    contact_id = house.contact()
    page_id = house.request(contact_id)
    house.sweep()
    accept(house, page_id, "oncall1")
    before = house.page(page_id)
    assert before.contact_due_at is not None
    house.sweep((before.contact_due_at - house.moment()).total_seconds() + 1)
    house.sweep()
    page = house.page(page_id)
    assert (page.state, page.accepted_by) == ("open", None)
    assert page.epoch > before.epoch
    assert page.step == before.step + 1
    assert [item.account_id for item in house.notified(page_id) if item.epoch == page.epoch]
    assert kinds(house, contact_id)[-5:].count("PageReopened") == 1


def test_contact_keeps_the_promise(house: House) -> None:
    page_id = house.request(house.contact())
    house.sweep()
    accept(house, page_id, "oncall1")
    member = house["oncall1"]
    house.do(lambda session: service.note_contact_made(session, member.actor, page_id))
    house.sweep(3 * 3600)
    assert house.page(page_id).state == "engaged"
    house.do(lambda session: service.close(session, member.actor, page_id, "done"))
    assert house.page(page_id).closed_by == member.id


def test_danger_after_the_acceptance_shortens_the_promise_and_is_told(house: House) -> None:
    contact_id = house.contact()
    page_id = house.request(contact_id)
    house.sweep()
    accept(house, page_id, "oncall1")
    before = house.page(page_id)
    house.do(lambda session: hotline.mark_silent(session, ACTOR, contact_id))
    page = house.page(page_id)
    assert (page.level, page.state, page.accepted_by) == (1, "acked", house["oncall1"].id)
    assert page.contact_due_at is not None
    assert page.contact_due_at - house.moment() <= timedelta(seconds=600)
    told = [send.body for send in house.sends(page_id, "page_taken") if send.address == house["oncall1"].mobile]
    assert told == [f"{page.code} artik D1"]
    house.sweep(601)
    house.sweep()
    page = house.page(page_id)
    assert (page.state, page.accepted_by, page.epoch) == ("open", None, before.epoch + 1)
    ladder = house.do(lambda session: queries.ladder_of(session, page.policy_version_id))
    assert ladder.slug == "danger"


def test_a_promise_that_is_shorter_already_stays(house: House) -> None:
    contact_id = house.contact()
    page_id = house.request(contact_id)
    house.sweep()
    accept(house, page_id, "oncall1")
    house.sweep(500)
    due = house.page(page_id).contact_due_at
    house.request(contact_id, "operator_request", by="operator")
    house.do(lambda session: hotline.mark_silent(session, ACTOR, contact_id))
    assert house.page(page_id).contact_due_at == due


def test_a_page_is_put_off_within_its_limit_and_never_on_level_1(house: House) -> None:
    page_id = house.request(house.contact())
    house.sweep()
    with pytest.raises(service.PagingError, match="snooze_too_long"):
        house.do(lambda session: service.snooze(session, house["lead"].actor, page_id, 100_000))
    house.do(lambda session: service.snooze(session, house["lead"].actor, page_id, 600))
    before = len(house.notified(page_id))
    house.sweep(500)
    assert len(house.notified(page_id)) == before
    house.sweep(101)
    house.sweep()
    assert house.page(page_id).state == "open"
    assert len(house.notified(page_id)) > before
    urgent = house.do(
        lambda session: service.request_page(
            session, ACTOR, house.centre_id, "account", house["operator"].id, "duress", level=1
        )
    )
    with pytest.raises(service.PagingError, match="level_1"):
        house.do(lambda session: service.snooze(session, house["lead"].actor, urgent.page_id, 60))


def test_who_promised_and_is_disabled_gives_the_page_back(house: House) -> None:
    page_id = house.request(house.contact())
    house.sweep()
    accept(house, page_id, "oncall1")
    house.do(lambda session: staff_service.disable_account(session, ACTOR, house["oncall1"].id, reason="left"))
    house.sweep()
    assert house.page(page_id).state == "open"
    assert {item.account_id for item in house.notified(page_id) if item.step == 1} == {house["oncall2"].id}


def test_who_promised_reads_what_she_needs_and_no_longer_when_the_promise_is_over(house: House) -> None:
    contact_id = house.contact()
    page_id = house.request(contact_id)
    house.sweep()

    def reads() -> tuple[bool, bool]:
        def look(session: Session) -> tuple[bool, bool]:
            scope = house.scope("oncall1")
            may_close = scope.reaches(session, "page", page_id, house.centre_id, act="close")
            return intake_queries.intake_of_contact(session, scope, contact_id) is not None, may_close

        return house.do(look)

    assert reads() == (False, False)
    accept(house, page_id, "oncall1")
    assert reads() == (True, True)
    house.do(lambda session: service.give_back(session, house["oncall1"].actor, page_id))
    assert reads() == (False, False)
    house.sweep()
    accept(house, page_id, "oncall1")
    house.sweep(901)
    assert house.page(page_id).state == "open"
    assert reads() == (False, False)


def test_what_another_page_lets_her_read_stays_hers(house: House) -> None:
    contact_id = house.contact()
    kept = house.request(contact_id)
    accept(house, kept, "oncall1")
    house.do(lambda session: service.note_contact_made(session, house["oncall1"].actor, kept))
    page_id = house.request(contact_id, "operator_request", by="operator")
    assert page_id != kept
    accept(house, page_id, "oncall1")
    house.do(lambda session: service.give_back(session, house["oncall1"].actor, page_id))
    seen = house.do(lambda session: intake_queries.intake_of_contact(session, house.scope("oncall1"), contact_id))
    assert seen is not None
