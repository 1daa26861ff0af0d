"""The carrier's verbs: what each may hold, its attributes with the form of their values, and its children.

From Twilio, "TwiML for Programmable Voice"; only what this project emits. Anything else in a document is a mistake.
"""

import re
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from hotline.paths import CALLBACK_PATIENCE, STEP_PATIENCE

#: Every URL that is asked carries the carrier's patience; what is asked of a step is a path of ours.
URL = r"/[^\s#]*" + re.escape(STEP_PATIENCE)
CALLBACK = r"/[^\s#]*" + re.escape(CALLBACK_PATIENCE)
POST = "POST"
SECONDS = r"\d{1,5}"
BOOL = "true|false"


@dataclass(frozen=True)
class Verb:
    attributes: dict[str, str] = field(default_factory=dict)
    children: frozenset[str] = frozenset()
    #: Whether it holds text, or the form of that text.
    text: bool | str = False


TABLE = {
    "Response": Verb(
        children=frozenset({"Say", "Play", "Pause", "Gather", "Redirect", "Hangup", "Leave", "Enqueue", "Dial"})
    ),
    "Say": Verb({"voice": r"[A-Za-z0-9.-]+", "language": r"[a-z]{2,3}(-[A-Z]{2})?"}, text=True),
    "Play": Verb(text=True),
    "Pause": Verb({"length": SECONDS}),
    "Gather": Verb(
        {
            "input": "dtmf",
            "action": URL,
            "method": POST,
            "timeout": SECONDS,
            "numDigits": r"\d{1,2}",
            "finishOnKey": r"[0-9*#]?",
            "actionOnEmptyResult": BOOL,
        },
        children=frozenset({"Say", "Play", "Pause"}),
    ),
    "Redirect": Verb({"method": POST}, text=URL),
    "Hangup": Verb(),
    "Leave": Verb(),
    "Enqueue": Verb(
        {"action": URL, "method": POST, "waitUrl": URL, "waitUrlMethod": POST, "maxQueueSize": "1000"}, text=True
    ),
    "Dial": Verb(
        {
            "action": URL,
            "method": POST,
            "timeout": SECONDS,
            "timeLimit": SECONDS,
            "callerId": r"\+\d{6,15}",
            "answerOnBridge": BOOL,
            "record": "do-not-record",
        },
        children=frozenset({"Number", "Conference"}),
    ),
    "Number": Verb({"url": URL, "method": POST}, text=True),
    "Conference": Verb(
        {
            "startConferenceOnEnter": BOOL,
            "endConferenceOnExit": BOOL,
            "muted": BOOL,
            "beep": "false",
            "record": "do-not-record",
            "waitUrl": "",
            "statusCallback": CALLBACK,
            "statusCallbackMethod": POST,
            "statusCallbackEvent": r"[a-z ]+",
        },
        text=True,
    ),
}
#: What a document of the waiting room may hold.
WAITING_ROOM = frozenset({"Play", "Say", "Pause", "Gather", "Leave", "Redirect", "Hangup"})


def validate(document: str, allowed: frozenset[str] | None = None) -> ET.Element:
    """The parsed document. Raises AssertionError where the carrier would refuse or ignore something."""
    assert len(document.encode()) < 64 * 1024
    root = ET.fromstring(document)  # noqa: S314 - our own document
    assert root.tag == "Response"
    _check(root)
    if allowed is not None:
        assert {child.tag for child in root} <= allowed
    return root


def _check(element: ET.Element) -> None:
    verb = TABLE[element.tag]
    for name, value in element.attrib.items():
        assert re.fullmatch(verb.attributes[name], value), (element.tag, name)
    assert verb.text or not (element.text or "").strip(), element.tag
    assert not verb.text or (element.text or "").strip(), element.tag
    assert not isinstance(verb.text, str) or re.fullmatch(verb.text, element.text or ""), element.tag
    for child in element:
        assert child.tag in verb.children, (element.tag, child.tag)
        assert not (child.tail or "").strip()
        _check(child)
