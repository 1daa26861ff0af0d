"""Phones with people, machines or scripts at them, and what each of them heard, pressed, sent and received."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from practice.timeline import Timeline, Timer

Answering = Literal["manual", "answer", "machine", "desk", "busy", "decline", "no_answer", "failed"]
KEY_GAP_SECONDS = 0.2


@dataclass(frozen=True)
class Press:
    """Keys to press: when a prompt containing `hearing` begins, or `after` seconds in the call; each once per call.

    With neither, the keys are pressed as soon as a Gather listens. `delay` is the time a person takes to react.
    """

    digits: str
    hearing: str | None = None
    after: float | None = None
    delay: float = 1.0


@dataclass(frozen=True)
class TextBack:
    r"""A text to send in answer to one that matches the regular expression `when`; `body` may use its groups (\\1)."""

    body: str
    when: str = ""
    after: float = 2.0


@dataclass(frozen=True)
class Behaviour:
    """What a phone does by itself. `manual` rings until somebody acts; `desk` answers and presses 1."""

    answering: Answering = "manual"
    after: float = 3.0
    presses: tuple[Press, ...] = ()
    hang_up_after: float | None = None
    greeting: str = "The person you have called is not available. Please leave a message after the tone."
    text_backs: tuple[TextBack, ...] = ()
    #: The carrier's error code for texts to this phone: delivery ends "undelivered", or "failed" with `text_fails`.
    text_error: int | None = None
    text_fails: bool = False

    def but(self, **changes: object) -> Behaviour:
        """The same behaviour with some fields changed."""
        return replace(self, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Line:
    """One line of a phone's transcript. `sid` is the call or the message it belongs to."""

    at: float
    kind: str
    text: str
    sid: str
    #: The other side of a call or message, where the line is about reaching it.
    other: str = ""


class Clockwork(Protocol):
    """What a phone needs of the exchange."""

    now: float
    timeline: Timeline

    def text_from_phone(self, from_: str, to: str, body: str) -> None: ...


class Leg(Protocol):
    """What a phone may do with a call that reached it or that it placed."""

    sid: str

    def answer(self) -> None: ...
    def refuse(self, status: str) -> None: ...
    def press(self, digit: str) -> None: ...
    def hang_up(self) -> None: ...


@dataclass
class Phone:
    """A telephone anywhere in the world, named by its address: a number, client:… or sip:…."""

    address: str
    behaviour: Behaviour
    transcript: list[Line] = field(default_factory=list)
    #: Until when it can be rung: a browser's telephone as long as its page keeps it registered, any other always.
    reached_until: float = math.inf

    def note(self, at: float, kind: str, text: str, sid: str, other: str = "") -> None:
        """Write one line of the transcript."""
        self.transcript.append(Line(at, kind, text, sid, other))

    def heard(self, sid: str | None = None) -> list[str]:
        """Every sentence heard, in order, of one call or of all."""
        return [line.text for line in self.transcript if line.kind == "heard" and sid in (None, line.sid)]

    def texts(self) -> list[str]:
        """Every text received, in order."""
        return [line.text for line in self.transcript if line.kind == "text_in"]


class Handset:
    """One phone in one call: performs the behaviour and keeps the transcript."""

    def __init__(self, clockwork: Clockwork, phone: Phone, leg: Leg, behaviour: Behaviour | None = None) -> None:
        self._clockwork = clockwork
        self._leg = leg
        self._timers: list[Timer] = []
        self.phone = phone
        self.behaviour = behaviour or phone.behaviour
        self._presses = list(self.behaviour.presses)
        if self.behaviour.answering == "desk":
            self._presses.append(Press("1"))

    def note(self, kind: str, text: str = "") -> None:
        """Write a line about this call."""
        self.phone.note(self._clockwork.now, kind, text, self._leg.sid)

    def _later(self, seconds: float, kind: str, text: str = "") -> None:
        self._timers.append(self._clockwork.timeline.at(self._clockwork.now + seconds, lambda: self._act(kind, text)))

    def _act(self, kind: str, text: str) -> None:
        if kind == "answer":
            self._leg.answer()
        elif kind == "refuse":
            self._leg.refuse(text)
        elif kind == "hang_up":
            self._leg.hang_up()
        elif kind == "press":
            self._leg.press(text)

    def dialling(self, to: str) -> None:
        """The phone places a call."""
        self.note("dialled", to)

    def ringing(self, from_: str) -> None:
        """The phone rings; what it does is its behaviour."""
        self.note("ringing", from_)
        answering = self.behaviour.answering
        if answering in ("answer", "machine"):
            self._later(self.behaviour.after, "answer")
        elif answering == "desk":
            self._later(min(self.behaviour.after, 1.0), "answer")
        elif answering in ("busy", "failed"):
            self._later(0.0, "refuse", answering)
        elif answering == "decline":
            # A declined call reaches the carrier as busy.
            self._later(self.behaviour.after, "refuse", "busy")

    def connected(self) -> None:
        """The call is answered: from here the behaviour counts its seconds."""
        self.note("connected")
        if self.behaviour.answering == "machine":
            self.note("said", self.behaviour.greeting)
            self._presses.clear()
        for press in [press for press in self._presses if press.after is not None]:
            self._presses.remove(press)
            self._press(press, press.after or 0.0)
        if self.behaviour.hang_up_after is not None:
            self._later(self.behaviour.hang_up_after, "hang_up")

    def hears(self, text: str, kind: str = "heard") -> None:
        """A prompt, a voice or music begins."""
        self.note(kind, text)
        for press in self._presses:
            if press.hearing is not None and press.hearing.casefold() in text.casefold():
                self._presses.remove(press)
                self._press(press, press.delay)
                return

    def listening(self) -> None:
        """The line waits for keys."""
        for press in self._presses:
            if press.hearing is None and press.after is None:
                self._presses.remove(press)
                self._press(press, press.delay)
                return

    def _press(self, press: Press, delay: float) -> None:
        for position, digit in enumerate(press.digits):
            self._later(delay + position * KEY_GAP_SECONDS, "press", digit)

    def ended(self, status: str) -> None:
        """The call is over."""
        for timer in self._timers:
            timer.cancel()
        self.note("ended", status)


class PhoneBook:
    """All phones by address."""

    def __init__(self, clockwork: Clockwork, default: Behaviour) -> None:
        self._clockwork = clockwork
        self._default = default
        self.phones: dict[str, Phone] = {}

    def phone(self, address: str) -> Phone:
        """The phone with this address, made on first mention."""
        if address not in self.phones:
            reached_until = -math.inf if address.startswith("client:") else math.inf
            self.phones[address] = Phone(address, self._default, reached_until=reached_until)
        return self.phones[address]

    def receives_text(self, address: str, from_: str, body: str, sid: str) -> None:
        """A text reaches a phone, which may answer by itself."""
        phone = self.phone(address)
        phone.note(self._clockwork.now, "text_in", body, sid, from_)
        for back in phone.behaviour.text_backs:
            match = re.search(back.when, body)
            if match:
                self._answer(address, from_, match.expand(back.body), back.after)
                return

    def _answer(self, address: str, to: str, body: str, seconds: float) -> None:
        clockwork = self._clockwork
        clockwork.timeline.at(clockwork.now + seconds, lambda: clockwork.text_from_phone(address, to, body))
