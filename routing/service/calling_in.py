"""Who may be called in to a conversation: whoever could be asked to take her, on a telephone of their own."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from core.actor import Actor
from hotline import service as hotline
from routing.models import Queued
from routing.people import operators_for, telephones
from routing.rules import Operator
from routing.service.accept import NoTelephoneError
from routing.service.offers import as_waiting
from routing.service.steps import steps_now
from staff import queries as staff_queries
from staff.scope import Scope


def colleagues(session: Session, contact_id: UUID, me: UUID) -> list[Operator]:
    """At work or on call on her line, not barred from her, with nobody on the line: whoever could be called in."""
    row = session.get(Queued, contact_id)
    if row is None or row.channel != "voice":
        return []
    barred = staff_queries.barred_accounts(session, "contact", [contact_id]).get(contact_id, frozenset())
    waiting = as_waiting(session, row)
    roles = steps_now(session, row.line_id).on_call_roles
    people = operators_for(session, row.line_id, waiting, {*barred, me}, phones=True, on_call_roles=roles, on_call=True)
    free = [one for one in people if one.talking == 0]
    reached = telephones(session, [one.account_id for one in free])
    return [one for one in free if one.account_id in reached]


def call_in(session: Session, actor: Actor, contact_id: UUID, account_id: UUID, role: str) -> None:
    """Ring a colleague's telephone for a conversation that ``actor`` has.

    Raises :class:`NoTelephoneError` for somebody who cannot be called in, what the scope refuses to somebody who may
    not answer this contact, and as :func:`hotline.service.call_in`.
    """
    if actor.id is None or account_id not in {one.account_id for one in colleagues(session, contact_id, actor.id)}:
        raise NoTelephoneError
    row = session.get(Queued, contact_id)
    address = telephones(session, [account_id]).get(account_id)
    if row is None or address is None:
        raise NoTelephoneError
    Scope.of(session, account_id).require_record(session, "contact", contact_id, row.centre_id, act="answer")
    known = staff_queries.account(session, account_id)
    language = known.locale if known is not None else "tr"
    whom = hotline.Whom(account=str(account_id), role=role, level=row.level, language=language, address=address)
    hotline.call_in(session, actor, contact_id, whom)


__all__ = ["call_in", "colleagues"]
