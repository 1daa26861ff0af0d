"""Four eyes, and what one person may do alone at night: one mechanism for every such act of the product.

By day: one person asks with a reason, another approves, the first uses the approval once. At night, at weekends and
on public holidays, where the catalogue allows it: one person acts alone with a reason, for a short time, and the act
is put before another person the next morning at 09:00 and every morning after, until it was reviewed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import after, koza_now, now
from core.due import cancel_due, set_due
from core.facts import report
from core.outbox import publish
from core.workdays import closed_from
from staff.catalogues import FourEyesEntry, four_eyes_acts
from staff.errors import FourEyesError, NotFoundError
from staff.events import NightActReviewDue, NightActTaken
from staff.models import NightAct
from staff.rules import is_night, next_review
from staff.scope import Scope

REVIEW_DUE = "staff.night_review"
EXPIRY_DUE = "staff.act_expiry"
_OPEN = ("requested", "approved")


def _entry(act: str) -> FourEyesEntry:
    entry = four_eyes_acts().get(act)
    if entry is None:
        raise FourEyesError("unknown_act")
    return entry


def request_act(
    session: Session,
    scope: Scope,
    act: str,
    subject_kind: str,
    subject_id: UUID | str,
    *,
    reason: str,
    centre_id: UUID | None,
    night: bool = False,
) -> UUID:
    """Ask for a four-eyes act, or with ``night`` take its one-person form; returns the act's id.

    ``subject_id`` names what the act is about; ``centre_id`` is the subject's centre. An open request of the same
    person for the same subject is returned again. Raises :class:`staff.errors.FourEyesError` (``unknown_act``,
    ``no_reason``, ``no_night_form``, ``not_night``) and :class:`staff.errors.MissingPermissionError`.
    """
    entry = _entry(act)
    scope.require(entry.request, subject_kind, subject_id)
    if not reason.strip() or scope.account_id is None:
        raise FourEyesError("no_reason")
    minutes = _night_minutes(session, entry) if night else entry.valid_minutes
    standing = _standing(session, scope.account_id, act, subject_kind, subject_id, night=night)
    if standing is not None:
        return standing
    row = NightAct(
        act=act,
        subject_kind=subject_kind,
        subject_id=str(subject_id),
        centre_id=centre_id,
        reason=reason.strip(),
        night_form=night,
        state="approved" if night else "requested",
        requested_by=scope.account_id,
        expires_at=after(minutes * 60),
    )
    session.add(row)
    session.flush()
    set_due(session, EXPIRY_DUE, str(row.id), after(minutes * 60), centre_id=centre_id)
    record(session, scope.actor, "act_taken_alone" if night else "act_requested", *_place(row), act_code=act)
    if night:
        set_due(session, REVIEW_DUE, str(row.id), next_review(now(session)), centre_id=centre_id)
        report(session, NightActTaken(None, centre_id, row.id, act, scope.account_id))
    _tell(session, row)
    return row.id


def review_if_alone(session: Session, act: str) -> datetime | None:
    """When an act taken alone now would be looked at; ``None`` by day, and where there is no one-person form."""
    moment = now(session)
    return next_review(moment) if _entry(act).night_minutes is not None and is_night(moment, closed_from) else None


def _night_minutes(session: Session, entry: FourEyesEntry) -> int:
    if entry.night_minutes is None:
        raise FourEyesError("no_night_form")
    if not is_night(now(session), closed_from):
        raise FourEyesError("not_night")
    return entry.night_minutes


def _standing(
    session: Session,
    account_id: UUID,
    act: str,
    subject_kind: str,
    subject_id: UUID | str,
    *,
    night: bool,
) -> UUID | None:
    """The open act of this person and subject that answers the request; one that does not is ended."""
    row = session.scalars(
        select(NightAct)
        .where(
            NightAct.act == act,
            NightAct.subject_kind == subject_kind,
            NightAct.subject_id == str(subject_id),
            NightAct.requested_by == account_id,
            NightAct.state.in_(_OPEN),
        )
        .with_for_update(),
    ).one_or_none()
    if row is None:
        return None
    if row.expires_at > now(session) and (row.state == "approved" or not night):
        return row.id
    row.state = "expired"
    session.flush()
    return None


def _locked(session: Session, scope: Scope, act_id: UUID) -> NightAct:
    row = session.get(NightAct, act_id, with_for_update=True)
    if row is None:
        raise NotFoundError("act")
    if row.centre_id is not None and not scope.is_system and row.centre_id not in scope.centre_ids:
        raise scope.out_of_scope("act", act_id)
    return row


def approve_act(session: Session, scope: Scope, act_id: UUID) -> None:
    """Approve what another person asked for.

    Raises :class:`staff.errors.FourEyesError` (``same_person``, ``wrong_state``).
    """
    row = _locked(session, scope, act_id)
    scope.require(_entry(row.act).approve, "act", act_id)
    _refuse_same_person(row, scope)
    if row.state != "requested" or row.expires_at <= now(session):
        raise FourEyesError("wrong_state")
    row.state, row.approved_by, row.approved_at = "approved", scope.account_id, now(session)
    session.flush()
    record(session, scope.actor, "act_approved", *_place(row), act_code=row.act)
    _tell(session, row)


def decline_act(session: Session, scope: Scope, act_id: UUID) -> None:
    """Refuse what another person asked for."""
    row = _locked(session, scope, act_id)
    scope.require(_entry(row.act).approve, "act", act_id)
    if row.state != "requested":
        raise FourEyesError("wrong_state")
    row.state = "expired"
    session.flush()
    record(session, scope.actor, "act_declined", *_place(row), act_code=row.act)
    _tell(session, row)


def use_act(session: Session, actor: Actor, act: str, subject_kind: str, subject_id: UUID | str) -> UUID:
    """Spend the approval that ``actor`` holds for this subject, in the transaction of the act itself.

    Raises :class:`staff.errors.FourEyesError` (``not_approved``) when there is none, it ran out, or it was used.
    """
    _entry(act)
    act_id: UUID | None = session.scalar(
        update(NightAct)
        .where(
            NightAct.act == act,
            NightAct.subject_kind == subject_kind,
            NightAct.subject_id == str(subject_id),
            NightAct.requested_by == actor.id,
            NightAct.state == "approved",
            NightAct.expires_at > koza_now(),
        )
        .values(state="used", used_at=koza_now())
        .returning(NightAct.id),
    )
    if act_id is None:
        raise FourEyesError("not_approved")
    cancel_due(session, EXPIRY_DUE, str(act_id))
    record(session, actor, "act_used", subject_kind, subject_id, act_code=act, act_id=str(act_id))
    return act_id


def review_act(session: Session, scope: Scope, act_id: UUID, review: Literal["in_order", "objected"]) -> None:
    """Look at what one person did alone. She may not review herself; also an act that was not used is looked at."""
    row = _locked(session, scope, act_id)
    scope.require(_entry(row.act).review, "act", act_id)
    _refuse_same_person(row, scope)
    if not row.night_form or row.state not in {"used", "expired"}:
        raise FourEyesError("wrong_state")
    row.state, row.review = "reviewed", review
    row.reviewed_by, row.reviewed_at = scope.account_id, now(session)
    session.flush()
    cancel_due(session, REVIEW_DUE, str(act_id))
    record(session, scope.actor, "act_reviewed", *_place(row), act_code=row.act, review=review)
    _tell(session, row)


def _refuse_same_person(row: NightAct, scope: Scope) -> None:
    if scope.account_id is None or scope.account_id == row.requested_by:
        raise FourEyesError("same_person")


def _place(row: NightAct) -> tuple[str, UUID, UUID | None]:
    return "act", row.id, row.centre_id


def _tell(session: Session, row: NightAct) -> None:
    if row.centre_id is not None:
        publish(session, row.centre_id, "act", row.id)


def expire_act(session: Session, subject: str, _epoch: int) -> None:
    """Due handler: an act that was neither approved nor used in its time has run out."""
    row = session.get(NightAct, UUID(subject), with_for_update=True)
    if row is not None and row.state in _OPEN:
        row.state = "expired"
        session.flush()
        _tell(session, row)


def remind_review(session: Session, subject: str, _epoch: int) -> None:
    """Due handler: the morning's review, again every morning until somebody has looked."""
    row = session.get(NightAct, UUID(subject))
    if row is None or row.state == "reviewed":
        return
    report(session, NightActReviewDue(None, row.centre_id, row.id, row.act))
    set_due(session, REVIEW_DUE, subject, next_review(now(session)), centre_id=row.centre_id)
    _tell(session, row)
