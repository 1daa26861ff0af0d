"""Reads of the telephone edge."""

from hotline.queries.aside import SetAside, set_aside
from hotline.queries.contacts import (
    ContactView,
    EarlierContact,
    MessageView,
    address_of,
    by_carrier_sid,
    contact,
    contact_of_message,
    contacts,
    earlier_contacts,
    message_text,
    messages,
    story,
)
from hotline.queries.lines import NoSenderError, sender_number
from hotline.queries.sends import AttemptView, attempts_of

__all__ = [
    "AttemptView",
    "ContactView",
    "EarlierContact",
    "MessageView",
    "NoSenderError",
    "SetAside",
    "address_of",
    "attempts_of",
    "by_carrier_sid",
    "contact",
    "contact_of_message",
    "contacts",
    "earlier_contacts",
    "message_text",
    "messages",
    "sender_number",
    "set_aside",
    "story",
]
