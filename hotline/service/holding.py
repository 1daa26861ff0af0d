"""Her call, locked: the one order in which everybody takes its rows."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from core.clock import koza_now
from hotline.models import Call, Contact

# Built once: each request of a running call asks it, and to build it costs as much as to load what it finds.
_HELD = (
    select(Contact, Call, koza_now().label("moment"))
    .join(Call, Call.id == Contact.id)
    .with_for_update(of=(Contact, Call), key_share=True)
    .execution_options(populate_existing=True)
)
_BY_CONTACT = _HELD.where(Contact.id == bindparam("contact_id"))
_BY_SID = _HELD.where(Call.carrier_sid == bindparam("sid"))


class NotACallError(Exception):
    """The contact has no running call."""


class Held(NamedTuple):
    """A contact and its call, locked and fresh, and the moment of this transaction."""

    contact: Contact
    call: Call
    moment: datetime


def held(session: Session, sid: str) -> Held:
    """The call that the carrier knows by ``sid``, as :func:`hold`."""
    return _locked(session, _BY_SID, sid=sid)


def hold(session: Session, contact_id: UUID) -> Held:
    """Lock the call of a contact before anything else of hers. Raises :class:`NotACallError`.

    Both rows, because a wait for the lock shows the newest version of locked rows alone. Everybody takes her call
    first, then sends, then legs, so that two requests about one call queue up instead of blocking each other.
    """
    return _locked(session, _BY_CONTACT, contact_id=contact_id)


def _locked(session: Session, statement: Select[Contact, Call, datetime], **wanted: object) -> Held:
    row = session.execute(statement, wanted).one_or_none()
    if row is None:
        raise NotACallError
    return Held(row.Contact, row.Call, row.moment)


def call_of(session: Session, contact_id: UUID) -> tuple[Contact, Call]:
    """A contact and its call, as they are. Raises :class:`NotACallError`."""
    row = session.execute(
        select(Contact, Call).join(Call, Call.id == Contact.id).where(Contact.id == contact_id),
    ).one_or_none()
    if row is None:
        raise NotACallError
    return row.Contact, row.Call


__all__ = ["Held", "NotACallError", "call_of", "held", "hold"]
