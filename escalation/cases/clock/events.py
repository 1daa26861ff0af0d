"""Facts of the law's clock, for the rest of the house. The contact is the one that opened the case."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.facts import Fact


@dataclass(frozen=True)
class _OfDeadline(Fact):
    """Something about one period; the subject is what it was opened about."""

    case_id: UUID
    deadline_id: UUID
    rule: str
    subject_kind: str
    subject_id: UUID


@dataclass(frozen=True)
class DeadlineOpened(_OfDeadline):
    """A period runs."""


@dataclass(frozen=True)
class DeadlineClosed(_OfDeadline):
    """A period asks nothing any more. ``state``: met, cancelled, lapsed_confirmed; ``act`` is what was recorded."""

    state: str
    act: str


@dataclass(frozen=True)
class DeadlineUnknown(_OfDeadline):
    """The legal moment went by and nobody knows whether the act was done. Not lapsed: somebody is to ask."""


@dataclass(frozen=True)
class DeadlineMoved(_OfDeadline):
    """The calendar was changed, and a period ends at another moment (ISO 8601 in UTC)."""

    before: str
    after: str


@dataclass(frozen=True)
class ReminderTold(_OfDeadline):
    """A reminder reached a step of its ladder: 0 is the first."""

    reminder_id: UUID
    step: int


@dataclass(frozen=True)
class ReminderAcknowledged(_OfDeadline):
    """Somebody took a reminder on."""

    reminder_id: UUID
    account_id: UUID | None


@dataclass(frozen=True)
class ClosureLate(Fact):
    """Before closed days something was not ticked off in time and went to the director."""

    day: str
    unticked: int
