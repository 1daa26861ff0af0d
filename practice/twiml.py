"""A strict TwiML parser: every verb, noun and attribute is known or the document is an error, never skipped.

Twilio itself only warns (12200) about much of this; a test double that warns would let misspelt safety attributes pass.
"""

from __future__ import annotations

from typing import Any, Literal
from xml.etree import ElementTree as ET

from practice.twiml_values import (
    BEEPS,
    CALL_EVENTS,
    CONFERENCE_EVENTS,
    GATHER_SECONDS,
    KEYS,
    METHOD,
    Convert,
    matching,
    one_of,
    text,
    whole,
    yes_no,
)
from practice.verbs import (
    ConferenceNoun,
    Dial,
    Document,
    Endpoint,
    Enqueue,
    Gather,
    Hangup,
    Leave,
    Message,
    Pause,
    Play,
    Prompt,
    QueueNoun,
    Redirect,
    Reject,
    Say,
    Verb,
)

PARSE_FAILURE = 12100
INVALID = 12200
MAX_BYTES = 64 * 1024
TOO_LARGE = 11750


class TwimlError(Exception):
    """The document cannot be executed; `code` is Twilio's."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


SAY: dict[str, Convert] = {"voice": text, "language": text, "loop": whole(0)}
PLAY: dict[str, Convert] = {"loop": whole(0), "digits": matching(r"[0-9#*wW]+")}
PAUSE: dict[str, Convert] = {"length": whole(0, 3600)}
WHISPER: dict[str, Convert] = {
    "url": text,
    "method": METHOD,
    "statusCallback": text,
    "statusCallbackMethod": METHOD,
    "statusCallbackEvent": CALL_EVENTS,
}
ATTRIBUTES: dict[str, dict[str, Convert]] = {
    "Say": SAY,
    "Play": PLAY,
    "Pause": PAUSE,
    "Gather": {
        "input": one_of("dtmf"),
        "action": text,
        "method": METHOD,
        "timeout": GATHER_SECONDS,
        "finishOnKey": KEYS,
        "numDigits": whole(1),
        "actionOnEmptyResult": yes_no,
    },
    "Redirect": {"method": METHOD},
    "Dial": {
        "action": text,
        "method": METHOD,
        "timeout": whole(1, 600),
        "hangupOnStar": yes_no,
        "timeLimit": whole(1, 86_400),
        "callerId": text,
        "record": one_of("do-not-record"),
        "answerOnBridge": yes_no,
        "ringTone": text,
    },
    "Number": {**WHISPER, "sendDigits": matching(r"[0-9#*wW]+")},
    "Client": WHISPER,
    "Sip": {**WHISPER, "username": text, "password": text},
    "Conference": {
        "muted": yes_no,
        "beep": one_of(*BEEPS),
        "startConferenceOnEnter": yes_no,
        "endConferenceOnExit": yes_no,
        "participantLabel": matching(r".{0,128}"),
        "waitUrl": text,
        "waitMethod": METHOD,
        "maxParticipants": whole(2, 250),
        "record": one_of("do-not-record"),
        "coach": matching(r"CA[0-9a-f]{32}"),
        "statusCallback": text,
        "statusCallbackMethod": METHOD,
        "statusCallbackEvent": CONFERENCE_EVENTS,
        "region": text,
        "jitterBufferSize": one_of("off", "small", "medium", "large"),
    },
    "Queue": {"url": text, "method": METHOD},
    "Enqueue": {
        "action": text,
        "method": METHOD,
        "waitUrl": text,
        "waitUrlMethod": METHOD,
        "maxQueueSize": whole(1, 5000),
    },
    "Leave": {},
    "Hangup": {},
    "Reject": {"reason": one_of("rejected", "busy")},
    "Message": {"to": text, "from": text, "action": text, "method": METHOD, "statusCallback": text},
}
VOICE_VERBS = ("Say", "Play", "Pause", "Gather", "Redirect", "Dial", "Enqueue", "Leave", "Hangup", "Reject")
MESSAGE_VERBS = ("Message", "Redirect")


def parse_voice(body: str) -> Document:
    """Parse a document that a call executes; raises TwimlError."""
    return _parse(body, VOICE_VERBS)


def parse_message(body: str) -> Document:
    """Parse the answer to a text; an empty body says nothing and is allowed."""
    return _parse(body, MESSAGE_VERBS) if body.strip() else ()


def _parse(body: str, allowed: tuple[str, ...]) -> Document:
    if len(body.encode()) > MAX_BYTES:
        raise TwimlError(TOO_LARGE, "response body too large")
    if "<!DOCTYPE" in body or "<!ENTITY" in body:
        raise TwimlError(PARSE_FAILURE, "document type declarations are not TwiML")
    try:
        root = ET.fromstring(body.strip().encode())  # noqa: S314 -- no declarations, see above
    except ET.ParseError as error:
        raise TwimlError(PARSE_FAILURE, f"document parse failure: {error}") from error
    if root.tag != "Response" or root.attrib:
        raise TwimlError(PARSE_FAILURE, "the document must be one Response element without attributes")
    _no_text(root)
    return tuple(_verb(element, allowed) for element in root)


def _verb(element: ET.Element, allowed: tuple[str, ...]) -> Verb:
    if element.tag not in allowed:
        raise TwimlError(INVALID, f"unknown or unsupported verb {element.tag}")
    if element.tag in ("Say", "Play", "Pause"):
        return _prompt(element)
    if element.tag == "Gather":
        _no_text(element)
        for child in element:
            if child.tag not in ("Say", "Play", "Pause"):
                raise TwimlError(13320, f"Gather may not hold {child.tag}")
        return Gather(prompts=tuple(_prompt(child) for child in element), **_attributes(element))
    if element.tag == "Dial":
        return _dial(element)
    if element.tag == "Message":
        return _message(element)
    return _leaf(element)


def _leaf(element: ET.Element) -> Verb:
    attributes = _attributes(element)
    if element.tag == "Redirect":
        return Redirect(text=_words(element), **attributes)
    if element.tag == "Enqueue":
        return Enqueue(text=_words(element), **attributes)
    _no_text(element, and_children=True)
    if element.tag == "Leave":
        return Leave()
    return Hangup() if element.tag == "Hangup" else Reject(**attributes)


def _prompt(element: ET.Element) -> Prompt:
    attributes = _attributes(element)
    if element.tag == "Pause":
        _no_text(element, and_children=True)
        return Pause(**attributes)
    if element.tag == "Say":
        return Say(text=_words(element), **attributes)
    return Play(text="" if "digits" in attributes else _words(element), **attributes)


def _dial(element: ET.Element) -> Dial:
    attributes = _attributes(element)
    if not len(element):
        return Dial(endpoints=(Endpoint(kind="number", text=_words(element)),), **attributes)
    _no_text(element)
    tags = [child.tag for child in element]
    if any(tag not in ("Number", "Client", "Sip", "Conference", "Queue") for tag in tags):
        raise TwimlError(13215, f"Dial may not hold {', '.join(tags)}")
    if "Conference" in tags or "Queue" in tags:
        if len(tags) > 1:
            raise TwimlError(13215, "a Conference or Queue must be alone in its Dial")
        noun: dict[str, Any] = {"text": _words(element[0]), **_attributes(element[0])}
        if tags == ["Queue"]:
            return Dial(queue=QueueNoun(**noun), **attributes)
        return Dial(conference=ConferenceNoun(**noun), **attributes)
    if len(tags) > 10:
        raise TwimlError(13215, "Dial holds at most ten parallel legs")
    return Dial(endpoints=tuple(_endpoint(child) for child in element), **attributes)


def _endpoint(element: ET.Element) -> Endpoint:
    kinds: dict[str, Literal["number", "client", "sip"]] = {"Number": "number", "Client": "client", "Sip": "sip"}
    return Endpoint(kind=kinds[element.tag], text=_words(element), **_attributes(element))


def _message(element: ET.Element) -> Message:
    attributes = _attributes(element)
    bodies = list(element)
    if any(child.tag != "Body" or child.attrib for child in bodies):
        raise TwimlError(INVALID, "Message may only hold Body")
    if bodies:
        _no_text(element)
    words = "".join(_words(child) for child in bodies) if bodies else _words(element)
    return Message(text=words, **attributes)


def _attributes(element: ET.Element) -> dict[str, Any]:
    known = ATTRIBUTES[element.tag]
    found: dict[str, Any] = {}
    for name, value in element.attrib.items():
        if name not in known:
            raise TwimlError(INVALID, f"unknown or unsupported attribute {element.tag} {name}")
        try:
            found[_python_name(name)] = known[name](value)
        except ValueError as error:
            raise TwimlError(INVALID, f"invalid value of {element.tag} {name}") from error
    return found


def _python_name(name: str) -> str:
    if name == "from":
        return "from_"
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)


def _words(element: ET.Element) -> str:
    if len(element):
        raise TwimlError(INVALID, f"{element.tag} may not hold {element[0].tag}")
    words = (element.text or "").strip()
    if not words:
        raise TwimlError(INVALID, f"{element.tag} is empty")
    return words


def _no_text(element: ET.Element, *, and_children: bool = False) -> None:
    if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
        raise TwimlError(INVALID, f"{element.tag} may not hold text")
    if and_children and len(element):
        raise TwimlError(INVALID, f"{element.tag} may not hold {element[0].tag}")
