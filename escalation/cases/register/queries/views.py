"""What readers of the register get: records with their sealed words opened, without any table behind them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from escalation.cases.register.catalogues import Measure
from escalation.cases.register.rules import decisions

#: The measure that makes her identity and address secret (Law 6284, Art. 8/6), as applications ask for it.
SECRECY: Final = "c8_6"


@dataclass(frozen=True, slots=True, repr=False)
class ItemView:
    """A measure of a decision, in the wording with which it was entered."""

    id: UUID
    measure: Measure
    detail: str | None
    start_basis: str
    begins: date | None
    ends: date | None
    safe_ends: date | None
    ended_on: date | None
    end_reason: str | None


@dataclass(frozen=True, slots=True, repr=False)
class ApprovalView:
    """The approval of an urgent decision, and how its answer became known."""

    state: str
    submitted_at: datetime | None
    answered_at: datetime | None
    source: str | None
    learned_at: datetime | None
    told_by: UUID | None


@dataclass(frozen=True, slots=True)
class NoticeView:
    """Service of notice, or a pronouncement."""

    party: str
    manner: str
    served_on: date


@dataclass(frozen=True, slots=True, repr=False)
class ObjectionView:
    """An objection."""

    id: UUID
    party: str
    state: str
    filed_on: date
    decided_on: date | None
    docket: str | None


@dataclass(frozen=True, slots=True, repr=False)
class ChangeView:
    """An extension, modification or lifting."""

    kind: str
    decided_on: date
    until: date | None
    docket: str | None
    number: str | None
    document_id: UUID | None


@dataclass(frozen=True, slots=True, repr=False)
class DecisionView:
    """A decision with everything that belongs to it."""

    id: UUID
    case_id: UUID
    application_id: UUID | None
    authority_id: UUID
    authority: str
    authority_kind: str
    province_code: str
    state: str
    #: The moves that its machine allows now.
    possible: tuple[str, ...]
    decided_on: date
    issued_at: datetime | None
    approver: str | None
    docket: str | None
    number: str | None
    protected: str | None
    against: str | None
    document_id: UUID | None
    first_end: date | None
    last_end: date | None
    ended_on: date | None
    end_reason: str | None
    approval: ApprovalView | None
    items: tuple[ItemView, ...]
    notices: tuple[NoticeView, ...]
    objections: tuple[ObjectionView, ...]
    changes: tuple[ChangeView, ...]

    @property
    def in_force(self) -> bool:
        """Whether it protects, as far as the register knows."""
        return self.state in decisions.IN_FORCE

    @property
    def live(self) -> tuple[ItemView, ...]:
        """The items that nothing has ended."""
        return tuple(item for item in self.items if item.ended_on is None)

    @property
    def served(self) -> bool:
        """Whether he was served, or the decision pronounced in his presence."""
        return any(notice.party == "perpetrator" for notice in self.notices)


@dataclass(frozen=True, slots=True, repr=False)
class ApplicationView:
    """An application with what it asks for."""

    id: UUID
    case_id: UUID
    purpose: str
    state: str
    possible: tuple[str, ...]
    codes: tuple[str, ...]
    authority_id: UUID | None
    about_id: UUID | None
    secrecy_asked: bool
    statement: str | None
    docket: str | None
    made_by: UUID | None
    made_at: datetime
    approved_at: datetime | None
    approval_manner: str | None
    filed_at: datetime | None
    answered_on: date | None
    withdrawn_at: datetime | None
    withdrawal: str | None

    @property
    def asks_secrecy(self) -> bool:
        """Whether secrecy was asked for in it, and still is; a refused one is answered, and may be asked again."""
        asks = self.secrecy_asked or self.purpose == "secrecy" or SECRECY in self.codes
        return asks and self.state not in ("withdrawn", "refused")


@dataclass(frozen=True, slots=True, repr=False)
class BreachView:
    """A breach and the detention that answered it."""

    id: UUID
    decision_id: UUID
    codes: tuple[str, ...]
    state: str
    possible: tuple[str, ...]
    occurred_at: datetime
    account: str | None
    filed_with: str | None
    filed_on: date | None
    letter: str | None
    docket: str | None
    number: str | None
    decided_on: date | None
    days: int | None
    objected_on: date | None
    starts_on: date | None
    ends_on: date | None
    #: That it was written down by mistake: when that was said, by whom and why.
    called_off_at: datetime | None
    called_off_by: UUID | None
    called_off_reason: str | None


@dataclass(frozen=True, slots=True, repr=False)
class DocumentView:
    """A paper without its content."""

    id: UUID
    title: str | None
    media_type: str
    size: int
    sha256: str
    added_by: UUID | None
    added_at: datetime


@dataclass(frozen=True, slots=True)
class AuthorityView:
    """A public body that decides."""

    id: UUID
    kind: str
    province_code: str
    title: str
