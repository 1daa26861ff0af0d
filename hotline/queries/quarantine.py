"""What was kept aside because it could not be understood."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.models import Quarantined


def quarantined(session: Session) -> int:
    """How many webhooks are in quarantine."""
    return session.scalar(select(func.count()).select_from(Quarantined)) or 0
