"""Reads that only the dashboard needs, over more than one room."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.audit import AuditEntry
from core.clock import after
from escalation.cases import queries as cases
from hotline import queries as hotline
from staff.scope import Scope

#: The act of showing a whole number.
UNMASKED = "phone_unmasked"
#: Written down beside it when one account was shown too many within an hour.
MANY_UNMASKED = "many_unmasked"
_HOUR_S = 3600


def message_contact(session: Session, scope: Scope, message_id: UUID) -> UUID:
    """The contact of a message that this reader may read. Raises OutOfScopeError."""
    contact_id = hotline.contact_of_message(session, scope, message_id)
    if contact_id is None:
        raise scope.out_of_scope("message", message_id)
    return contact_id


def case_of_task(session: Session, scope: Scope, task_id: UUID) -> UUID:
    """The case of a task that this reader may read. Raises OutOfScopeError."""
    case_id = cases.case_of_task(session, scope, task_id)
    if case_id is None:
        raise scope.out_of_scope("task", task_id)
    return case_id


def unmasked_lately(session: Session, account_id: UUID) -> int:
    """How many numbers this account was shown within the last hour."""
    found = (
        select(func.count())
        .select_from(AuditEntry)
        .where(
            AuditEntry.at > after(-_HOUR_S),
            AuditEntry.actor_id == account_id,
            AuditEntry.act == UNMASKED,
        )
    )
    return session.execute(found).scalar_one()
