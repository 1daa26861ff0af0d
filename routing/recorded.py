"""What was written down of a call's way through the router, for its replay; the caller has checked the reader."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.models import Considered, Offer
from routing.replay import OfferMade, Thought


@dataclass(frozen=True, slots=True)
class Recorded:
    """Every offer, and who was thought of with each round, in their order."""

    offers: tuple[OfferMade, ...]
    thoughts: tuple[Thought, ...]


def recorded(session: Session, contact_id: UUID) -> Recorded:
    """The offers and rounds of one contact."""
    offers = session.execute(
        select(
            Offer.account_id,
            Offer.medium,
            Offer.round,
            Offer.wave,
            Offer.made_at,
            Offer.state,
            Offer.until,
            Offer.answered_at,
        )
        .where(Offer.contact_id == contact_id)
        .order_by(Offer.made_at, Offer.id)
    )
    rounds = session.execute(
        select(Considered.at, Considered.round, Considered.wave, Considered.people)
        .where(Considered.contact_id == contact_id)
        .order_by(Considered.number)
    )
    return Recorded(tuple(OfferMade(*row) for row in offers), tuple(Thought(*row) for row in rounds))


__all__ = ["Recorded", "recorded"]
