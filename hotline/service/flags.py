"""What holds for an address on every line of ours: she asked us to stop writing, or somebody else has her telephone."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.clock import koza_now
from hotline.models import Contact, Conversation


def mark_opted_out(session: Session, contact_id: UUID) -> None:
    """She asked us to stop: every conversation with this contact's address is closed to our texts."""
    _mark(session, contact_id, "opted_out_at")


def mark_compromised(session: Session, contact_id: UUID) -> None:
    """Somebody else may have her telephone: nothing more goes to this contact's address."""
    _mark(session, contact_id, "compromised_at")


def clear_compromised(session: Session, contact_id: UUID) -> None:
    """A person made sure that she has her telephone again."""
    index = select(Contact.address_index).where(Contact.id == contact_id).scalar_subquery()
    session.execute(
        update(Conversation).where(Conversation.address_index == index).values(compromised_at=None),
    )


def keep_secret(session: Session, contact_ids: Collection[UUID]) -> None:
    """The case of these contacts is under secrecy: words and number are for those alone to whom they were given.

    That they came, and whether anybody answers, stays on the board: somebody must see it when she comes again.
    """
    session.execute(update(Contact).where(Contact.id.in_(contact_ids)).values(confidential=True))


def _mark(session: Session, contact_id: UUID, column: str) -> None:
    index = select(Contact.address_index).where(Contact.id == contact_id).scalar_subquery()
    session.execute(
        update(Conversation).where(Conversation.address_index == index).values({column: koza_now()}),
    )
