"""What was kept aside at the door for a person to look at."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.clock import after
from hotline.models import Conflict, Quarantined


@dataclass(frozen=True, slots=True)
class KeptAside:
    """How many webhooks: with another body under a known SID, and for numbers that are not ours."""

    conflicts: int
    quarantined: int


def kept_aside(session: Session, within_s: float) -> KeptAside:
    """The webhooks that were kept aside within so many seconds. Unscoped: such a one belongs to no centre."""
    since = after(-within_s)
    conflicts = select(func.count()).select_from(Conflict).where(Conflict.received_at > since)
    quarantined = select(func.count()).select_from(Quarantined).where(Quarantined.received_at > since)
    return KeptAside(session.execute(conflicts).scalar_one(), session.execute(quarantined).scalar_one())
