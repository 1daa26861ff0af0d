"""The calls to 112 about a contact."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.access import allowed
from intake.models import EmergencyCall, Intake
from staff.scope import Scope


@dataclass(frozen=True, slots=True)
class EmergencyCallView:
    """One call to 112, opened for whoever reads the intake."""

    id: UUID
    caller_id: UUID | None
    telephone: str
    called_at: datetime
    outcome: str
    which: str = field(repr=False)
    reference: str = field(repr=False)
    words: str = field(repr=False)


def emergency_calls(session: Session, scope: Scope, contact_id: UUID) -> list[EmergencyCallView]:
    """The calls to 112 about a contact, in order; none for who may not read its intake."""
    rows = session.scalars(
        select(EmergencyCall)
        .join(Intake, Intake.id == EmergencyCall.intake_id)
        .where(EmergencyCall.contact_id == contact_id, allowed(scope))
        .order_by(EmergencyCall.called_at, EmergencyCall.created_at),
    )
    return [
        EmergencyCallView(
            row.id,
            row.caller_id,
            row.telephone,
            row.called_at,
            row.outcome,
            row.which or "",
            row.reference or "",
            row.words or "",
        )
        for row in rows
    ]


__all__ = ["EmergencyCallView", "emergency_calls"]
