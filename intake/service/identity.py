"""Somebody makes sure who speaks, takes that back, or suspects that it is the other party; each is written down."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import now
from core.crypto import new_data_key
from core.facts import report
from core.ids import new_id
from intake.access import locked, tell_screens
from intake.callers import PERPETRATOR, holds
from intake.errors import IdentityError
from intake.events import IdentityChecked, IdentityWithdrawn, OtherPartyCleared, OtherPartySuspected
from intake.identity import kinds_in
from intake.models import IDENTITY_WAYS, IdentityCheck, Intake, OtherPartyMark
from staff.scope import Scope

_CONTACT = "contact"


def check_identity(session: Session, actor: Actor, scope: Scope, intake_id: UUID, how: str) -> None:
    """Somebody made sure who speaks; ``how`` is one of ``IDENTITY_WAYS``. A new check replaces the one before.

    Raises :class:`IdentityError`, OutOfScopeError, MissingPermissionError.
    """
    found = locked(session, scope, intake_id)
    if how not in IDENTITY_WAYS:
        raise IdentityError("unknown_way")
    if _mark_of(session, found) is not None:
        raise IdentityError("other_party")
    if holds(kinds_in(session, found.contact_id), "not_her"):
        raise IdentityError("not_her")
    _end_check(session, actor, found, "renewed")
    session.add(
        IdentityCheck(
            id=new_id(),
            contact_id=found.contact_id,
            intake_id=found.id,
            how=how,
            checked_by=actor.id,
            checked_at=now(session),
        )
    )
    session.flush()
    record(session, actor, "identity_checked", _CONTACT, found.contact_id, found.centre_id, how=how)
    report(session, IdentityChecked(found.contact_id, found.centre_id, found.id, actor.id, how))
    tell_screens(session, found.contact_id)


def withdraw_identity(session: Session, actor: Actor, scope: Scope, intake_id: UUID, reason: str) -> None:
    """It is not sure who speaks after all; ``reason`` is hers who says so. Raises as :func:`check_identity`."""
    found = locked(session, scope, intake_id)
    if not reason.strip():
        raise IdentityError("withdraw_reason")
    if not _end_check(session, actor, found, "withdrawn", reason.strip()):
        return
    _tell_withdrawn(session, actor, found, "withdrawn")


def suspect_other_party(session: Session, actor: Actor, scope: Scope, intake_id: UUID) -> None:
    """Whoever speaks may be the other party. Said twice it is said once. Raises as :func:`check_identity`.

    A check of who speaks is over with it: what it opened is closed.
    """
    suspect(session, actor, locked(session, scope, intake_id))


def suspect(session: Session, actor: Actor, found: Intake) -> None:
    """As :func:`suspect_other_party`, of an intake that the caller holds."""
    if _mark_of(session, found) is not None:
        return
    if _end_check(session, actor, found, "other_party"):
        _tell_withdrawn(session, actor, found, "other_party")
    session.add(
        OtherPartyMark(
            id=new_id(),
            contact_id=found.contact_id,
            intake_id=found.id,
            marked_by=actor.id,
            marked_at=now(session),
        )
    )
    session.flush()
    record(session, actor, "other_party_suspected", _CONTACT, found.contact_id, found.centre_id)
    report(session, OtherPartySuspected(found.contact_id, found.centre_id, found.id, actor.id))
    tell_screens(session, found.contact_id)


def somebody_else(session: Session, actor: Actor, found: Intake) -> None:
    """Whoever calls is not she: what a check of who she is had opened is closed. The intake is held by the caller."""
    if _end_check(session, actor, found, "withdrawn"):
        _tell_withdrawn(session, actor, found, "not_her")


def clear_other_party(session: Session, actor: Actor, scope: Scope, intake_id: UUID, reason: str) -> None:
    """It was an error; who speaks has to be checked like anybody. Raises as :func:`check_identity`.

    That he is the one who uses violence, where that was said of who calls, is not said any more either.
    """
    found = locked(session, scope, intake_id)
    if not reason.strip():
        raise IdentityError("clear_reason")
    mark = _mark_of(session, found)
    if mark is None:
        return
    mark.data_key_id = sealing_key(session, found)
    mark.reason = reason.strip()
    mark.ended_at, mark.ended_by = now(session), actor.id
    if found.caller_role == PERPETRATOR:
        found.caller_role = None
        found.version += 1
    session.flush()
    record(session, actor, "other_party_cleared", _CONTACT, found.contact_id, found.centre_id)
    report(session, OtherPartyCleared(found.contact_id, found.centre_id, found.id, actor.id))
    tell_screens(session, found.contact_id)


def _mark_of(session: Session, found: Intake) -> OtherPartyMark | None:
    return session.scalars(
        select(OtherPartyMark).where(OtherPartyMark.contact_id == found.contact_id, OtherPartyMark.ended_at.is_(None))
    ).one_or_none()


def _end_check(session: Session, actor: Actor, found: Intake, how: str, reason: str = "") -> bool:
    check = session.scalars(
        select(IdentityCheck).where(IdentityCheck.contact_id == found.contact_id, IdentityCheck.ended_at.is_(None))
    ).one_or_none()
    if check is None:
        return False
    if reason:
        check.data_key_id = sealing_key(session, found)
        check.reason = reason
    check.ended_at, check.ended_by, check.ended_how = now(session), actor.id, how
    session.flush()
    return True


def sealing_key(session: Session, found: Intake) -> UUID:
    """Why it was taken back is sealed with the intake's key, and goes when the intake goes."""
    if found.data_key_id is None:
        found.data_key_id = new_data_key(session)
        session.flush()
    return found.data_key_id


def _tell_withdrawn(session: Session, actor: Actor, found: Intake, why: str) -> None:
    record(session, actor, "identity_withdrawn", _CONTACT, found.contact_id, found.centre_id, why=why)
    report(session, IdentityWithdrawn(found.contact_id, found.centre_id, found.id, actor.id))
    tell_screens(session, found.contact_id)
