"""What happened to staff, for the rooms above."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.facts import Fact


@dataclass(frozen=True)
class AccountDisabled(Fact):
    """An account may no longer act; what it was assigned needs another person."""

    account_id: UUID


@dataclass(frozen=True)
class SessionsEnded(Fact):
    """No browser is signed in to this account any more: she is not at a screen of ours."""

    account_id: UUID


@dataclass(frozen=True)
class ContactPointSuspected(Fact):
    """A telephone of a member of staff did not answer, bounced or opted out; pages must take another way."""

    account_id: UUID
    contact_point_id: UUID
    reason: str


@dataclass(frozen=True)
class ListeningForbidden(Fact):
    """Nobody may listen to the conversations of a line any more."""

    line_id: UUID


@dataclass(frozen=True)
class Barred(Fact):
    """Somebody was kept from this contact for good."""

    account_id: UUID


@dataclass(frozen=True)
class NightActTaken(Fact):
    """A four-eyes act was taken by one person alone; it is reviewed the next morning."""

    act_id: UUID
    act: str
    account_id: UUID


@dataclass(frozen=True)
class NightActReviewDue(Fact):
    """The morning has come and nobody has reviewed a one-person act yet."""

    act_id: UUID
    act: str
