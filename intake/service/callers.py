"""Somebody writes down who calls, and what the record says of that is kept at once."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import now
from core.due import cancel_due
from core.facts import report
from core.ids import new_id
from intake.access import KIND, locked, tell_screens
from intake.callers import OTHER_PARTY, PERPETRATOR, SUICIDAL, holds, kinds
from intake.errors import ClosedError, IdentityError
from intake.events import CallerMarked
from intake.identity import kinds_in
from intake.models import CallerMark, Intake, ReportDuty
from intake.report_duty import report_duties
from intake.rules import DANGER
from intake.service.identity import sealing_key, somebody_else, suspect
from intake.service.informants import keep_name_apart
from intake.service.levels import change_level
from intake.service.nuisance import class_changed
from intake.service.report_duty import begin
from staff.scope import Scope

#: Due kind: the subject is an intake whose agreed next contact has come.
CALLBACK = "intake.callback"


def mark_caller(session: Session, actor: Actor, scope: Scope, intake_id: UUID, code: str) -> None:
    """Somebody says who calls, by a code of the catalogue. Said twice it is said once.

    Raises :class:`IdentityError` for an unknown one, :class:`ClosedError`, OutOfScopeError, MissingPermissionError.
    """
    found = locked(session, scope, intake_id)
    kind = kinds().get(code)
    if kind is None:
        raise IdentityError("unknown_kind")
    if code == OTHER_PARTY:
        suspect(session, actor, found)
        return
    if found.state == "closed":
        raise ClosedError
    if kind.recorded == "mark":
        changed = _mark(session, actor, found, code)
    else:
        changed = getattr(found, kind.recorded) != code
        setattr(found, kind.recorded, code)
    if not changed:
        return
    keep_name_apart(session, actor, found)
    found.version += 1
    session.flush()
    record(session, actor, "caller_marked", KIND, intake_id, found.centre_id, kind=code)
    caller_changed(session, actor, found, code)
    tell_screens(session, found.contact_id)


def end_mark(session: Session, actor: Actor, scope: Scope, intake_id: UUID, code: str, reason: str) -> None:
    """A mark of who calls holds no longer, for a reason. The level stays: a person lowers it.

    Raises :class:`IdentityError` without a reason, OutOfScopeError, MissingPermissionError.
    """
    found = locked(session, scope, intake_id)
    if not reason.strip():
        raise IdentityError("mark_reason")
    mark = _standing(session, found, code)
    if mark is None:
        return
    mark.data_key_id = sealing_key(session, found)
    mark.reason = reason.strip()
    mark.ended_at, mark.ended_by = now(session), actor.id
    session.flush()
    record(session, actor, "caller_unmarked", KIND, intake_id, found.centre_id, kind=code)
    tell_screens(session, found.contact_id)


def caller_changed(session: Session, actor: Actor, found: Intake, said: str) -> None:
    """What the record says of who calls is another thing now, as it was ``said``. The intake is held by the caller."""
    report(session, CallerMarked(found.contact_id, found.centre_id, found.id, actor.id, said))
    if found.caller_role == PERPETRATOR:
        suspect(session, actor, found)
    class_changed(session, actor, found)
    standing = kinds_in(session, found.contact_id)
    if holds(standing, "not_her"):
        somebody_else(session, actor, found)
    if holds(standing, "report_duty") and not _assessed(session, found):
        begin(session, actor, found, report_duties().child, by_itself=True)
    if holds(standing, "never_first") and found.next_contact is not None:
        found.next_contact = None
        cancel_due(session, CALLBACK, str(found.id))
        session.flush()


def _assessed(session: Session, found: Intake) -> bool:
    """Whether an assessment was ever opened: what was decided is not asked again by itself."""
    return session.execute(select(ReportDuty.id).where(ReportDuty.intake_id == found.id).limit(1)).first() is not None


def _mark(session: Session, actor: Actor, found: Intake, code: str) -> bool:
    if _standing(session, found, code) is not None:
        return False
    mark = CallerMark(
        id=new_id(),
        contact_id=found.contact_id,
        intake_id=found.id,
        kind=code,
        marked_by=actor.id,
        marked_at=now(session),
    )
    session.add(mark)
    session.flush()
    if code == SUICIDAL and found.level > DANGER:
        change_level(session, actor, found, DANGER, SUICIDAL)
    return True


def _standing(session: Session, found: Intake, code: str) -> CallerMark | None:
    return session.scalars(
        select(CallerMark).where(
            CallerMark.contact_id == found.contact_id, CallerMark.kind == code, CallerMark.ended_at.is_(None)
        )
    ).one_or_none()


__all__ = ["CALLBACK", "caller_changed", "end_mark", "mark_caller"]
