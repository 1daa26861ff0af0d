"""Strict shapes of the carrier's webhooks, parsed after their signature has been verified.

A signature does not separate fields: the same signature validates a form whose boundaries were moved, so that text a
sender typed becomes a new `From` or a new SID. What stops this is here and in `hotline.seams`: SIDs of an exact shape,
fields that may occur once, addresses of a closed form, what is said twice said alike, and nothing swallowed by a
neighbour. Unknown fields are tolerated, because the carrier adds them without notice, and are kept nowhere but in the
sealed raw form (`raw_form`).
"""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypedDict

from core.phones import Address
from hotline.form_fields import UNKNOWN, Reader, ShapeError, clean_text
from hotline.seams import Form, words_as_signed

MAX_MEDIA: Final = 30

CALL_STATUSES: Final = frozenset(
    {"queued", "initiated", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"}
)
MESSAGE_STATUSES: Final = frozenset(
    {
        "accepted",
        "scheduled",
        "queued",
        "sending",
        "sent",
        "delivered",
        "undelivered",
        "failed",
        "read",
        "partially_delivered",
        "canceled",
        "receiving",
        "received",
    }
)
DIRECTIONS: Final = frozenset({"inbound", "outbound-api", "outbound-dial"})
_BRIDGED: Final = {"true": True, "false": False}
DIAL_STATUSES: Final = frozenset({"completed", "answered", "busy", "no-answer", "failed", "canceled"})
QUEUE_RESULTS: Final = frozenset(
    {
        "bridged",
        "bridging-in-process",
        "queue-full",
        "redirected",
        "redirected-from-bridged",
        "leave",
        "hangup",
        "error",
        "system-error",
    }
)
CONFERENCE_EVENTS: Final = frozenset(
    {
        "conference-start",
        "conference-end",
        "participant-join",
        "participant-leave",
        "participant-mute",
        "participant-unmute",
        "participant-hold",
        "participant-unhold",
        "participant-modify",
        "participant-speech-start",
        "participant-speech-stop",
        "announcement-end",
        "announcement-fail",
    }
)

_DIGITS_SHAPE: Final = re.compile(r"[0-9*#wW]{0,32}")
_NAME_SHAPE: Final = re.compile(r"[A-Za-z0-9_.:-]{1,128}")


class _CallFields(TypedDict):
    call_sid: str
    account_sid: str
    status: str
    raw_status: str
    direction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    call_sid: str
    account_sid: str
    status: str
    raw_status: str
    direction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceArrival(_Call):
    """The first webhook of a call."""

    #: The other party's side and ours, as the carrier names them: `caller` is From, `called` is To.
    caller: Address = field(repr=False)
    called: Address = field(repr=False)
    forwarded_from: Address | None = field(repr=False)
    parent_call_sid: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceStep(_Call):
    """A further request for TwiML: keys pressed, a Dial or a queue that ended, a waiting room's poll."""

    digits: str | None = field(repr=False)
    finished_on_key: str | None = field(repr=False)
    dial_status: str | None
    #: Whether the two of a Dial ever spoke: a voicemail that answered is "completed" and not bridged.
    dial_bridged: bool | None
    dial_call_sid: str | None
    dial_seconds: int | None
    queue_result: str | None
    queue_seconds: int | None
    #: What answered a call for which a machine was looked for: human, machine_start, fax, unknown.
    answered_by: str | None

    @property
    def key(self) -> str | None:
        """The one key of a menu: the first digit pressed, or the key that finished an empty entry."""
        pressed = (self.digits or "") or (self.finished_on_key or "")
        return pressed[:1] or None

    @property
    def talked(self) -> bool:
        """Whether somebody of the Dial that ended talked with the caller. A person passed the screen, or is assumed."""
        return self.dial_status in {"completed", "answered"} and self.dial_bridged is not False


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceStatus(_Call):
    """A status callback of a call; `sequence` orders those of one leg where the carrier gives it."""

    parent_call_sid: str | None
    sequence: int | None
    timestamp: datetime | None
    seconds: int | None
    sip_code: int | None
    error_code: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceEvent:
    """An event of a talking room. `name` is the name we gave it, which never holds anything personal."""

    conference_sid: str
    account_sid: str
    name: str
    event: str
    raw_event: str
    call_sid: str | None
    sequence: int | None
    timestamp: datetime | None
    label: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Media:
    """One attachment as announced; nothing has been fetched."""

    url: str = field(repr=False)
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsArrival:
    """An inbound message. `body` is what she wrote; only what a database cannot hold has been taken out of it."""

    message_sid: str
    account_sid: str
    sender: Address = field(repr=False)
    recipient: Address = field(repr=False)
    body: str = field(repr=False)
    media: tuple[Media, ...]
    media_count: int
    segments: int | None
    opt_out: str | None
    messaging_service_sid: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsStatus:
    """A status callback of a message that we sent."""

    message_sid: str
    account_sid: str
    sender: Address = field(repr=False)
    recipient: Address = field(repr=False)
    status: str
    raw_status: str
    error_code: int | None


def voice_arrival(form: Form) -> VoiceArrival:
    """Raises ShapeError."""
    read = Reader(form)
    forwarded = read.text("ForwardedFrom")
    return VoiceArrival(
        **_call(read),
        caller=read.address("From"),
        called=read.our_address("To"),
        forwarded_from=read.address("ForwardedFrom") if forwarded else None,
        parent_call_sid=read.sid("ParentCallSid"),
    )


def voice_step(form: Form) -> VoiceStep:
    """Raises ShapeError."""
    read = Reader(form)
    return VoiceStep(
        **_call(read),
        digits=read.shaped("Digits", _DIGITS_SHAPE),
        finished_on_key=read.shaped("FinishedOnKey", _DIGITS_SHAPE),
        dial_status=read.word_of("DialCallStatus", DIAL_STATUSES),
        dial_bridged=_BRIDGED.get((read.text("DialBridged") or "").lower()),
        dial_call_sid=read.sid("DialCallSid"),
        dial_seconds=read.count("DialCallDuration"),
        queue_result=read.word_of("QueueResult", QUEUE_RESULTS),
        queue_seconds=read.count("QueueTime"),
        answered_by=read.raw_word("AnsweredBy") or None,
    )


def voice_status(form: Form) -> VoiceStatus:
    """Raises ShapeError."""
    read = Reader(form)
    return VoiceStatus(
        **_call(read),
        parent_call_sid=read.sid("ParentCallSid"),
        sequence=read.count("SequenceNumber"),
        timestamp=read.timestamp("Timestamp"),
        seconds=read.count("CallDuration"),
        sip_code=read.count("SipResponseCode"),
        error_code=read.count("ErrorCode"),
    )


def conference_event(form: Form) -> ConferenceEvent:
    """Raises ShapeError."""
    read = Reader(form)
    name = read.shaped("FriendlyName", _NAME_SHAPE)
    if name is None:
        raise ShapeError("missing", "FriendlyName")
    return ConferenceEvent(
        conference_sid=read.required_sid("ConferenceSid"),
        account_sid=read.required_sid("AccountSid"),
        name=name,
        event=read.word_of("StatusCallbackEvent", CONFERENCE_EVENTS) or UNKNOWN,
        raw_event=read.raw_word("StatusCallbackEvent"),
        call_sid=read.sid("CallSid"),
        sequence=read.count("SequenceNumber"),
        timestamp=read.timestamp("Timestamp"),
        label=read.shaped("ParticipantLabel", _NAME_SHAPE),
        reason=read.raw_word("ReasonConferenceEnded") or None,
    )


def sms_arrival(form: Form) -> SmsArrival:
    """Raises ShapeError. A text has always a sender; a withheld one would merge all such people into one thread."""
    read = Reader(form)
    count = read.count("NumMedia") or 0
    message_sid = _message_sid(read)
    sender, recipient = read.address("From", required=True), read.our_address("To", required=True)
    if not words_as_signed(form):
        raise ShapeError("recut", "Body")
    return SmsArrival(
        message_sid=message_sid,
        account_sid=read.required_sid("AccountSid"),
        sender=sender,
        recipient=recipient,
        body=read.body("Body"),
        media=tuple(_media(read, number) for number in range(min(count, MAX_MEDIA))),
        media_count=count,
        segments=read.count("NumSegments"),
        opt_out=read.word_of("OptOutType", frozenset({"STOP", "START", "HELP"})),
        messaging_service_sid=read.sid("MessagingServiceSid"),
    )


def sms_status(form: Form) -> SmsStatus:
    """Raises ShapeError. The read receipt of a chat channel comes as an event beside the status."""
    read = Reader(form)
    raw = read.raw_word("MessageStatus") or read.raw_word("SmsStatus")
    if not raw:
        raise ShapeError("missing", "MessageStatus")
    if read.raw_word("EventType").upper() == "READ":
        raw = "read"
    return SmsStatus(
        message_sid=_message_sid(read),
        account_sid=read.required_sid("AccountSid"),
        sender=read.address("From"),
        recipient=read.address("To"),
        status=raw.lower() if raw.lower() in MESSAGE_STATUSES else UNKNOWN,
        raw_status=raw,
        error_code=read.count("ErrorCode"),
    )


def raw_form(form: Form) -> str:
    """The whole form as JSON for the sealed inbox: every field, also those that no shape knows.

    Keys are sorted, so that two deliveries of one event compare equal. U+0000 is taken out (no database text holds
    it), and lone surrogates are replaced.
    """
    cleaned = {clean_text(name): [clean_text(value) for value in values] for name, values in form.items()}
    return json.dumps(cleaned, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _message_sid(read: Reader) -> str:
    read.same("MessageSid", "SmsSid", "SmsMessageSid")
    return read.required_sid("MessageSid")


def _call(read: Reader) -> _CallFields:
    read.same("From", "Caller")
    read.same("To", "Called")
    # Known by its SID, a call's later requests need not be read for who called whom; their shape holds all the same.
    read.address_text("From")
    read.address_text("To")
    return {
        "call_sid": read.required_sid("CallSid"),
        "account_sid": read.required_sid("AccountSid"),
        "status": read.word_of("CallStatus", CALL_STATUSES) or UNKNOWN,
        "raw_status": read.raw_word("CallStatus"),
        "direction": read.word_of("Direction", DIRECTIONS) or UNKNOWN,
    }


def _media(read: Reader, number: int) -> Media:
    return Media(read.text(f"MediaUrl{number}") or "", (read.text(f"MediaContentType{number}") or "")[:100].lower())
