"""Grants, bars, and four-eyes acts that wait for somebody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, bindparam, func, or_, select, true
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from core.clock import koza_now
from core.statements import Read, Row, among
from staff.catalogues import four_eyes_acts
from staff.models import Bar, Grant, NightAct
from staff.scope import Scope


@dataclass(frozen=True, slots=True)
class ActRow:
    """A four-eyes act with its reason opened, for those who approve or review it."""

    id: UUID
    act: str
    subject_kind: str
    subject_id: str
    centre_id: UUID | None
    reason: str
    night_form: bool
    state: str
    requested_by: UUID
    requested_at: datetime
    expires_at: datetime


def barred_accounts(session: Session, kind: str, subject_ids: Sequence[UUID]) -> dict[UUID, frozenset[UUID]]:
    """For each subject that has any, the accounts barred from it; the feed leaves the row out for them."""
    rows = session.execute(
        select(Bar.subject_id, func.array_agg(Bar.account_id))
        .where(Bar.subject_kind == kind, among(Bar.subject_id, subject_ids))
        .group_by(Bar.subject_id),
    )
    return {subject_id: frozenset(barred) for subject_id, barred in rows}


def asked_barred(kind: str, subject_id: UUID) -> tuple[Read, Row]:
    """The accounts barred from one subject, as a read that is asked together with others."""
    return _BARRED, {"kind": kind, "subject_id": subject_id}


_BARRED = Read(
    select(Bar.account_id).where(Bar.subject_kind == bindparam("kind"), Bar.subject_id == bindparam("subject_id"))
)


def granted_units(session: Session, kind: str, subject_ids: Sequence[UUID]) -> dict[UUID, frozenset[UUID]]:
    """For each subject that has any, the centres it was granted to; the feed tells their screens too."""
    rows = session.execute(
        select(Grant.subject_id, func.array_agg(Grant.grantee_id))
        .where(
            Grant.subject_kind == kind,
            Grant.subject_id.in_(subject_ids),
            Grant.grantee_kind == "unit",
            Grant.revoked_at.is_(None),
            or_(Grant.until.is_(None), Grant.until > koza_now()),
        )
        .group_by(Grant.subject_id),
    )
    return {subject_id: frozenset(units) for subject_id, units in rows}


def readers_of(session: Session, kind: str, subject_id: UUID) -> list[tuple[str, UUID, str, datetime | None]]:
    """(grantee kind, grantee, reason, until) of the live grants on one record, for the list of readers on a case."""
    rows = session.execute(
        select(Grant.grantee_kind, Grant.grantee_id, Grant.reason, Grant.until)
        .where(
            Grant.subject_kind == kind,
            Grant.subject_id == subject_id,
            Grant.revoked_at.is_(None),
            or_(Grant.until.is_(None), Grant.until > koza_now()),
        )
        .order_by(Grant.created_at),
    )
    return [(row.grantee_kind, row.grantee_id, row.reason, row.until) for row in rows]


def _of_others(scope: Scope) -> ColumnElement[bool]:
    if scope.is_system:
        return true()
    return and_(NightAct.centre_id.in_(scope.centre_ids), NightAct.requested_by != scope.account_id)


def _to_approve(scope: Scope) -> ColumnElement[bool]:
    may = [code for code, entry in four_eyes_acts().items() if scope.may(entry.approve)]
    asked = and_(NightAct.state == "requested", NightAct.expires_at > koza_now())
    return and_(_of_others(scope), asked, NightAct.act.in_(may))


def _to_review(scope: Scope) -> ColumnElement[bool]:
    may = [code for code, entry in four_eyes_acts().items() if scope.may(entry.review)]
    alone = and_(NightAct.night_form.is_(True), NightAct.state.in_(("used", "expired")))
    return and_(_of_others(scope), alone, NightAct.act.in_(may))


def _acts(session: Session, wanted: ColumnElement[bool]) -> list[NightAct]:
    return list(session.scalars(select(NightAct).where(wanted).order_by(NightAct.requested_at, NightAct.id)))


def _rows(acts: Iterable[NightAct]) -> list[ActRow]:
    return [
        ActRow(
            id=row.id,
            act=row.act,
            subject_kind=row.subject_kind,
            subject_id=row.subject_id,
            centre_id=row.centre_id,
            reason=row.reason or "",
            night_form=row.night_form,
            state=row.state,
            requested_by=row.requested_by,
            requested_at=row.requested_at,
            expires_at=row.expires_at,
        )
        for row in acts
    ]


def acts_to_approve(session: Session, scope: Scope) -> list[ActRow]:
    """Requests of others in this reader's centre that she may approve, oldest first."""
    return _rows(_acts(session, _to_approve(scope)))


def acts_to_review(session: Session, scope: Scope) -> list[ActRow]:
    """What others in this reader's centre did alone and she may review, oldest first."""
    return _rows(_acts(session, _to_review(scope)))


def acts_waiting(session: Session, scope: Scope) -> int:
    """How many acts of others wait for this reader's approval or review; no reason is opened for it."""
    waiting = or_(_to_approve(scope), _to_review(scope))
    return session.execute(select(func.count()).select_from(NightAct).where(waiting)).scalar_one()


def my_open_acts(session: Session, scope: Scope) -> list[ActRow]:
    """What this reader asked for and may still use or waits for."""
    statement = select(NightAct).where(
        NightAct.requested_by == scope.account_id,
        NightAct.state.in_(("requested", "approved")),
        NightAct.expires_at > koza_now(),
    )
    return _rows(session.scalars(statement.order_by(NightAct.requested_at, NightAct.id)))
