"""The house under a carrier that doubles, reorders, delays and loses: nobody is missed, nobody doubled, nobody cut."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.facts import StoredFact
from core.unit_of_work import unit_of_work
from hotline import service as hotline
from hotline.models import Attempt, Contact, Message
from intake.gate import permit_reply
from practice.calls import Call as Carried
from practice.faults import FaultName, Faults
from practice.phones import Behaviour, Press
from practice.server import SMS_OVERRIDES, VOICE_OVERRIDES
from routing import service as routing
from tests.support.line import fresh_number
from tests.support.planted import SENTENCE
from tests.support.world import Person, World

CALLS, TEXTS = 6, 4
#: People come within this time, and the carrier is in trouble until the last of them has gone.
ARRIVALS_S = 60.0
STEP_S = 2.0
#: Screens tell so often that somebody is there.
HEARTBEAT_STEPS = 6
#: How long after the storm the last loss must be made good: a look for silent calls, and two of the reconciler.
QUIET_S = 300.0
STORM = Faults(
    duplicate=0.15,
    reorder=0.25,
    lost_callback=0.25,
    delay=0.15,
    callback_first=0.3,
    response_lost=0.1,
    rest_500=0.05,
    rest_503=0.05,
    rest_429=0.1,
    rest_delay=0.1,
    rest_delay_seconds=8.0,
)


@dataclass
class Walk:
    """One caller: she talks for a while once somebody hears her, and hangs up herself."""

    call: Carried
    talk_s: float
    heard_since: float | None = None
    unheard: int = 0
    hung_up: bool = False
    cut: bool = False


@dataclass
class Night:
    """People who come, and staff who answer."""

    world: World
    dice: random.Random
    staff: list[Person]
    walks: list[Walk] = field(default_factory=list)
    #: Text SIDs by sender.
    texts: dict[str, str] = field(default_factory=dict)
    unreachable: set[str] = field(default_factory=set)
    replies: int = 0
    steps: int = 0
    struck: Counter[str] = field(default_factory=Counter)

    def come(self) -> None:
        """Everybody comes once, at a time of her own."""
        began = self.world.carrier.now
        events = sorted(
            [(self.dice.uniform(0, ARRIVALS_S), "call") for _ in range(CALLS)]
            + [(self.dice.uniform(0, ARRIVALS_S), "text") for _ in range(TEXTS)]
        )
        for at, kind in events:
            while self.world.carrier.now < began + at:
                self.step()
            self.call() if kind == "call" else self.text()

    def call(self) -> None:
        key = self.dice.choice("125")
        made = self.world.exchange.call(
            fresh_number(), self.world.line.number, Behaviour(presses=(Press(key, after=self.dice.uniform(1, 12)),))
        )
        if not self.walks:
            # The order to bring her to the talking room is carried out, and given again.
            self.world.exchange.fault_once("response_lost", f"/Calls/{made.sid}.json")
        self.walks.append(Walk(made, self.dice.uniform(10, 40)))

    def text(self) -> None:
        sender = fresh_number()
        if self.dice.random() < 0.3:
            self.unreachable.add(sender)
            self.world.exchange.set_behaviour(sender, Behaviour(text_error=30003))
        self.texts[sender] = self.world.exchange.text(
            sender, self.world.line.number, f"{SENTENCE} {len(self.texts)}"
        ).sid

    def step(self) -> None:
        """Some seconds: staff look at their screens, callers talk or leave."""
        if self.steps % HEARTBEAT_STEPS == 0:
            for person in self.staff:
                self.world.ready(person)
        self.steps += 1
        self.world.pass_time(STEP_S)
        self._answer()
        for walk in self.walks:
            if not walk.hung_up:
                self._accompany(walk)

    def _answer(self) -> None:
        with unit_of_work(self.world.ground) as session:
            waiting = session.execute(
                select(Contact.id, Contact.channel)
                .where(
                    Contact.centre_id == self.world.line.centre_id,
                    Contact.state.in_(["queued", "waiting_staff"]),
                    Contact.owner_id.is_(None),
                )
                .order_by(Contact.received_at),
            ).all()
        for contact_id, channel in waiting:
            free = [one for one in self.staff if channel == "sms" or not self._on_the_phone(one)]
            if free:
                self._take(self.dice.choice(free), contact_id, channel)

    def _take(self, person: Person, contact_id: UUID, channel: str) -> None:
        try:
            won = self.world.do(lambda s: routing.accept(s, person.actor, contact_id, person.account_id)).won
        except routing.BusyError:
            return  # her caller has gone, and nobody has told the house yet
        if won and channel == "sms":
            self.replies += 1
            self._break_reply(self.replies)
            self.world.do(lambda s: self._reply(s, person, contact_id))

    def _break_reply(self, number: int) -> None:
        """Of the first reply nothing is ever told; nor of the second, which the carrier takes without saying so."""
        if number <= 2:
            for _ in ("sending", "sent", "delivered"):
                self.world.exchange.fault_once("lost_callback", "/sms/status")
        if number == 2:
            self.world.exchange.fault_once("response_lost", "/Messages.json")

    def _on_the_phone(self, person: Person) -> bool:
        return any(call.to == person.phone and not call.over for call in self.world.exchange.calls.values())

    def _reply(self, session: Session, person: Person, contact_id: UUID) -> None:
        permit = permit_reply(session, person.actor, contact_id, "sms", "reply")
        assert isinstance(permit, UUID)
        hotline.reply(session, person.actor, contact_id, f"Buradayım {contact_id}", permit, undo_seconds=0)

    def _accompany(self, walk: Walk) -> None:
        now = self.world.carrier.now
        if walk.call.over:
            walk.cut = True
            walk.hung_up = True
        elif self.world.exchange.speak(walk.call.sid, "…"):
            walk.heard_since, walk.unheard = walk.heard_since or now, 0
        elif walk.heard_since is not None:
            walk.unheard += 1
            walk.cut = walk.cut or walk.unheard > 2
        if walk.heard_since is not None and now > walk.heard_since + walk.talk_s and not walk.hung_up:
            if walk is self.walks[0]:
                # That she is gone is never told.
                self.world.exchange.fault_once("lost_callback", "/voice/status")
                self.world.exchange.fault_once("lost_callback", "/voice/over/")
            walk.call.hang_up()
            walk.hung_up = True


@pytest.fixture
def night(world: World, request: pytest.FixtureRequest) -> Night:
    seed = str(request.param)
    number = world.exchange.ground.numbers[world.line.number]
    # As a real number is set up.
    number.voice_url = number.voice_url.partition("#")[0] + VOICE_OVERRIDES
    number.status_callback = number.status_callback.partition("#")[0] + SMS_OVERRIDES
    number.sms_url = number.sms_url.partition("#")[0] + SMS_OVERRIDES
    staff = [world.person("operator", behaviour=Behaviour("desk", after=2.0)) for _ in range(4)]
    world.reconciling = True
    made = Night(world, random.Random(seed), staff)
    dice = world.exchange.ground.dice
    strikes = dice.strikes

    def counted(fault: FaultName, where: str) -> bool:
        struck = strikes(fault, where)
        made.struck[fault] += struck
        return struck

    dice.strikes = counted  # type: ignore[method-assign]
    dice.seed(seed)
    world.exchange.faults = STORM
    return made


@pytest.mark.parametrize("night", ["one", "two"], indirect=True)
def test_a_storm_loses_doubles_and_cuts_nobody(night: Night) -> None:
    world = night.world
    night.come()
    for _ in range(200):
        if all(walk.hung_up for walk in night.walks):
            break
        night.step()
    world.exchange.faults = Faults()
    world.pass_time(QUIET_S)

    assert len(+night.struck) >= 6, "it was no storm"
    assert [walk.call.sid for walk in night.walks if walk.heard_since is None] == [], "nobody ever heard her"
    assert [walk.call.sid for walk in night.walks if walk.cut] == [], "she was cut"
    with unit_of_work(world.ground) as session:
        mine = Contact.centre_id == world.line.centre_id
        calls = Counter(session.scalars(select(Contact.carrier_sid).where(mine, Contact.channel == "voice")))
        came_in = select(Message.carrier_sid).join(Contact, Contact.id == Message.contact_id)
        texts = Counter(session.scalars(came_in.where(mine, Message.direction == "in")))
        states = set(session.scalars(select(Contact.state).where(mine, Contact.channel == "voice")))
        here = StoredFact.centre_id == world.line.centre_id
        ends = Counter(session.scalars(select(StoredFact.contact_id).where(here, StoredFact.kind == "CallEnded")))
        alone = session.scalars(select(StoredFact.contact_id).where(here, StoredFact.kind == "CallerAlone")).all()
        ours = set(session.scalars(select(Attempt.carrier_sid).where(Attempt.carrier_sid.is_not(None))))
        replies = session.execute(
            select(Message.id, Message.state, Contact.id)
            .join(Contact, Contact.id == Message.contact_id)
            .where(mine, Message.direction == "out")
        ).all()
    assert alone == [], "she was left alone"
    assert calls == Counter(walk.call.sid for walk in night.walks)
    assert texts == Counter(night.texts.values())
    assert states == {"wrap_up"}
    assert set(ends.values()) == {1}
    assert len(ends) == CALLS
    at_the_carrier = {
        one.sid
        for one in [*world.exchange.calls.values(), *world.exchange.messages.values()]
        if one.direction == "outbound-api"
    }
    assert at_the_carrier <= ours
    assert len(replies) == TEXTS
    for sender in night.texts:
        received = [text for text in world.exchange.phone(sender).texts() if text.startswith("Buradayım")]
        assert len(received) == (0 if sender in night.unreachable else 1)
    assert Counter(state for _, state, _ in replies) == Counter(
        delivered=TEXTS - len(night.unreachable), undelivered=len(night.unreachable)
    )
