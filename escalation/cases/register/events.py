"""Facts of the register. Whoever keeps deadlines learns from them alone what was decided, when, and what ended.

Facts hold ids, codes and moments: a date is ``YYYY-MM-DD`` in Turkey, a moment is ISO 8601 with its zone, and an empty
string means that nobody knows it. ``contact_id`` is the contact that opened the case, so that the case's story tells
them; ``account_id`` is who wrote it down, ``None`` for the system.

Authorities are ``judge``, ``civil_authority`` and ``police_chief``.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.facts import Fact


@dataclass(frozen=True)
class _OfCase(Fact):
    """Something in the register of a case."""

    case_id: UUID
    account_id: UUID | None


@dataclass(frozen=True)
class ApplicationChanged(_OfCase):
    """An application moved on. ``purpose``: measures, extension, secrecy, monitoring, breach.

    ``state``: draft, approved_by_her, filed, granted, partly_granted, refused, withdrawn. ``filed_at`` is the moment it
    was filed; for an extension ``decision_id`` is the decision that it shall extend.
    """

    application_id: UUID
    purpose: str
    state: str
    filed_at: str
    decision_id: UUID | None


@dataclass(frozen=True)
class MeasureDecided(_OfCase):
    """A judge or a civil authority decided. ``decided_on`` is a date.

    ``first_end`` and ``last_end`` are the earliest and the latest end among its items by the safer reading.
    """

    decision_id: UUID
    authority: str
    decided_on: str
    first_end: str
    last_end: str
    province_code: str


@dataclass(frozen=True)
class UrgentDecisionIssued(_OfCase):
    """A law enforcement chief decided (Art. 3/2, 5/2). ``issued_at`` is a moment, ``approver`` who must approve it.

    ``approver``: ``civil_authority`` (48 hours) or ``judge`` (24 hours). A paper with both kinds of measures is two
    decisions, for their clocks differ.
    """

    decision_id: UUID
    approver: str
    issued_at: str
    province_code: str


@dataclass(frozen=True)
class UrgentDecisionSubmitted(_OfCase):
    """The file reached the authority that approves, at the moment ``submitted_at``."""

    decision_id: UUID
    approver: str
    submitted_at: str


@dataclass(frozen=True)
class ApprovalRecorded(_OfCase):
    """Somebody learned the answer. ``outcome``: approved, refused. ``answered_at`` is a moment, or empty."""

    decision_id: UUID
    outcome: str
    answered_at: str


@dataclass(frozen=True)
class ApprovalUnknown(_OfCase):
    """The legal moment went by and nobody knows an answer. Not lapsed: the authority is to be asked."""

    decision_id: UUID
    approver: str


@dataclass(frozen=True)
class MeasureLapsed(_OfCase):
    """A person confirmed that no approval was given; ``learned_at`` is when the source said so."""

    decision_id: UUID
    learned_at: str


@dataclass(frozen=True)
class MeasurePeriodSet(_OfCase):
    """A measure's period is known or changed: told for each item, again after service, approval or extension.

    ``ends`` follows the item's own ``start_basis``; ``safe_ends`` is the earliest end that any reading gives and drives
    what reminds us. Both are the last day on which it protects; empty: until it is lifted, or not known yet. ``length``
    is what the paper writes, as ``6 months``; empty where it names the last day.
    """

    decision_id: UUID
    item_id: UUID
    code: str
    start_basis: str
    begins: str
    ends: str
    safe_ends: str
    decided_on: str = ""
    length: str = ""


@dataclass(frozen=True)
class ServiceRecorded(_OfCase):
    """Notice reached a ``party`` (protected, perpetrator); ``manner``: served, pronounced."""

    decision_id: UUID
    party: str
    manner: str
    served_on: str


@dataclass(frozen=True)
class ObjectionFiled(_OfCase):
    """An objection was filed (Art. 9). ``party``: protected, perpetrator, ministry, prosecutor."""

    decision_id: UUID
    objection_id: UUID
    party: str
    filed_on: str


@dataclass(frozen=True)
class ObjectionDecided(_OfCase):
    """An objection was ``accepted`` or ``rejected``; it is final."""

    decision_id: UUID
    objection_id: UUID
    outcome: str
    decided_on: str


@dataclass(frozen=True)
class MeasureExtended(_OfCase):
    """A decision was extended; the new periods come as :class:`MeasurePeriodSet`."""

    decision_id: UUID
    decided_on: str
    until: str


@dataclass(frozen=True)
class MeasureModified(_OfCase):
    """Items of a decision were changed; new periods come as :class:`MeasurePeriodSet`, ended ones as item ends."""

    decision_id: UUID
    decided_on: str


@dataclass(frozen=True)
class MeasureItemEnded(_OfCase):
    """One item no longer protects while its decision goes on. ``reason``: refused, modified, lifted, expired."""

    decision_id: UUID
    item_id: UUID
    reason: str
    ended_on: str


@dataclass(frozen=True)
class MeasureEnded(_OfCase):
    """A decision no longer protects. ``reason``: refused, lapsed, lifted, expired, objection."""

    decision_id: UUID
    reason: str
    ended_on: str


@dataclass(frozen=True)
class SecrecyOrdered(_OfCase):
    """Her identity and address are secret from now on (Art. 8/6)."""

    decision_id: UUID


@dataclass(frozen=True)
class BreachRecorded(_OfCase):
    """A measure was breached; ``occurred_at`` is a moment. Reported without delay."""

    breach_id: UUID
    decision_id: UUID
    occurred_at: str


@dataclass(frozen=True)
class BreachFiled(_OfCase):
    """A breach was reported ``filed_with`` the ``prosecutor`` or the ``court``."""

    breach_id: UUID
    decision_id: UUID
    filed_with: str
    filed_on: str


@dataclass(frozen=True)
class BreachDecided(_OfCase):
    """The court refused coercive detention, or decided on an objection. ``outcome``: refused, objected."""

    breach_id: UUID
    decision_id: UUID
    outcome: str
    decided_on: str


@dataclass(frozen=True)
class BreachCalledOff(_OfCase):
    """A breach had been written down by mistake: nothing waits for it any more."""

    breach_id: UUID
    decision_id: UUID


@dataclass(frozen=True)
class DetentionOrdered(_OfCase):
    """The court ordered ``days`` of coercive detention (Art. 13); ``total_days`` are all ordered for this decision."""

    breach_id: UUID
    decision_id: UUID
    days: int
    total_days: int
    ordered_on: str


@dataclass(frozen=True)
class DetentionExecuted(_OfCase):
    """He is or was detained; ``ends_on`` is the day of release: she is warned before it."""

    breach_id: UUID
    decision_id: UUID
    starts_on: str
    ends_on: str


__all__ = [
    "ApplicationChanged",
    "ApprovalRecorded",
    "ApprovalUnknown",
    "BreachCalledOff",
    "BreachDecided",
    "BreachFiled",
    "BreachRecorded",
    "DetentionExecuted",
    "DetentionOrdered",
    "MeasureDecided",
    "MeasureEnded",
    "MeasureExtended",
    "MeasureItemEnded",
    "MeasureLapsed",
    "MeasureModified",
    "MeasurePeriodSet",
    "ObjectionDecided",
    "ObjectionFiled",
    "SecrecyOrdered",
    "ServiceRecorded",
    "UrgentDecisionIssued",
    "UrgentDecisionSubmitted",
]
