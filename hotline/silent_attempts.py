"""Requests to the carrier of which nothing is heard: which of them are to be asked about now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.elements import ColumnElement

from core.clock import after, koza_now
from hotline.models import Attempt, Send
from hotline.service.statuses import SILENT_CALL_S, TOGETHER_S

#: Asking harms nobody: a question without an answer, or one for whose answer somebody waits, is asked again so soon.
ASK_AGAIN_S = 5


@dataclass(frozen=True, slots=True)
class Silent:
    """What is needed for the question."""

    id: UUID
    medium: str
    started_at: datetime
    sid: str | None
    from_number: str
    address: str | None = field(repr=False)


def silent_attempts(session: Session, limit: int) -> list[Silent]:
    """Live attempts whose lease is over, or whose telephone is wanted for another call."""
    rows = session.execute(_SILENT.limit(limit))
    return [
        Silent(row.id, row.medium, row.started_at, row.carrier_sid, row.Send.from_number, row.Send.address)
        for row in rows
    ]


def _wanted_again() -> ColumnElement[bool]:
    """Whether an accepted call keeps another one from its telephone: it may be over, and the callback lost."""
    next_one = aliased(Send)
    return and_(
        Attempt.state == "accepted",
        # One that talks with her is asked about every few seconds as it is.
        Attempt.lease_until > after(TOGETHER_S),
        Attempt.lease_until <= after(SILENT_CALL_S - ASK_AGAIN_S),
        exists().where(
            next_one.address_index == Attempt.address_index,
            next_one.medium == Attempt.medium,
            next_one.state == "waiting",
            next_one.not_before <= koza_now(),
            next_one.not_after > koza_now(),
        ),
    )


# Built once: every worker asks each second.
_SILENT = (
    select(Attempt.id, Attempt.medium, Attempt.started_at, Attempt.carrier_sid, Send)
    .join(Send, Send.id == Attempt.send_id)
    .where(Attempt.live, or_(Attempt.lease_until <= koza_now(), _wanted_again()))
    .order_by(Attempt.lease_until)
)


__all__ = ["ASK_AGAIN_S", "Silent", "silent_attempts"]
