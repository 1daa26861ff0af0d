"""Who is to be called back, and who agreed to it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select

from core.clock import koza_now
from core.statements import Read, Row
from hotline.queries.reach import number_of_contact
from intake.access import allowed
from intake.models import Callback, Intake, SafeContact
from staff.scope import Scope

# Built once: every call that ended unanswered asks it.
_AGREED_TO_CALLS = Read(
    select(SafeContact.id).where(
        SafeContact.address_index == number_of_contact(),
        SafeContact.superseded_at.is_(None),
        SafeContact.confirmed_at.is_not(None),
        or_(SafeContact.call == "neutral", SafeContact.call == "ok"),
    )
)


def asked_agreed_to_calls(contact_id: UUID) -> tuple[Read, Row]:
    """Whether anything was agreed about calling this contact's number, as a read that is asked together with others."""
    return _AGREED_TO_CALLS, {"contact_id": contact_id}


def callbacks_now(scope: Scope) -> Select[*tuple[Any, ...]]:
    """Who is to be called back and may be at this moment, by when her window opened; for the list, never for a call.

    As neutral as the board's rows, and for whoever sees those: it is operators who call.
    """
    return (
        select(
            Callback.id,
            Intake.ref,
            Callback.contact_id,
            Callback.line_id,
            Callback.tone,
            Callback.opens_at,
            Callback.closes_at,
        )
        .join(Intake, Intake.contact_id == Callback.contact_id)
        .where(
            Callback.ended_at.is_(None),
            Callback.opens_at <= koza_now(),
            or_(Callback.closes_at.is_(None), Callback.closes_at > koza_now()),
            ~Intake.caller_not_alone,
            Intake.state.not_in(("closed", "escalated")),
            scope.where("contact", centre=Callback.centre_id.expression, subject_id=Callback.contact_id.expression),
        )
        .order_by(Callback.opens_at, Callback.id)
    )


def open_callbacks(scope: Scope) -> Select[*tuple[Any, ...]]:
    """Contacts that were promised, by their moment: the agreed calls of today and those overdue."""
    return (
        select(Intake.id.label("intake_id"), Intake.ref, Intake.contact_id, Intake.centre_id, Intake.next_contact)
        .where(Intake.next_contact.is_not(None), Intake.state.not_in(("closed", "escalated")), allowed(scope))
        .order_by(Intake.next_contact)
    )


__all__ = ["asked_agreed_to_calls", "callbacks_now", "open_callbacks"]
