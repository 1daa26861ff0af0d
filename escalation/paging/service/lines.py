"""Whom there is no safe way to reach is a line of the board for a day: she may call again, and comes before equals.

Her page is closed and calls nobody. The line ends when a person of ours speaks with her, when her next call that ends
unanswered has a page, and a day after her last call.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.due import cancel_due, set_due
from core.statements import among
from escalation.paging import rules
from escalation.paging.models import Page
from escalation.paging.service.moves import LINE, announce


def leave(session: Session, page: Page) -> None:
    """Leave the line of a page that was closed, if she showed her number: else nobody would know that it is she."""
    if page.calls and page.called_at is not None:
        page.stands_until = page.called_at + rules.MAY_CALL_AGAIN
        session.flush()
        set_due(session, LINE, str(page.id), page.stands_until, centre_id=page.centre_id, rank=page.level)


def of_contacts(session: Session, contact_ids: Sequence[UUID]) -> list[UUID]:
    """The lines that stand for these contacts."""
    hers = select(Page.id).where(among(Page.contact_id, contact_ids), Page.stands_until.is_not(None))
    return list(session.scalars(hers))


def take_away(session: Session, page_ids: Sequence[UUID]) -> None:
    """These lines are over."""
    if not page_ids:
        return
    over = session.scalars(
        update(Page)
        .where(among(Page.id, page_ids), Page.stands_until.is_not(None))
        .values(stands_until=None)
        .returning(Page),
        execution_options={"populate_existing": True},
    ).all()
    for page in over:
        cancel_due(session, LINE, str(page.id))
        announce(session, page)


def line_over(session: Session, page_id: UUID) -> None:
    """It is a day since she last called."""
    take_away(session, [page_id])
