"""Tell the screens that a contact changed."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.outbox import publish
from hotline.models import Contact
from staff import queries as staff_queries

TOPIC = "contact"


def announce(session: Session, contact: Contact) -> None:
    """Publish a change of ``contact`` to every centre that answers its line, once in a transaction.

    Once is enough: the relay draws the row after the commit, as it then stands.
    """
    told = session.info.setdefault("told_screens", set())
    if (contact.id, contact.centre_id) in told:
        return
    told.add((contact.id, contact.centre_id))
    centres = dict.fromkeys([contact.centre_id, *staff_queries.answering_centres(session, contact.line_id)])
    publish(session, list(centres), TOPIC, contact.id)
