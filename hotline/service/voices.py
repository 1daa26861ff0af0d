"""Whether she hears a telephone of staff in the talking room.

The wish stands in the leg's row, and what is asked of the carrier is to make it so: a command says no value, it is
read when the command is claimed. So one that comes late, or twice because its answer was lost, does what is wished by
then; and a telephone that enters the room anew enters it as its row says.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.clock import after
from hotline.models import LISTENER, Call, Leg, Send
from hotline.service.board import announce
from hotline.service.holding import NotACallError, hold
from hotline.service.sending import COMMAND_S, Owner, new_send, withdraw

#: What the command is called.
VOICE = "voice"


class NotInTheRoomError(Exception):
    """Her telephone is not in the talking room, so there is no voice to turn on or off."""


def leg_in_room(session: Session, contact_id: UUID, account_id: UUID | None) -> Leg | None:
    """The telephone of this member of staff that is in the talking room with her; never one that listens."""
    mine = (Leg.contact_id == contact_id, Leg.account_id == account_id)
    return session.scalars(
        select(Leg)
        .where(*mine, Leg.purpose != LISTENER, Leg.joined_at.is_not(None), Leg.ended_at.is_(None))
        .order_by(Leg.joined_at.desc())
        .limit(1),
    ).first()


def set_voice(session: Session, _actor: Actor, contact_id: UUID, account_id: UUID, *, muted: bool) -> None:
    """Let her hear this member of staff, or not. Said again it is asked of the carrier again.

    Raises :class:`NotInTheRoomError`, and :class:`NotACallError` for a contact that is no call.
    """
    contact, _, _ = hold(session, contact_id)
    leg = leg_in_room(session, contact_id, account_id)
    if leg is None or leg.carrier_sid is None:
        raise NotInTheRoomError
    withdraw(session, Send.owner_kind == "leg", Send.owner_ref == str(leg.id), Send.command["do"].astext == VOICE)
    leg.muted = muted
    new_send(
        session,
        centre_id=leg.centre_id,
        medium="command",
        owner=Owner("leg", str(leg.id)),
        address=leg.carrier_sid,
        command={"call_sid": leg.carrier_sid, "do": VOICE, "leg": str(leg.id)},
        not_after=after(COMMAND_S),
        data_key_id=leg.data_key_id,
    )
    announce(session, contact)


def as_wished(session: Session, command: dict[str, Any] | None) -> dict[str, Any] | None:
    """A command as it is to be carried out now: one about a voice gets its value and its room."""
    if command is None or command["do"] != VOICE:
        return command
    wanted = select(Leg.muted, Call.conference).join(Call, Call.id == Leg.contact_id)
    row = session.execute(wanted.where(Leg.id == UUID(command["leg"]))).one()
    return {**command, "muted": row.muted, "room": row.conference}


def hold_told(session: Session, command: dict[str, Any] | None) -> None:
    """Lock her call before the rows of a command about a voice, in the order in which everybody comes to them."""
    if command is not None and command["do"] == VOICE:
        contact_id = session.execute(select(Leg.contact_id).where(Leg.id == UUID(command["leg"]))).scalar()
        if contact_id is not None:
            with suppress(NotACallError):
                hold(session, contact_id)


def note_told(session: Session, command: dict[str, Any] | None) -> None:
    """The carrier took a command; screens see from when on a voice is on, or off."""
    if command is None or command["do"] != VOICE:
        return
    leg = session.get_one(Leg, UUID(command["leg"]), with_for_update=True)
    leg.muted_told = bool(command["muted"])
    session.flush()
    if leg.contact_id is not None:
        with suppress(NotACallError):
            announce(session, hold(session, leg.contact_id).contact)


__all__ = ["VOICE", "NotInTheRoomError", "as_wished", "hold_told", "leg_in_room", "note_told", "set_voice"]
