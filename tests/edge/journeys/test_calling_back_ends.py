"""Somebody called her back and her telephone was answered, or something of ours died: every way in which that ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest

from core.actor import system
from core.unit_of_work import unit_of_work
from hotline import service as hotline
from hotline.claims import Claimed
from hotline.queries import contact as contact_query
from hotline.queries import others_with_her
from intake import queries as intake_queries
from practice.phones import Behaviour, Press
from routing import service as routing
from staff import service as staff
from tests.edge.journeys.calling import PICKS_UP, Calling
from tests.edge.journeys.test_call_back import HOUR, Her
from tests.edge.journeys.test_calls_again import pass_quietly
from tests.edge.journeys.test_none_is_lost import facts_of
from tests.support.world import World

ACTOR = system("tests")


@contextmanager
def killed(world: World, *, after_the_carrier: bool) -> Iterator[None]:
    """Whoever asks the carrier for her call dies before or after that, and tells nobody."""
    whole = world.sender._do

    def dies(claimed: Claimed) -> None:
        if not claimed.public:
            whole(claimed)
        elif after_the_carrier:
            world.sender._act(claimed)

    world.sender._do = dies  # type: ignore[method-assign]
    try:
        yield
    finally:
        world.sender._do = whole  # type: ignore[method-assign]


@pytest.fixture
def calling(world: World) -> Calling:
    return Calling(Her(world))


def test_another_voice_suspends_the_number_and_nothing_of_hers_is_ended(calling: Calling, world: World) -> None:
    calling.she(PICKS_UP)
    calling.press()
    calling.until("answered")
    world.pass_time(3)
    talk = calling.talk()
    calling.another(talk.id)
    assert calling.view.other
    world.do(lambda session: hotline.hang_up(session, calling.her.operator.actor, talk.id))
    assert calling.until("over").outcome == "other"
    calling.nothing_said()
    assert calling.wanted()
    assert calling.refused()[0] == "compromised"
    assert [fact.payload["why"] for fact in facts_of(world, calling.contact_id, "CallbackOver")] == ["refused"]
    assert calling.her.listed() == []


def test_an_operator_who_drops_leaves_nobody_with_a_machine(calling: Calling, world: World) -> None:
    calling.she(PICKS_UP)
    calling.press()
    calling.until("answered")
    world.pass_time(5)
    calling.desk().hang_up()
    world.pass_time(30)
    [call] = calling.calls()
    assert call.over
    calling.nothing_said()
    assert calling.view.outcome == "unsure"
    assert calling.talk().state == "wrap_up"
    assert calling.wanted()
    pass_quietly(world, 0.5 * HOUR)
    assert len(calling.her.listed()) == 1


def test_an_operator_who_drops_after_it_is_sure_leaves_her_waiting_first_of_all(calling: Calling, world: World) -> None:
    calling.she(PICKS_UP)
    calling.press()
    calling.until("answered")
    world.pass_time(5)
    calling.sure()
    calling.desk().hang_up()
    world.until(lambda: calling.talk().state == "queued", limit=40)
    [call] = calling.calls()
    assert not call.over
    world.ready(calling.her.operator)
    talk_id = calling.talk().id
    caller = calling.her.operator
    world.do(lambda session: routing.accept(session, caller.actor, talk_id, caller.account_id))
    world.until(lambda: calling.talk().state == "connected", limit=40)


def test_key_five_means_on_a_call_of_ours_what_it_always_means(calling: Calling, world: World) -> None:
    calling.she(PICKS_UP)
    calling.press()
    calling.until("answered")
    world.pass_time(5)
    talk_id = calling.talk().id
    world.do(lambda session: hotline.put_on_hold(session, calling.her.operator.actor, talk_id))
    world.pass_time(5)
    calling.calls()[0].press("5")
    world.pass_time(5)
    assert calling.talk().danger
    assert calling.talk().state == "connected"
    with unit_of_work(world.ground) as session:
        view = intake_queries.levels(session, [talk_id])[talk_id]
    assert view.level == 1


def test_a_worker_that_dies_after_the_claim_loses_and_doubles_nothing(calling: Calling, world: World) -> None:
    calling.she(PICKS_UP)
    with killed(world, after_the_carrier=False):
        calling.press()
        world.until(lambda: calling.view.state == "calling", limit=30)
        world.pass_time(1)
        assert calling.calls() == []
    world.pass_time(44)
    assert len(calling.calls()) == 1
    calling.until("answered")


def test_a_worker_that_dies_after_the_carrier_took_it_doubles_nothing(calling: Calling, world: World) -> None:
    calling.she(PICKS_UP)
    with killed(world, after_the_carrier=True):
        calling.press()
        world.until(lambda: calling.view.state == "calling", limit=30)
        world.pass_time(1)
    calling.until("answered")
    world.pass_time(90)
    assert len(calling.calls()) == 1
    assert calling.view.state == "answered"


def test_who_is_barred_from_her_earlier_contact_is_from_the_call_too(calling: Calling, world: World) -> None:
    lead, about = world.person("shift_lead", on_duty=None), [("contact", calling.contact_id)]
    world.do(lambda session: staff.bar(session, ACTOR, subjects=about, account_id=lead.account_id, reason="kin"))
    calling.she(PICKS_UP)
    calling.press()
    calling.until("answered")
    with unit_of_work(world.ground) as session:
        assert intake_queries.intake_of_contact(session, world.scope(lead), calling.talk().id) is None
        assert contact_query(session, world.scope(lead), calling.talk().id) is None


def test_she_is_handed_over_like_any_caller_and_who_called_is_free_for_another(calling: Calling, world: World) -> None:
    joins = Behaviour("answer", after=2.0, presses=(Press("1", hearing="Kabul için 1"),))
    caller, colleague = calling.her.operator, world.person("operator", behaviour=joins)
    calling.she(PICKS_UP)
    calling.press()
    calling.until("answered")
    world.pass_time(5)
    calling.sure()
    talk_id = calling.talk().id
    world.do(lambda session: routing.call_in(session, caller.actor, talk_id, colleague.account_id, "colleague"))
    world.pass_time(20)
    with unit_of_work(world.ground) as session:
        [other] = others_with_her(session, talk_id, caller.account_id)
    world.do(lambda session: hotline.hand_over_call(session, caller.actor, talk_id, other.leg_id))
    world.do(lambda session: hotline.leave_call(session, caller.actor, talk_id))
    world.pass_time(5)
    assert calling.talk().owner_id == colleague.account_id
    assert not calling.calls()[0].over
    another = Calling(Her(world))
    scope = world.scope(caller)
    world.do(lambda session: routing.call_back(session, caller.actor, scope, another.contact_id, caller.account_id))
    assert another.view.account_id == caller.account_id


def test_where_nothing_can_be_read_when_she_answers_not_a_word_is_said(calling: Calling, world: World) -> None:
    calling.she(Behaviour("answer", after=8.0))
    calling.press()
    calling.until("calling")
    world.pass_time(3)
    with patch.object(world.line.telephone.breaker, "closed", lambda: False):
        world.pass_time(20)
    calling.nothing_said()
    [call] = calling.calls()
    assert call.over
    assert calling.until("over").outcome == "failed"
