"""She may take her own life: nobody hands her over or lets her wait, and a second person may read along silently.

Reading along is a grant of its own kind to one colleague, which opens the page of the contact and no act on it, while
she is marked so and her contact lasts. Who has her sees who reads, and whoever reads sees that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import AuditEntry, record
from core.clock import after
from core.outbox import publish
from hotline import service as hotline
from hotline.queries import ContactView
from intake.access import board_centres, tell_screens
from intake.callers import holds
from intake.identity import kinds_in
from routing.models import Queued
from routing.people import operators_for
from routing.rules import FIRST
from routing.service.offers import as_waiting
from staff import queries as staff_queries
from staff import service as staff
from staff.scope import Scope

#: The kind of its grants; the subject is the contact.
READING: Final = "reading_along"
READ: Final = "read_along"
#: What the screens of who is asked hear: that there is something new to fetch.
_TOPIC: Final = "callback"
#: No conversation is longer; it ends before, with the contact or the mark.
_LONGEST_S: Final = 4 * 3600


class StaysError(Exception):
    """She may take her own life: what may lose her is not done."""


class NoReaderError(Exception):
    """A colleague who cannot read along, or nobody is asked to here."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads along; ``since`` None: the page was not opened yet."""

    account_id: UUID
    since: datetime | None


def stays(session: Session, contact_id: UUID) -> bool:
    """Whether nothing may be done that could lose her."""
    return holds(kinds_in(session, contact_id), "stay")


def hand_over(session: Session, actor: Actor, contact_id: UUID, leg_id: UUID) -> None:
    """Give her to a colleague in the room. Raises :class:`StaysError`, and as :func:`hotline.hand_over_call`."""
    if stays(session, contact_id):
        raise StaysError
    hotline.hand_over_call(session, actor, contact_id, leg_id)


def put_on_hold(session: Session, actor: Actor, contact_id: UUID) -> None:
    """Let her wait outside the room. Raises :class:`StaysError`, and as :func:`hotline.put_on_hold`."""
    if stays(session, contact_id):
        raise StaysError
    hotline.put_on_hold(session, actor, contact_id)


def could_read(session: Session, contact_id: UUID, me: UUID) -> list[UUID]:
    """Who is at work on her line and not barred from her, also while speaking with somebody else."""
    row = session.get(Queued, contact_id)
    if row is None:
        return []
    barred = staff_queries.barred_accounts(session, "contact", [contact_id]).get(contact_id, frozenset())
    found = operators_for(session, row.line_id, as_waiting(session, row), {*barred, me}, wave=FIRST, on_call_roles=())
    return [one.account_id for one in found]


def let_read(session: Session, actor: Actor, contact: ContactView, account_id: UUID) -> None:
    """Let a colleague read along. Raises :class:`NoReaderError`; the caller has checked that the actor works on it."""
    over = contact.ended_at is not None or not stays(session, contact.id)
    if over or actor.id is None or account_id not in could_read(session, contact.id, actor.id):
        raise NoReaderError
    staff.grant(
        session,
        actor,
        subject_kind=READING,
        subject_id=contact.id,
        grantee_kind="staff",
        grantee_id=account_id,
        reason="assigned",
        until=after(_LONGEST_S),
        centre_id=contact.centre_id,
    )
    tell_screens(session, contact.id)
    publish(session, board_centres(session, contact.id), _TOPIC, contact.id)


def stop_reading(session: Session, actor: Actor, contact: ContactView) -> None:
    """Nobody reads along any more."""
    if staff.revoke_grants(session, actor, READING, contact.id, centre_id=contact.centre_id):
        tell_screens(session, contact.id)


def reads_along(session: Session, scope: Scope, contact: ContactView) -> bool:
    """Whether this reader may read along now, by a grant to her alone."""
    mine = scope.account_id is not None and scope.reaches(
        session, "contact", contact.id, contact.centre_id, subject_kind=READING, act="answer", restricted=True
    )
    return mine and contact.ended_at is None and stays(session, contact.id)


def note_reading(session: Session, actor: Actor, contact: ContactView) -> None:
    """The page was opened by who reads along: it is written down, and shown to who has her."""
    first = not _opened(session, contact.id, actor.id)
    record(session, actor, READ, "contact", contact.id, contact.centre_id)
    if first:
        tell_screens(session, contact.id)


def readers(session: Session, contact_id: UUID) -> list[Reader]:
    """Who may read along now, and since when each does."""
    found = [one for kind, one, _, _ in staff_queries.readers_of(session, READING, contact_id) if kind == "staff"]
    return [Reader(one, _opened(session, contact_id, one)) for one in found]


def _opened(session: Session, contact_id: UUID, account_id: UUID | None) -> datetime | None:
    return session.execute(
        select(func.min(AuditEntry.at)).where(
            AuditEntry.subject_kind == "contact",
            AuditEntry.subject_id == str(contact_id),
            AuditEntry.act == READ,
            AuditEntry.actor_id == account_id,
        )
    ).scalar()


__all__ = [
    "READING",
    "NoReaderError",
    "Reader",
    "StaysError",
    "could_read",
    "hand_over",
    "let_read",
    "note_reading",
    "put_on_hold",
    "readers",
    "reads_along",
    "stays",
    "stop_reading",
]
