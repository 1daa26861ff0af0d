"""Leave to send to the public. Rows are made here and asked for by the gate of the room above alone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from core.clock import koza_now
from core.ids import new_id
from hotline.models import Contact, Permit, Send
from hotline.service.call_backs import stop_call_backs
from hotline.service.sending import withdraw
from hotline.service.statuses import report_send
from hotline.service.texts import note_message


class NoAddressError(Exception):
    """She showed no address to which anything could be sent."""


def give_permit(session: Session, contact_id: UUID, channel: str, reason: str, valid_until: datetime) -> UUID:
    """Write a permit for one address and channel down; returns its id. Raises :class:`NoAddressError`."""
    contact = session.get_one(Contact, contact_id)
    if contact.address_index is None:
        raise NoAddressError
    permit = Permit(
        id=new_id(),
        contact_id=contact_id,
        address_index=contact.address_index,
        channel=channel,
        reason=reason,
        valid_until=valid_until,
    )
    session.add(permit)
    session.flush()
    return permit.id


def revoke_permits(session: Session, contact_id: UUID, channel: str | None = None, *, reason: str | None = None) -> int:
    """Take back every permit for her address, and cancel what still waits under one; returns how many permits.

    ``reason``: only those that were given for it.
    """
    contact = session.get_one(Contact, contact_id)
    if contact.address_index is not None and reason is None:
        stop_call_backs(session, contact.address_index)
    wanted = update(Permit).where(Permit.address_index == contact.address_index, Permit.revoked_at.is_(None))
    if channel is not None:
        wanted = wanted.where(Permit.channel == channel)
    if reason is not None:
        wanted = wanted.where(Permit.reason == reason)
    revoked = session.scalars(wanted.values(revoked_at=koza_now()).returning(Permit.id)).all()
    for send in withdraw(session, Send.permit_id.in_(revoked)) if revoked else ():
        note_message(session, send, "cancelled")
        report_send(session, send, "cancelled")
    return len(revoked)
