"""What a telephone of staff is told of her before a key is pressed: enough to decide, and nothing that names her."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from core.statements import read_together
from intake import queries as intake_queries
from routing.models import Queued
from staff import queries as staff_queries


def whisper(session: Session, row: Queued) -> dict[str, Any]:
    """Level, language, whether she was cut off, and the province that she told.

    Never the centre's own: that would be said as hers, and a national line or a woman who fled is answered elsewhere
    than where help is needed.
    """
    (told,) = read_together(session, intake_queries.asked_level_row(row.contact_id))
    about = intake_queries.told_level_row(told)
    code = None if about is None else about.province
    return {
        "level": row.level,
        "language": row.language or "tr",
        "returned": row.returned,
        "province": staff_queries.province_name(session, code) if code else None,
    }


__all__ = ["whisper"]
