"""Conversations as they come: any texts, doubled, at once, late, with whatever people and the carrier do meanwhile.

After every step: each text is stored once and somebody can see it; nothing left without a permit that held, or after
its time; each address has one conversation on a line and at most one open contact; no status fell back.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.actor import staff_actor
from hotline import service as hotline
from hotline.carriers.protocol import Refused, Retry, Unknown
from hotline.models import Attempt, Contact, Conversation, Message, Permit, Send
from hotline.service.sending import address_index
from hotline.service.texts import take_back
from intake import service as intake
from intake.gate import GateRefusal, permit_reply
from intake.models import Intake
from intake.narrowing import Agreed
from routing.models import Queued
from routing.service import accept
from staff.scope import Scope
from tests.edge.hotline.conftest import Room
from tests.support.desk import Desk
from tests.support.line import fresh_number, fresh_sid

#: `make soak` walks longer.
RUNS: Final = int(os.environ.get("KOZA_RUNS", "0")) // 10
_FEW = settings(
    max_examples=RUNS or 6,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=not RUNS,
)
BODIES: Final = (
    "merhaba", "1", "evet", "hayır", "DUR", "dur yapma", "beni öldürecek", "stop", "ş" * 71, "👩\u200d👧",
    "\u202eمرحبا", "abla\x00", "K7Q2", "",
)  # fmt: skip
STATUSES: Final = ("queued", "sending", "sent", "delivered", "undelivered", "failed", "read")
#: How far a text of ours has come. Who took it back or let it expire never sent it.
RANK: Final = {
    "queued": 0, "accepted": 1, "sent": 2, "unknown": 2, "undelivered": 3, "failed": 3, "expired": 3, "cancelled": 3,
    "delivered": 3, "read": 4,
}  # fmt: skip
WHO = st.integers(0, 1)


class Walk:
    """Two women who write to one line, a shift lead who answers, and a carrier in whatever mood."""

    def __init__(self, room: Room, desk: Desk, operator: UUID, director: UUID) -> None:
        self.room, self.desk = room, desk
        self.operator, self.director = operator, director
        self.numbers = [fresh_number(), fresh_number()]
        #: What was delivered: SID, who, words.
        self.texts: list[tuple[str, int, str]] = []
        self.ranks: dict[UUID, int] = {}
        room.carrier.answer, room.carrier.taken_all_the_same = lambda _act: None, False

    def deliver(self, who: int, body: str, sid: str) -> None:
        """One webhook, answered with an empty document whatever stands in it."""
        _, answer = self.room.line.text(self.numbers[who], body, sid)
        assert answer.status_code == 200
        assert "<Message" not in answer.text

    def write(self, who: int, body: str) -> None:
        sid = fresh_sid("SM")
        self.texts.append((sid, who, body))
        self.deliver(who, body, sid)

    def at_once(self, who: int, bodies: list[str]) -> None:
        """Several texts of one woman, each delivered twice, in one moment."""
        fresh = [(fresh_sid("SM"), who, body) for body in bodies]
        self.texts += fresh
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda one: self.deliver(one[1], one[2], one[0]), [*fresh, *fresh]))

    def late(self, who: int, body: str) -> None:
        """From the journal, or as the carrier lists it: it came two minutes ago."""
        sid = fresh_sid("SM")
        self.texts.append((sid, who, body))
        form = {"MessageSid": sid, "SmsSid": sid, "From": self.numbers[who], "To": self.room.line.number, "Body": body}
        form["AccountSid"] = self.room.ground.settings.twilio_account_sid
        signed = {name: [value] for name, value in form.items()}
        self.room.do(lambda session: self.room.line.steps["sms"].work(session, signed, {"late_seconds": 120}))

    def open_contact(self, who: int) -> UUID | None:
        return self.room.do(
            lambda session: session.scalars(
                select(Contact.id).where(
                    Contact.address_index == address_index(session, self.numbers[who]), Contact.ended_at.is_(None)
                )
            ).one_or_none()
        )

    def with_open(self, who: int, act: Callable[[Session, UUID], object]) -> None:
        contact_id = self.open_contact(who)
        if contact_id is not None:
            self.room.do(lambda session: act(session, contact_id))

    def reply(self, session: Session, contact_id: UUID) -> None:
        actor = staff_actor(self.operator, self.desk.centre_id)
        permit = permit_reply(session, actor, contact_id)
        if not isinstance(permit, GateRefusal):
            hotline.reply(session, actor, contact_id, "Buradayım.", permit)

    def agree(self, session: Session, contact_id: UUID, sms: str) -> None:
        actor = staff_actor(self.operator, self.desk.centre_id)
        intake_id = session.scalars(select(Intake.id).where(Intake.contact_id == contact_id)).one()
        agreed = Agreed(sms=sms, code_word="mavi fincan")
        intake.set_safe_contact(session, actor, Scope.of(session, self.operator), intake_id, agreed)

    def code_word(self, session: Session, contact_id: UUID, word: str) -> None:
        actor = staff_actor(self.operator, self.desk.centre_id)
        intake_id = session.scalars(select(Intake.id).where(Intake.contact_id == contact_id)).one()
        intake.check_code_word(session, actor, Scope.of(session, self.operator), intake_id, word)

    def automatic(self, *, on: bool) -> None:
        actor = staff_actor(self.director, self.desk.centre_id)
        self.room.do(
            lambda session: intake.set_text_policy(
                session, actor, Scope.of(session, self.director), self.desk.centre_id, automatic=on
            )
        )

    def status(self, which: int, status: str) -> None:
        """A callback of a text that the carrier has, in any order and as often as it likes."""
        acts = [act for number in self.numbers for act in self.room.carrier.of(number)]
        if acts:
            act = acts[which % len(acts)]
            form = {"MessageSid": act.sid, "SmsSid": act.sid, "MessageStatus": status, "SmsStatus": status}
            form |= {"From": self.room.line.number, "To": act.to}
            assert self.room.line.post("/twilio/sms/status", form, query=f"t={act.token}").status_code == 200

    def mood(self, name: str) -> None:
        answers = {"well": None, "stopped": Refused(21610, "opted_out"), "busy": Retry(20429), "silent": Unknown("-")}
        self.room.carrier.answer = lambda _act: answers[name]
        self.room.carrier.taken_all_the_same = name == "silent"

    def look(self) -> None:
        self.room.do(self._stored_once)
        self.room.do(self._permitted)
        self.room.do(self._risen)

    def _stored_once(self, session: Session) -> None:
        for who, number in enumerate(self.numbers):
            index = address_index(session, number)
            mine = [sid for sid, of, _body in self.texts if of == who]
            contacts = list(session.scalars(select(Contact).where(Contact.address_index == index)))
            assert len([one for one in contacts if one.ended_at is None]) <= 1
            rows = session.execute(
                select(Message.carrier_sid, Message.contact_id, Message.conversation_id).where(
                    Message.contact_id.in_([one.id for one in contacts]), Message.direction == "in"
                )
            ).all()
            assert sorted(row.carrier_sid for row in rows) == sorted(mine)
            wanted = select(func.count()).select_from(Conversation).where(Conversation.address_index == index)
            assert session.scalar(wanted) == (1 if mine else 0)
            assert len({row.conversation_id for row in rows}) <= 1
            for contact in contacts:
                # Whoever closed it did so after her last text; else it stands on the board and in the queue.
                if contact.ended_at is None:
                    assert contact.state in ("waiting_staff", "in_conversation", "waiting_person")
                    assert session.get_one(Queued, contact.id).state in ("waiting", "offered", "taken")
                else:
                    assert contact.last_inbound_at is not None
                    assert contact.ended_at >= contact.last_inbound_at

    def _permitted(self, session: Session) -> None:
        indexes = [address_index(session, number) for number in self.numbers]
        attempts = session.execute(
            select(Attempt.started_at, Send.not_after, Permit)
            .join(Send, Send.id == Attempt.send_id)
            .outerjoin(Permit, Permit.id == Send.permit_id)
            .where(Attempt.address_index.in_(indexes))
        ).all()
        for started_at, not_after, permit in attempts:
            assert permit is not None
            assert permit.address_index in indexes
            assert started_at < not_after
            assert started_at < permit.valid_until
            assert permit.revoked_at is None or permit.revoked_at >= started_at
        acts = sum(len(self.room.carrier.of(number)) for number in self.numbers)
        assert acts <= len(attempts)

    def _risen(self, session: Session) -> None:
        indexes = [address_index(session, number) for number in self.numbers]
        ours = select(Message.id, Message.state).join(Contact, Contact.id == Message.contact_id)
        rows = session.execute(ours.where(Contact.address_index.in_(indexes), Message.direction == "out")).all()
        for message_id, state in rows:
            assert RANK[state] >= self.ranks.get(message_id, 0)
            self.ranks[message_id] = RANK[state]


def test_conversations(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("staff.service.accounts.hash_password", lambda _password: "$argon2id$v=19$m=8,t=1,p=1$YQ$YQ")
    desk = Desk(room.line)
    operator, director = desk.person("shift_lead", phone=False), desk.person("director", phone=False)

    class Walking(RuleBasedStateMachine):
        walk: Walk

        @initialize()
        def begin(self) -> None:
            self.walk = Walk(room, desk, operator, director)

        @rule(who=WHO, body=st.sampled_from(BODIES))
        def write(self, who: int, body: str) -> None:
            self.walk.write(who, body)

        @rule(which=st.integers(0, 20))
        def again(self, which: int) -> None:
            if self.walk.texts:
                sid, who, body = self.walk.texts[which % len(self.walk.texts)]
                self.walk.deliver(who, body, sid)

        @rule(who=WHO, bodies=st.lists(st.sampled_from(BODIES), min_size=2, max_size=3))
        def at_once(self, who: int, bodies: list[str]) -> None:
            self.walk.at_once(who, bodies)

        @rule(who=WHO, body=st.sampled_from(("merhaba", "1", "DUR")))
        def late(self, who: int, body: str) -> None:
            self.walk.late(who, body)

        @rule(who=WHO)
        def claim(self, who: int) -> None:
            actor = staff_actor(operator, desk.centre_id)
            self.walk.with_open(who, lambda session, contact_id: accept(session, actor, contact_id, operator))

        @rule(who=WHO)
        def close(self, who: int) -> None:
            actor = staff_actor(operator, desk.centre_id)
            self.walk.with_open(who, lambda session, contact_id: hotline.close(session, actor, contact_id))

        @rule(who=WHO, seconds=st.sampled_from((0, 11)))
        def reply(self, who: int, seconds: int) -> None:
            self.walk.with_open(who, self.walk.reply)
            room.hand.advance(seconds, sweeping=False)

        @rule()
        def undo(self) -> None:
            if self.walk.ranks:
                *_, newest = self.walk.ranks
                room.do(lambda session: take_back(session, staff_actor(operator, desk.centre_id), newest))

        @rule(who=WHO, sms=st.sampled_from(("ok", "neutral", "never")))
        def agree(self, who: int, sms: str) -> None:
            self.walk.with_open(who, lambda session, contact_id: self.walk.agree(session, contact_id, sms))

        @rule(who=WHO, word=st.sampled_from(("mavi fincan", "yeşil fincan")))
        def code_word(self, who: int, word: str) -> None:
            self.walk.with_open(who, lambda session, contact_id: self.walk.code_word(session, contact_id, word))

        @rule(on=st.booleans())
        def automatic(self, *, on: bool) -> None:
            self.walk.automatic(on=on)

        @rule(mood=st.sampled_from(("well", "well", "stopped", "busy", "silent")))
        def carrier(self, mood: str) -> None:
            self.walk.mood(mood)

        @rule()
        def leave(self) -> None:
            room.send()

        @rule(which=st.integers(0, 20), status=st.sampled_from(STATUSES))
        def status(self, which: int, status: str) -> None:
            self.walk.status(which, status)

        @rule(seconds=st.sampled_from((15, 130, 700, 13 * 3600)))
        def time_passes(self, seconds: int) -> None:
            """Perhaps nobody worked meanwhile, as after a restart of hours."""
            room.hand.advance(seconds, sweeping=False)

        @invariant()
        def look(self) -> None:
            self.walk.look()

    run_state_machine_as_test(Walking, settings=_FEW)
