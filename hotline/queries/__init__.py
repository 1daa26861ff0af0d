"""Reads of the telephone edge."""

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
from hotline.queries.quarantine import quarantined
from hotline.queries.sends import AttemptView, attempts_of

__all__ = [
    "AttemptView",
    "ContactView",
    "EarlierContact",
    "MessageView",
    "NoSenderError",
    "address_of",
    "attempts_of",
    "by_carrier_sid",
    "contact",
    "contact_of_message",
    "contacts",
    "earlier_contacts",
    "message_text",
    "messages",
    "quarantined",
    "sender_number",
    "story",
]
