"""What was set aside because it belongs to nobody here, or contradicts what is known."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.models import Conflict, Quarantined


@dataclass(frozen=True, slots=True)
class SetAside:
    """How many webhooks of the last 30 days wait for a person to look at them."""

    quarantined: int
    conflicts: int


def set_aside(session: Session) -> SetAside:
    """Counts alone: what is set aside belongs to no centre yet, so no scope reads more of it."""
    counts = [select(func.count()).select_from(table).scalar_subquery() for table in (Quarantined, Conflict)]
    return SetAside(*session.execute(select(*counts)).one())
