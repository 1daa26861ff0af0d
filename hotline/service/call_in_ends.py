"""The end of a telephone that called in: nobody ordered that call, so it has no attempt to which a callback belongs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now as database_now
from hotline.models import CALL_IN, Leg
from hotline.status_rules import call_is_over


def note_over(session: Session, sid: str, told: Callable[[], Sequence[Any]]) -> bool:
    """Apply what the carrier told of a telephone that called in; whether there is one of this SID."""
    row = session.scalars(select(Leg).where(Leg.carrier_sid == sid, Leg.purpose == CALL_IN).with_for_update()).first()
    if row is None:
        return False
    for event in told():
        row.status = event.status
        if call_is_over(event.status) and row.ended_at is None:
            row.ended_at = database_now(session)
    session.flush()
    return True


__all__ = ["note_over"]
