"""Tell the screens that a contact changed."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from core.outbox import publish
from hotline.models import Contact
from staff import queries as staff_queries

TOPIC = "contact"


def announce(session: Session, contact: Contact) -> None:
    """Publish a change of ``contact`` to every centre that answers its line, once in a transaction.

    Once is enough: the relay draws the row after the commit, as it then stands.
    """
    announce_new(session, contact.id, contact.centre_id, contact.line_id)


def announce_new(session: Session, contact_id: UUID, centre_id: UUID, line_id: UUID) -> None:
    """As :func:`announce`, for a contact that was written without the mapper."""
    told = session.info.setdefault("told_screens", set())
    if (contact_id, centre_id) in told:
        return
    told.add((contact_id, centre_id))
    publish(session, dict.fromkeys([centre_id, *staff_queries.answering_centres(session, line_id)]), TOPIC, contact_id)
