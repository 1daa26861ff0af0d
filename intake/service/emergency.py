"""Calls to 112: made by a person on a telephone of theirs, and written down here. Nothing here dials."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import now
from core.crypto import new_data_key
from core.database import settings_of
from core.due import cancel_due, set_due
from core.facts import report
from core.ids import new_id
from core.phones import parse_address
from intake.access import KIND, locked, tell_screens
from intake.emergency import CALLED_112, LONGEST_CARD, LONGEST_REFERENCE, emergency_card
from intake.errors import EmergencyCallError
from intake.events import EmergencyCallNoted
from intake.models import EmergencyCall, Intake
from staff import queries as staff_queries
from staff.scope import Scope

#: Due kind: the subject is an intake whose place she may have left by now.
LOCATION = "intake.location"
#: A clock on the wall may go before the database's by so much.
_AHEAD = timedelta(minutes=2)
#: She was heard before the call was written down as a contact, where it came late.
_BEFORE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Told:
    """One call to 112 as whoever made it tells it. ``caller_id`` is None where nobody of ours made it."""

    caller_id: UUID | None
    telephone: str
    called_at: datetime | None
    outcome: str
    #: Which telephone it was, in words or as a number; the reference that 112 gave; what was read out.
    which: str = field(default="", repr=False)
    reference: str = field(default="", repr=False)
    words: str = field(default="", repr=False)


def note_emergency_call(session: Session, actor: Actor, scope: Scope, intake_id: UUID, told: Told) -> UUID:
    """Write down that 112 was called about her. It is never changed; what was wrong is put right by a further entry.

    Raises OutOfScopeError, MissingPermissionError, :class:`EmergencyCallError`.
    """
    found = locked(session, scope, intake_id)
    _check(session, scope, found, told)
    found.data_key_id = found.data_key_id or new_data_key(session)
    row = EmergencyCall(
        id=new_id(),
        data_key_id=found.data_key_id,
        intake_id=found.id,
        contact_id=found.contact_id,
        caller_id=told.caller_id,
        telephone=told.telephone,
        called_at=told.called_at,
        outcome=told.outcome,
        noted_by=actor.id,
    )
    row.which, row.reference, row.words = told.which or None, told.reference or None, told.words or None
    session.add(row)
    if CALLED_112 not in found.actions_taken and told.outcome != "not_reached":
        found.actions_taken = [*found.actions_taken, CALLED_112]
        found.version += 1
    session.flush()
    record(
        session,
        actor,
        "emergency_call_noted",
        KIND,
        intake_id,
        found.centre_id,
        telephone=told.telephone,
        outcome=told.outcome,
        referenced=bool(told.reference),
    )
    fact = EmergencyCallNoted(found.contact_id, found.centre_id, intake_id, row.id, told.caller_id, told.outcome)
    report(session, fact)
    tell_screens(session, found.contact_id)
    return row.id


def _check(session: Session, scope: Scope, found: Intake, told: Told) -> None:
    card = emergency_card()
    if told.telephone not in {one.code for one in card.telephones}:
        raise EmergencyCallError("telephone", "unknown_code")
    if told.outcome not in {one.code for one in card.outcomes}:
        raise EmergencyCallError("outcome", "unknown_code")
    for name, text, longest in (
        ("which", told.which, LONGEST_REFERENCE),
        ("reference", told.reference, LONGEST_REFERENCE),
        ("words", told.words, LONGEST_CARD),
    ):
        if len(text) > longest:
            raise EmergencyCallError(name, "too_long")
    if _is_ours(session, told.which):
        raise EmergencyCallError("which", "carrier_line")
    _check_time(session, found, told)
    if told.caller_id is not None:
        caller = staff_queries.account(session, told.caller_id)
        if caller is None or caller.centre_id not in {found.centre_id, *scope.centre_ids}:
            raise EmergencyCallError("by", "unknown_person")


def _check_time(session: Session, found: Intake, told: Told) -> None:
    if told.called_at is None or told.called_at.tzinfo is None:
        raise EmergencyCallError("at", "not_a_time")
    if told.called_at > now(session) + _AHEAD:
        raise EmergencyCallError("at", "future")
    if told.called_at < found.created_at - _BEFORE:
        raise EmergencyCallError("at", "before_her")


def _is_ours(session: Session, which: str) -> bool:
    """Whether it names a number of the hotline: from there the carrier never connects anybody with 112."""
    address = parse_address(which)
    if address.kind != "number":
        return False
    on_call = settings_of(session).oncall_numbers
    return address.value in on_call or staff_queries.line_by_number(session, address.value) is not None


def watch_location(session: Session, found: Intake) -> None:
    """The place where she said she is goes by itself, unless it was marked to be kept."""
    if found.location_now is None or found.location_kept:
        cancel_due(session, LOCATION, str(found.id))
        return
    hours = timedelta(hours=emergency_card().location_hours)
    set_due(session, LOCATION, str(found.id), hours, centre_id=found.centre_id)


def forget_location(session: Session, actor: Actor, intake_id: UUID) -> bool:
    """Its time is over: returns whether something was forgotten."""
    row = session.scalars(
        select(Intake).where(Intake.id == intake_id, ~Intake.location_kept).with_for_update(),
    ).one_or_none()
    if row is None or row.location_now is None:
        return False
    row.location_now = None
    row.version += 1
    session.flush()
    record(session, actor, "location_forgotten", KIND, intake_id, row.centre_id)
    tell_screens(session, row.contact_id)
    return True


__all__ = ["LOCATION", "Told", "forget_location", "note_emergency_call", "watch_location"]
