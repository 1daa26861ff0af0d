"""What the gate must know before anything goes out to a member of the public."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, Select, and_, bindparam, func, select, true
from sqlalchemy.orm import Session, aliased

from core.clock import koza_now
from core.statements import Read, Row
from hotline.models import Call, Contact, Conversation
from hotline.rules import REPEAT_S


@dataclass(frozen=True, slots=True)
class Reach:
    """How a contact came and whether its address may be written to, without the address itself."""

    contact_id: UUID
    centre_id: UUID
    line_id: UUID
    channel: str
    #: None where she showed no number that could be reached.
    address_index: bytes | None
    opted_out_at: datetime | None
    compromised_at: datetime | None
    #: When she last wrote in this contact; None for a call.
    last_text_at: datetime | None
    late: bool
    ended: bool
    received_at: datetime
    now: datetime


def _reach() -> Select[*tuple[Any, ...]]:
    conversations = select(
        func.max(Conversation.opted_out_at).label("opted_out_at"),
        func.max(Conversation.compromised_at).label("compromised_at"),
    ).where(Conversation.address_index == Contact.address_index)
    flags = conversations.correlate(Contact).lateral("flags")
    return (
        select(
            Contact.id,
            Contact.centre_id,
            Contact.line_id,
            Contact.channel,
            Contact.address_index,
            Contact.address_kind,
            flags.c.opted_out_at,
            flags.c.compromised_at,
            Contact.late_seconds,
            Contact.ended_at,
            Contact.last_inbound_at,
            Contact.received_at,
            koza_now().label("now"),
        )
        .join(flags, true())
        .where(Contact.id == bindparam("contact_id"))
    )


# Built once: every text asks it.
_REACH = Read(_reach())


def reach(session: Session, contact_id: UUID) -> Reach | None:
    """The reach of one contact, unscoped: for the gate and reactions, never for a screen."""
    asked, values = asked_reach(contact_id)
    return told_reach(asked.all(session, values))


def asked_reach(contact_id: UUID) -> tuple[Read, Row]:
    """:func:`reach` as a read that is asked together with others; :func:`told_reach` takes its rows."""
    return _REACH, {"contact_id": contact_id}


def told_reach(rows: Sequence[Any]) -> Reach | None:
    """What :func:`asked_reach` found."""
    if not rows:
        return None
    row = rows[0]
    return Reach(
        contact_id=row.id,
        centre_id=row.centre_id,
        line_id=row.line_id,
        channel=row.channel,
        address_index=row.address_index if row.address_kind == "number" else None,
        opted_out_at=row.opted_out_at,
        compromised_at=row.compromised_at,
        last_text_at=row.last_inbound_at if row.channel == "sms" else None,
        late=row.late_seconds is not None,
        ended=row.ended_at is not None,
        received_at=row.received_at,
        now=row.now,
    )


_THIS = aliased(Contact)
# What two calls of one number tell in the same moment is told one after the other.
_TURN = Read(
    select(func.pg_advisory_xact_lock(func.hashtextextended(func.encode(Contact.address_index, "hex"), 0))).where(
        Contact.id == bindparam("contact_id"), Contact.address_kind == "number"
    )
)


def asked_turn_of_number(contact_id: UUID) -> tuple[Read, Row]:
    """Take the turn of a contact's number until the transaction ends, as a read that is asked before others."""
    return _TURN, {"contact_id": contact_id}


def calls_of_number() -> Select[*tuple[Any, ...]]:
    """(id) of the calls of one number to one line in the last 24 hours; a bound ``contact_id`` says whose number.

    Who shows no number has none, herself included. Unscoped, for reactions of higher rooms: joined by id, never shown.
    """
    return (
        select(Contact.id)
        .join(_THIS, and_(_THIS.address_index == Contact.address_index, _THIS.line_id == Contact.line_id))
        .where(
            _THIS.id == bindparam("contact_id"),
            _THIS.address_kind == "number",
            Contact.channel == "voice",
            Contact.received_at > koza_now() - timedelta(seconds=REPEAT_S),
        )
    )


def number_of_contact() -> ScalarSelect[Any]:
    """The blind index of a contact's number, NULL where she showed none; a bound ``contact_id`` says whose."""
    return (
        select(Contact.address_index)
        .where(Contact.id == bindparam("contact_id"), Contact.address_kind == "number")
        .scalar_subquery()
    )


def contacts_of_address(session: Session, address_index: bytes) -> list[UUID]:
    """Every contact of one address, newest first; unscoped, for taking permits back."""
    return list(
        session.scalars(
            select(Contact.id).where(Contact.address_index == address_index).order_by(Contact.received_at.desc()),
        ),
    )


def others_of_address(session: Session, contact_id: UUID) -> list[UUID]:
    """The other contacts of the same number at the same centre, but for calls that are still going on.

    None where she showed no number, and none where somebody else may have her telephone.
    """
    known = reach(session, contact_id)
    if known is None or known.address_index is None or known.compromised_at is not None:
        return []
    return list(
        session.scalars(
            select(Contact.id)
            .outerjoin(Call, Call.id == Contact.id)
            .where(
                Contact.address_index == known.address_index,
                Contact.centre_id == known.centre_id,
                Contact.id != contact_id,
                (Contact.channel == "sms") | Call.ended_at.is_not(None),
            ),
        ),
    )
