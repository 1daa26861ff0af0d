"""Tables of the telephone edge; imported by this room alone."""

from hotline.models.call_backs import CALLER, HERS, CallBack
from hotline.models.calls import (
    BROWSER,
    CALL_IN,
    COACH,
    FALLBACK,
    GUEST,
    INTERPRETER,
    LISTENER,
    TRIAL,
    Call,
    Heard,
    Leg,
)
from hotline.models.contacts import Contact, Conversation, Draft, Message
from hotline.models.days import CountedDay, Unexplained
from hotline.models.inbox import Conflict, InboxEntry, Quarantined, StatusEvent
from hotline.models.listening import ListeningConsent
from hotline.models.recordings import Recording
from hotline.models.sends import Attempt, Permit, Send
from hotline.models.silence import SilentLine
from hotline.models.steps_out import StepOut

__all__ = [
    "BROWSER",
    "CALLER",
    "CALL_IN",
    "COACH",
    "FALLBACK",
    "GUEST",
    "HERS",
    "INTERPRETER",
    "LISTENER",
    "TRIAL",
    "Attempt",
    "Call",
    "CallBack",
    "Conflict",
    "Contact",
    "Conversation",
    "CountedDay",
    "Draft",
    "Heard",
    "InboxEntry",
    "Leg",
    "ListeningConsent",
    "Message",
    "Permit",
    "Quarantined",
    "Recording",
    "Send",
    "SilentLine",
    "StatusEvent",
    "StepOut",
    "Unexplained",
]
