"""Somebody calls a woman back: whoever may answer her, on a telephone of her own, and with nobody else on the line."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.actor import Actor
from hotline import queries as hotline_queries
from hotline import service as hotline
from intake import service as intake
from intake.gate import GateAnswer
from routing.models import Queued
from routing.people import own_telephones
from routing.service.accept import BusyError, NoTelephoneError, turn_of
from routing.service.queue import enter_unasked, taken_elsewhere
from staff import queries as staff_queries
from staff.scope import Scope
from staff.service import grant


class GateRefusedError(Exception):
    """She may not be called now; ``answer`` says why."""

    def __init__(self, answer: GateAnswer) -> None:
        super().__init__("gate")
        self.answer = answer


def call_back(session: Session, actor: Actor, scope: Scope, contact_id: UUID, account_id: UUID) -> UUID:
    """Ring the telephone of ``account_id``, who presses 1 to call this contact's number. Returns the call back.

    Raises :class:`GateRefusedError`, :class:`NoTelephoneError`, :class:`BusyError` for who has somebody on the line,
    AlreadyCalledError, NothingToCallError, and what the scope refuses to somebody who may not answer this contact.
    """
    contact = hotline_queries.contact(session, scope, contact_id)
    if contact is None:
        raise scope.out_of_scope("contact", contact_id)
    scope.require_record(session, "contact", contact_id, contact.centre_id, act="answer")
    answer = intake.ask_to_call(session, actor, scope, contact_id)
    if not answer.allowed:
        raise GateRefusedError(answer)
    address = own_telephones(session, [account_id]).get(account_id)
    if address is None:
        raise NoTelephoneError
    session.execute(select(func.pg_advisory_xact_lock(turn_of(account_id))))
    if _has_a_call(session, account_id):
        raise BusyError
    known = staff_queries.account(session, account_id)
    language = known.locale if known is not None else "tr"
    return hotline.begin_call_back(session, actor, contact_id, account_id, address, language=language)


def _has_a_call(session: Session, account_id: UUID) -> bool:
    mine = select(Queued.contact_id).where(
        Queued.taken_by == account_id, Queued.state == "taken", Queued.channel == "voice"
    )
    return session.execute(mine.limit(1)).first() is not None


def answered(session: Session, actor: Actor, contact_id: UUID, centre_id: UUID | None, account_id: UUID) -> None:
    """Somebody answered: the contact that began has whoever called, from its first moment."""
    enter_unasked(session, contact_id)
    taken_elsewhere(session, contact_id, account_id)
    grant(
        session,
        actor,
        subject_kind="contact",
        subject_id=contact_id,
        grantee_kind="staff",
        grantee_id=account_id,
        reason="owner",
        centre_id=centre_id,
    )


__all__ = ["GateRefusedError", "answered", "call_back"]
