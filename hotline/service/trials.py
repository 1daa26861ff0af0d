"""Trial calls to telephones of staff, which show whether a person answers there."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.clock import after
from hotline.models import CALL_IN, TRIAL, Leg, Send
from hotline.service.legs import TRIAL_S, call_staff
from hotline.service.sending import Owner


def try_telephone(
    session: Session, _actor: Actor, centre_id: UUID, account_id: UUID, address: str, ref: str, *, language: str = "tr"
) -> UUID:
    """Ring a telephone of staff and ask whoever answers to press 1: a machine answers too. Returns leg."""
    leg = call_staff(
        session,
        centre_id=centre_id,
        account_id=account_id,
        address=address,
        purpose=TRIAL,
        owner=Owner(TRIAL, ref),
        script={},
        not_after=after(TRIAL_S),
        language=language,
    )
    return leg.id


def on_the_line(session: Session, account_id: UUID) -> bool:
    """Whether a telephone of hers that we rang is in a call."""
    talks = select(Leg.id).where(
        Leg.account_id == account_id,
        Leg.purpose != CALL_IN,
        Leg.answered_at.is_not(None),
        Leg.ended_at.is_(None),
    )
    return session.execute(talks.limit(1)).first() is not None


def rung_address(session: Session, leg_id: UUID) -> str | None:
    """Which telephone a leg rang, or rang us; None where its number is not kept any more, or it showed none."""
    leg = session.get_one(Leg, leg_id)
    return leg.address if leg.send_id is None else session.get_one(Send, leg.send_id).address


__all__ = ["on_the_line", "rung_address", "try_telephone"]
