"""That somebody else told of her, without who: for whoever may read the intake."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.access import allowed
from intake.models import Informant, Intake
from staff.scope import Scope


@dataclass(frozen=True, slots=True)
class KeptApart:
    """What is kept, and not what it says."""

    relation: str
    anonymous: bool
    has_name: bool
    has_number: bool
    has_words: bool


def informant_of(session: Session, scope: Scope, intake_id: UUID) -> KeptApart | None:
    """What is kept of who told of her; None where nothing is, or the reader may not read the intake."""
    row = session.execute(
        select(
            Informant.relation,
            Informant.anonymous,
            Informant.name_sealed.is_not(None),  # type: ignore[attr-defined]
            Informant.number_sealed.is_not(None),  # type: ignore[attr-defined]
            Informant.words_sealed.is_not(None),  # type: ignore[attr-defined]
        )
        .join(Intake, Intake.id == Informant.intake_id)
        .where(Informant.intake_id == intake_id, allowed(scope))
    ).one_or_none()
    return KeptApart(row[0] or "", *row[1:]) if row is not None else None


__all__ = ["KeptApart", "informant_of"]
