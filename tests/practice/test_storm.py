"""Nights in which everything happens at once, with every fault; afterwards no call, conference or queue is left."""

import random
from collections.abc import Callable

import pytest
from requests.exceptions import RequestException
from twilio.base.exceptions import TwilioException

from practice.faults import Faults
from practice.phones import Press
from tests.practice.world import HOST, LINE, World

NUMBERS = [f"+90530111000{last}" for last in range(1, 8)]
EVENTS = ["initiated", "ringing", "answered", "completed"]
REPORTS = "statusCallback='/report' statusCallbackEvent='start end join leave mute hold modify announcement'"
PIECES = [
    "<Say>hello</Say>",
    '<Gather numDigits="1" action="/menu" timeout="3"><Say>press</Say></Gather>',
    '<Enqueue waitUrl="/wait" action="/menu">q</Enqueue>',
    "<Enqueue>q</Enqueue>",
    '<Dial action="/menu"><Queue>q</Queue></Dial>',
    f"<Dial><Conference endConferenceOnExit='true' {REPORTS}>c</Conference></Dial>",
    '<Dial action="/menu"><Conference startConferenceOnEnter="false" waitUrl="/wait">c</Conference></Dial>',
    '<Dial timeout="8" action="/menu"><Number url="/whisper">+905301110004</Number><Client>op</Client></Dial>',
    '<Dial answerOnBridge="true">+905301110005</Dial>',
    "<Redirect>/menu</Redirect>",
    "<Hangup/>",
    "<Reject/>",
    "<Sya/>",
    '<Pause length="4"/>',
    "<Leave/>",
]
WAITING = [
    "<Say>wait</Say>",
    '<Gather action="/menu"/>',
    "<Leave/>",
    "<Pause/>",
    "<Sya/>",
    "<Redirect>/wait</Redirect>",
]
FAULTS = Faults(
    duplicate=0.1, reorder=0.2, lost_callback=0.1, delay=0.1, callback_first=0.2, response_lost=0.1, rest_503=0.05,
    rest_429=0.05,
)  # fmt: skip


class Night:
    """One world, and things to do in it."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.world = World(seed=str(seed))
        self.world.exchange.faults = FAULTS
        for path in ("/voice", "/menu", "/whisper", "/leg", "/fallback", "/elsewhere"):
            self.world.program.on(path, lambda _form: self.dice.choice(PIECES) + self.dice.choice(PIECES))
        self.world.program.on("/wait", lambda _form: self.dice.choice(WAITING))
        self.world.program.on("/report", "")
        self.world.program.on("/sms", '<Message statusCallback="/report">here</Message>')
        for number in NUMBERS:
            answering = self.dice.choice(["answer", "machine", "busy", "decline", "manual", "desk", "no_answer"])
            press = Press(self.dice.choice("1*#5"))
            self.world.phone_does(number, answering, presses=(press,), hang_up_after=self.dice.choice([None, 5, 40]))

    def live(self) -> list[str]:
        return [call.sid for call in self.world.exchange.calls.values() if not call.over]

    def call_in(self) -> None:
        self.world.exchange.call(self.dice.choice(NUMBERS), LINE)

    def call_out(self) -> None:
        self.world.client.calls.create(
            to=self.dice.choice(NUMBERS), from_=LINE, url=f"{HOST}/leg", status_callback=f"{HOST}/report",
            status_callback_event=EVENTS,
        )  # fmt: skip

    def redirect(self) -> None:
        for sid in self.live()[:1]:
            self.world.client.calls(sid).update(url=f"{HOST}/elsewhere")

    def end(self) -> None:
        for sid in self.live()[-1:]:
            self.world.client.calls(sid).update(status="completed")

    def act(self) -> None:
        for sid in self.live()[:3]:
            call = self.world.exchange.calls[sid]
            call.answer()
            call.press(self.dice.choice("15*#"))
            self.world.exchange.speak(sid, "hello")

    def hang_up(self) -> None:
        for sid in self.live()[:1]:
            self.world.exchange.calls[sid].hang_up()

    def text(self) -> None:
        self.world.exchange.text(self.dice.choice(NUMBERS), LINE, self.dice.choice(["hi", "stop", "start"]))

    def conference(self) -> None:
        self.world.client.conferences("c").participants.create(from_=LINE, to=self.dice.choice(NUMBERS))
        for participant in self.world.client.conferences("c").participants.list():
            change = self.dice.choice([{"hold": True, "hold_url": f"{HOST}/wait"}, {"hold": False}, {"muted": True}])
            participant.update(**change)
            if self.dice.random() < 0.2:
                participant.delete()

    def dequeue(self) -> None:
        for queue in self.world.client.queues.list():
            self.world.client.queues(queue.sid).members("Front").update(url=f"{HOST}/elsewhere")

    def everybody_hangs_up(self) -> None:
        for sid in self.live():
            call = self.world.exchange.calls[sid]
            call.hang_up()
            call.refuse("failed")
        self.world.carrier.run_for(300)


@pytest.mark.parametrize("seed", range(6))
def test_a_storm_leaves_nothing_behind(seed: int) -> None:
    night = Night(seed)
    deeds: list[Callable[[], None]] = [
        night.call_in, night.call_in, night.call_out, night.redirect, night.end, night.act, night.hang_up, night.text,
        night.conference, night.dequeue,
    ]  # fmt: skip
    for _ in range(60):
        try:
            night.dice.choice(deeds)()
        except (TwilioException, RequestException):
            # Refusals and lost responses are the point of the storm.
            night.text()
        night.world.carrier.outage = night.dice.choice([None] * 12 + ["connect", "timeout", 500])
        night.world.carrier.run_for(night.dice.choice([0, 1, 3, 10]))
    night.world.carrier.outage = None
    night.everybody_hangs_up()
    night.everybody_hangs_up()
    machine = night.world.exchange.machine
    assert night.live() == []
    assert not any(conference.participants for conference in machine.conferences.conferences.values())
    assert not any(queue.members for queue in machine.queues.queues.values())
    assert all(each.signed for each in night.world.program.received)
    assert all(text.status in ("delivered", "received") for text in night.world.exchange.messages.values())
