"""TwiML, the carrier's instructions for a call, from small frozen steps.

Written by hand because an answer is made on every webhook and the library's builder is a tree of objects with no
check of its own; the tests hold this renderer against that library and against a table of verbs and attributes.
There is no verb here that records, takes a message or pays: what does not exist cannot be switched on by mistake.
Every URL that the carrier asks gets its patience here (`hotline.paths`), so that none can go without.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from hotline.paths import CALLBACK_PATIENCE, STEP_PATIENCE

#: The carrier refuses larger documents (its error 11750).
MAX_DOCUMENT_BYTES: Final = 64 * 1024
#: Callers in the waiting room; the carrier's default is a hundred in one of its documents and a thousand in another.
MAX_WAITING: Final = 1000
CONTENT_TYPE: Final = "text/xml; charset=utf-8"

_Attributes = Mapping[str, str | int | bool | None]

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
#: Everything XML 1.0 cannot carry, even escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class TwimlError(ValueError):
    """A document that the carrier would refuse; it is our own mistake and never a caller's."""


@dataclass(frozen=True, slots=True)
class Say:
    """Speaks `text` with the carrier's synthetic voice."""

    text: str
    language: str
    voice: str | None = None

    def xml(self) -> str:
        return _element("Say", {"voice": self.voice, "language": self.language}, _text(self.text))


@dataclass(frozen=True, slots=True)
class Play:
    """Plays a recording."""

    url: str

    def xml(self) -> str:
        return _element("Play", {}, _text(self.url))


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence of `seconds`."""

    seconds: int

    def xml(self) -> str:
        return _element("Pause", {"length": self.seconds})


@dataclass(frozen=True, slots=True)
class Gather:
    """Collects keys while `prompts` play; `timeout` counts after the last of them.

    With `digits` the entry ends by count and no key finishes it, so that every key is one we hear of; without it `#`
    ends the entry. `finish` is a key that ends it at once all the same: it is told by its own name and not among the
    digits. An empty entry goes to `action` too unless `answer_silence` is false.
    """

    action: str
    timeout: int
    prompts: tuple[Say | Play | Pause, ...] = ()
    digits: int | None = 1
    answer_silence: bool = True
    finish: str = ""

    def xml(self) -> str:
        attributes: _Attributes = {
            "input": "dtmf",
            "action": _step(self.action),
            "method": "POST",
            "timeout": self.timeout,
            "numDigits": self.digits,
            "finishOnKey": "#" if self.digits is None else self.finish,
            "actionOnEmptyResult": self.answer_silence,
        }
        return _element("Gather", attributes, "".join(prompt.xml() for prompt in self.prompts))


@dataclass(frozen=True, slots=True)
class Redirect:
    """Goes on with the document at `url`."""

    url: str

    def xml(self) -> str:
        return _element("Redirect", {"method": "POST"}, _text(_step(self.url)))


@dataclass(frozen=True, slots=True)
class Hangup:
    """Ends the call."""

    def xml(self) -> str:
        return "<Hangup/>"


@dataclass(frozen=True, slots=True)
class Leave:
    """Leaves the waiting room; the call goes on at the action of its `Enqueue`."""

    def xml(self) -> str:
        return "<Leave/>"


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Puts the call into the waiting room `name`; `wait_url` is asked again whenever its document has ended."""

    name: str
    wait_url: str
    action: str

    def xml(self) -> str:
        attributes: _Attributes = {
            "action": _step(self.action),
            "method": "POST",
            "waitUrl": _step(self.wait_url),
            "waitUrlMethod": "POST",
            "maxQueueSize": MAX_WAITING,
        }
        return _element("Enqueue", attributes, _text(self.name))


@dataclass(frozen=True, slots=True)
class Number:
    """A telephone to ring, by its number or by a SIP address.

    With `screen` whoever answers hears that document first and must press a key.
    """

    value: str = field(repr=False)
    screen: str | None = None

    def xml(self) -> str:
        attributes: _Attributes = {"url": self.screen and _step(self.screen), "method": "POST" if self.screen else None}
        noun = "Sip" if self.value.startswith(("sip:", "sips:")) else "Number"
        return _element(noun, attributes, _text(self.value))


@dataclass(frozen=True, slots=True)
class DialNumbers:
    """Rings up to ten telephones at once; the first that answers (and passes its screen) talks to the caller."""

    numbers: tuple[Number, ...]
    action: str | None
    timeout: int
    caller_id: str | None = field(default=None, repr=False)

    def xml(self) -> str:
        if not 1 <= len(self.numbers) <= MAX_PARALLEL:
            raise TwimlError("a Dial rings one to ten numbers")
        attributes: _Attributes = {
            "action": self.action and _step(self.action),
            "method": "POST" if self.action else None,
            "timeout": self.timeout,
            "callerId": self.caller_id,
            "answerOnBridge": True,
            "record": "do-not-record",
        }
        return _element("Dial", attributes, "".join(number.xml() for number in self.numbers))


@dataclass(frozen=True, slots=True)
class DialConference:
    """Joins the talking room `name`. Silent until somebody else is there; never recorded, no beep, no music.

    Nobody's leaving ends the room: a command that comes late takes her out for a moment, and must find the other there.
    Nobody has a label: the carrier lets nobody in under one that is in use (its error 16025), and who comes back may
    meet her own.
    """

    name: str
    action: str
    status_url: str
    time_limit: int
    #: Hears the others and is not heard.
    muted: bool = False
    #: Hears the others and is heard by this call alone, which is in the room already.
    coach: str | None = None

    def xml(self) -> str:
        attributes: _Attributes = {
            "startConferenceOnEnter": True,
            "endConferenceOnExit": False,
            "muted": True if self.muted else None,
            "coach": self.coach,
            "beep": "false",
            "record": "do-not-record",
            "waitUrl": "",
            "statusCallback": self.status_url + CALLBACK_PATIENCE,
            "statusCallbackMethod": "POST",
            "statusCallbackEvent": "start end join leave",
        }
        room = _element("Conference", attributes, _text(self.name))
        dial: _Attributes = {
            "action": _step(self.action),
            "method": "POST",
            "timeLimit": self.time_limit,
            "record": "do-not-record",
        }
        return _element("Dial", dial, room)


#: The carrier rings at most ten telephones in one Dial.
MAX_PARALLEL: Final = 10

Step = Say | Play | Pause | Gather | Redirect | Hangup | Leave | Enqueue | DialNumbers | DialConference

#: The answer that asks for nothing: an inbound text, a status callback.
EMPTY: Final = f"{_DECLARATION}<Response/>"


def render(steps: Iterable[Step]) -> str:
    """The document of `steps`. Raises TwimlError if the carrier would refuse it for its size."""
    document = f"{_DECLARATION}<Response>{''.join(step.xml() for step in steps)}</Response>"
    if len(document.encode()) >= MAX_DOCUMENT_BYTES:
        raise TwimlError("the document is too large")
    return document


def _step(url: str) -> str:
    return url + STEP_PATIENCE


def _element(verb: str, attributes: _Attributes, content: str = "") -> str:
    rendered = "".join(f" {name}={_attribute(value)}" for name, value in attributes.items() if value is not None)
    return f"<{verb}{rendered}>{content}</{verb}>" if content else f"<{verb}{rendered}/>"


def _attribute(value: str | int | bool) -> str:  # noqa: FBT001 - a value of the document, no switch
    if isinstance(value, bool):
        return '"true"' if value else '"false"'
    return quoteattr(_NOT_XML.sub("", str(value)))


def _text(value: str) -> str:
    return escape(_NOT_XML.sub("", value))
