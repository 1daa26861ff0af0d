"""Lines that are too quiet to be well, as long as nobody has reached them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.models import Contact, SilentLine


@dataclass(frozen=True, slots=True)
class SilentRow:
    """A line and the moment of its last call or text."""

    line_id: UUID
    since: datetime


def silent_lines(session: Session) -> list[SilentRow]:
    """The silent lines; who has reached one since it was noted has ended that. Unscoped: it tells of nobody."""
    reached = select(Contact.id).where(
        Contact.line_id == SilentLine.line_id,
        func.coalesce(Contact.last_inbound_at, Contact.received_at) > SilentLine.since,
    )
    rows = session.execute(
        select(SilentLine.line_id, SilentLine.since).where(~reached.exists()).order_by(SilentLine.since),
    )
    return [SilentRow(*row) for row in rows]


__all__ = ["SilentRow", "silent_lines"]
