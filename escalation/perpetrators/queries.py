"""Reads of perpetrator files, for their own unit and the director."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, select
from sqlalchemy.orm import Session

from core.ids import parse_reference
from escalation.perpetrators import rules
from escalation.perpetrators.models import PerpetratorFile
from staff.scope import Scope

KIND = "perpetrator"


@dataclass(frozen=True, slots=True, repr=False)
class FileView:
    """One file with its name opened. The link to the other side is not here."""

    id: UUID
    ref: str
    centre_id: UUID
    origin: str
    state: str
    owner_id: UUID
    display_name: str
    opened_at: datetime
    closed_at: datetime | None


def readable(scope: Scope) -> ColumnElement[bool]:
    """The condition under which this reader reads a file; never for somebody of the survivor's side."""
    if not scope.is_system and not rules.on_perpetrators_side(scope.permissions):
        return false()
    return scope.where(
        KIND,
        centre=PerpetratorFile.centre_id.expression,
        subject_id=PerpetratorFile.id.expression,
    )


def files(scope: Scope) -> Select[*tuple[Any, ...]]:
    """The files this reader sees, as neutral named columns."""
    return select(
        PerpetratorFile.id,
        PerpetratorFile.ref,
        PerpetratorFile.centre_id,
        PerpetratorFile.origin,
        PerpetratorFile.state,
        PerpetratorFile.owner_id,
        PerpetratorFile.opened_at,
        PerpetratorFile.closed_at,
    ).where(readable(scope))


def file(session: Session, scope: Scope, wanted: UUID | str) -> FileView | None:
    """One file by id or reference; ``None`` where the reader may not know of it. The caller audits the reading."""
    by = PerpetratorFile.id == wanted if isinstance(wanted, UUID) else PerpetratorFile.ref == parse_reference(wanted)
    found = session.scalars(select(PerpetratorFile).where(by, readable(scope))).one_or_none()
    if found is None:
        return None
    return FileView(
        id=found.id,
        ref=found.ref,
        centre_id=found.centre_id,
        origin=found.origin,
        state=found.state,
        owner_id=found.owner_id,
        display_name=found.display_name or "",
        opened_at=found.opened_at,
        closed_at=found.closed_at,
    )


def linked_case(session: Session, scope: Scope, file_id: UUID) -> UUID | None:
    """The case on the other side. Only ``perpetrator.link`` (lawyers, the director) may follow it.

    Raises MissingPermissionError for anybody else, OutOfScopeError for a file of another centre; the caller audits.
    """
    scope.require("perpetrator.link", KIND, file_id)
    found = session.scalars(
        select(PerpetratorFile).where(
            PerpetratorFile.id == file_id,
            scope.where(
                KIND,
                act="link",
                centre=PerpetratorFile.centre_id.expression,
                subject_id=PerpetratorFile.id.expression,
            ),
        ),
    ).one_or_none()
    if found is None:
        raise scope.out_of_scope(KIND, file_id)
    return UUID(found.linked_case) if found.linked_case else None
