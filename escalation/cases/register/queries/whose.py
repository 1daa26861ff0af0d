"""The case that a record of the register is about. A lawyer may read no more of the case."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.cases.models import Case
from escalation.cases.register import access
from staff.scope import Scope


@dataclass(frozen=True, slots=True)
class WhoseRegister:
    """A case by its neutral names."""

    id: UUID
    ref: str
    centre_id: UUID
    confidential: bool


def whose(session: Session, scope: Scope, case_id: UUID) -> WhoseRegister | None:
    """The case whose register the reader reads; ``None`` where she may not know of it."""
    query = select(Case.id, Case.ref, Case.centre_id, Case.confidential)
    row = session.execute(query.where(Case.id == case_id, access.readable(scope))).one_or_none()
    return None if row is None else WhoseRegister(*row)
