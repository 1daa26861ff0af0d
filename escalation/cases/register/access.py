"""Who reads and writes the register: the reader's scope on the case, on the survivor's side of the wall.

``register.read`` is held for the centre by lawyers, police liaison and directors, and for assigned cases by case
workers. Decisions are written with ``register.write``; what a case worker learns from the woman herself (an application
that she wants, a breach that she suffered) also by whoever may write in her case.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, SQLColumnExpression, false, select
from sqlalchemy.orm import Session

from core.crypto import new_data_key
from escalation.cases import rules as case_rules
from escalation.cases.models import Case
from escalation.cases.queries import in_secrecy
from staff.errors import MissingPermissionError
from staff.scope import Scope

KIND = "register"
SUBJECT = "case"


def readable(scope: Scope) -> ColumnElement[bool]:
    """The condition on a joined case under which this reader reads what the register holds of it."""
    if not scope.is_system and not case_rules.on_survivors_side(scope.permissions):
        return false()
    return scope.where(KIND, restricted=Case.confidential.expression, **_SUBJECT)


def parts(
    scope: Scope, *, centre: SQLColumnExpression[UUID], case_id: SQLColumnExpression[UUID]
) -> tuple[ColumnElement[bool], ...]:
    """:func:`readable` in parts that an index answers each, of columns of the listed row alone: no case is joined."""
    if not scope.is_system and not case_rules.on_survivors_side(scope.permissions):
        return (false(),)
    return scope.parts(KIND, centre=centre, subject_id=case_id, subject_kind=SUBJECT, restricted=in_secrecy(case_id))


_SUBJECT: Any = {
    "centre": Case.centre_id.expression,
    "subject_id": Case.id.expression,
    "subject_kind": SUBJECT,
}


def held(session: Session, scope: Scope, case_id: UUID, *, in_case: bool = False) -> Case:
    """The case, held so that two writers of its register take turns, and with a key for what they write.

    ``in_case``: the act also belongs to those who may write in the case. Raises OutOfScopeError where she may not
    read its register, MissingPermissionError where she may not write it.
    """
    found = session.scalars(
        select(Case)
        .where(Case.id == case_id, readable(scope))
        .with_for_update(of=Case)
        .execution_options(populate_existing=True),
    ).one_or_none()
    if found is None:
        raise scope.out_of_scope(SUBJECT, case_id)
    if not any(_may_write(session, scope, kind, found) for kind in ((KIND, SUBJECT) if in_case else (KIND,))):
        raise MissingPermissionError(scope.actor, f"{KIND}.write", SUBJECT, case_id)
    if found.data_key_id is None:
        # A case without a title has sealed nothing yet.
        found.data_key_id = new_data_key(session)
        session.flush()
    return found


def _may_write(session: Session, scope: Scope, kind: str, case: Case) -> bool:
    return scope.reaches(
        session,
        kind,
        case.id,
        case.centre_id,
        subject_kind=SUBJECT,
        act="write",
        restricted=case.confidential,
    )
