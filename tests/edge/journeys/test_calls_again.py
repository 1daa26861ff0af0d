"""Who hung up unanswered calls again, and again: one line and one page for her number, and she comes before equals."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from core.actor import system
from core.unit_of_work import unit_of_work
from dashboard.board import page_rows
from dashboard.presenters import PageRow
from escalation.paging import service as paging
from escalation.paging.models import LIVE_STATES, Page
from hotline import service as hotline
from hotline.models import Send
from hotline.service.flags import mark_compromised
from intake import queries as intake_queries
from intake.models import Intake
from practice.phones import Behaviour, Press
from routing import queries as routing_queries
from staff import service as staff
from staff.scope import Scope
from tests.edge.journeys.test_none_is_lost import answered_call, contact_of, facts_of, texted, waiting_call
from tests.faults.promises import STATEMENTS
from tests.support.line import fresh_number
from tests.support.world import Person, World

DAY = 24 * 3600
TESTS = system("tests")


def gives_up(world: World, caller: str, *, danger: bool = False) -> UUID:
    """She calls, waits, and hangs up before anybody takes her; returns the contact."""
    if danger:
        behaviour = Behaviour(presses=(Press("1", after=1.0), Press("5", after=3.0)))
        call = world.exchange.call(caller, world.line.number, behaviour)
        world.pass_time(1)
        world.until(lambda: contact_of(world, call.sid).danger, limit=60)
    else:
        call = waiting_call(world, caller)
    call.hang_up()
    world.pass_time(3)
    contact = contact_of(world, call.sid)
    assert contact.state.startswith("abandoned")
    return contact.id


def pages(world: World) -> list[Page]:
    """Everything of the pager at this centre, in the order in which it was opened."""
    with unit_of_work(world.ground) as session:
        found = select(Page).where(Page.centre_id == world.line.centre_id, Page.reason != "pager")
        return list(session.scalars(found.order_by(Page.opened_at, Page.id)))


def lines(world: World) -> list[PageRow]:
    """The lines of the board that are pages, as a screen is given them."""
    with unit_of_work(world.ground) as session:
        ids = [page.id for page in pages(world)]
        told = page_rows(session, Scope.system("tests"), ids)
        # Who opens the board sees what a screen was told.
        shown = page_rows(session, Scope.system("tests"))
        assert {row.id for row in shown} & {str(one) for one in ids} == {row.id for row in told}
        return told


def sent(world: World) -> int:
    """How many texts and calls were ordered to on-call staff."""
    with unit_of_work(world.ground) as session:
        mine = select(func.count()).where(Send.owner_ref.in_([str(page.id) for page in pages(world)]))
        return session.scalar(mine) or 0


def all_holds(world: World) -> None:
    """What the fault runs ask of the rows holds of these."""
    with unit_of_work(world.ground) as session:
        hers = {
            str(one)
            for one in session.scalars(select(Intake.contact_id).where(Intake.centre_id == world.line.centre_id))
        }
        for name, statement in STATEMENTS.items():
            assert not hers & set(session.scalars(text(statement))), name


def earlier(world: World, seconds: int) -> None:
    """All that was is so long ago; the ladders of a whole day are not climbed for it."""
    past = "UPDATE hotline_contacts SET received_at = received_at - make_interval(secs => :s) WHERE centre_id = :centre"
    with unit_of_work(world.ground) as session:
        session.execute(text(past), {"s": seconds, "centre": world.line.centre_id})


def pass_quietly(world: World, seconds: float) -> None:
    """Time goes by, and no page climbs meanwhile: whatever still calls somebody is closed, the pager's own page too."""
    calling = select(Page.id).where(Page.centre_id == world.line.centre_id, Page.state.in_(LIVE_STATES))
    with unit_of_work(world.ground) as session:
        left = session.scalars(calling).all()
    for page_id in left:
        world.do(lambda session, page_id=page_id: paging.close(session, TESTS, page_id, "elsewhere"))
    world.pass_time(seconds)


def on_call(world: World) -> Person:
    """Somebody on call, whose telephone nobody picks up."""
    return world.person("oncall", behaviour=Behaviour("ring"), on_duty="oncall")


def accept(world: World, page: Page, by: Person) -> None:
    answer = world.do(lambda session: paging.accept(session, by.actor, page.id, by.account_id, "dashboard"))
    assert answer.won


def test_five_calls_of_one_number_are_one_line_and_wake_people_once(world: World) -> None:
    on_call(world)
    caller = fresh_number()
    first = gives_up(world, caller)
    woken = sent(world)
    assert woken > 0
    [line] = lines(world)
    assert (line.calls, line.state) == (1, "open")
    again = [gives_up(world, caller) for _ in range(4)]
    [line] = lines(world)
    assert (line.calls, line.state) == (5, "open")
    with unit_of_work(world.ground) as session:
        assert (
            line.called_at
            == session.execute(
                text("SELECT received_at FROM hotline_contacts WHERE id = :one"), {"one": again[-1]}
            ).scalar_one()
        )
    assert sent(world) == woken
    rows = pages(world)
    assert [row.contact_id for row in rows if row.merged_into is None] == [first]
    assert {row.contact_id for row in rows if row.merged_into == rows[0].id} == set(again)
    assert all(
        facts_of(world, contact_id, "PageJoined")[0].payload["reason"] == "call_unanswered" for contact_id in again
    )
    all_holds(world)


def test_the_ladder_goes_on_as_if_she_had_called_once(world: World) -> None:
    on_call(world)
    caller = fresh_number()
    gives_up(world, caller)
    due = pages(world)[0].due_at
    gives_up(world, caller)
    assert pages(world)[0].due_at == due


def test_others_have_a_page_each(world: World) -> None:
    gives_up(world, fresh_number())
    gives_up(world, fresh_number())
    for _ in range(2):
        gives_up(world, "anonymous")
    assert [row.merged_into for row in pages(world)] == [None] * 4
    # Who shows no number is never known to have called before.
    assert sorted(line.calls for line in lines(world)) == [0, 0, 1, 1]
    all_holds(world)


def test_danger_has_a_page_of_her_own_and_a_calmer_call_joins_it(world: World) -> None:
    caller = fresh_number()
    gives_up(world, caller)
    in_danger = gives_up(world, caller, danger=True)
    found = pages(world)
    assert [(row.level, row.merged_into) for row in found] == [(2, None), (1, None)]
    assert found[1].contact_id == in_danger
    calm = gives_up(world, caller)
    assert pages(world)[-1].contact_id == calm
    assert pages(world)[-1].merged_into == found[1].id
    all_holds(world)


def test_who_is_more_urgent_than_the_page_has_her_own(world: World) -> None:
    caller = fresh_number()
    first = gives_up(world, caller)
    with unit_of_work(world.ground) as session:
        session.execute(text("UPDATE paging_pages SET level = 3 WHERE contact_id = :one"), {"one": first})
    gives_up(world, caller)
    assert [(row.level, row.merged_into) for row in pages(world)] == [(3, None), (2, None)]


def test_a_call_that_turns_out_more_urgent_makes_the_page_so(world: World) -> None:
    on_call(world)
    caller = fresh_number()
    gives_up(world, caller)
    again = gives_up(world, caller)
    woken = sent(world)
    world.do(lambda session: hotline.mark_silent(session, TESTS, again))
    page = pages(world)[0]
    assert (page.level, page.state) == (1, "open")
    world.pass_time(2)
    assert sent(world) > woken
    all_holds(world)


def test_where_another_may_have_her_telephone_each_call_stands_for_itself(world: World) -> None:
    caller = fresh_number()
    text_id = texted(world, caller, "merhaba")
    gives_up(world, caller)
    world.do(lambda session: mark_compromised(session, text_id))
    gives_up(world, caller)
    calls = [row for row in pages(world) if row.reason == "call_unanswered"]
    assert [row.merged_into for row in calls] == [None, None]


def test_nobody_is_told_by_one_call_of_another_from_which_she_is_barred(world: World) -> None:
    her = on_call(world)
    caller = fresh_number()
    first = gives_up(world, caller)
    world.do(
        lambda session: staff.bar(
            session, her.actor, subjects=[("contact", first)], account_id=her.account_id, reason="kin"
        )
    )
    gives_up(world, caller)
    assert [row.merged_into for row in pages(world)] == [None, None]


def test_after_a_day_she_is_somebody_who_calls_for_the_first_time(world: World) -> None:
    caller = fresh_number()
    gives_up(world, caller)
    earlier(world, DAY - 600)
    gives_up(world, caller)
    assert [row.merged_into is None for row in pages(world)] == [True, False]
    # A day after the last call, not after the first.
    earlier(world, 1200)
    gives_up(world, caller)
    assert [row.merged_into is None for row in pages(world)] == [True, False, False]
    earlier(world, DAY)
    gives_up(world, caller)
    assert [row.merged_into is None for row in pages(world)] == [True, False, False, True]


def test_who_calls_again_and_is_answered_ends_all_that_waited_for_her(world: World) -> None:
    caller = fresh_number()
    for _ in range(3):
        gives_up(world, caller)
    operator = world.person("operator", behaviour=Behaviour("desk"))
    world.ready(operator)
    answered_call(world, operator, caller)
    assert {(row.closed_reason, row.closed_at is not None) for row in pages(world)} == {("answered", True)}
    assert lines(world) == []
    all_holds(world)


def test_who_has_promised_contact_has_her_next_calls_too(world: World) -> None:
    her = on_call(world)
    caller = fresh_number()
    gives_up(world, caller)
    accept(world, pages(world)[0], her)
    again = gives_up(world, caller)
    [line] = lines(world)
    assert (line.calls, line.state) == (2, "acked")
    with unit_of_work(world.ground) as session:
        scope = Scope.of(session, her.account_id)
        assert intake_queries.intake_of_contact(session, scope, again) is not None
        told = session.scalars(select(Send).where(Send.owner_kind == "page_taken", Send.owner_ref == line.id))
        assert [send.body for send in told] == [f"{line.code} artik x2"]
    world.do(lambda session: paging.note_contact_made(session, her.actor, pages(world)[0].id))
    assert {row.closed_reason for row in pages(world) if row.merged_into} == {"answered"}
    # The promise is kept. Whatever comes next needs somebody anew.
    gives_up(world, caller)
    assert [row.merged_into is None for row in pages(world)] == [True, False, True]
    all_holds(world)


def test_when_the_promise_is_not_kept_all_her_calls_ask_again_and_she_reads_them_no_more(world: World) -> None:
    her = on_call(world)
    caller = fresh_number()
    gives_up(world, caller)
    accept(world, pages(world)[0], her)
    again = gives_up(world, caller)
    world.do(lambda session: paging.give_back(session, her.actor, pages(world)[0].id))
    [line] = lines(world)
    assert (line.calls, line.state) == (2, "open")
    with unit_of_work(world.ground) as session:
        scope = Scope.of(session, her.account_id)
        assert intake_queries.intake_of_contact(session, scope, again) is None
    all_holds(world)


def test_what_was_put_off_asks_again_when_she_calls_again(world: World) -> None:
    lead = world.person("shift_lead", on_duty=None)
    caller = fresh_number()
    gives_up(world, caller)
    world.do(lambda session: paging.snooze(session, lead.actor, pages(world)[0].id, 300))
    assert pages(world)[0].state == "snoozed"
    gives_up(world, caller)
    assert [(line.calls, line.state) for line in lines(world)] == [(2, "open")]


@pytest.mark.parametrize("end", ["close", "merge"])
def test_what_a_person_closes_is_closed_for_all_her_calls(world: World, end: str) -> None:
    lead = world.person("shift_lead", on_duty=None)
    caller = fresh_number()
    for _ in range(3):
        gives_up(world, caller)
    other = gives_up(world, fresh_number())
    page, into = pages(world)[0], pages(world)[-1]
    assert into.contact_id == other
    if end == "close":
        world.do(lambda session: paging.close(session, lead.actor, page.id, "no_safe_way"))
    else:
        world.do(lambda session: paging.merge(session, lead.actor, page.id, into.id))
    assert [row.closed_at is not None for row in pages(world)] == [True] * 3 + [False]
    all_holds(world)


def test_her_next_call_comes_before_equals_who_wait_longer(world: World) -> None:
    caller = fresh_number()
    gives_up(world, caller)
    longer = contact_of(world, waiting_call(world, fresh_number()).sid).id
    again = contact_of(world, waiting_call(world, caller).sid).id
    with unit_of_work(world.ground) as session:
        queue = session.execute(routing_queries.queue(Scope.system("tests"))).all()
        assert [row.contact_id for row in queue if row.centre_id == world.line.centre_id] == [again, longer]
    operator = world.person("operator", behaviour=Behaviour("ring"), on_duty="operator")
    world.ready(operator)
    world.pass_time(1)
    with unit_of_work(world.ground) as session:
        asked = routing_queries.offers_for(session, operator.account_id)
    assert [offer.contact_id for offer in asked] == [again, longer]


def test_of_two_calls_at_once_the_one_in_danger_has_the_page_and_both_are_counted(world: World) -> None:
    caller = fresh_number()
    waits = waiting_call(world, caller)
    world.do(lambda session: hotline.mark_silent(session, TESTS, contact_of(world, waits.sid).id))
    gives_up(world, caller)
    assert [(line.calls, line.reason) for line in lines(world)] == [(2, "nobody_present")]
    waits.hang_up()
    world.pass_time(3)
    assert [(line.calls, line.state) for line in lines(world)] == [(2, "open")]
    all_holds(world)
