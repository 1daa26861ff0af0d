"""What this room does when a time has come."""

from __future__ import annotations

from core.due import DueHandlers
from staff.night_acts import EXPIRY_DUE, REVIEW_DUE, expire_act, remind_review


def register(due: DueHandlers) -> None:
    """Register this room's due handlers."""
    due.on(EXPIRY_DUE, expire_act)
    due.on(REVIEW_DUE, remind_review)
