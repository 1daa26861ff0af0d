"""Very many texts at once: few pages call on-call staff, every one who wrote is covered, and nobody drops out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from config.engines.processes import wait_until
from core.audit import AuditEntry
from core.ids import new_id
from core.unit_of_work import unit_of_work
from escalation.paging import queries, rules, service
from escalation.paging.models import Page
from hotline.events import CallEnded, ContactClosed, ReplyLost, StaffReplied
from intake import queries as intake_queries
from intake.events import LevelRaised
from intake.models import Intake
from staff import service as staff_service
from tests.edge.escalation.conftest import ACTOR, House
from tests.edge.escalation.pages import accept, digits, kinds, said, unanswered

ALONE = rules.TEXTS_ALONE
PIN = "805317"


def _pages(house: House) -> list[Page]:
    """Everything of the pager in this centre, in the order in which it was opened."""
    query = select(Page).where(Page.centre_id == house.centre_id).order_by(Page.opened_at, Page.id)
    return house.do(lambda session: list(session.scalars(query)))


def _calling(house: House) -> list[Page]:
    return [page for page in _pages(house) if page.state != "merged"]


def _shared(house: House) -> Page:
    found = [page for page in _calling(house) if page.of_many and page.state != "closed"]
    assert len(found) == 1
    return found[0]


def _waiting(house: House, page: Page) -> set[UUID | None]:
    return {row.contact_id for row in _pages(house) if row.merged_into == page.id and row.closed_at is None}


def _texts(house: House, number: int) -> list[UUID]:
    """So many write and nobody answers in time."""
    contacts = [house.contact("sms") for _ in range(number)]
    house.sweep(181)
    return contacts


def _replied(house: House, contact_id: UUID, by: str = "oncall1") -> None:
    house.happens(StaffReplied(contact_id, house.centre_id, new_id(), house[by].id))


def _reads(house: House, contact_id: UUID, name: str = "oncall1") -> bool:
    """Whether she may read what this contact is about."""
    scope = house.scope(name)
    return house.do(lambda session: intake_queries.intake_of_contact(session, scope, contact_id)) is not None


def _set_level(session: Session, contact_id: UUID, level: int) -> None:
    session.execute(update(Intake).where(Intake.contact_id == contact_id).values(level=level))


def _raise(house: House, contact_id: UUID, level: int) -> None:
    """Triage finds her more urgent."""
    house.do(lambda session: _set_level(session, contact_id, level))
    house.happens(LevelRaised(contact_id, house.centre_id, new_id(), level, "lethality"))


def test_a_hundred_texts_wake_people_four_times_and_everybody_is_covered(house: House) -> None:
    contacts = _texts(house, 100)
    calling = _calling(house)
    assert len(calling) == ALONE + 1
    shared = _shared(house)
    alone = {page.contact_id for page in calling if not page.of_many}
    assert alone | _waiting(house, shared) == set(contacts)
    assert len(_waiting(house, shared)) == 100 - ALONE
    house.sweep()
    # Two on-call members, each texted and called once for each of the four.
    assert sum(len([one for one in house.notified(page.id) if one.rule_no == 0]) for page in calling) == 4 * len(
        calling
    )
    # Those whom the next rung calls hear how many there are by then.
    house.sweep(181)
    last = [send.body for send in house.sends(shared.id) if send.medium == "sms"][-1]
    assert last is not None
    assert last.endswith(f" x{100 - ALONE}")
    assert all(unanswered(house, contact_id) is None for contact_id in contacts)
    assert all(kinds(house, contact_id)[0] in ("PageOpened", "PageJoined") for contact_id in contacts)


def test_few_texts_have_a_page_each(house: House) -> None:
    contacts = _texts(house, ALONE)
    assert {page.contact_id for page in _pages(house)} == set(contacts)
    assert {page.state for page in _pages(house)} == {"open"}


def test_texts_that_fall_due_at_once_are_covered_once_each(house: House) -> None:
    contacts = [house.contact("sms") for _ in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda contact: house.do(lambda session: service.text_waits(session, contact)), contacts * 2))
    rows = [page for page in _pages(house) if page.contact_id is not None]
    assert sorted(row.contact_id for row in rows if row.contact_id) == sorted(contacts)
    assert len(_calling(house)) < 40


def test_danger_has_a_page_of_her_own_and_joins_none(house: House) -> None:
    _texts(house, ALONE + 2)
    her = house.contact("sms", level=1)
    house.do(lambda session: _set_level(session, her, 1))
    house.do(lambda session: service.text_waits(session, her))
    own = [page for page in _pages(house) if page.contact_id == her]
    assert [(page.state, page.level) for page in own] == [("open", 1)]
    assert len(_calling(house)) == ALONE + 2


def _somebody_waits_for_a_lock(session: Session, so_many: int = 1) -> bool:
    waiting = session.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))
    return int(waiting.scalar_one()) >= so_many


def test_a_text_that_falls_due_twice_at_once_waits_once(house: House) -> None:
    _texts(house, ALONE + 1)
    shared, her = _shared(house), house.contact("sms")
    with ThreadPoolExecutor(2) as pool:
        with unit_of_work(house.ground) as session:
            session.execute(select(Page.id).where(Page.id == shared.id).with_for_update())
            coming = [pool.submit(house.do, lambda session: service.text_waits(session, her)) for _ in range(2)]
            both = partial(_somebody_waits_for_a_lock, so_many=2)
            assert wait_until(lambda: house.do(both), 20.0, every=0.05)
        for one in coming:
            one.result()
    assert len([page for page in _pages(house) if page.contact_id == her]) == 1


def test_who_comes_as_the_page_of_many_ends_has_another_page(house: House) -> None:
    contacts = _texts(house, ALONE + 1)
    shared, her = _shared(house), house.contact("sms")
    with ThreadPoolExecutor(1) as pool:
        with unit_of_work(house.ground) as session:
            service.reached_by_us(session, house["operator"].actor, contacts[-1], house["operator"].id)
            assert session.get_one(Page, shared.id).state == "closed"
            # She looks for a page while the one that others shared is ended and not yet committed.
            coming = pool.submit(house.do, lambda session: service.text_waits(session, her))
            assert wait_until(lambda: house.do(_somebody_waits_for_a_lock), 20.0, every=0.05)
            assert not coming.done()
        coming.result()
    found = [page for page in _pages(house) if page.contact_id == her]
    assert len(found) == 1
    calling = found[0] if found[0].merged_into is None else house.page(found[0].merged_into)
    assert calling.state == "open"


def test_who_becomes_more_urgent_leaves_the_many(house: House) -> None:
    contacts = _texts(house, ALONE + 3)
    shared = _shared(house)
    her = contacts[-1]
    assert her in _waiting(house, shared)
    _raise(house, her, 1)
    assert her not in _waiting(house, shared)
    own = [page for page in _calling(house) if page.contact_id == her]
    assert [(page.state, page.level) for page in own] == [("open", 1)]
    # The last two leave as well: nothing is left to call for.
    for contact_id in contacts[ALONE:-1]:
        _raise(house, contact_id, 1)
    assert house.page(shared.id).state == "closed"


def test_the_less_urgent_join_and_the_more_urgent_do_not(house: House) -> None:
    _texts(house, ALONE + 1)
    shared = _shared(house)
    calm, urgent = house.contact("sms"), house.contact("sms")
    house.do(lambda session: _set_level(session, calm, shared.level + 1))
    house.do(lambda session: _set_level(session, urgent, shared.level - 1))
    for contact_id in (calm, urgent):
        house.do(lambda session, contact_id=contact_id: service.text_waits(session, contact_id))
    assert calm in _waiting(house, shared)
    assert urgent not in _waiting(house, shared)


def test_nobody_joins_from_whom_a_member_is_barred(house: House) -> None:
    _texts(house, ALONE + 1)
    her = house.contact("sms")
    house.do(
        lambda session: staff_service.bar(
            session, ACTOR, subjects=[("contact", her)], account_id=house["oncall2"].id, reason="kin"
        )
    )
    house.sweep(181)
    own = [page for page in _pages(house) if page.contact_id == her]
    assert [page.state for page in own] == ["open"]
    house.sweep()
    assert {one.account_id for one in house.notified(own[0].id)} == {house["oncall1"].id}


def test_an_unanswered_call_has_a_page_also_where_her_text_waits_with_others(house: House) -> None:
    contacts = _texts(house, ALONE + 1)
    house.happens(CallEnded(contacts[-1], house.centre_id, answered=False, how="abandoned_in_queue"))
    own = [page for page in _calling(house) if page.contact_id == contacts[-1]]
    assert [page.reason for page in own] == ["call_unanswered"]


def test_who_accepts_reads_those_she_can_have_in_hand_and_the_next_follow(house: House) -> None:
    contacts = _texts(house, ALONE + rules.IN_HAND + 2)
    shared = _shared(house)
    last = contacts[-1]
    assert accept(house, shared.id, "oncall1").won

    rows = [row for row in _pages(house) if row.merged_into == shared.id]
    hers = [row.contact_id for row in rows if row.accepted_by == house["oncall1"].id and row.contact_id]
    assert len(hers) == rules.IN_HAND
    assert hers == sorted(hers, key=contacts.index)
    assert last not in hers
    assert [_reads(house, contact_id) for contact_id in hers] == [True] * rules.IN_HAND
    assert not _reads(house, last)
    for contact_id in hers[:2]:
        _replied(house, contact_id)
    assert _reads(house, last)
    # What she answered no longer waits, and what she has in hand is still as much.
    assert len(_waiting(house, shared)) == rules.IN_HAND
    assert house.page(shared.id).state == "acked"


def test_the_promise_is_kept_with_the_last_of_them_and_not_before(house: House) -> None:
    contacts = _texts(house, ALONE + 3)
    shared = _shared(house)
    accept(house, shared.id, "oncall1")
    with pytest.raises(service.PagingError, match="texts_wait"):
        house.do(lambda session: service.note_contact_made(session, house["oncall1"].actor, shared.id))
    with pytest.raises(service.PagingError, match="texts_wait"):
        house.do(lambda session: service.close(session, house["oncall1"].actor, shared.id, "done"))
    joined = contacts[ALONE:]
    for contact_id in joined[:-1]:
        _replied(house, contact_id)
        assert house.page(shared.id).state == "acked"
    house.happens(ContactClosed(joined[-1], house.centre_id, house["oncall1"].id))
    assert house.page(shared.id).state == "engaged"
    assert _waiting(house, shared) == set()


def test_it_ends_without_anybody_when_operators_have_answered_all(house: House) -> None:
    contacts = _texts(house, ALONE + 2)
    shared = _shared(house)
    for contact_id in contacts[ALONE:]:
        _replied(house, contact_id, "operator")
    assert (house.page(shared.id).state, house.page(shared.id).closed_reason) == ("closed", "answered")
    # Who writes now has few before her again, and a page of her own.
    for contact_id in contacts[:ALONE]:
        _replied(house, contact_id, "operator")
    her = _texts(house, 1)[0]
    assert [page.state for page in _pages(house) if page.contact_id == her] == ["open"]


def test_who_still_waits_when_the_promise_is_over_calls_again_and_she_reads_them_no_more(house: House) -> None:
    contacts = _texts(house, ALONE + 4)
    shared = _shared(house)
    accept(house, shared.id, "oncall1")
    joined = contacts[ALONE:]
    _replied(house, joined[0])
    before = len(house.notified(shared.id))
    house.sweep(901)
    house.sweep()
    again = house.page(shared.id)
    assert (again.state, again.accepted_by) == ("open", None)
    assert _waiting(house, shared) == set(joined[1:])
    assert len(house.notified(shared.id)) > before
    assert any(send.body and send.body.endswith("x3") for send in house.sends(shared.id) if send.medium == "sms")
    assert not _reads(house, joined[1])


def test_who_writes_after_the_acceptance_joins_and_she_is_told_when_they_have_doubled(house: House) -> None:
    _texts(house, ALONE + 1)
    shared = _shared(house)
    accept(house, shared.id, "oncall1")
    late = _texts(house, 3)
    assert len(_calling(house)) == ALONE + 1
    assert _waiting(house, shared) >= set(late)
    told = [send.body for send in house.sends(shared.id, "page_taken")]
    assert [body for body in told if body and "artik x" in body] == [
        f"{shared.code} artik x2",
        f"{shared.code} artik x4",
    ]
    rows = {row.contact_id: row.accepted_by for row in _pages(house) if row.merged_into == shared.id}
    assert {rows[contact_id] for contact_id in late} == {house["oncall1"].id}


def test_a_reply_that_was_lost_lets_her_wait_again(house: House) -> None:
    contacts = _texts(house, ALONE + 2)
    shared, her = _shared(house), contacts[-1]
    _replied(house, her)
    assert her not in _waiting(house, shared)
    house.happens(ReplyLost(her, house.centre_id, new_id()))
    house.sweep(181)
    assert her in _waiting(house, shared)


def test_it_is_not_put_off(house: House) -> None:
    _texts(house, ALONE + 1)
    with pytest.raises(service.PagingError, match="texts_wait"):
        house.do(lambda session: service.snooze(session, house["lead"].actor, _shared(house).id, 60))


def test_the_telephone_says_how_many_wait(house: House) -> None:
    _texts(house, ALONE + 5)
    shared = _shared(house)
    house.sweep()
    digits(house, shared.id, "oncall1", PIN)
    assert said(house, shared.id, "oncall1") == "page"
    following = house.leg(shared.id, "oncall1").next
    assert following is not None
    assert following["about"]["many"] == 5
    digits(house, shared.id, "oncall1", "1")
    assert house.page(shared.id).accepted_by == house["oncall1"].id


def test_its_code_finds_the_page_and_each_joining_is_written_down(house: House) -> None:
    contacts = _texts(house, ALONE + 3)
    shared = _shared(house)
    found = house.do(lambda session: queries.page_by_code(session, house.scope("lead"), shared.code))
    assert found is not None
    assert found.id == shared.id
    for contact_id in contacts[ALONE:]:
        _replied(house, contact_id, "operator")
    found = house.do(lambda session: queries.page_by_code(session, house.scope("lead"), shared.code))
    assert found is not None
    assert found.id == shared.id
    acts = select(AuditEntry.act, func.count()).where(AuditEntry.centre_id == house.centre_id).group_by(AuditEntry.act)
    counted = dict(house.do(lambda session: [tuple(row) for row in session.execute(acts)]))
    assert (counted["page_joined"], counted["page_left"]) == (3, 3)
