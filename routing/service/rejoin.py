"""Her telephone dropped out of a talk: it rings again for the caller whom she has, or who waits again by now."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from core.actor import Actor
from hotline import service as hotline
from routing.models import Queued
from routing.service.accept import accept, own_telephone
from routing.service.offers import OPEN
from routing.service.whisper import whisper


def rejoin(session: Session, actor: Actor, contact_id: UUID, account_id: UUID) -> bool:
    """Bring her back to the caller with whom she was; False where somebody else has taken her meanwhile.

    Raises as :func:`routing.service.accept`, and as :func:`hotline.service.ring_again`.
    """
    row = session.get(Queued, contact_id)
    if row is None:
        raise hotline.NotHersError
    if row.state in OPEN:
        return accept(session, actor, contact_id, account_id).won
    address = own_telephone(session, account_id)
    hotline.ring_again(session, actor, contact_id, account_id, address, hint=whisper(session, row))
    return True


__all__ = ["rejoin"]
