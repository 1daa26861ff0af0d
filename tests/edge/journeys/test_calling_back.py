"""Somebody calls her back: her own telephone first, then hers, and every way in which that can end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import system
from core.audit import AuditEntry
from core.unit_of_work import unit_of_work
from hotline import service as hotline
from hotline.claims import Claimed
from hotline.models import Contact
from hotline.phrases import phrase
from hotline.queries import CallBackView, call_backs_of, others_with_her
from hotline.queries import contact as contact_query
from intake import queries as intake_queries
from intake import service as intake
from practice.calls import Call as Carried
from practice.phones import Behaviour, Press
from routing import service as routing
from staff import service as staff
from tests.edge.journeys.test_call_back import HOUR, Her
from tests.edge.journeys.test_calls_again import all_holds, pages, pass_quietly
from tests.edge.journeys.test_none_is_lost import answered_call, contact_of, facts_of, waiting_call
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


PICKS_UP = Behaviour("answer", after=4.0)


class Calling:
    """Whoever calls her back, and what her telephone does."""

    def __init__(self, her: Her, **agreed: object) -> None:
        self.her, self.world = her, her.world
        her.agrees(**(agreed or {"call": "ok"}))
        self.contact_id = her.gives_up()
        self.world.pass_time(30)

    def she(self, behaviour: Behaviour) -> None:
        self.world.exchange.set_behaviour(self.her.number, behaviour)

    def press(self) -> None:
        """'Call her' on the screen; her own telephone is answered and 1 pressed by the desk's behaviour."""
        caller = self.her.operator
        scope = self.world.scope(caller)
        self.world.do(
            lambda session: routing.call_back(session, caller.actor, scope, self.contact_id, caller.account_id)
        )

    @property
    def view(self) -> CallBackView:
        with unit_of_work(self.world.ground) as session:
            return call_backs_of(session, self.contact_id)[0]

    def until(self, state: str) -> CallBackView:
        self.world.until(lambda: self.view.state == state, limit=120)
        return self.view

    def calls(self) -> list[Carried]:
        """The calls that left to her number."""
        return [one for one in self.world.exchange.calls.values() if one.to == self.her.number]

    def desk(self) -> Carried:
        """The newest call to the telephone of who calls."""
        return [one for one in self.world.exchange.calls.values() if one.to == self.her.operator.phone][-1]

    def talk(self) -> Contact:
        """The contact that began when somebody answered."""
        with unit_of_work(self.world.ground) as session:
            return session.scalars(select(Contact).where(Contact.call_back_of == self.contact_id)).one()

    def sure(self) -> None:
        """Whoever calls made sure that it is she."""
        scope, talk_id = self.world.scope(self.her.operator), self.talk().id

        def check(session: Session) -> None:
            view = intake_queries.intake_of_contact(session, scope, talk_id)
            assert view is not None
            intake.check_identity(session, scope.actor, scope, view.id, "question")

        self.world.do(check)

    def another(self, contact_id: UUID) -> None:
        """Somebody says that another person may have her telephone."""
        lead = self.world.scope(self.world.person("shift_lead", on_duty=None))

        def mark(session: Session) -> None:
            view = intake_queries.intake_of_contact(session, lead, contact_id)
            assert view is not None
            intake.suspect_other_party(session, lead.actor, lead, view.id)
            intake.mark_compromised(session, lead.actor, lead, view.id)

        self.world.do(mark)

    def refused(self) -> tuple[str, ...]:
        """Why the gate does not let a person begin now."""
        with pytest.raises(routing.GateRefusedError) as refused:
            self.press()
        return refused.value.answer.reasons

    def wanted(self) -> bool:
        """Whether the page for her unanswered call still wants her to be reached."""
        return [row.state for row in pages(self.world) if row.contact_id == self.contact_id] == ["open"]

    def nothing_said(self) -> None:
        """Her telephone heard no machine of ours."""
        for call in self.calls():
            heard = self.world.exchange.phone(self.her.number).heard(call.sid)
            assert [line for line in heard if line not in ("alo", "efendim")] == []

    def acts(self, act: str) -> list[dict[str, str]]:
        """What the audit has of this contact."""
        with unit_of_work(self.world.ground) as session:
            found = select(AuditEntry.detail).where(
                AuditEntry.act == act, AuditEntry.subject_id == str(self.contact_id)
            )
            return list(session.scalars(found.order_by(AuditEntry.at)))


@pytest.fixture
def calling(world: World) -> Calling:
    return Calling(Her(world))


def test_she_is_called_and_speaks_with_who_called_her(calling: Calling, world: World) -> None:
    calling.she(PICKS_UP)
    calling.press()
    assert calling.view.state == "ringing"
    assert calling.calls() == []
    calling.until("answered")
    world.pass_time(3)
    [call] = calling.calls()
    assert call.from_ == world.line.number
    # Nobody said a word to her but the one who called.
    assert world.exchange.phone(calling.her.number).heard(call.sid) == []
    talk = calling.talk()
    assert (talk.state, talk.owner_id, talk.carrier_sid) == ("connected", calling.her.operator.account_id, call.sid)
    assert world.exchange.speak(call.sid, "alo") == [calling.desk().sid]
    assert call.sid in world.exchange.speak(calling.desk().sid, "efendim")
    # Until it is sure who answered, nothing of hers is ended by it.
    assert calling.wanted()
    assert facts_of(world, calling.contact_id, "CallbackOver") == []
    calling.sure()
    assert not calling.wanted()
    assert [fact.payload["why"] for fact in facts_of(world, calling.contact_id, "CallbackOver")] == ["answered"]
    world.do(lambda session: hotline.hang_up(session, calling.her.operator.actor, talk.id))
    assert calling.until("over").outcome == "reached"
    world.pass_time(2)
    assert calling.talk().state == "wrap_up"
    all_holds(world)


def test_h4_a_machine_is_hung_up_on_and_hears_nothing(calling: Calling, world: World) -> None:
    calling.she(Behaviour("machine", after=5.0))
    calling.press()
    assert calling.until("over").outcome == "machine"
    world.pass_time(10)
    [call] = calling.calls()
    assert call.over
    calling.nothing_said()
    assert calling.desk().over
    with unit_of_work(world.ground) as session:
        assert session.scalars(select(Contact).where(Contact.call_back_of == calling.contact_id)).all() == []
    # Nothing dials by itself, and her task comes back when her telephone may ring for us again.
    assert calling.her.listed() == []
    assert calling.refused() == ("called_lately",)
    pass_quietly(world, 0.5 * HOUR)
    assert len(calling.her.listed()) == 1
    assert len(calling.calls()) == 1
    all_holds(world)


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [(Behaviour("busy"), "busy"), (Behaviour("manual"), "no_answer"), (Behaviour("failed"), "failed")],
    ids=["busy", "nobody", "bad number"],
)
def test_who_is_not_reached_stays_a_task_and_is_called_again_by_a_person_alone(
    calling: Calling, world: World, behaviour: Behaviour, outcome: str
) -> None:
    calling.she(behaviour)
    calling.press()
    assert calling.until("over").outcome == outcome
    world.pass_time(10)
    assert calling.desk().over
    assert calling.wanted()
    pass_quietly(world, 0.5 * HOUR)
    assert len(calling.her.listed()) == 1
    assert len(calling.calls()) == 1
    calling.she(PICKS_UP)
    calling.press()
    calling.until("answered")
    assert len(calling.calls()) == 2


def test_her_telephone_rings_three_times_a_day_for_us_and_no_more(calling: Calling, world: World) -> None:
    calling.she(Behaviour("busy"))
    for _ in range(3):
        calling.press()
        assert calling.until("over").outcome == "busy"
        pass_quietly(world, 0.5 * HOUR)
    assert calling.refused() == ("called_lately",)
    assert calling.acts("call_back_asked")[-1] == {"gate": "allowed"}
    assert calling.her.listed() == []
    pass_quietly(world, 23 * HOUR)
    assert len(calling.her.listed()) == 1


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (Behaviour("no_answer"), "unreached"),
        (Behaviour("machine"), "unreached"),
        (Behaviour("answer", presses=(Press("2"),)), "unreached"),
    ],
    ids=["nobody", "machine", "key 2"],
)
def test_without_a_person_at_our_own_telephone_she_is_not_called(
    calling: Calling, world: World, behaviour: Behaviour, outcome: str
) -> None:
    world.exchange.set_behaviour(calling.her.operator.phone, behaviour)
    calling.press()
    assert calling.until("over").outcome == outcome
    assert calling.calls() == []
    # Her telephone did not ring, so nothing keeps a person from trying again at once.
    assert len(calling.her.listed()) == 1


SLOW = Behaviour("answer", after=1.0, presses=(Press("1", after=6.0),))


def test_the_gate_is_asked_again_when_one_is_pressed(calling: Calling, world: World) -> None:
    world.exchange.set_behaviour(calling.her.operator.phone, SLOW)
    calling.she(PICKS_UP)
    calling.press()
    world.pass_time(4)
    calling.another(calling.contact_id)
    view = calling.until("over")
    assert (view.outcome, view.reasons) == ("forbidden", ("compromised", "never_first"))
    world.pass_time(5)
    assert calling.calls() == []
    assert phrase("call_back_off", "tr").text in world.exchange.phone(calling.her.operator.phone).heard()
    assert calling.acts("gate_refused")[-1]["reason"] == "compromised"


def test_what_could_not_leave_before_her_hours_are_over_does_not_leave(world: World) -> None:
    her = Her(world)
    closes = her.moment() + timedelta(minutes=20)
    calling = Calling(her, call="ok", expires_at=closes)
    calling.she(PICKS_UP)
    world.exchange.set_behaviour(her.operator.phone, SLOW)
    world.pass_time((closes - her.moment()).total_seconds() - 20)
    calling.press()
    world.pass_time(4)
    world.carrier.http_client.down = True
    assert calling.until("calling").outcome is None
    world.pass_time((closes - her.moment()).total_seconds())
    world.carrier.http_client.down = False
    assert calling.until("over").outcome == "forbidden"
    world.pass_time(30)
    assert calling.calls() == []
    assert "expired" in calling.refused()


def test_who_is_stopped_while_her_telephone_rings_is_not_let_through(calling: Calling, world: World) -> None:
    calling.she(Behaviour("answer", after=15.0))
    calling.press()
    calling.until("calling")
    world.pass_time(5)
    calling.another(calling.contact_id)
    world.pass_time(20)
    assert calling.view.outcome == "forbidden"
    [call] = calling.calls()
    assert (call.over, call.answered_at) == (True, None)
    calling.nothing_said()


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


def test_nobody_is_called_twice_at_once_nor_while_she_is_on_the_line(calling: Calling, world: World) -> None:
    calling.she(PICKS_UP)
    colleague = world.person("operator", behaviour=Behaviour("desk"), on_duty=None)
    scope = world.scope(colleague)

    def also(session: Session) -> None:
        routing.call_back(session, colleague.actor, scope, calling.contact_id, colleague.account_id)

    calling.press()
    with pytest.raises(hotline.AlreadyCalledError):
        world.do(also)
    calling.until("answered")
    assert calling.refused() == ("called_lately",)


def test_who_calls_us_at_this_moment_is_answered_and_not_called(calling: Calling, world: World) -> None:
    waiting_call(world, calling.her.number)
    with pytest.raises(hotline.AlreadyCalledError):
        calling.press()
    world.ready(calling.her.operator)
    answered_call(world, calling.her.operator)
    with pytest.raises(routing.BusyError):
        calling.press()


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


def test_who_calls_her_is_offered_nobody_and_takes_nobody_meanwhile(calling: Calling, world: World) -> None:
    calling.she(Behaviour("answer", after=20.0))
    caller = calling.her.operator
    world.ready(caller)
    calling.press()
    calling.until("calling")
    call = waiting_call(world)
    world.pass_time(5)
    assert facts_of(world, contact_of(world, call.sid).id, "OffersMade") == []
    other = contact_of(world, call.sid).id
    with pytest.raises(routing.BusyError):
        world.do(lambda session: routing.accept(session, caller.actor, other, caller.account_id))


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


def test_it_can_be_given_up_while_her_telephone_rings(calling: Calling, world: World) -> None:
    calling.she(Behaviour("answer", after=15.0))
    calling.press()
    calling.until("calling")
    world.pass_time(4)
    view_id = calling.view.id
    assert world.do(lambda session: hotline.withdraw_call_back(session, view_id))
    world.pass_time(20)
    [call] = calling.calls()
    assert (call.over, call.answered_at) == (True, None)
    assert calling.view.outcome == "withdrawn"
    assert calling.desk().over


def test_on_a_line_that_says_who_we_are_nobody_is_called_who_agreed_to_neutral_words(world: World) -> None:
    calling = Calling(Her(world), call="neutral")
    world.do(lambda session: staff.set_greeting(session, ACTOR, world.line.number, named=True))
    assert calling.refused() == ("named_line",)
    calling.her.agrees(call="ok")
    calling.press()
