"""How a service of this room gets hold of a record: scoped, locked, and with the permission checked first."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from core.outbox import publish
from hotline.queries.reach import reach
from intake.models import Intake
from intake.readers import unread
from staff.queries import answering_centres
from staff.scope import MissingPermissionError, Scope

KIND = "intake"


def allowed(scope: Scope, act: str = "read") -> ColumnElement[bool]:
    """The condition under which this reader may do ``intake.<act>``.

    Whoever was given the contact has its intake with it; an intake may also be given by itself. Bars are laid on
    both together. Under secrecy nobody reads it for the centre's sake alone.
    """
    centre, secret = Intake.centre_id.expression, Intake.confidential.expression
    contact = Intake.contact_id.expression
    return or_(
        scope.where(KIND, centre=centre, subject_id=contact, subject_kind="contact", act=act, restricted=secret),
        scope.where(KIND, centre=centre, subject_id=Intake.id.expression, act=act, restricted=secret),
    )


def locked(session: Session, scope: Scope, intake_id: UUID, act: str = "write") -> Intake:
    """The intake, locked for a change.

    Raises OutOfScopeError where the reader may not see it, MissingPermissionError where she sees it and may not.
    """
    row = session.execute(
        select(Intake, allowed(scope, act).label("may"))
        .where(Intake.id == intake_id, allowed(scope))
        .with_for_update(of=Intake)
        .execution_options(populate_existing=True),
    ).one_or_none()
    if row is None:
        raise scope.out_of_scope(KIND, intake_id)
    if not row.may:
        raise MissingPermissionError(scope.actor, f"{KIND}.{act}", KIND, intake_id)
    found: Intake = row[0]
    return found


def unread_by(session: Session, scope: Scope, found: Intake) -> frozenset[str]:
    """The fields of an intake that this reader of it does not read, and so does not write."""
    if scope.is_system:
        return frozenset()
    given = or_(scope.by_name("contact", Intake.contact_id.expression), scope.by_name(KIND, Intake.id.expression))
    hers = scope.may(f"{KIND}.write") and session.execute(select(Intake.id).where(Intake.id == found.id, given)).first()
    return unread(scope.roles, hers=bool(hers))


def tell_screens(session: Session, contact_id: UUID, line_id: UUID | None = None) -> None:
    """The board row of this contact changed, for every centre that answers its line."""
    publish(session, board_centres(session, contact_id, line_id), "contact", contact_id)


def board_centres(session: Session, contact_id: UUID, line_id: UUID | None = None) -> Iterable[UUID]:
    """The centres on whose boards a contact stands: its own, and those that answer its line."""
    known = reach(session, contact_id)
    line = line_id or (known.line_id if known else None)
    centres = answering_centres(session, line) if line is not None else []
    return dict.fromkeys([*centres, *([known.centre_id] if known else [])])
