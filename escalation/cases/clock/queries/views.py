"""What readers of the clock get."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from core.catalogue import Label
from escalation.cases.clock.reckoning import Step


@dataclass(frozen=True, slots=True)
class Counted:
    """How many there are, as far as was counted: from ``most`` on the number only says that there are so many."""

    number: int
    most: int

    def __str__(self) -> str:
        """As it is shown: 12, or 99+ where it was counted to a hundred."""
        return f"{self.most - 1}+" if self.number >= self.most else str(self.number)


@dataclass(frozen=True, slots=True)
class ReadingView:
    """One reading of a period, with the steps that led there and what each stands on."""

    basis: str
    legal_day: date | None
    legal_at: datetime | None
    safe_at: datetime | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class DeadlineView:
    """A period as its readers see it; ``readings`` begins with the one that drives the reminders."""

    id: UUID
    rule: str
    title: Label
    mark: str
    source: str
    #: ``hers``: what protects her; ``theirs``: what the other side may still do.
    whose: str
    subject_kind: str
    subject_id: UUID
    part: str
    case_id: UUID
    centre_id: UUID
    state: str
    legal_day: date | None
    legal_at: datetime | None
    unrolled_at: datetime | None
    safe_at: datetime | None
    duty_court: bool
    opened_at: datetime
    closed_at: datetime | None
    closed_act: str | None
    readings: tuple[ReadingView, ...]


@dataclass(frozen=True, slots=True)
class ReminderView:
    """A reminder that waits for an acknowledgement, or will be told."""

    id: UUID
    deadline_id: UUID
    case_id: UUID
    rule: str
    key: str
    state: str
    at: datetime
    step: int
    told_at: datetime | None
    snoozes: int
    acknowledged_by: UUID | None
    legal_at: datetime | None
    safe_at: datetime | None


@dataclass(frozen=True, slots=True)
class TickView:
    """Something that ends before the next working day."""

    id: UUID
    deadline_id: UUID
    case_id: UUID
    rule: str
    day: date
    next_working_day: date
    unrolled_at: datetime | None
    ticked_at: datetime | None
    ticked_by: UUID | None
    escalated_at: datetime | None
    #: What was done, as a code, and in words where the code does not say it.
    done: str | None = None
    words: str | None = None
    #: False where the act was recorded meanwhile: nothing is left to be ticked off.
    live: bool = True
    title: Label | None = None
    case_ref: str = ""
    safe_at: datetime | None = None
    subject_kind: str = ""
    subject_id: UUID | None = None
    #: For who reads the case itself and not the register alone.
    reads_case: bool = False
    writes: bool = False


@dataclass(frozen=True, slots=True)
class DueView:
    """A period of which somebody is reminded, with the reminders that were told and not ended."""

    deadline: DeadlineView
    case_ref: str
    owner_id: UUID | None
    #: For who reads the case itself and not the register alone.
    reads_case: bool
    writes: bool
    reminders: tuple[ReminderView, ...]
    #: Whether one of them waits for this reader.
    mine: bool


@dataclass(frozen=True, slots=True)
class May:
    """What a reader may do with a period she sees."""

    writes: bool
