"""Facts of the intake, for the rooms above."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.facts import Fact


@dataclass(frozen=True)
class IntakeOpened(Fact):
    """A draft was made, at the first ring or text."""

    intake_id: UUID
    level: int


@dataclass(frozen=True)
class LevelRaised(Fact):
    """A level became more urgent (a smaller number); ``rule`` is the code of what fired."""

    intake_id: UUID
    level: int
    rule: str


@dataclass(frozen=True)
class LevelLowered(Fact):
    """A person made a level less urgent, with a written reason."""

    intake_id: UUID
    level: int
    rule: str


@dataclass(frozen=True)
class WishesChanged(Fact):
    """What she asks of the person who answers: her language, a woman, or whoever is there."""

    intake_id: UUID
    language: str | None
    wants_woman: bool
    #: She said that it need not be a woman.
    anybody_may_answer: bool = False


@dataclass(frozen=True)
class NoisesHeard(Fact):
    """What somebody hears beside her, by the codes of the catalogue with commas between them."""

    intake_id: UUID
    heard: str
    account_id: UUID | None


@dataclass(frozen=True)
class IntakeTriaged(Fact):
    """A person has decided how urgent it is."""

    intake_id: UUID
    level: int
    rule: str
    account_id: UUID | None


@dataclass(frozen=True)
class IntakeClosed(Fact):
    """The record is complete; ``outcome`` is its code."""

    intake_id: UUID
    outcome: str
    account_id: UUID | None


@dataclass(frozen=True)
class IntakeLinked(Fact):
    """A case was opened from it, or it belongs to one that exists."""

    intake_id: UUID
    case_id: UUID


@dataclass(frozen=True)
class SafeContactChanged(Fact):
    """How she may be reached is no longer what it was; every permit for her address was taken back."""

    intake_id: UUID | None
    why: str


@dataclass(frozen=True)
class CallbackPlanned(Fact):
    """Her call ended unanswered and she agreed to be called: somebody is to call her back in her safe window."""


@dataclass(frozen=True)
class CallbackOver(Fact):
    """She need not be called back any more. ``why``: answered, or refused (what was agreed forbids it now)."""

    why: str


@dataclass(frozen=True)
class CallbackDue(Fact):
    """The moment at which she was to be contacted again has come."""

    intake_id: UUID


@dataclass(frozen=True)
class IdentityChecked(Fact):
    """Somebody made sure who speaks in this contact; ``how`` is a code."""

    intake_id: UUID
    account_id: UUID | None
    how: str


@dataclass(frozen=True)
class IdentityWithdrawn(Fact):
    """Who speaks in this contact is no longer sure."""

    intake_id: UUID
    account_id: UUID | None


@dataclass(frozen=True)
class OtherPartySuspected(Fact):
    """Whoever speaks in this contact may be the other party."""

    intake_id: UUID
    account_id: UUID | None


@dataclass(frozen=True)
class CallerMarked(Fact):
    """Somebody said who calls; ``kind`` is a code of the catalogue or of the form, empty where it was taken back."""

    intake_id: UUID
    account_id: UUID | None
    kind: str


@dataclass(frozen=True)
class OtherPartyCleared(Fact):
    """That it may be the other party was an error."""

    intake_id: UUID
    account_id: UUID | None


@dataclass(frozen=True)
class EmergencyCallNoted(Fact):
    """112 was called about her, on a telephone that is none of ours; ``account_id`` called, where it was one of us."""

    intake_id: UUID
    call_id: UUID
    account_id: UUID | None
    outcome: str


@dataclass(frozen=True)
class ReportDutyOpened(Fact):
    """Somebody has to say whether this is to be reported; ``basis`` is a code, and nobody where it began by itself."""

    intake_id: UUID
    duty_id: UUID
    basis: str
    account_id: UUID | None


@dataclass(frozen=True)
class ReportDutyDecided(Fact):
    """What was decided about it. ``over``: nothing is waited for any more, since it left or there is no duty."""

    intake_id: UUID
    duty_id: UUID
    decision: str
    authority: str
    over: bool
    account_id: UUID | None


@dataclass(frozen=True)
class ConsentRecorded(Fact):
    """She agreed that somebody may be told of her; ``recipient`` is a code."""

    intake_id: UUID
    consent_id: UUID
    recipient: str
    account_id: UUID | None


@dataclass(frozen=True)
class ConsentWithdrawn(Fact):
    """Nobody is told any more on that consent; ``why`` is a code."""

    intake_id: UUID
    consent_id: UUID
    recipient: str
    why: str
    account_id: UUID | None


@dataclass(frozen=True)
class PersonsMerged(Fact):
    """Somebody confirmed that this record and another are one woman's."""

    intake_id: UUID
    merge_id: UUID
    account_id: UUID | None


@dataclass(frozen=True)
class PersonsParted(Fact):
    """That they were one woman's was taken back: each is read by itself again."""

    intake_id: UUID
    merge_id: UUID
    account_id: UUID | None
