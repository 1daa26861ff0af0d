"""What others may be told of her, for whoever may read the intake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import koza_now
from intake.access import allowed
from intake.consents import State, state_of
from intake.identity import not_hers
from intake.models import Consent, Intake
from staff.scope import Scope


@dataclass(frozen=True, slots=True, repr=False)
class ConsentView:
    """One consent with its secrets opened."""

    id: UUID
    state: State
    recipient: str
    told: tuple[str, ...]
    how: str
    given_at: datetime
    until: datetime | None
    words: str
    recorded_by: UUID | None
    withdrawn_at: datetime | None
    withdrawn_by: UUID | None
    withdrawn_why: str
    withdrawn_words: str


def consents_of(session: Session, scope: Scope, contact_id: UUID) -> list[ConsentView]:
    """The consents of a contact whose intake the reader may see, the newest first."""
    hers = not not_hers(session, [contact_id])
    rows = session.execute(
        select(Consent, (Consent.until <= koza_now()).label("over"))
        .join(Intake, Intake.id == Consent.intake_id)
        .where(Intake.contact_id == contact_id, allowed(scope))
        .order_by(Consent.given_at.desc(), Consent.id.desc())
    )
    return [
        ConsentView(
            id=row.id,
            state=state_of(withdrawn=row.withdrawn_at is not None, over=bool(over), hers=hers),
            recipient=row.recipient,
            told=tuple(row.told),
            how=row.how,
            given_at=row.given_at,
            until=row.until,
            words=row.words or "",
            recorded_by=row.recorded_by,
            withdrawn_at=row.withdrawn_at,
            withdrawn_by=row.withdrawn_by,
            withdrawn_why=row.withdrawn_why or "",
            withdrawn_words=row.withdrawn_words or "",
        )
        for row, over in rows
    ]


__all__ = ["ConsentView", "consents_of"]
