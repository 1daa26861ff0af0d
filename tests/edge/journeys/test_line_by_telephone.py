"""Who cannot sign in takes the line from a desk telephone, by staff number and PIN, until something ends it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from core.actor import system
from core.audit import AuditEntry
from core.clock import now as database_now
from core.due import cancel_due
from core.outbox import Outbox
from core.unit_of_work import unit_of_work
from dashboard.alarms import alarms_of
from dashboard.board import duty_entries
from dashboard.due import due_items
from escalation.paging.models import Page
from hotline.numbers import wanted_fields
from hotline.phrases import phrase
from intake.models import Intake
from practice.calls import Call as Carried
from practice.phones import Behaviour, Press
from routing import service as routing
from routing.models import DeskLine, Offer
from routing.queries import on_duty
from routing.service.shifts import EVERYWHERE, ROSTER
from staff import queries as staff
from staff import service as staff_service
from staff.models import Account, SessionRow
from staff.rules import pin_wait_s
from staff.sessions import start_session
from tests.edge.journeys.test_none_is_lost import answered_call
from tests.support.line import fresh_number
from tests.support.story import WAITS, contact, with_roster
from tests.support.world import PIN, Person, World

_TESTS = system("tests")


def said(key: str) -> str:
    return phrase(key, "tr").text


@pytest.fixture
def oncall(world: World) -> str:
    """The on-call number, set up at the carrier as ``koza carrier connect`` does it."""
    number = world.exchange.ground.numbers[world.ground.settings.oncall_numbers[0]]
    for name, value in wanted_fields(world.ground.settings.public_url).items():
        setattr(number, name, value)
    return number.number


def number_of(world: World, person: Person) -> str:
    """Her staff number."""
    with unit_of_work(world.ground) as session:
        found = staff.account(session, person.account_id)
    assert found is not None
    return str(found.staff_number)


def calls_in(
    world: World, oncall: str, number: str, *, pin: str = PIN, key: str = "1", desk: str = "", tries: int = 1
) -> list[str]:
    """Somebody calls in from a desk telephone, enters this and presses the key; what was heard."""
    presses = [
        one
        for _ in range(tries)
        for one in (Press(f"{number}#", hearing=said("enter_number")), Press(f"{pin}#", hearing=said("enter_pin")))
    ]
    menu = Press(key, hearing=said("accept_or_decline"))
    call = world.exchange.call(desk or fresh_number(), oncall, Behaviour(presses=(*presses, menu)))
    world.pass_time(45 if tries == 1 else 110)
    heard = world.exchange.phone(call.from_).heard(call.sid)
    call.hang_up()
    world.pass_time(1)
    return heard


def line_of(world: World, person: Person) -> DeskLine:
    """The last line that she had by telephone."""
    with unit_of_work(world.ground) as session:
        mine = select(DeskLine).where(DeskLine.account_id == person.account_id).order_by(DeskLine.began_at.desc())
        return session.scalars(mine.limit(1)).one()


def lines(world: World, person: Person) -> int:
    with unit_of_work(world.ground) as session:
        return len(session.scalars(select(DeskLine).where(DeskLine.account_id == person.account_id)).all())


def audited(world: World, person: Person) -> list[str]:
    """What was audited of her telephone."""
    acts = ("called_in", "call_in_refused", "line_taken", "line_given_back")
    with unit_of_work(world.ground) as session:
        mine = select(AuditEntry.act).where(AuditEntry.subject_id == str(person.account_id), AuditEntry.act.in_(acts))
        return sorted(session.scalars(mine))


def caller(world: World) -> Carried:
    """A woman calls and waits."""
    hers = world.exchange.call(fresh_number(), world.line.number, WAITS)
    world.pass_time(6)
    return hers


def offers(world: World, hers: Carried) -> list[tuple[UUID, str, int]]:
    """To whom she was offered, how, and in which wave."""
    contact_id = contact(world, hers.sid).id
    with unit_of_work(world.ground) as session:
        found = session.scalars(select(Offer).where(Offer.contact_id == contact_id).order_by(Offer.id))
        return [(offer.account_id, offer.medium, offer.wave) for offer in found]


def test_from_the_call_in_to_an_answered_caller_and_to_her_record(world: World, oncall: str) -> None:
    operator, desk = world.person("operator"), fresh_number()
    lead = world.person("shift_lead", on_duty=None)
    with unit_of_work(world.ground) as session:
        start_session(session, operator.account_id, operator.centre_id, "tr")
    world.ready(operator)
    heard = calls_in(world, oncall, number_of(world, operator), desk=desk)
    assert heard[-1] == said("line_taken")
    with unit_of_work(world.ground) as session:
        # A screen of hers that stands open in an empty room is nobody's any more.
        open_sessions = SessionRow.account_id == operator.account_id, SessionRow.ended_at.is_(None)
        assert session.scalars(select(SessionRow.id).where(*open_sessions)).all() == []
        entries = duty_entries(session, world.scope(lead), database_now(session))
        assert [(entry.ready, len(entry.people)) for entry in entries if not entry.next] == [(1, 1)]
        assert entries[0].people == (f"{operator.name.partition('@')[0].title()} (telefonla)",)

    world.exchange.set_behaviour(desk, Behaviour("desk"))
    hers = caller(world)
    world.until(lambda: contact(world, hers.sid).state == "connected", limit=40)
    assert offers(world, hers) == [(operator.account_id, "phone", 1)]
    assert contact(world, hers.sid).owner_id == operator.account_id
    assert world.exchange.speak(hers.sid, "Alo") != []
    assert any("Düzey 2" in sentence for sentence in world.exchange.phone(desk).heard())
    assert world.exchange.phone(operator.phone).heard() == []

    hers.hang_up()
    world.pass_time(5)
    with unit_of_work(world.ground) as session:
        intake_id = session.scalars(select(Intake.id).where(Intake.contact_id == contact(world, hers.sid).id)).one()
        told = select(Outbox.id).where(Outbox.topic == "callback", Outbox.subject == str(contact(world, hers.sid).id))
        assert len(session.scalars(told).all()) == 1

    def records(person: Person) -> list[str]:
        with unit_of_work(world.ground) as session:
            due = due_items(session, world.scope(person), database_now(session))
            return [item.id for item in due if item.kind == "record"]

    colleague = world.person("operator", on_duty=None)
    assert records(lead) == records(operator) == [f"record-{intake_id}"]
    assert records(colleague) == []
    with unit_of_work(world.ground) as session:
        session.execute(update(Intake).where(Intake.id == intake_id).values(state="closed"))
    assert records(lead) == []
    # She is free again by herself: nobody presses anything after a call.
    second = caller(world)
    world.until(lambda: contact(world, second.sid).state == "connected", limit=40)
    assert audited(world, operator) == ["called_in", "line_taken"]


def duty_telephone(world: World) -> str:
    """The only telephone of the roster, which stays as it is meanwhile."""
    with unit_of_work(world.ground) as session:
        cancel_due(session, ROSTER, EVERYWHERE)
    return with_roster(world, Behaviour("desk"))


def test_an_unknown_number_and_a_wrong_pin_sound_alike_and_the_pin_is_locked(world: World, oncall: str) -> None:
    operator = world.person("operator")
    duty, number = duty_telephone(world), number_of(world, operator)
    with unit_of_work(world.ground) as session:
        taken = set(session.scalars(select(Account.staff_number)))
    unknown = next(str(one) for one in range(100_000, 1_000_000) if one not in taken)
    wrong = calls_in(world, oncall, number, pin="739164", tries=3)
    assert wrong == calls_in(world, oncall, unknown, pin="739164", tries=3)
    assert wrong.count(said("call_in_unknown")) == 2
    assert said("call_in_unknown_end") in wrong
    # Whoever does not get in comes to a person of ours all the same.
    assert len([leg for leg in world.exchange.calls.values() if leg.to == duty]) == 2
    assert audited(world, operator) == ["call_in_refused"] * 3
    with unit_of_work(world.ground) as session:
        tried = update(Account).where(Account.id == operator.account_id)
        session.execute(tried.values(pin_failures=9, pin_failed_at=database_now(session)))
    # Somebody tried it for long: the right one is not looked at now, and sounds like a wrong one.
    heard = calls_in(world, oncall, number)
    assert said("call_in_unknown") in heard
    assert said("line_ask") not in heard
    world.pass_time(pin_wait_s(9))
    assert calls_in(world, oncall, number)[-1] == said("line_taken")


def test_who_is_none_of_us_comes_to_the_duty_telephone(world: World, oncall: str) -> None:
    duty = duty_telephone(world)
    for keys in ((), (Press("0", after=3.0),), (Press("5", after=3.0),)):
        call = world.exchange.call(fresh_number(), oncall, Behaviour(presses=keys))
        world.pass_time(32)
        assert world.exchange.speak(call.sid, "Yardım edin") == [
            leg.sid for leg in world.exchange.calls.values() if leg.to == duty and leg.ended_at is None
        ], keys
        if any(key.digits == "5" for key in keys):
            assert world.exchange.phone(call.from_).heard(call.sid)[2:] == []
        call.hang_up()
        world.pass_time(2)


def test_without_a_shift_or_a_number_nobody_takes_it_and_calling_again_gives_it_back(world: World, oncall: str) -> None:
    free, operator = world.person("operator", on_duty=None), world.person("operator")
    assert calls_in(world, oncall, number_of(world, free))[-1] == said("line_no_shift")
    assert lines(world, free) == 0
    assert calls_in(world, oncall, number_of(world, operator), desk="anonymous")[-1] == said("line_no_number")
    assert calls_in(world, oncall, number_of(world, operator), key="2")[-1] == said("goodbye")
    assert lines(world, operator) == 0
    # Under duress it sounds as if she had it, and the lead is alarmed.
    assert calls_in(world, oncall, number_of(world, operator), key="9")[-1] == said("line_taken")
    assert lines(world, operator) == 0
    with unit_of_work(world.ground) as session:
        assert session.scalars(select(Page.reason).where(Page.subject_id == operator.account_id)).all() == ["duress"]
    assert calls_in(world, oncall, number_of(world, operator))[-1] == said("line_taken")
    assert calls_in(world, oncall, number_of(world, operator))[-1] == said("line_given_back")
    ended = line_of(world, operator)
    assert (ended.why, ended.data_key_id) == ("called_in", None)
    world.ready(operator)
    world.exchange.set_behaviour(operator.phone, Behaviour("desk"))
    hers = answered_call(world, operator)
    assert offers(world, hers) == [(operator.account_id, "board", 1)]
    # Nobody is signed out while she speaks with somebody.
    assert calls_in(world, oncall, number_of(world, operator))[-1] == said("line_busy")


def test_it_ends_with_her_shift_and_when_she_takes_calls_at_a_screen_again(world: World, oncall: str) -> None:
    operator, other = world.person("operator", on_duty=None), world.person("operator")
    with unit_of_work(world.ground) as session:
        moment = database_now(session)
        hours = [(moment - timedelta(hours=1), moment + timedelta(minutes=10))]
        hours += [(hours[0][1], hours[0][1] + timedelta(minutes=10))]
        for start, end in hours:
            routing.add_shift(
                session,
                _TESTS,
                account_id=operator.account_id,
                centre_id=operator.centre_id,
                line_id=world.line.line_id,
                role="operator",
                start=start,
                end=end,
            )
    calls_in(world, oncall, number_of(world, operator))
    calls_in(world, oncall, number_of(world, other))
    # The shift that follows at once lets it last.
    world.pass_time(12 * 60)
    assert line_of(world, operator).ended_at is None
    world.pass_time(8 * 60)
    assert line_of(world, operator).why == "shift_over"
    world.ready(other)
    assert line_of(world, other).why == "signed_in"
    hers = caller(world)
    assert offers(world, hers) == [(other.account_id, "board", 1)]
    hers.hang_up()
    gone, off = world.person("operator"), world.person("operator")
    for person in (gone, off):
        calls_in(world, oncall, number_of(world, person))
    with unit_of_work(world.ground) as session:
        staff_service.disable_account(session, _TESTS, gone.account_id, reason="left")
        [shift] = [one for one in on_duty(session, operator.centre_id) if one.account_id == off.account_id]
        routing.remove_shift(session, _TESTS, shift.id)
    world.pass_time(1)
    assert (line_of(world, gone).why, line_of(world, off).why) == ("account_gone", "shift_over")


def test_a_telephone_that_nobody_answers_leaves_the_ring_set_and_she_and_her_lead_are_told(
    world: World, oncall: str
) -> None:
    operator, desk = world.person("operator"), fresh_number()
    lead = world.person("shift_lead", on_duty=None)
    calls_in(world, oncall, number_of(world, operator), desk=desk)
    world.exchange.set_behaviour(desk, Behaviour("no_answer"))
    caller(world)
    world.until(lambda: line_of(world, operator).ended_at is not None, limit=100)
    assert line_of(world, operator).why == "unreachable"
    world.pass_time(5)
    assert said("line_lost_text") in world.exchange.phone(operator.phone).texts()

    def told(person: Person) -> list[str]:
        with unit_of_work(world.ground) as session:
            return [alarm.text for alarm in alarms_of(session, world.scope(person)) if alarm.href == "/shifts"]

    name = operator.name.partition("@")[0].title()
    assert [text for text in told(lead) if name in text]
    world.ready(operator)
    assert not [text for text in told(lead) if name in text]
