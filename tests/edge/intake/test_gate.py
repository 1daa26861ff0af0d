"""The gate before the public: permits only through it, and taken back when what was agreed changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

import pytest
from sqlalchemy import select

from core.actor import system
from core.clock import koza_now
from hotline import service as hotline
from hotline.models import Permit
from hotline.service.texts import NotPermittedError
from intake import queries, service
from intake.errors import SafeContactError
from intake.gate import GateRefusal, may_reply, permit_reply, sentence
from intake.gate_rules import REASONS
from intake.service import Agreed
from routing.service import accept
from staff.errors import OutOfScopeError
from staff.scope import Scope
from tests.support.desk import Desk
from tests.support.house import Clock
from tests.support.line import fresh_number

T = TypeVar("T")


class Her:
    """A text contact that an operator has taken."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.number = fresh_number()
        self.operator = desk.person()
        self.contact = desk.text("merhaba", self.number)
        with desk.work() as session:
            assert accept(session, desk.actor(self.operator), self.contact, self.operator).won
        self.intake = desk.intake(self.contact).id

    def act(self, verb: Callable[..., T], *args: Any, **named: Any) -> T:
        with self.desk.work() as session:
            scope = Scope.of(session, self.operator)
            return verb(session, self.desk.actor(self.operator), scope, self.intake, *args, **named)

    def reasons(self, **named: Any) -> tuple[str, ...]:
        with self.desk.work() as session:
            return may_reply(session, Scope.of(session, self.operator), self.contact, **named).reasons

    def permit(self) -> UUID | GateRefusal:
        with self.desk.work() as session:
            return permit_reply(session, self.desk.actor(self.operator), self.contact)

    def live_permits(self) -> int:
        with self.desk.work() as session:
            live = select(Permit.id).where(
                Permit.contact_id == self.contact,
                Permit.revoked_at.is_(None),
                Permit.valid_until > koza_now(),
            )
            return len(session.scalars(live).all())


@pytest.fixture
def her(desk: Desk) -> Her:
    return Her(desk)


def test_her_own_text_may_be_answered_by_a_person_and_not_by_a_machine(her: Her) -> None:
    assert her.reasons() == ()
    assert isinstance(her.permit(), UUID)
    with her.desk.work() as session:
        refused = permit_reply(session, system("auto_reply"), her.contact, "sms", "automatic")
    assert isinstance(refused, GateRefusal)
    assert "automatic_off" in refused.reasons
    assert refused.sentence


def test_a_permit_sends_one_text_in_its_ten_minutes(her: Her, hand: Clock) -> None:
    permit = her.permit()
    assert isinstance(permit, UUID)
    hand.advance(601, sweeping=False)
    with pytest.raises(NotPermittedError), her.desk.work() as session:
        hotline.reply(session, her.desk.actor(her.operator), her.contact, "Buradayız", permit)


@pytest.mark.parametrize(
    "change",
    [
        lambda her: her.act(service.set_safe_contact, Agreed(sms="never")),
        lambda her: her.act(service.set_safe_contact, Agreed(sms="ok")),
        lambda her: her.act(service.mark_compromised),
        lambda her: her.act(service.record_opt_out),
        lambda her: her.act(service.mark_not_alone),
        lambda her: her.desk.text("STOP", her.number),
    ],
    ids=["never", "changed", "compromised", "opted_out", "not_alone", "stop"],
)
def test_whatever_changes_takes_the_permit_back(her: Her, change: Callable[[Her], object]) -> None:
    permit = her.permit()
    assert isinstance(permit, UUID)
    assert her.live_permits() == 1
    change(her)
    assert her.live_permits() == 0
    with pytest.raises(NotPermittedError), her.desk.work() as session:
        hotline.reply(session, her.desk.actor(her.operator), her.contact, "Buradayız", permit)


def test_each_reason_is_the_one_that_was_given(her: Her) -> None:
    her.act(service.set_safe_contact, Agreed(sms="never"))
    assert her.reasons() == ("never",)
    her.act(service.set_safe_contact, Agreed(sms="ok"))
    assert her.reasons() == ()
    her.act(service.mark_not_alone)
    assert her.reasons() == ("not_alone",)
    her.act(service.mark_not_alone, not_alone=False)
    her.act(service.mark_compromised)
    assert her.reasons() == ("compromised",)
    her.act(service.set_safe_contact, Agreed(call="neutral", sms="ok"))
    assert her.reasons() == ("compromised",)
    her.act(service.clear_compromised, "spoke")
    assert her.reasons() == ()
    assert her.reasons(purpose="callback", channel="voice") == ()


def test_after_a_stop_her_next_text_may_be_answered_and_nothing_else(her: Her, hand: Clock) -> None:
    her.desk.text("STOP", her.number)
    assert her.reasons() == ("opted_out",)
    hand.advance(1, sweeping=False)
    her.desk.text("vazgectim, yazin", her.number)
    assert her.reasons() == ()
    assert "opted_out" in her.reasons(purpose="callback")


def test_a_stale_text_needs_an_agreement(her: Her, hand: Clock) -> None:
    hand.advance(12 * 3600 + 1, sweeping=False)
    assert her.reasons() == ("stale",)
    her.act(service.set_safe_contact, Agreed(sms="neutral"))
    assert her.reasons() == ()


def test_h6_a_wrong_answer_in_a_thread_stops_the_machine_alone_and_is_danger_until_the_right_one(her: Her) -> None:
    her.act(service.set_safe_contact, Agreed(sms="ok", code_word="Mavi Fincan", code_word_hint="mutfak"))
    assert her.act(service.check_code_word, "mavi fincan")
    assert her.reasons() == ()
    assert her.desk.intake(her.contact).level == 2
    assert not her.act(service.check_code_word, "yeşil fincan")
    assert her.reasons() == ()
    assert "doubted" in her.reasons(purpose="automatic", by_person=False)
    assert (her.desk.intake(her.contact).level, her.desk.intake(her.contact).level_rule) == (1, "wrong_answer")
    assert her.act(service.check_code_word, "mavi fincan")
    assert "doubted" not in her.reasons(purpose="automatic", by_person=False)


def test_without_an_agreed_word_nothing_is_stopped(her: Her) -> None:
    assert not her.act(service.check_code_word, "mavi fincan")
    assert her.reasons() == ()


def test_the_agreement_is_read_without_its_number(her: Her) -> None:
    her.act(service.set_safe_contact, Agreed(call="never", sms="ok", who_may_answer="ablası", days=(1, 2)))
    with her.desk.work() as session:
        view = queries.safe_contact_of_contact(session, Scope.of(session, her.operator), her.contact)
    assert view is not None
    assert (view.call, view.sms, view.who_may_answer, view.days) == ("never", "ok", "ablası", (1, 2))
    assert not hasattr(view, "number")


@pytest.mark.parametrize(
    "wrong",
    [
        Agreed(sms="maybe"), Agreed(on_drop="shout"), Agreed(days=(0,)), Agreed(from_minute=5),
        Agreed(from_minute=5, to_minute=5), Agreed(from_minute=5, to_minute=2000),
    ],
)  # fmt: skip
def test_an_agreement_that_cannot_be_meant_is_refused(her: Her, wrong: Agreed) -> None:
    with pytest.raises(SafeContactError):
        her.act(service.set_safe_contact, wrong)


def test_a_stranger_does_not_learn_whether_she_may_be_written_to(her: Her) -> None:
    elsewhere = her.desk.person("statistician")
    with pytest.raises(OutOfScopeError), her.desk.work() as session:
        may_reply(session, Scope.of(session, elsewhere), her.contact)


def test_every_reason_has_its_sentence() -> None:
    assert all(sentence(reason) != reason for reason in REASONS)
