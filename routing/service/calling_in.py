"""Who may be called in to a conversation: whoever could be asked to take her, on a telephone of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from core.actor import Actor
from hotline import service as hotline
from routing.models import Queued
from routing.people import operators_for, own_telephones
from routing.rules import ALL, Operator, for_calling_in, women_first
from routing.service.accept import NoTelephoneError
from routing.service.offers import as_waiting
from routing.service.second_person import stays
from routing.service.steps import steps_now
from staff import queries as staff_queries
from staff.scope import Scope


@dataclass(frozen=True, slots=True)
class Colleagues:
    """Whoever could be called in, the best first; ``women_first``: she has not said that it need not be a woman."""

    people: Sequence[Operator] = ()
    women_first: bool = False


def colleagues(session: Session, contact_id: UUID, me: UUID) -> Colleagues:
    """At work or on call on her line, not barred from her, with nobody on the line: whoever could be called in."""
    row = session.get(Queued, contact_id)
    if row is None or row.channel != "voice":
        return Colleagues()
    barred = staff_queries.barred_accounts(session, "contact", [contact_id]).get(contact_id, frozenset())
    waiting = as_waiting(session, row)
    roles = steps_now(session, row.line_id).on_call_roles
    people = operators_for(session, row.line_id, waiting, {*barred, me}, wave=ALL, on_call_roles=roles, on_call=True)
    free = [one for one in people if one.talking == 0]
    reached = own_telephones(session, [one.account_id for one in free])
    found = [one for one in free if one.account_id in reached]
    return Colleagues(for_calling_in(found, waiting), women_first(waiting))


class NotToldError(Exception):
    """She may take her own life, and is told by who has her, and by nobody else, who joins: that was not done."""


def call_in(
    session: Session, actor: Actor, contact_id: UUID, account_id: UUID, role: str, *, told: bool = False
) -> None:
    """Ring a colleague's telephone for a conversation that ``actor`` has. ``told``: she knows who joins.

    Raises :class:`NoTelephoneError` for somebody who cannot be called in, :class:`NotToldError`, what the scope refuses
    to somebody who may not answer this contact, and as :func:`hotline.service.call_in`.
    """
    if not told and stays(session, contact_id):
        raise NotToldError
    known = colleagues(session, contact_id, actor.id).people if actor.id is not None else ()
    if account_id not in {one.account_id for one in known}:
        raise NoTelephoneError
    row = session.get(Queued, contact_id)
    address = own_telephones(session, [account_id]).get(account_id)
    if row is None or address is None:
        raise NoTelephoneError
    Scope.of(session, account_id).require_record(session, "contact", contact_id, row.centre_id, act="answer")
    account = staff_queries.account(session, account_id)
    language = account.locale if account is not None else "tr"
    whom = hotline.Whom(account=str(account_id), role=role, level=row.level, language=language, address=address)
    # Telling her by machine would lead her out of the room, and may lose her.
    hotline.call_in(session, actor, contact_id, whom, told=told and stays(session, contact_id))


__all__ = ["Colleagues", "NotToldError", "call_in", "colleagues"]
