"""Facts of cases, for the rooms above. The contact is the one that opened the case."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.facts import Fact


@dataclass(frozen=True)
class CaseOpened(Fact):
    """A case was opened from an intake."""

    case_id: UUID
    intake_id: UUID
    account_id: UUID | None


@dataclass(frozen=True)
class CaseStateChanged(Fact):
    """A case moved on; ``reason`` is the code of a closure, else empty."""

    case_id: UUID
    before: str
    after: str
    reason: str


@dataclass(frozen=True)
class CaseOwnerChanged(Fact):
    """Somebody else is responsible for a case."""

    case_id: UUID
    account_id: UUID


@dataclass(frozen=True)
class TaskOverdue(Fact):
    """Something that had to be done about a case was not done in its time."""

    case_id: UUID
    task_id: UUID
    assignee_id: UUID | None
