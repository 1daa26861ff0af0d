"""The night card: what who has her on the line reads of her case, for as long as that lasts and a little longer.

It is no way into the case. A grant of its own kind, ``night_card``, opens the card alone, to one person, and ends by
itself: each reading during the contact gives it for half an hour, and none gives it for longer than half an hour after
the end. It needs a contact in which somebody made sure who speaks. A bar and secrecy win: then there is no card, and
nothing tells that there could be one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import AuditEntry, record
from core.clock import now as database_now
from escalation.cases import rules
from escalation.cases.models import Case, CaseContact
from escalation.cases.service import CaseError, announce, held
from hotline.queries import ContactView
from hotline.queries.reach import contacts_of_address, reach
from intake.identity import identity_of, not_hers
from staff import service as staff_service
from staff.scope import Scope

#: The kind of its grants; the subject is the case.
CARD = "night_card"
READ = "night_card_read"
#: Her screen asks again and again while it is open: within this time that is one reading.
_ONE_READING_S = 600
_LISTED = 20
LONGEST_LINE = 500


@dataclass(frozen=True, slots=True, repr=False)
class NightCard:
    """What the card says of the case itself; ``line`` is its owner's word to whoever takes her call."""

    case_id: UUID
    ref: str
    centre_id: UUID
    contact_id: UUID | None
    owner_id: UUID | None
    level: int
    line: str
    line_by: UUID | None
    line_at: datetime | None
    until: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """Somebody read a card, and when last."""

    account_id: UUID
    at: datetime


def set_night_line(session: Session, actor: Actor, scope: Scope, case_id: UUID, line: str) -> None:
    """What who takes her call must know; empty takes it off the card. Raises as :func:`service.held`, CaseError."""
    case = held(session, scope, case_id)
    words = line.strip()
    if len(words) > LONGEST_LINE:
        raise CaseError("line_too_long")
    if words == (case.night_line or ""):
        # It stands as it was written, by whom and when.
        return
    case.night_line = words or None
    case.night_line_by, case.night_line_at = actor.id, database_now(session)
    session.flush()
    record(session, actor, "night_line_set", "case", case.id, case.centre_id, empty=not words)
    announce(session, case)


def read_card(session: Session, scope: Scope, contact: ContactView) -> NightCard | None:
    """The card of her case for who has her now; that it was read is written down. ``None`` where there is none for her.

    The caller has made sure that the reader works on the contact.
    """
    if scope.account_id is None or not rules.on_survivors_side(scope.permissions):
        return None
    if not identity_of(session, contact.id).checked:
        return None
    moment = database_now(session)
    until = rules.card_until(rules.over_at(contact.channel, contact.ended, contact.last_inbound_at, moment), moment)
    case = _hers(session, scope, contact) if until is not None else None
    if case is None or until is None:
        return None
    if not _given(session, scope, case) or not _just_read(session, scope.account_id, case.id, moment):
        _give(session, scope, case, scope.account_id, contact.id, until)
    if not _given(session, scope, case):
        return None
    return NightCard(
        case_id=case.id,
        ref=case.ref,
        centre_id=case.centre_id,
        contact_id=case.contact_id,
        owner_id=case.owner_id,
        level=case.level,
        line=case.night_line or "",
        line_by=case.night_line_by,
        line_at=case.night_line_at,
        until=until,
    )


def _given(session: Session, scope: Scope, case: Case) -> bool:
    """By a grant to her alone: that her role reads every case of the centre is no card."""
    return scope.reaches(session, "case", case.id, case.centre_id, subject_kind=CARD, restricted=True)


def _give(session: Session, scope: Scope, case: Case, account_id: UUID, contact_id: UUID, until: datetime) -> None:
    staff_service.grant(
        session,
        scope.actor,
        subject_kind=CARD,
        subject_id=case.id,
        grantee_kind="staff",
        grantee_id=account_id,
        reason="night_card",
        until=until,
        centre_id=case.centre_id,
    )
    record(session, scope.actor, READ, "case", case.id, case.centre_id, contact=str(contact_id))


def _hers(session: Session, scope: Scope, contact: ContactView) -> Case | None:
    """The one open case of her number at this centre. With two it is not known whose card it would be: none then."""
    found = cases_of_number(session, contact.id, contact.centre_id)
    if len(found) != 1:
        return None
    return session.scalars(
        select(Case).where(
            Case.id == found[0],
            scope.not_barred("case", Case.id.expression),
            or_(~Case.confidential.expression, scope.by_name("case", Case.id.expression)),
        )
    ).one_or_none()


def cases_of_number(session: Session, contact_id: UUID, centre_id: UUID | None = None) -> Sequence[UUID]:
    """The open cases of a contact's number, at one centre or at all, by what is hers of it, and of the contact itself.

    Unscoped: never for a screen.
    """
    known = reach(session, contact_id)
    contacts = {contact_id}
    if known is not None and known.address_index is not None:
        others = contacts_of_address(session, known.address_index)
        contacts.update(set(others) - not_hers(session, others))
    wanted = select(Case.id).where(
        Case.id.in_(select(CaseContact.case_id).where(CaseContact.contact_id.in_(contacts))), Case.state != "closed"
    )
    if centre_id is not None:
        wanted = wanted.where(Case.centre_id == centre_id)
    return session.scalars(wanted.order_by(Case.id)).all()


def _just_read(session: Session, account_id: UUID, case_id: UUID, moment: datetime) -> bool:
    since = moment - timedelta(seconds=_ONE_READING_S)
    mine = select(AuditEntry.id).where(*_is_reading(case_id), AuditEntry.actor_id == account_id, AuditEntry.at > since)
    return session.execute(mine.limit(1)).first() is not None


def _is_reading(case_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return AuditEntry.subject_kind == "case", AuditEntry.subject_id == str(case_id), AuditEntry.act == READ


def take_cards_back(session: Session, actor: Actor, contact_id: UUID, centre_id: UUID) -> None:
    """Who speaks is no longer sure: whoever reads the card for this number reads it no more."""
    for case_id in cases_of_number(session, contact_id, centre_id):
        staff_service.revoke_grants(session, actor, CARD, case_id, centre_id=centre_id)


def readings(session: Session, case_id: UUID) -> list[Reading]:
    """Who read the card of a case and when last, the latest first: for the list of its readers."""
    last = func.max(AuditEntry.at)
    rows = session.execute(
        select(AuditEntry.actor_id, last)
        .where(*_is_reading(case_id))
        .group_by(AuditEntry.actor_id, AuditEntry.detail["contact"].astext)
        .order_by(last.desc())
        .limit(_LISTED)
    )
    return [Reading(account_id, at) for account_id, at in rows if account_id is not None]


__all__ = ["CARD", "LONGEST_LINE", "NightCard", "Reading", "read_card", "readings", "set_night_line", "take_cards_back"]
