"""Sends: rows that say what is to be asked of the carrier, for whom, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from core.actor import Actor
from core.clock import after, koza_now
from core.clock import now as database_now
from core.crypto import keyring_of
from core.ids import new_id
from hotline.models import Contact, Leg, Send
from hotline.queries.lines import sender_number

ADDRESS_INDEX = "phone"
#: A command to a running call is pointless after this many seconds.
COMMAND_S = 30
Moment = datetime | ColumnElement[datetime]


@dataclass(frozen=True, slots=True)
class Owner:
    """The upper room's row that a send belongs to; sends of an older epoch are cancelled together."""

    kind: str
    ref: str
    epoch: int = 0


def address_index(session: Session, e164: str) -> bytes:
    """The blind index of a telephone number, the same in every room."""
    return keyring_of(session).blind_index(ADDRESS_INDEX, e164)


def new_send(
    session: Session,
    *,
    centre_id: UUID,
    medium: str,
    owner: Owner,
    address: str,
    not_after: Moment,
    not_before: Moment | None = None,
    body: str | None = None,
    leg_id: UUID | None = None,
    command: dict[str, Any] | None = None,
    permit_id: UUID | None = None,
    public: bool = False,
    data_key_id: UUID | None = None,
    reply_code: str | None = None,
    from_number: str | None = None,
) -> Send:
    """Write one send down. It is claimed when ``not_before`` has come, and never after ``not_after``."""
    send = Send(
        id=new_id(),
        centre_id=centre_id,
        medium=medium,
        public=public,
        owner_kind=owner.kind,
        owner_ref=owner.ref,
        epoch=owner.epoch,
        address_index=address_index(session, address),
        from_number=from_number or sender_number(session, centre_id),
        leg_id=leg_id,
        command=command,
        permit_id=permit_id,
        not_before=koza_now() if not_before is None else not_before,
        not_after=not_after,
        data_key_id=data_key_id,
        reply_code=reply_code,
    )
    send.address = address
    send.body = body
    session.add(send)
    session.flush()
    return send


def page_text(
    session: Session,
    _actor: Actor,
    centre_id: UUID,
    address: str,
    ref: str,
    epoch: int,
    body: str,
    *,
    not_after: Moment,
    owner_kind: str = "page",
    reply_code: str | None = None,
) -> UUID:
    """Text a member of staff; ``body`` holds a code and neutral letters alone. Returns the send's id."""
    send = new_send(
        session,
        centre_id=centre_id,
        medium="sms",
        owner=Owner(owner_kind, ref, epoch),
        address=address,
        body=body,
        not_after=not_after,
        reply_code=reply_code,
    )
    return send.id


def command_call(session: Session, contact: Contact, call_sid: str, do: str, path: str | None = None) -> None:
    """Redirect (to ``path``) or end a running call; may be repeated without harm."""
    new_send(
        session,
        centre_id=contact.centre_id,
        medium="command",
        owner=Owner("call", str(contact.id)),
        address=call_sid,
        command={"call_sid": call_sid, "do": do, "path": path},
        not_after=after(COMMAND_S),
        data_key_id=contact.data_key_id,
    )


def recall_redirects(session: Session, contact: Contact) -> None:
    """She is where she belongs: no redirect that has not left may take her out of it again."""
    withdraw(
        session,
        Send.owner_kind == "call",
        Send.owner_ref == str(contact.id),
        Send.command["do"].astext == "redirect",
    )


def end_leg(session: Session, leg: Leg) -> None:
    """End the telephone of a leg, wherever it is; nothing happens when the carrier has not told us its SID."""
    if leg.carrier_sid is None or leg.ended_at is not None:
        return
    new_send(
        session,
        centre_id=leg.centre_id,
        medium="command",
        owner=Owner("leg", str(leg.id)),
        address=leg.carrier_sid,
        command={"call_sid": leg.carrier_sid, "do": "end", "path": None},
        not_after=after(COMMAND_S),
        data_key_id=leg.data_key_id,
    )


def withdraw(session: Session, *wanted: ColumnElement[bool]) -> list[Send]:
    """Cancel the wanted sends that nobody has asked the carrier for, and return them.

    One that is being asked for at this moment cannot be called back; it is marked, so that it is not tried again.
    One statement, because the state may change between two.
    """
    changed = session.scalars(
        update(Send)
        .where(*wanted, Send.state.in_(("waiting", "claimed", "unknown")))
        .values(cancelled_at=koza_now(), state=case((Send.state == "waiting", "cancelled"), else_=Send.state))
        .returning(Send)
        .execution_options(synchronize_session=False, populate_existing=True),
    ).all()
    return [send for send in changed if send.state == "cancelled"]


def part_with(session: Session, legs: Sequence[Leg], prompt: str) -> None:
    """Let telephones of staff go: one that was not dialled yet never rings, any other is ended.

    Whoever answers in the meantime hears ``prompt``.
    """
    if legs:
        # The send before the leg, as the sender locks them.
        never = withdraw(session, Send.leg_id.in_([leg.id for leg in legs]))
        _end_legs(session, legs, prompt, {send.leg_id for send in never})


def _end_legs(session: Session, legs: Sequence[Leg], prompt: str, never: set[UUID | None]) -> None:
    for leg in legs:
        leg.next = {"do": "dismiss", "prompt": prompt}
        if leg.id in never:
            leg.status, leg.ended_at = "cancelled", database_now(session)
        else:
            end_leg(session, leg)
    session.flush()


def cancel_sends(session: Session, owner_kind: str, owner_ref: str, before_epoch: int) -> int:
    """Cancel what an owner has not sent yet in older epochs, and end its telephones that still ring.

    Returns how many waiting sends were cancelled. What the carrier already has cannot be called back: a phone that
    rings is ended, and who answers meanwhile hears that it is taken.
    """
    owned = (Send.owner_kind == owner_kind, Send.owner_ref == owner_ref, Send.epoch < before_epoch)
    ringing = session.scalars(
        select(Leg)
        .join(Send, Send.id == Leg.send_id)
        .where(*owned, Leg.ended_at.is_(None), Leg.joined_at.is_(None), Leg.answered_at.is_(None)),
    ).all()
    cancelled = withdraw(session, *owned)
    _end_legs(session, ringing, "taken", {send.leg_id for send in cancelled})
    return len(cancelled)


__all__ = [
    "ADDRESS_INDEX",
    "Moment",
    "Owner",
    "address_index",
    "cancel_sends",
    "command_call",
    "end_leg",
    "new_send",
    "page_text",
    "part_with",
    "recall_redirects",
    "withdraw",
]
