"""Decisions that the law asks of the institution, written down."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import now
from staff.models.law import MATTERS, LawDecision
from staff.rules import ISTANBUL


class DecisionError(Exception):
    """A decision cannot be written down. ``reason``: matter, empty, future."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def record_decision(
    session: Session, actor: Actor, matter: str, *, decision: str, decided_by: str, reference: str, decided_on: date
) -> UUID:
    """Write down what the institution decided; audited. Earlier decisions of the matter stay and no longer hold.

    Raises :class:`DecisionError`.
    """
    if matter not in MATTERS:
        raise DecisionError("matter")
    texts = [text.strip() for text in (decision, decided_by, reference)]
    if not all(texts):
        raise DecisionError("empty")
    if decided_on > now(session).astimezone(ISTANBUL).date():
        raise DecisionError("future")
    row = LawDecision(matter=matter, decision=texts[0], decided_by=texts[1], reference=texts[2], decided_on=decided_on)
    session.add(row)
    session.flush()
    record(
        session, actor, "law_decided", "law_decision", row.id, None, matter=matter, decided_on=decided_on.isoformat()
    )
    return row.id
