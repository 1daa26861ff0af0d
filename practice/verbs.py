"""The verbs and nouns of TwiML that the exchange executes, with Twilio's defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Say:
    """Speak a sentence."""

    text: str
    voice: str = ""
    language: str = ""
    loop: int = 1


@dataclass(frozen=True, kw_only=True)
class Play:
    """Play a recording, or send tones."""

    text: str
    loop: int = 1
    digits: str = ""


@dataclass(frozen=True, kw_only=True)
class Pause:
    """Wait in silence."""

    length: int = 1


Prompt = Say | Play | Pause


@dataclass(frozen=True, kw_only=True)
class Gather:
    """Collect keys while prompts play."""

    prompts: tuple[Prompt, ...] = ()
    input: str = "dtmf"
    action: str | None = None
    method: str = "POST"
    timeout: int = 5
    finish_on_key: str = "#"
    num_digits: int | None = None
    action_on_empty_result: bool = False


@dataclass(frozen=True, kw_only=True)
class Redirect:
    """Go on with another document."""

    text: str
    method: str = "POST"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A leg to dial: Number, Client or Sip."""

    kind: Literal["number", "client", "sip"] = "number"
    text: str
    url: str | None = None
    method: str = "POST"
    send_digits: str = ""
    username: str = ""
    password: str = ""
    status_callback: str | None = None
    status_callback_method: str = "POST"
    status_callback_event: frozenset[str] = frozenset({"completed"})


@dataclass(frozen=True, kw_only=True)
class ConferenceNoun:
    """The conference to join and how."""

    text: str
    muted: bool = False
    beep: str = "true"
    start_conference_on_enter: bool = True
    end_conference_on_exit: bool = False
    participant_label: str = ""
    wait_url: str | None = None
    wait_method: str = "POST"
    max_participants: int = 250
    record: str = "do-not-record"
    coach: str | None = None
    status_callback: str | None = None
    status_callback_method: str = "POST"
    status_callback_event: frozenset[str] = frozenset()
    region: str = ""
    jitter_buffer_size: str = "large"


@dataclass(frozen=True, kw_only=True)
class QueueNoun:
    """The queue whose first caller is to be connected."""

    text: str
    url: str | None = None
    method: str = "POST"


@dataclass(frozen=True, kw_only=True)
class Dial:
    """Connect the call with endpoints, a conference or a queue."""

    endpoints: tuple[Endpoint, ...] = ()
    conference: ConferenceNoun | None = None
    queue: QueueNoun | None = None
    action: str | None = None
    method: str = "POST"
    timeout: int = 30
    hangup_on_star: bool = False
    time_limit: int = 14_400
    caller_id: str | None = None
    record: str = "do-not-record"
    answer_on_bridge: bool = False
    ring_tone: str = ""


@dataclass(frozen=True, kw_only=True)
class Enqueue:
    """Put the call into a queue."""

    text: str
    action: str | None = None
    method: str = "POST"
    wait_url: str | None = None
    wait_url_method: str = "POST"
    max_queue_size: int | None = None


@dataclass(frozen=True, kw_only=True)
class Leave:
    """Leave the queue (in a waitUrl document)."""


@dataclass(frozen=True, kw_only=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True, kw_only=True)
class Reject:
    """Refuse the call without answering it."""

    reason: str = "rejected"


@dataclass(frozen=True, kw_only=True)
class Message:
    """Answer a text."""

    text: str
    to: str | None = None
    from_: str | None = None
    action: str | None = None
    method: str = "POST"
    status_callback: str | None = None


Verb = Say | Play | Pause | Gather | Redirect | Dial | Enqueue | Leave | Hangup | Reject | Message
Document = tuple[Verb, ...]
