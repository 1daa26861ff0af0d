"""Her side of a text: heard, never betrayed by an answer, never past its time; through the signed webhook."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import select

from core.clock import now
from core.sweeping import sweep
from core.text import segments
from hotline.models import Message, Permit, Send
from hotline.phrases import phrase
from hotline.sender import Sender
from intake import service
from intake.errors import TextPolicyError
from intake.models import AgreedWord
from routing.models import Queued
from staff.scope import Scope
from tests.support.desk import Desk
from tests.support.fake_carrier import FakeCarrier
from tests.support.house import Clock
from tests.support.line import fresh_number, fresh_sid


class Texting:
    """A desk whose director decides about texts, and the carrier that takes what may leave."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.director = desk.person("director", phone=False)
        self.carrier = FakeCarrier(self._now)
        self.sender = Sender(desk.line.ground, self.carrier)

    def _now(self) -> datetime:
        with self.desk.work() as session:
            return now(session)

    def decide(self, verb: Callable[..., object], *args: object, **named: object) -> None:
        with self.desk.work() as session:
            verb(session, self.desk.actor(self.director), Scope.of(session, self.director), *args, **named)

    def automatic(self, *, on: bool = True) -> None:
        self.decide(service.set_text_policy, self.desk.centre_id, automatic=on)

    def said(self, number: str) -> list[str]:
        while self.sender.round():
            pass
        return [act.body for act in self.carrier.of(number)]

    def sends(self, contact_id: UUID) -> list[Send]:
        with self.desk.work() as session:
            mine = select(Send).join(Message, Message.send_id == Send.id).where(Message.contact_id == contact_id)
            return list(session.scalars(mine.order_by(Send.created_at)))


@pytest.fixture
def texting(desk: Desk) -> Texting:
    return Texting(desk)


DISCREET, GOOD_TIME = phrase("discreet").text, phrase("good_time").text


def test_the_machine_writes_to_nobody_until_the_director_wants_it(texting: Texting) -> None:
    number = fresh_number()
    contact = texting.desk.text("merhaba", number)
    assert texting.said(number) == []
    assert texting.sends(contact) == []
    texting.automatic()
    texting.desk.text("orada mısınız", number)
    assert texting.said(number) == [DISCREET]
    texting.automatic(on=False)
    texting.desk.text("1", number)
    assert texting.said(number) == [DISCREET]


def test_a_dialogue_asks_twice_and_a_person_is_waited_for_all_the_same(texting: Texting, hand: Clock) -> None:
    texting.automatic()
    number = fresh_number()
    contact = texting.desk.text("merhaba", number)
    assert texting.said(number) == [DISCREET]
    hand.advance(30, sweeping=False)
    texting.desk.text("١", number)
    assert texting.said(number) == [DISCREET, GOOD_TIME]
    hand.advance(30, sweeping=False)
    texting.desk.text("evt", number)
    texting.desk.text("1", number)
    assert texting.said(number) == [DISCREET, GOOD_TIME]
    # Nothing of this answered her: nobody is named as having written, and her clock runs.
    assert texting.desk.facts(contact, "StaffReplied") == []
    hand.advance(180, sweeping=False)
    sweep(texting.desk.line.ground)
    assert len(texting.desk.facts(contact, "PageOpened")) == 1
    with texting.desk.work() as session:
        permits = session.scalars(select(Permit.reason).where(Permit.contact_id == contact)).all()
    assert permits == ["automatic", "automatic"]


def test_in_another_language_the_machine_answers_in_it_and_whoever_reads_it_is_paged(texting: Texting) -> None:
    texting.automatic()
    texting.desk.person(ready=True)
    number = fresh_number()
    contact = texting.desk.text("مرحبا أريد معلومات", number)
    assert texting.said(number) == [phrase("discreet", "ar").text]
    assert texting.desk.intake(contact).language == "ar"
    with texting.desk.work() as session:
        assert session.get_one(Queued, contact).language == "ar"
    texting.desk.tick()
    assert len(texting.desk.facts(contact, "PageOpened")) == 1


def test_a_later_text_tells_the_language_and_staff_may_say_another(texting: Texting) -> None:
    number = fresh_number()
    contact = texting.desk.text("?", number)
    assert texting.desk.intake(contact).language is None
    texting.desk.text("ez nikarim derkevim", number)
    assert texting.desk.intake(contact).language == "ku"
    assert texting.desk.queued(contact).language == "ku"
    texting.desk.text("can you call me please", number)
    assert texting.desk.intake(contact).language == "ku"


@pytest.mark.parametrize("words", ["geldi", "imdat", "beni öldürecek"])
def test_whoever_is_in_danger_hears_no_beep_of_the_machine(texting: Texting, words: str) -> None:
    texting.automatic()
    number = fresh_number()
    contact = texting.desk.text(words, number)
    texting.desk.text("1", number)
    assert texting.said(number) == []
    assert texting.desk.intake(contact).level == 1


@pytest.mark.parametrize("words", ["DUR", "قف", "raweste", "stop"])
def test_an_opt_out_gets_no_word_and_closes_the_machine_alone(texting: Texting, words: str) -> None:
    texting.automatic()
    number = fresh_number()
    contact = texting.desk.text(words, number)
    assert texting.said(number) == []
    assert texting.desk.text("dur yapma", number) == contact
    assert texting.desk.text("bir sorum var", number) == contact
    assert texting.said(number) == []
    assert texting.desk.intake(contact).level == 1


def test_what_came_late_is_answered_by_nobody_but_a_person(texting: Texting) -> None:
    texting.automatic()
    number, sid = fresh_number(), fresh_sid("SM")
    form = {"MessageSid": sid, "SmsSid": sid, "From": number, "To": texting.desk.line.number, "Body": "merhaba"}
    signed = {name: [value] for name, value in form.items()}
    signed["AccountSid"] = [texting.desk.line.ground.settings.twilio_account_sid]
    with texting.desk.work() as session:
        texting.desk.line.steps["sms"].work(session, signed, {"late_seconds": 90})
    assert texting.said(number) == []


def test_the_answer_of_the_machine_leaves_within_two_minutes_of_her_text_or_never(
    texting: Texting, hand: Clock
) -> None:
    """Nobody sends for two minutes, as when every worker was down."""
    texting.automatic()
    number = fresh_number()
    contact = texting.desk.text("merhaba", number)
    [send] = texting.sends(contact)
    with texting.desk.work() as session:
        at = session.scalars(select(Message.at).where(Message.contact_id == contact, Message.direction == "in")).one()
    assert (send.not_after - at).total_seconds() == 120
    hand.advance(121, sweeping=False)
    assert texting.said(number) == []
    assert [one.state for one in texting.sends(contact)] == ["expired"]
    assert texting.desk.facts(contact, "ReplyLost") == []


def test_once_in_twelve_hours_on_whatever_line(texting: Texting, hand: Clock) -> None:
    texting.automatic()
    number = fresh_number()
    contact = texting.desk.text("merhaba", number)
    assert texting.said(number) == [DISCREET]
    hand.advance(11 * 3600, sweeping=False)
    assert texting.desk.text("bir sorum var", number) == contact
    assert texting.said(number) == [DISCREET]
    hand.advance(2 * 3600, sweeping=False)
    texting.desk.text("bir sorum var", number)
    assert texting.said(number) == [DISCREET, DISCREET]


def test_the_words_agreed_for_an_emergency_are_danger_wherever_they_stand_and_told_to_nobody(texting: Texting) -> None:
    texting.automatic()
    texting.decide(service.agree_words, texting.desk.centre_id, "Ekmek aldın mı")
    texting.decide(service.agree_words, texting.desk.centre_id, "EKMEK ALDIN MI")
    number = fresh_number()
    contact = texting.desk.text("abla selam, ekmek aldin mı? yarın uğrarım", number)
    draft = texting.desk.intake(contact)
    assert (draft.level, draft.level_rule) == (1, "agreed_words")
    assert texting.said(number) == []
    assert "ekmek" not in repr([fact.payload for fact in texting.desk.facts(contact)]).lower()
    assert texting.desk.intake(texting.desk.text("ekmek yok, aldın mı süt")).level == 2


def test_agreed_words_are_of_one_centre_and_may_be_dropped(texting: Texting, desk: Desk) -> None:
    texting.decide(service.agree_words, desk.centre_id, "limon")
    with desk.work() as session:
        [word] = session.scalars(select(AgreedWord).where(AgreedWord.centre_id == desk.centre_id))
        assert word.words == "limon"
    assert desk.intake(desk.text("limon lazım")).level == 1
    texting.decide(service.drop_words, word.id)
    assert desk.intake(desk.text("limon lazım")).level == 2


@pytest.mark.parametrize("words", ["", "  ", "ev", "a b c d e f g", "x" * 81])
def test_words_that_would_be_found_everywhere_or_nowhere_are_refused(texting: Texting, words: str) -> None:
    with pytest.raises(TextPolicyError):
        texting.decide(service.agree_words, texting.desk.centre_id, words)


STRANGE = {
    "seventy": "ş" * 70,
    "seventy-one": "ş" * 71,
    "many": "ş" * 670,
    "braces": "{" * 81,
    "family": "👩\u200d👩\u200d👧\u200d👦",
    "turkish": "İIıiŞşĞğÇçÖöÜü",
    "arabic with overrides": "\u202eمرحبا\u202c \u2067خطر\u2069",
    "tags": "<script>alert(1)</script>&amp;",
    "sql": "'; DROP TABLE hotline_messages; --",
}


@pytest.mark.parametrize("name", STRANGE)
def test_what_she_wrote_is_kept_letter_for_letter(desk: Desk, name: str) -> None:
    sid, answer = desk.line.text(fresh_number(), STRANGE[name])
    assert answer.status_code == 200
    with desk.work() as session:
        [message] = session.scalars(select(Message).where(Message.carrier_sid == sid))
        assert message.body == STRANGE[name]
    counted = {"seventy": 1, "seventy-one": 2, "many": 10, "braces": 2}
    if name in counted:
        assert segments(STRANGE[name]).count == counted[name]


@pytest.mark.parametrize(
    ("raw", "kept"),
    [(b"%ED%A0%80abla", "abla"), (b"abla%00%00", "abla"), (b"%FF%FEabla", "abla"), (b"%F0%9F%91abla", "abla")],
    ids=["lone surrogate", "nul", "no utf-8", "half an emoji"],
)
def test_bytes_that_are_no_text_are_no_error(desk: Desk, raw: bytes, kept: str) -> None:
    """Signed over what arrives: the carrier's own conversion may have gone wrong before."""
    sid = fresh_sid("SM")
    answer = desk.line.raw_text(fresh_number(), raw, sid)
    assert answer.status_code == 200
    with desk.work() as session:
        [message] = session.scalars(select(Message).where(Message.carrier_sid == sid))
        assert kept in (message.body or "")
