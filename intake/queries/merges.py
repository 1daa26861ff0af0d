"""What somebody said of two records being one woman's, for whoever may read both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from intake.access import allowed
from intake.models import Intake, Merge
from staff.scope import Scope


@dataclass(frozen=True, slots=True, repr=False)
class MergeView:
    """One such word with its secrets opened, as it is read from one of the two; the other is ``other_…``."""

    id: UUID
    other_ref: str
    other_contact_id: UUID
    proposed_by: UUID | None
    proposed_at: datetime
    proposal: str
    confirmed_by: UUID | None
    confirmed_at: datetime | None
    reason: str


def merges_of(session: Session, scope: Scope, intake_id: UUID) -> list[MergeView]:
    """What stands of an intake that the caller read, oldest first; nothing of a record that the reader may not read."""
    rows = session.execute(
        select(Merge, Intake.ref, Intake.contact_id)
        .join(
            Intake,
            or_(Merge.first_id == Intake.id, Merge.second_id == Intake.id) & (Intake.id != intake_id),
        )
        .where(
            or_(Merge.first_id == intake_id, Merge.second_id == intake_id),
            Merge.ended_at.is_(None),
            allowed(scope),
        )
        .order_by(Merge.proposed_at, Merge.id)
    )
    return [
        MergeView(
            id=row.id,
            other_ref=ref,
            other_contact_id=contact_id,
            proposed_by=row.proposed_by,
            proposed_at=row.proposed_at,
            proposal=row.proposal or "",
            confirmed_by=row.confirmed_by,
            confirmed_at=row.confirmed_at,
            reason=row.reason or "",
        )
        for row, ref, contact_id in rows
    ]


__all__ = ["MergeView", "merges_of"]
