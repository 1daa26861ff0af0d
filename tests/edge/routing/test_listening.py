"""A colleague listens, or coaches: off by default, only after she was told and agreed, and never heard by her.

The whole house is there, and the practice exchange says who hears whom.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.settings import Settings
from core.unit_of_work import unit_of_work
from hotline import queries as hotline_queries
from hotline import service as hotline
from hotline.models import ListeningConsent
from hotline.queries import ContactView
from hotline.rules import ALONE_S
from intake import service as intake
from intake.queries import intake_of_contact
from practice.phones import Behaviour, Press
from routing import service as routing
from staff import service as staff
from staff.errors import OutOfScopeError, ScopeError
from staff.scope import Scope
from tests.edge.routing.test_calling_in import ENGLISH, Talk, colleague, talking
from tests.support.planted import SENTENCE
from tests.support.story import call_row, story
from tests.support.world import Person, World

LISTENS = Behaviour("answer", after=2.0, presses=(Press("1", hearing="vazgeçmek için 2"),))
TESTS = Scope.system("tests")


def lead(world: World, behaviour: Behaviour = LISTENS) -> Person:
    return world.person("shift_lead", behaviour=behaviour, on_duty=None)


def seen(talk: Talk) -> ContactView:
    with unit_of_work(talk.world.ground) as session:
        found = hotline_queries.contact(session, TESTS, talk.contact_id)
    assert found is not None
    return found


def allow(world: World, *, allowed: bool = True) -> None:
    """The director decides it for the line."""
    director = world.person("director", on_duty=None)
    scope = world.scope(director)
    world.do(lambda session: staff.allow_listening(session, scope, world.line.line_id, allowed=allowed))


def agree(talk: Talk, by: Person | None = None) -> None:
    actor, found = (by or talk.first).actor, seen(talk)
    talk.world.do(lambda session: routing.agree_to_listening(session, actor, found, SENTENCE))


def listen(talk: Talk, person: Person, *, coach: bool = False) -> None:
    found = seen(talk)
    talk.world.do(lambda session: routing.listen(session, person.actor, found, person.account_id, coach=coach))


def listened_to(world: World, *, coach: bool = False, behaviour: Behaviour = LISTENS) -> tuple[Talk, Person]:
    """A conversation that somebody listens to, or coaches in."""
    allow(world)
    talk, listener = talking(world), lead(world, behaviour)
    agree(talk)
    listen(talk, listener, coach=coach)
    world.pass_time(20)
    return talk, listener


def consent_of(session: Session, contact_id: UUID) -> ListeningConsent:
    """The newest agreement of a contact."""
    mine = select(ListeningConsent).where(ListeningConsent.contact_id == contact_id)
    return session.scalars(mine.order_by(ListeningConsent.created_at.desc(), ListeningConsent.id.desc()).limit(1)).one()


def marked(talk: Talk, kind: str) -> None:
    def write(session: Session) -> None:
        found = intake_of_contact(session, TESTS, talk.contact_id)
        assert found is not None
        intake.mark_caller(session, talk.first.actor, TESTS, found.id, kind)

    talk.world.do(write)


def test_who_listens_hears_both_and_is_heard_by_nobody(world: World) -> None:
    talk, listener = listened_to(world)
    said = talk.said()
    assert talk.hears_her() == {talk.first.phone, listener.phone}
    assert talk.hears(talk.first) == {talk.call.from_, listener.phone}
    assert talk.hears(listener) == set()
    # She is told nothing by a machine, and who has her has her as before.
    assert talk.said() == said
    assert talk.owner == talk.first.account_id
    assert [one for one in story(world, talk.contact_id) if one.startswith("Listen")] == [
        "ListeningAgreed", "ListenerCalled", "ListenerJoined",
    ]  # fmt: skip
    # No voice of a listener can be turned on for her, nor can she be given to one.
    with pytest.raises(hotline.NotInTheRoomError):
        world.do(
            lambda session: hotline.set_voice(
                session, listener.actor, talk.contact_id, listener.account_id, muted=False
            )
        )
    with pytest.raises(hotline.NotHersError):
        talk.hand_over(listener)
    listener_leg = talk.leg(listener)
    world.do(lambda session: hotline.stop_listening(session, listener.actor, talk.contact_id))
    world.pass_time(3)
    assert talk.leg(listener).id == listener_leg.id
    assert talk.leg(listener).ended_at is not None
    assert talk.hears_her() == {talk.first.phone}


def test_who_coaches_is_heard_by_who_has_her_alone(world: World) -> None:
    talk, coach = listened_to(world, coach=True)
    assert talk.hears(coach) == {talk.first.phone}
    assert talk.hears_her() == {talk.first.phone, coach.phone}
    second = colleague(world)
    talk.call_in(second)
    world.pass_time(20)
    assert talk.hears(coach) == {talk.first.phone}
    # She is given to the other one, who was not asked: whoever coached is out.
    talk.hand_over(second)
    world.pass_time(3)
    assert talk.leg(coach).ended_at is not None
    assert talk.hears_her() == {talk.first.phone, second.phone}


def test_nobody_listens_without_permission_agreement_and_right(world: World) -> None:
    talk, listener = talking(world), lead(world)

    def refused(by: Callable[[], None]) -> str:
        with pytest.raises(routing.MayNotListenError) as caught:
            by()
        return caught.value.why

    assert refused(lambda: listen(talk, listener)) == "off"
    assert refused(lambda: agree(talk)) == "off"
    allow(world)
    assert refused(lambda: listen(talk, listener)) == "unagreed"
    with pytest.raises(hotline.NotHersError):
        agree(talk, by=listener)
    agree(talk)
    # Said twice it is said once, and her words are sealed.
    agree(talk)
    with unit_of_work(world.ground) as session:
        kept = session.execute(
            text("SELECT words_sealed, account_id FROM hotline_listening_consents WHERE contact_id = :id"),
            {"id": talk.contact_id},
        ).one()
        assert consent_of(session, talk.contact_id).words == SENTENCE
    assert SENTENCE.encode() not in bytes(kept.words_sealed)
    assert kept.account_id == talk.first.account_id
    # Neither who has no right to it, nor who has her, nor who is barred from her.
    with pytest.raises(ScopeError):
        listen(talk, colleague(world))
    with unit_of_work(world.ground) as session:
        staff.bar(
            session,
            talk.first.actor,
            subjects=[("contact", talk.contact_id)],
            account_id=listener.account_id,
            reason="kin",
        )
    with pytest.raises(OutOfScopeError):
        listen(talk, listener)
    another = lead(world)
    marked(talk, "suicidal")
    assert refused(lambda: listen(talk, another)) == "locked"
    assert refused(lambda: agree(talk)) == "locked"
    with unit_of_work(world.ground) as session:
        assert hotline_queries.listeners(session, talk.contact_id) == []


def withdrawn(talk: Talk, _listener: Person) -> None:
    found = seen(talk)
    talk.world.do(lambda session: routing.withdraw_listening(session, talk.first.actor, found))


def silent(talk: Talk, _listener: Person) -> None:
    talk.world.do(lambda session: hotline.mark_silent(session, talk.first.actor, talk.contact_id))


def pressed_five(talk: Talk, _listener: Person) -> None:
    talk.world.do(lambda session: hotline.put_on_hold(session, talk.first.actor, talk.contact_id))
    talk.world.pass_time(3)
    talk.call.press("5")
    talk.world.pass_time(2)
    talk.world.do(lambda session: hotline.fetch_back(session, talk.first.actor, talk.contact_id))


def suicidal(talk: Talk, _listener: Person) -> None:
    marked(talk, "suicidal")


def forbidden(talk: Talk, _listener: Person) -> None:
    allow(talk.world, allowed=False)


def barred(talk: Talk, listener: Person) -> None:
    talk.world.do(
        lambda session: staff.bar(
            session,
            talk.first.actor,
            subjects=[("contact", talk.contact_id)],
            account_id=listener.account_id,
            reason="kin",
        )
    )


def disabled(talk: Talk, listener: Person) -> None:
    talk.world.do(lambda session: staff.disable_account(session, talk.first.actor, listener.account_id, reason="left"))


ENDS = {
    "withdrawn": (withdrawn, "withdrawn"),
    "silent": (silent, "danger"),
    "key 5": (pressed_five, "danger"),
    "suicidal": (suicidal, "marked"),
    "forbidden": (forbidden, None),
    "barred": (barred, None),
    "disabled": (disabled, None),
}


@pytest.mark.parametrize("how", ENDS)
def test_whoever_listens_is_out_at_once(world: World, how: str) -> None:
    end, why = ENDS[how]
    talk, listener = listened_to(world, coach=True)
    assert listener.phone in talk.hears_her()
    end(talk, listener)
    world.pass_time(2)
    assert talk.leg(listener).ended_at is not None
    assert talk.hears_her() == {talk.first.phone}
    assert talk.owner == talk.first.account_id
    with unit_of_work(world.ground) as session:
        assert consent_of(session, talk.contact_id).ended_why == why


def test_a_telephone_that_rings_to_listen_stops_and_a_late_key_hears_nothing_of_her(world: World) -> None:
    talk, listener = listened_to(world, behaviour=Behaviour("answer", after=20.0))
    withdrawn(talk, listener)
    world.pass_time(2)
    assert talk.leg(listener).ended_at is not None
    assert talk.leg(listener).answered_at is None
    # Another is asked for a key at the moment in which she takes it back: the key comes too late.
    slow = lead(world, Behaviour("answer", after=1.0))
    agree(talk)
    listen(talk, slow)
    world.pass_time(5)
    sid = str(talk.leg(slow).carrier_sid)
    with unit_of_work(world.ground) as session:
        consent = consent_of(session, talk.contact_id)
        consent.ended_at, consent.ended_why = consent.created_at, "withdrawn"
    world.exchange.calls[sid].press("1")
    world.pass_time(10)
    assert slow.phone not in talk.hears_her()
    assert talk.leg(slow).joined_at is None
    assert talk.leg(slow).ended_at is not None


def test_who_listens_is_no_company_for_her(world: World) -> None:
    """The operator's line drops: whoever listens goes with it, and she waits again first of all, as ever."""
    talk, listener = listened_to(world)
    world.exchange.calls[str(talk.leg(talk.first).carrier_sid)].hang_up()
    world.pass_time(3)
    assert talk.leg(listener).ended_at is not None
    assert talk.hears_her() == set()
    began = call_row(world, talk.call.sid).alone_since
    world.pass_time(ALONE_S - 4)
    # The clock of her being alone began with the operator's end, and not with the listener's.
    assert call_row(world, talk.call.sid).alone_since == began
    world.pass_time(4)
    assert {"CallerAlone", "ContactReturned"} <= set(story(world, talk.contact_id))


def test_the_end_of_her_call_is_the_end_of_listening(world: World) -> None:
    talk, listener = listened_to(world)
    ringing = lead(world, Behaviour("answer", after=15.0))
    listen(talk, ringing)
    world.pass_time(2)
    talk.call.hang_up()
    world.pass_time(5)
    for person in (listener, ringing):
        assert talk.leg(person).ended_at is not None
    assert [call.status for call in world.exchange.calls.values() if call.to in {listener.phone, ringing.phone}] == [
        "completed",
        "canceled",
    ]


def test_a_practice_call_needs_neither_the_line_nor_a_word(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    talk, coach = talking(world, ENGLISH), lead(world)
    with pytest.raises(routing.MayNotListenError):
        listen(talk, coach)
    monkeypatch.setattr(Settings, "practice", True)
    listen(talk, coach, coach=True)
    world.pass_time(20)
    assert talk.hears(coach) == {talk.first.phone}
    # What keeps people from her holds there too.
    marked(talk, "suicidal")
    world.pass_time(2)
    assert talk.leg(coach).ended_at is not None


def test_who_listens_is_rung_for_nobody_else_meanwhile(world: World) -> None:
    talk, listener = listened_to(world)
    with unit_of_work(world.ground) as session:
        assert listener.account_id in set(session.scalars(hotline_queries.people_calling()))
    # Asked twice, one telephone rings.
    before = talk.leg(listener).id
    listen(talk, listener)
    assert talk.leg(listener).id == before
