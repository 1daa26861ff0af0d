"""Ways in which somebody was nearly lost, each from the first ring or text, in virtual time and with all rooms."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import system
from core.facts import StoredFact
from core.unit_of_work import unit_of_work
from escalation.paging.models import Page
from hotline import service as hotline
from hotline.models import Call, Contact, Leg, Message
from hotline.service.flags import mark_compromised
from intake import queries as intake_queries
from intake import service as intake
from intake.gate import permit_reply
from practice.calls import Call as Carried
from practice.phones import Behaviour, Press
from routing import service as routing
from staff.scope import Scope
from tests.support.line import fresh_number
from tests.support.world import Person, World

#: She presses 1 at the greeting and waits.
WAITS = Behaviour(presses=(Press("1", after=1.0),))


def contact_of(world: World, sid: str) -> Contact:
    with unit_of_work(world.ground) as session:
        return session.scalars(select(Contact).where(Contact.carrier_sid == sid)).one()


def facts_of(world: World, contact_id: UUID, kind: str) -> list[StoredFact]:
    with unit_of_work(world.ground) as session:
        wanted = select(StoredFact).where(StoredFact.contact_id == contact_id, StoredFact.kind == kind)
        return list(session.scalars(wanted.order_by(StoredFact.number)))


def pages_of(world: World, contact_id: UUID) -> list[tuple[str, str]]:
    """Why each page about her was opened, and where it stands."""
    with unit_of_work(world.ground) as session:
        found = session.scalars(select(Page).where(Page.contact_id == contact_id).order_by(Page.opened_at))
        return [(page.reason, page.state) for page in found]


def waiting_call(world: World, caller: str = "") -> Carried:
    call = world.exchange.call(caller or fresh_number(), world.line.number, WAITS)
    world.pass_time(5)
    assert contact_of(world, call.sid).state == "queued"
    return call


def answered_call(world: World, operator: Person, caller: str = "") -> Carried:
    """A call that the operator took on her board and speaks with."""
    call = waiting_call(world, caller)
    contact_id = contact_of(world, call.sid).id
    world.do(lambda session: routing.accept(session, operator.actor, contact_id, operator.account_id))
    world.until(lambda: contact_of(world, call.sid).state == "connected", limit=40)
    return call


def texted(world: World, sender: str, body: str) -> UUID:
    """A text that arrived; returns its contact."""
    sid = world.exchange.text(sender, world.line.number, body).sid
    world.pass_time(2)
    with unit_of_work(world.ground) as session:
        return session.scalars(select(Message.contact_id).where(Message.carrier_sid == sid)).one()


def write(world: World, operator: Person, contact_id: UUID) -> UUID:
    """The operator writes to her; it leaves when it can no longer be taken back."""

    def answer(session: Session) -> UUID:
        permit = permit_reply(session, operator.actor, contact_id)
        assert isinstance(permit, UUID)
        return hotline.reply(session, operator.actor, contact_id, "Buradayım.", permit)

    message_id: UUID = world.do(answer)
    return message_id


def drop_the_operators_line(world: World, contact_id: UUID) -> None:
    with unit_of_work(world.ground) as session:
        legs = select(Leg.carrier_sid).where(Leg.contact_id == contact_id, Leg.ended_at.is_(None))
        sid = session.scalars(legs).one()
    world.exchange.calls[str(sid)].hang_up()


def test_who_lost_her_operator_and_hangs_up_while_she_waits_again_is_paged_for(world: World) -> None:
    operator = world.person("operator", behaviour=Behaviour("desk"))
    world.ready(operator)
    call = answered_call(world, operator)
    contact_id = contact_of(world, call.sid).id
    drop_the_operators_line(world, contact_id)
    world.do(lambda session: routing.sign_off(session, operator.account_id))
    world.until(lambda: contact_of(world, call.sid).state == "queued", limit=30)
    call.hang_up()
    world.pass_time(5)
    found = contact_of(world, call.sid)
    assert found.state == "abandoned_in_queue"
    assert found.ended_at is not None
    assert facts_of(world, contact_id, "CallEnded")[0].payload["answered"] is False
    assert pages_of(world, contact_id) == [("call_unanswered", "open")]
    with unit_of_work(world.ground) as session:
        assert session.get_one(Call, contact_id).stage == "over"


def test_key_five_is_told_although_nobody_ready_was_told_before(world: World) -> None:
    behaviour = Behaviour(presses=(Press("1", after=1.0), Press("5", after=20.0)))
    call = world.exchange.call(fresh_number(), world.line.number, behaviour)
    world.pass_time(15)
    contact_id = contact_of(world, call.sid).id
    assert [fact.payload["level"] for fact in facts_of(world, contact_id, "NobodyReady")] == [2]
    assert pages_of(world, contact_id) == []
    world.until(lambda: contact_of(world, call.sid).danger, limit=60)
    world.pass_time(2)
    assert [fact.payload["level"] for fact in facts_of(world, contact_id, "NobodyReady")] == [2, 1]
    assert pages_of(world, contact_id) == [("nobody_present", "open")]


def test_the_longest_wait_in_danger_is_paged_for_while_she_is_still_on_the_line(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Whatever keeps the router from speaking, her ceiling speaks by itself.
    monkeypatch.setattr("routing.service.waves.report", lambda *_: None)
    behaviour = Behaviour(presses=(Press("1", after=1.0), Press("5", after=20.0)))
    call = world.exchange.call(fresh_number(), world.line.number, behaviour)
    world.pass_time(110)
    contact_id = contact_of(world, call.sid).id
    assert pages_of(world, contact_id) == []
    world.pass_time(15)
    assert not call.over
    assert pages_of(world, contact_id) == [("nobody_present", "open")]


def test_a_text_whose_owner_is_gone_has_the_time_of_one_that_nobody_owns(world: World) -> None:
    operator = world.person("operator")
    world.ready(operator)
    sender = fresh_number()
    contact_id = texted(world, sender, "merhaba")
    world.do(lambda session: routing.accept(session, operator.actor, contact_id, operator.account_id))
    write(world, operator, contact_id)
    world.pass_time(60)
    assert texted(world, sender, "orada misiniz") == contact_id
    with unit_of_work(world.ground) as session:
        contact = session.get_one(Contact, contact_id)
        assert (contact.owner_id, contact.state) == (None, "waiting_staff")
    world.pass_time(170)
    assert pages_of(world, contact_id) == []
    world.pass_time(15)
    assert pages_of(world, contact_id) == [("text_unanswered", "open")]


def taken_text(world: World, operator: Person, sender: str) -> UUID:
    """A text that the operator took."""
    contact_id = texted(world, sender, "merhaba")
    world.do(lambda session: routing.accept(session, operator.actor, contact_id, operator.account_id))
    return contact_id


def state_of(world: World, contact_id: UUID) -> str:
    with unit_of_work(world.ground) as session:
        return session.get_one(Contact, contact_id).state


@pytest.mark.parametrize("why", ["undo", "not alone", "refused"])
def test_an_answer_that_never_leaves_answers_nobody(world: World, why: str) -> None:
    operator = world.person("operator")
    world.ready(operator)
    sender = fresh_number()
    contact_id = taken_text(world, operator, sender)
    if why == "refused":
        world.exchange.message_desk.opted_out.add((world.line.number, sender))
    message_id = write(world, operator, contact_id)
    if why == "undo":
        assert world.do(lambda session: hotline.take_back(session, operator.actor, message_id))
    if why == "not alone":
        world.do(lambda session: not_alone(session, world.scope(operator), contact_id))
    world.pass_time(30)
    assert facts_of(world, contact_id, "StaffReplied") == []
    assert state_of(world, contact_id) == "in_conversation"
    with unit_of_work(world.ground) as session:
        assert session.get_one(Contact, contact_id).answered_at is None
    world.pass_time(600)
    assert pages_of(world, contact_id) == [("text_unanswered", "open")]


def not_alone(session: Session, scope: Scope, contact_id: UUID) -> None:
    view = intake_queries.intake_of_contact(session, scope, contact_id)
    assert view is not None
    intake.mark_not_alone(session, scope.actor, scope, view.id)


def test_an_answer_stops_the_clock_when_it_leaves(world: World) -> None:
    operator = world.person("operator")
    world.ready(operator)
    contact_id = taken_text(world, operator, fresh_number())
    write(world, operator, contact_id)
    world.pass_time(5)
    assert facts_of(world, contact_id, "StaffReplied") == []
    world.pass_time(10)
    assert len(facts_of(world, contact_id, "StaffReplied")) == 1
    assert state_of(world, contact_id) == "waiting_person"
    world.pass_time(1000)
    assert pages_of(world, contact_id) == []


def test_an_answer_that_does_not_arrive_starts_the_clock_again(world: World) -> None:
    operator = world.person("operator")
    world.ready(operator)
    sender = fresh_number()
    world.exchange.set_behaviour(sender, Behaviour(text_error=30003))
    contact_id = taken_text(world, operator, sender)
    message_id = write(world, operator, contact_id)
    world.do(lambda session: routing.sign_off(session, operator.account_id))
    world.pass_time(60)
    with unit_of_work(world.ground) as session:
        assert session.get_one(Message, message_id).state == "undelivered"
        # Her screen is gone by now, so it waits for anybody.
        assert session.get_one(Contact, contact_id).owner_id is None
    assert state_of(world, contact_id) == "waiting_staff"
    world.pass_time(180)
    assert pages_of(world, contact_id) == [("text_unanswered", "open")]


@pytest.mark.parametrize("error", [30003, 21610])
def test_an_answer_that_is_lost_after_her_contact_was_closed_opens_it_again(world: World, error: int) -> None:
    operator = world.person("operator")
    world.ready(operator)
    sender = fresh_number()
    world.exchange.set_behaviour(sender, Behaviour(text_error=error))
    contact_id = taken_text(world, operator, sender)
    message_id = write(world, operator, contact_id)
    world.do(lambda session: hotline.close(session, operator.actor, contact_id))
    world.pass_time(5)
    assert state_of(world, contact_id) == "closed"
    world.do(lambda session: routing.sign_off(session, operator.account_id))
    world.pass_time(60)
    with unit_of_work(world.ground) as session:
        assert session.get_one(Message, message_id).state in ("undelivered", "failed")
        found = session.get_one(Contact, contact_id)
        assert (found.state, found.ended_at, found.owner_id) == ("waiting_staff", None, None)
    world.pass_time(180)
    assert pages_of(world, contact_id) == [("text_unanswered", "open")]


def test_a_lost_answer_does_not_open_her_contact_where_she_has_another(world: World) -> None:
    operator = world.person("operator")
    world.ready(operator)
    sender = fresh_number()
    world.exchange.set_behaviour(sender, Behaviour(text_error=30003))
    contact_id = taken_text(world, operator, sender)
    write(world, operator, contact_id)
    world.do(lambda session: hotline.close(session, operator.actor, contact_id))
    texted(world, sender, "hala burada")
    world.pass_time(60)
    assert state_of(world, contact_id) == "closed"
    assert facts_of(world, contact_id, "ReplyLost") == []


def test_of_two_answers_one_that_arrives_is_enough(world: World) -> None:
    operator = world.person("operator")
    world.ready(operator)
    sender = fresh_number()
    contact_id = taken_text(world, operator, sender)
    write(world, operator, contact_id)
    world.pass_time(30)
    world.exchange.set_behaviour(sender, Behaviour(text_error=30003))
    lost = write(world, operator, contact_id)
    world.pass_time(60)
    with unit_of_work(world.ground) as session:
        assert session.get_one(Message, lost).state == "undelivered"
    assert state_of(world, contact_id) == "waiting_person"
    assert facts_of(world, contact_id, "ReplyLost") == []


def test_what_she_writes_before_the_answer_leaves_is_not_answered_by_it(world: World) -> None:
    operator = world.person("operator")
    world.ready(operator)
    sender = fresh_number()
    contact_id = taken_text(world, operator, sender)
    write(world, operator, contact_id)
    texted(world, sender, "kapiyi zorluyor")
    world.pass_time(15)
    assert len(facts_of(world, contact_id, "StaffReplied")) == 1
    assert state_of(world, contact_id) == "in_conversation"
    world.pass_time(600)
    assert pages_of(world, contact_id) == [("text_unanswered", "open")]


def hangs_up_unanswered(world: World, caller: str) -> UUID:
    """She called, waited, and hung up before anybody took her; returns the contact."""
    call = waiting_call(world, caller)
    call.hang_up()
    world.pass_time(5)
    contact_id = contact_of(world, call.sid).id
    assert pages_of(world, contact_id) == [("call_unanswered", "open")]
    return contact_id


def test_who_calls_again_and_is_answered_is_no_longer_paged_for(world: World) -> None:
    caller = fresh_number()
    contact_id, another = hangs_up_unanswered(world, caller), hangs_up_unanswered(world, fresh_number())
    operator = world.person("operator", behaviour=Behaviour("desk"))
    world.ready(operator)
    answered_call(world, operator, caller)
    assert pages_of(world, contact_id) == [("call_unanswered", "closed")]
    assert pages_of(world, another) == [("call_unanswered", "open")]


def test_a_call_from_a_telephone_that_another_may_have_ends_no_page(world: World) -> None:
    caller = fresh_number()
    operator = world.person("operator", behaviour=Behaviour("desk"))
    world.ready(operator)
    text_id = texted(world, caller, "merhaba")
    contact_id = hangs_up_unanswered(world, caller)
    world.do(lambda session: mark_compromised(session, text_id))
    answered_call(world, operator, caller)
    assert pages_of(world, contact_id) == [("call_unanswered", "open")]


def test_a_second_call_of_one_number_that_still_waits_keeps_its_page(world: World) -> None:
    """Two people of one house, or of one switchboard: who still waits has not been answered."""
    caller = fresh_number()
    waits = waiting_call(world, caller)
    contact_id = contact_of(world, waits.sid).id
    world.do(lambda session: hotline.mark_silent(session, system("tests"), contact_id))
    assert pages_of(world, contact_id) == [("nobody_present", "open")]
    operator = world.person("operator", behaviour=Behaviour("desk"), on_duty=None)
    answered_call(world, operator, caller)
    assert not waits.over
    assert pages_of(world, contact_id) == [("nobody_present", "open")]
