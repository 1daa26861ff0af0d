"""Contacts that begin without a call or a text: she is here, or somebody tells of her."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from core.clock import now
from core.facts import report
from core.ids import new_id
from hotline.events import DeskContactOpened
from hotline.models import Contact
from hotline.rules import DESK_CHANNELS
from hotline.service.board import announce
from hotline.service.sending import address_index
from staff import queries as staff_queries


class NoSuchChannelError(ValueError):
    """A contact cannot begin in this way at a desk."""


def open_at_desk(session: Session, centre_id: UUID, account_id: UUID, channel: str) -> UUID:
    """Begin a contact of this very moment that ``account_id`` has. It stands at her centre's first line.

    There is no number, so nothing is ever sent to anybody because of it. Raises :class:`NoSuchChannelError`, and
    LookupError for a centre without a line.
    """
    if channel not in DESK_CHANNELS:
        raise NoSuchChannelError(channel)
    known = staff_queries.lines(session, centre_id=centre_id)
    line = next(iter(sorted(known, key=lambda one: one.centre_id != centre_id)), None)
    if line is None:
        raise LookupError("line")
    moment = now(session)
    contact = Contact(
        id=new_id(),
        centre_id=centre_id,
        line_id=line.id,
        channel=channel,
        carrier_sid="",
        state="in_conversation",
        address_kind="withheld",
        owner_id=account_id,
        received_at=moment,
        answered_at=moment,
    )
    return _begun(session, contact, account_id)


def open_for_number(session: Session, of_contact_id: UUID, account_id: UUID, number: str) -> UUID:
    """Begin a contact for another number that she gave in ``of_contact_id``: on the same line, under the same secrecy.

    Nothing is sent to it because of that: what was agreed about the other number does not count for this one.
    """
    of, moment = session.get_one(Contact, of_contact_id), now(session)
    contact = Contact(
        id=new_id(),
        centre_id=of.centre_id,
        line_id=of.line_id,
        channel="other",
        carrier_sid="",
        state="in_conversation",
        language=of.language,
        address_kind="number",
        address_index=address_index(session, number),
        owner_id=account_id,
        confidential=of.confidential,
        received_at=moment,
        answered_at=moment,
    )
    contact.address = number
    return _begun(session, contact, account_id)


def _begun(session: Session, contact: Contact, account_id: UUID) -> UUID:
    session.add(contact)
    session.flush()
    report(session, DeskContactOpened(contact.id, contact.centre_id, contact.line_id, contact.channel, account_id))
    announce(session, contact)
    return contact.id


__all__ = ["NoSuchChannelError", "open_at_desk", "open_for_number"]
