"""Her call, locked: the one order in which everybody takes its rows."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from core.clock import koza_now
from hotline.models import Call, Contact


class NotACallError(Exception):
    """The contact has no running call."""


class Held(NamedTuple):
    """A contact and its call, locked and fresh, and the moment of this transaction."""

    contact: Contact
    call: Call
    moment: datetime


def held(session: Session, *wanted: ColumnElement[bool]) -> Held:
    """Lock the wanted call and its contact before anything else of hers. Raises :class:`NotACallError`.

    Both rows, because a wait for the lock shows the newest version of locked rows alone. Everybody takes her call
    first, then sends, then legs, so that two requests about one call queue up instead of blocking each other.
    """
    row = session.execute(
        select(Contact, Call, koza_now().label("moment"))
        .join(Call, Call.id == Contact.id)
        .where(*wanted)
        .with_for_update(of=(Contact, Call), key_share=True)
        .execution_options(populate_existing=True),
    ).one_or_none()
    if row is None:
        raise NotACallError
    return Held(row.Contact, row.Call, row.moment)


def hold(session: Session, contact_id: UUID) -> Held:
    """The call of a contact, as :func:`held`."""
    return held(session, Contact.id == contact_id)


def call_of(session: Session, contact_id: UUID) -> tuple[Contact, Call]:
    """A contact and its call, as they are. Raises :class:`NotACallError`."""
    row = session.execute(
        select(Contact, Call).join(Call, Call.id == Contact.id).where(Contact.id == contact_id),
    ).one_or_none()
    if row is None:
        raise NotACallError
    return row.Contact, row.Call


__all__ = ["Held", "NotACallError", "call_of", "held", "hold"]
