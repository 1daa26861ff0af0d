"""How the requests to the carrier went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.models import Attempt, Send


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One request to the carrier as screens and the API show it."""

    medium: str
    state: str
    carrier_sid: str | None
    error_code: int | None
    at: datetime


def attempts_of(session: Session, owner_kind: str, owner_refs: list[str]) -> list[AttemptView]:
    """The requests made for an owner's rows, oldest first; for a caller who already knows the reader may see them."""
    rows = session.execute(
        select(
            Attempt.medium,
            Attempt.state,
            Attempt.status,
            Attempt.carrier_sid,
            Attempt.error_code,
            Attempt.started_at,
        )
        .join(Send, Send.id == Attempt.send_id)
        .where(Send.owner_kind == owner_kind, Send.owner_ref.in_(owner_refs))
        .order_by(Attempt.started_at),
    )
    return [
        AttemptView(row.medium, row.status or row.state, row.carrier_sid, row.error_code, row.started_at)
        for row in rows
    ]
