"""A reply that is not yet sent: kept for its author through a reload, a crash and a sign-out."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.ids import new_id
from hotline.models import Contact, Draft


def keep_draft(session: Session, author_id: UUID, contact_id: UUID, text: str) -> None:
    """Keep what ``author_id`` has written so far; nothing but blanks is no draft."""
    if not text.strip():
        drop_draft(session, author_id, contact_id)
        return
    contact = session.get_one(Contact, contact_id)
    # Two windows of one person may bring the first words in the same moment.
    row = {"id": new_id(), "contact_id": contact_id, "author_id": author_id, "data_key_id": contact.data_key_id}
    session.execute(insert(Draft).values(row).on_conflict_do_nothing())
    mine = select(Draft).where(Draft.contact_id == contact_id, Draft.author_id == author_id).with_for_update()
    draft = session.scalars(mine.execution_options(populate_existing=True)).one()
    draft.body = text
    session.flush()


def drop_draft(session: Session, author_id: UUID, contact_id: UUID) -> None:
    """It was sent, or thrown away."""
    session.execute(delete(Draft).where(Draft.contact_id == contact_id, Draft.author_id == author_id))
