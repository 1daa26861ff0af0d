"""What was asked for the level, and what was answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.models import Screening


@dataclass(frozen=True, slots=True)
class ScreeningView:
    """One set of answers, and the rule that fired on it."""

    id: UUID
    answers: dict[str, Any]
    catalogue_version: int
    level: int | None
    rule: str
    at: datetime
    superseded: bool


def screenings(session: Session, intake_id: UUID) -> list[ScreeningView]:
    """The sets of answers, newest first; unscoped, for whoever already read the intake."""
    rows = session.scalars(
        select(Screening).where(Screening.intake_id == intake_id).order_by(Screening.at.desc(), Screening.id.desc()),
    ).all()
    replaced = {row.supersedes_id for row in rows}
    return [
        ScreeningView(row.id, row.answers, row.catalogue_version, row.level, row.rule, row.at, row.id in replaced)
        for row in rows
    ]
