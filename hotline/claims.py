"""Which send may be asked for next, and the attempt that claims it: one transaction, and nothing is asked in it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from core.clock import koza_now
from core.facts import report
from core.ids import new_id
from core.log import get_logger
from core.metrics import alarms
from hotline.events import NeverDialled
from hotline.models import Attempt, Permit, Send
from staff.service import withdraw_never_dialled

log = get_logger(__name__)

LEASE_S = 20
#: A command may be repeated without harm, so its lease is just longer than the carrier's time to answer.
COMMAND_LEASE_S = 8


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a worker needs for the act; opened in the claiming transaction and kept in memory alone."""

    attempt_id: UUID
    send_id: UUID
    medium: str
    token: str
    address: str = field(repr=False)
    from_number: str
    body: str | None = field(repr=False)
    leg_id: UUID | None
    command: dict[str, Any] | None
    #: Whether the other end is a member of the public.
    public: bool
    validity_s: int
    #: When its time is over, on the worker's own steady clock.
    until: float


@dataclass(frozen=True, slots=True)
class Passed:
    """A send that was looked at and is not asked for now; there may be others."""


def _permitted() -> ColumnElement[bool]:
    """Whether the send needs no permit, or its permit holds at this moment."""
    return or_(
        Send.permit_id.is_(None),
        exists().where(
            Permit.id == Send.permit_id,
            Permit.revoked_at.is_(None),
            Permit.valid_until > koza_now(),
        ),
    )


def _next() -> Select[Send, datetime]:
    """The send that has waited longest and may be asked for now: commands first, no address twice at a time."""
    busy = exists().where(
        Attempt.address_index == Send.address_index,
        Attempt.medium == Send.medium,
        Attempt.live,
    )
    return (
        select(Send, koza_now())
        .where(
            and_(Send.state == "waiting", Send.not_before <= koza_now(), Send.not_after > koza_now()),
            ~busy,
            _permitted(),
        )
        .order_by(Send.medium != "command", Send.not_before)
        .limit(1)
        .with_for_update(skip_locked=True, of=Send)
    )


# Built once: every worker asks each second.
_LATE = Send.not_after <= koza_now()
HOPELESS = (
    select(Send, _LATE.label("late"))
    .where(Send.state == "waiting", or_(_LATE, ~_permitted()))
    .limit(100)
    .with_for_update(skip_locked=True, of=Send)
)
NEXT = _next()


def new_attempt(session: Session, send: Send, moment: datetime) -> Attempt | None:
    """The attempt of a send that was claimed now; ``None`` where another worker asks the same address just then."""
    lease = COMMAND_LEASE_S if send.medium == "command" else LEASE_S
    attempt_id = session.execute(
        insert(Attempt)
        .values(
            id=new_id(),
            send_id=send.id,
            number=send.tries + 1,
            medium=send.medium,
            address_index=send.address_index,
            token=secrets.token_urlsafe(16),
            state="started",
            live=True,
            started_at=moment,
            lease_until=moment + timedelta(seconds=lease),
        )
        .on_conflict_do_nothing()
        .returning(Attempt.id),
    ).scalar()
    return session.get(Attempt, attempt_id) if attempt_id else None


def never_dialled(session: Session, send: Send, address: str) -> None:
    """Stop a send to an emergency or short service number for good, and say so before its end is told.

    The telephone it was written down as is out of use from here on, so that no further send is ordered to it.
    """
    log.error("never_dialled", send=send.id, owner=send.owner_kind)
    alarms.add(kind="never_dialled")
    owners = [] if send.public else withdraw_never_dialled(session, address)
    account_id = owners[0] if owners else None
    report(session, NeverDialled(None, send.centre_id, send.id, send.owner_kind, send.owner_ref, account_id))


__all__ = ["COMMAND_LEASE_S", "HOPELESS", "LEASE_S", "NEXT", "Claimed", "Passed", "never_dialled", "new_attempt"]
