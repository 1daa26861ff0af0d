"""Back into the talking room, for who has her and whose line dropped or whose browser died."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.ids import new_id
from hotline.models import Leg, Send
from hotline.service.calls import connect
from hotline.service.guests import NotHersError
from hotline.service.holding import hold
from hotline.service.sending import part_with


def ring_again(
    session: Session, actor: Actor, contact_id: UUID, account_id: UUID, address: str, *, hint: dict[str, Any]
) -> None:
    """Ring who has her again, for the room where she is; nothing happens while that very telephone is there, or rings.

    Another one of that person's is let go: a tab that died keeps its place in the room until the carrier notices.
    Nothing of it moves the caller. She is alone meanwhile, and her clock of that runs as ever. Raises
    :class:`NotHersError`, also when her call is over, and :class:`NotACallError`.
    """
    contact, call, _ = hold(session, contact_id)
    if contact.owner_id != account_id or call.ended_at is not None:
        raise NotHersError
    mine = (Leg.contact_id == contact_id, Leg.account_id == account_id, Leg.ended_at.is_(None), Leg.purpose != "page")
    legs = session.scalars(select(Leg).where(*mine)).all()
    sends = session.scalars(select(Send).where(Send.leg_id.in_([leg.id for leg in legs]))).all()
    if any(send.address == address for send in sends):
        return
    part_with(session, legs, "goodbye")
    connect(session, actor, contact_id, account_id, address, str(new_id()), hint=hint)


__all__ = ["ring_again"]
