"""Decisions that the law asks of the institution."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from staff.models.law import MATTERS, LawDecision


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """The decision that holds."""

    matter: str
    decision: str
    decided_by: str
    reference: str
    decided_on: date


def law_decisions(session: Session) -> dict[str, DecisionRow | None]:
    """Every matter with the decision that holds; None where nobody has decided."""
    rows = session.execute(
        select(
            LawDecision.matter,
            LawDecision.decision,
            LawDecision.decided_by,
            LawDecision.reference,
            LawDecision.decided_on,
        ).order_by(LawDecision.recorded_at, LawDecision.id)
    )
    # Few rows, and the newest of a matter comes last.
    found = {row.matter: DecisionRow(*row) for row in rows}
    return {matter: found.get(matter) for matter in MATTERS}
