"""Reads of the intake. Lists and views are scoped; the neutral columns of a board row are read by contact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from core.clock import after, koza_now
from core.facts import is_new
from core.statements import Read, Row
from hotline.queries.reach import reach
from intake.access import KIND, allowed, unread_by
from intake.callers import roles_with
from intake.codes import is_referral
from intake.emergency import CALLED_112
from intake.models import Intake, Person, SafeContact
from intake.queries.callbacks import asked_agreed_to_calls, callbacks_now, open_callbacks
from intake.queries.consents import ConsentView, consents_of
from intake.queries.emergency import EmergencyCallView, emergency_calls
from intake.queries.informants import KeptApart, informant_of
from intake.queries.merges import MergeView, merges_of
from intake.queries.report_duty import ReportDutyView, report_duties_of, waiting_report_duties
from intake.queries.screenings import ScreeningView, screenings
from intake.referrals import may_be_told
from intake.rules import BEFORE_TRIAGE
from staff.scope import Scope

#: Where the levels stand in ``session.info`` that this transaction gave.
LEVELS_IN_HAND = "levels_in_hand"


@dataclass(frozen=True, slots=True)
class LevelRow:
    """What a board row says of an intake: nothing that she said."""

    level: int
    rule: str
    ref: str
    intake_id: UUID
    province: str | None
    language: str | None
    state: str
    not_alone: bool
    wants_woman: bool
    #: Somebody of ours has called 112 about her.
    called_112: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class IntakeView:
    """An intake with its secrets opened, for the one who works on it. ``fields`` has every field by name."""

    id: UUID
    ref: str
    contact_id: UUID
    centre_id: UUID
    case_id: UUID | None
    state: str
    level: int
    level_rule: str
    level_by: UUID | None
    version: int
    saved_at: datetime | None
    triaged_at: datetime | None
    closed_at: datetime | None
    #: Its case is under secrecy.
    confidential: bool
    fields: dict[str, Any]
    screenings: tuple[ScreeningView, ...]
    #: Fields that the reader does not read: they stand empty in ``fields``.
    unread: frozenset[str] = frozenset()
    #: Where she was referred: who may be told of her.
    may_be_told: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, repr=False)
class SafeContactView:
    """When and how an address may be reached. The number itself is not here: unmasking is the hotline's."""

    id: UUID
    #: In whose conversation it was agreed.
    intake_id: UUID | None
    call: str
    sms: str
    days: tuple[int, ...]
    from_minute: int | None
    to_minute: int | None
    who_may_answer: str
    code_word_set: bool
    code_word_hint: str
    cover_story: str | None
    on_drop: str
    confirmed_at: datetime | None
    expires_at: datetime | None
    expired: bool
    compromised: bool
    #: Who wrote did not give the agreed answer.
    doubted: bool
    opted_out: bool
    verified_by: UUID | None


#: Columns that the form shows and an autosave may change; secrets among them are opened one by one.
FORM_FIELDS = (
    "safe_to_talk",
    "safe_later",
    "caller_not_alone",
    "language",
    "interpreter_needed",
    "province_code",
    "district",
    "caller_role",
    "contact_class",
    "display_name",
    "age_band",
    "gender",
    "wants_woman",
    "anybody_may_answer",
    "violence_types",
    "relation",
    "happened_when",
    "location_now",
    "location_kept",
    "immediate_danger",
    "heard_words",
    "existing_measure",
    "measure_until",
    "wants",
    "wants_words",
    "actions_taken",
    "police_called_at",
    "police_reference",
    "summary",
    "outcome",
    "next_contact",
    "operator_state",
)


def intakes(scope: Scope) -> Select[*tuple[Any, ...]]:
    """The intakes this reader may see, as neutral columns that higher rooms may join."""
    return select(
        Intake.id.label("intake_id"),
        Intake.ref,
        Intake.contact_id,
        Intake.centre_id,
        Intake.case_id,
        Intake.state,
        Intake.level,
        Intake.level_rule,
        Intake.language,
        Intake.province_code,
        Intake.contact_class,
        Intake.caller_role,
        Intake.outcome,
        Intake.next_contact,
        Intake.created_at,
        Intake.triaged_at,
        Intake.closed_at,
    ).where(allowed(scope))


def routing_columns() -> Select[UUID, int, str | None, bool, bool]:
    """Unscoped (contact_id, level, language, wants_woman, anybody_may_answer), for the router to join."""
    return select(Intake.contact_id, Intake.level, Intake.language, Intake.wants_woman, Intake.anybody_may_answer)


_LEVEL_COLUMNS = (
    Intake.contact_id,
    Intake.level,
    Intake.level_rule,
    Intake.ref,
    Intake.id,
    Intake.province_code,
    Intake.language,
    Intake.state,
    Intake.caller_not_alone,
    Intake.wants_woman,
    Intake.actions_taken.contains([CALLED_112]),
)
# Built once: every text and every unanswered call asks these.
_LEVELS = Read(select(*_LEVEL_COLUMNS).where(Intake.contact_id == any_(bindparam("contact_ids", type_=ARRAY(Uuid())))))
_LEVELS_OF_ONE = Read(select(*_LEVEL_COLUMNS).where(Intake.contact_id == bindparam("contact_id")))


def level_in_hand(session: Session, contact_id: UUID) -> int | None:
    """The level that this very transaction gave a contact: known without asking."""
    given: dict[UUID, int] = session.info.get(LEVELS_IN_HAND, {})
    return given.get(contact_id)


_LEVEL = Read(select(Intake.level).where(Intake.contact_id == bindparam("contact_id")))


def level_of(session: Session, contact_id: UUID) -> int:
    """A contact's level, without asking where this transaction gave it."""
    level = level_in_hand(session, contact_id)
    if level is None and not is_new(session, contact_id):
        found = _LEVEL.first(session, {"contact_id": contact_id}, beside=True)
        level = None if found is None else found.level
    return level or BEFORE_TRIAGE


def levels(session: Session, contact_ids: Sequence[UUID]) -> dict[UUID, LevelRow]:
    """The board's words for these contacts. Unscoped and neutral: the caller has scoped the contacts."""
    rows = _LEVELS.all(session, contact_ids=list(contact_ids))
    return {contact_id: LevelRow(*words) for contact_id, *words in rows}


def asked_level_row(contact_id: UUID) -> tuple[Read, Row]:
    """:func:`levels` of one contact as a read that is asked together with others."""
    return _LEVELS_OF_ONE, {"contact_id": contact_id}


def told_level_row(rows: Sequence[Any]) -> LevelRow | None:
    """What :func:`asked_level_row` found."""
    return next((LevelRow(*words) for _, *words in rows), None)


def intake(session: Session, scope: Scope, intake_id: UUID) -> IntakeView | None:
    """One intake with its secrets opened; None where the reader may not see it."""
    found = session.scalars(select(Intake).where(Intake.id == intake_id, allowed(scope))).one_or_none()
    return _view(session, scope, found) if found is not None else None


def intake_of_contact(session: Session, scope: Scope, contact_id: UUID) -> IntakeView | None:
    """The intake of one contact; None where the reader may not see it."""
    found = session.scalars(select(Intake).where(Intake.contact_id == contact_id, allowed(scope))).one_or_none()
    return _view(session, scope, found) if found is not None else None


def may_write(session: Session, scope: Scope, intake_id: UUID) -> bool:
    """Whether the reader may write in an intake that she sees."""
    found = select(Intake.id).where(Intake.id == intake_id, allowed(scope, "write"))
    return session.execute(found).first() is not None


def intake_by_ref(session: Session, scope: Scope, ref: str) -> UUID | None:
    """The id behind a reference, where the reader may see the record."""
    return session.scalars(select(Intake.id).where(Intake.ref == ref, allowed(scope))).one_or_none()


def _view(session: Session, scope: Scope, found: Intake) -> IntakeView:
    unread = unread_by(session, scope, found)
    fields = {name: None if name in unread else getattr(found, name) for name in FORM_FIELDS}
    fields |= {name: None if name in unread else value for name, value in found.extra.items()}
    fields["level_reason"] = found.level_reason
    return IntakeView(
        id=found.id,
        ref=found.ref,
        contact_id=found.contact_id,
        centre_id=found.centre_id,
        case_id=found.case_id,
        state=found.state,
        level=found.level,
        level_rule=found.level_rule,
        level_by=found.level_by,
        version=found.version,
        saved_at=found.saved_at,
        triaged_at=found.triaged_at,
        closed_at=found.closed_at,
        confidential=found.confidential,
        fields=fields,
        screenings=tuple(screenings(session, found.id)),
        unread=unread,
        may_be_told=may_be_told(session, found) if is_referral(fields) else frozenset(),
    )


def safe_contact_of_contact(session: Session, scope: Scope, contact_id: UUID) -> SafeContactView | None:
    """The agreement that binds this contact's address.

    Raises MissingPermissionError; None where nothing was agreed, where the reader may not see the contact's intake, and
    where somebody else than she calls.
    """
    scope.require("safe_contact.read", KIND)
    known = reach(session, contact_id)
    seen = session.execute(
        select(Intake.caller_role).where(Intake.contact_id == contact_id, allowed(scope))
    ).one_or_none()
    if known is None or known.address_index is None or seen is None:
        return None
    if seen.caller_role in roles_with("not_her"):
        # What somebody else agreed to for a telephone of her own is nothing about this woman.
        return None
    row = session.execute(
        select(SafeContact, (SafeContact.expires_at <= koza_now()).label("expired")).where(
            SafeContact.address_index == known.address_index,
            SafeContact.superseded_at.is_(None),
        ),
    ).one_or_none()
    return _safe_view(row[0], expired=bool(row[1])) if row is not None else None


def _safe_view(found: SafeContact, *, expired: bool) -> SafeContactView:
    return SafeContactView(
        id=found.id,
        intake_id=found.intake_id,
        call=found.call,
        sms=found.sms,
        days=tuple(found.days),
        from_minute=found.from_minute,
        to_minute=found.to_minute,
        who_may_answer=found.who_may_answer or "",
        code_word_set=found.code_word_hash is not None,
        code_word_hint=found.code_word_hint or "",
        cover_story=found.cover_story,
        on_drop=found.on_drop,
        confirmed_at=found.confirmed_at,
        expires_at=found.expires_at,
        expired=expired,
        compromised=found.compromised_at is not None,
        doubted=found.doubted_at is not None,
        opted_out=found.opted_out_at is not None,
        verified_by=found.verified_by,
    )


def people(session: Session, scope: Scope, intake_id: UUID) -> list[tuple[UUID, str, str, str | None, str | None]]:
    """(id, role, name, age band, gender) of the people in an intake that the reader may see."""
    scope.require("person.read", KIND, intake_id)
    rows = session.scalars(
        select(Person)
        .join(Intake, Intake.id == Person.intake_id)
        .where(Person.intake_id == intake_id, allowed(scope))
        .order_by(Person.created_at, Person.id),
    )
    return [(row.id, row.role, row.name or "", row.age_band, row.gender) for row in rows]


def wishes_to_talk(scope: Scope, seconds: int) -> Select[*tuple[Any, ...]]:
    """Contacts of the last ``seconds`` after which whoever had them would like to talk, for the shift lead."""
    return select(Intake.contact_id, Intake.ref).where(
        Intake.operator_state == "needs_debrief", Intake.saved_at > after(-seconds), allowed(scope)
    )


def unfinished(scope: Scope) -> Select[*tuple[Any, ...]]:
    """Intakes that nobody has closed or made a case of, by contact, for whoever may read them."""
    return select(Intake.id, Intake.contact_id, Intake.ref).where(
        Intake.state.not_in(("closed", "escalated")), allowed(scope)
    )


__all__ = [
    "LEVELS_IN_HAND",
    "ConsentView",
    "EmergencyCallView",
    "IntakeView",
    "KeptApart",
    "LevelRow",
    "MergeView",
    "ReportDutyView",
    "SafeContactView",
    "ScreeningView",
    "asked_agreed_to_calls",
    "asked_level_row",
    "callbacks_now",
    "consents_of",
    "emergency_calls",
    "informant_of",
    "intake",
    "intake_by_ref",
    "intake_of_contact",
    "intakes",
    "level_in_hand",
    "level_of",
    "levels",
    "may_write",
    "merges_of",
    "open_callbacks",
    "people",
    "report_duties_of",
    "routing_columns",
    "safe_contact_of_contact",
    "screenings",
    "told_level_row",
    "unfinished",
    "waiting_report_duties",
    "wishes_to_talk",
]
