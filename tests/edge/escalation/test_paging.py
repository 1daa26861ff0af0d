from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import AuditEntry
from core.clock import after, now
from core.due import Due
from core.facts import StoredFact, report
from core.ids import new_id
from core.outbox import Outbox
from dashboard.feed import draw_pages
from escalation.paging import queries, rules, service
from escalation.paging.models import Page, Proof
from hotline import service as hotline
from hotline.events import (
    CallConnected,
    CallEnded,
    CallWaiting,
    ContactClosed,
    LanguageChosen,
    LegAnswered,
    LegEnded,
    SendEnded,
    StaffReplied,
    StaffTextArrived,
)
from hotline.models import Call, Contact, Leg
from intake import queries as intake_queries
from routing.events import NobodyReady, OffersExhausted
from routing.models import Queued
from staff import service as staff_service
from tests.edge.escalation.conftest import ACTOR, PIN, House
from tests.support.planted import ADDRESS, NAME, SENTENCE


def type_in(session: Session, leg_id: UUID, entered: str) -> None:
    """The telephone edge stores what was entered by whoever answered."""
    leg = session.get_one(Leg, leg_id)
    leg.digits, leg.answered_at = entered, now(session)


def digits(house: House, page_id: UUID, name: str, *pressed: str) -> None:
    """She answers her telephone: first the digits of her PIN, then menu keys."""
    for entered in pressed:
        leg = house.leg(page_id, name)
        if len(entered) > 1:
            house.do(lambda session, leg_id=leg.id, entered=entered: type_in(session, leg_id, entered))
        digit = "pin" if len(entered) > 1 else entered
        house.happens(LegAnswered(leg.contact_id, house.centre_id, leg.id, "page", leg.ref, leg.account_id, digit))


def said(house: House, page_id: UUID, name: str) -> str:
    """What her telephone hears next."""
    following = house.leg(page_id, name).next
    assert following is not None
    return str(following.get("prompt", following["do"]))


def kinds(house: House, contact_id: UUID) -> list[str]:
    """The pager's facts about a contact, in order."""
    query = select(StoredFact.kind).where(StoredFact.contact_id == contact_id).order_by(StoredFact.number)
    return [kind for kind in house.do(lambda session: list(session.scalars(query))) if kind.startswith("Page")]


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


def accept(house: House, page_id: UUID, name: str) -> service.Accepted:
    """She accepts on the dashboard."""
    member = house[name]
    return house.do(lambda session: service.accept(session, member.actor, page_id, member.id, "dashboard"))


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


def unanswered(house: House, contact_id: UUID) -> Due | None:
    """The clock of an unanswered text."""
    query = select(Due).where(Due.kind == service.TEXT, Due.subject == str(contact_id))
    return house.do(lambda session: session.scalars(query).one_or_none())


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


def troubles(house: House) -> list[tuple[UUID, int, set[str]]]:
    """The pager's own pages: id, level, and what it says went wrong."""
    query = select(Page).where(Page.centre_id == house.centre_id, Page.reason == "pager").order_by(Page.opened_at)

    def read(session: Session) -> list[tuple[UUID, int, set[str]]]:
        pages = session.scalars(query).all()
        return [(page.id, page.level, set((page.request_reason or "").splitlines())) for page in pages]

    return house.do(read)


def exhaust(house: House, page_id: UUID) -> None:
    """Nobody accepts on any rung; the last resort is called."""
    house.sweep()
    ladder = house.do(lambda session: queries.ladder_of(session, house.page(page_id).policy_version_id))
    for step in ladder.steps:
        house.sweep(step.delay_s + 1)
    assert house.page(page_id).last_resort


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


def test_who_declined_is_not_rung_on_her_other_telephone(house: House) -> None:
    page_id = house.request(house.contact())
    house.sweep()
    member = house["oncall1"]
    house.do(lambda session: service.decline(session, member.actor, page_id, member.id, "dashboard"))
    leg = house.leg(page_id, "oncall1")
    house.happens(LegEnded(leg.contact_id, house.centre_id, leg.id, "page", leg.ref, leg.account_id, "no-answer"))
    assert member.landline not in [send.address for send in house.sends(page_id)]


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


def test_it_is_said_beforehand_who_will_be_woken(house: House) -> None:
    contact_id = house.contact()
    about = house.do(lambda session: service.about_contact(session, contact_id))
    called = house.do(
        lambda session: service.forecast(session, house["operator"].id, about, contact_id, "operator_request")
    )
    assert called == [service.Called(0, 2), service.Called(360, 1), service.Called(660, 1)]
    assert house.do(lambda session: queries.live_pages(session, house.scope("lead"))) == []
