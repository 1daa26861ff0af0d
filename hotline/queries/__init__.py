"""Reads of the telephone edge."""

from hotline.queries.aside import SetAside, set_aside
from hotline.queries.call_backs import CallBackView, call_back, call_backs_of, nobody_is_sure, people_calling
from hotline.queries.contacts import (
    ContactView,
    EarlierContact,
    MessageView,
    address_of,
    by_carrier_sid,
    contact,
    contact_of_message,
    contacts,
    draft_of,
    earlier_contacts,
    heard,
    message_text,
    messages,
    spoke_with,
    story,
)
from hotline.queries.inbox import KeptAside, kept_aside
from hotline.queries.lines import NoSenderError, sender_number
from hotline.queries.sends import AttemptView, attempts_of
from hotline.queries.together import (
    KeyQuestionView,
    OtherView,
    VoiceView,
    key_questions,
    led_out_for,
    others_with_her,
    telephone_with_her,
    voice_of,
)
from hotline.queries.trials import FirstCall, TrialCall, last_call, last_trial, text_with

__all__ = [
    "AttemptView",
    "CallBackView",
    "ContactView",
    "EarlierContact",
    "FirstCall",
    "KeptAside",
    "KeyQuestionView",
    "MessageView",
    "NoSenderError",
    "OtherView",
    "SetAside",
    "TrialCall",
    "VoiceView",
    "address_of",
    "attempts_of",
    "by_carrier_sid",
    "call_back",
    "call_backs_of",
    "contact",
    "contact_of_message",
    "contacts",
    "draft_of",
    "earlier_contacts",
    "heard",
    "kept_aside",
    "key_questions",
    "last_call",
    "last_trial",
    "led_out_for",
    "message_text",
    "messages",
    "nobody_is_sure",
    "others_with_her",
    "people_calling",
    "sender_number",
    "set_aside",
    "spoke_with",
    "story",
    "telephone_with_her",
    "text_with",
    "voice_of",
]
