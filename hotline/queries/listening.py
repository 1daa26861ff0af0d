"""Who listens to a conversation, and what she agreed to about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.models import COACH, LISTENER, Contact, Leg, ListeningConsent
from hotline.queries.contacts import words_for
from staff.scope import Scope


@dataclass(frozen=True, slots=True)
class ListenerView:
    """A telephone that listens, or rings for it. ``since``: when it came in; ``going``: it is being let go."""

    account_id: UUID | None
    coach: bool
    since: datetime | None
    going: bool


@dataclass(frozen=True, slots=True)
class AgreedView:
    """That she agreed, opened. ``ended_at`` is None as long as it holds."""

    id: UUID
    account_id: UUID
    words: str = field(repr=False)
    at: datetime
    ended_at: datetime | None


def listeners(session: Session, contact_id: UUID) -> list[ListenerView]:
    """Who listens now, or is rung for it."""
    rows = session.execute(
        select(Leg.account_id, Leg.script["role"].astext.label("role"), Leg.joined_at, Leg.next)
        .where(Leg.contact_id == contact_id, Leg.purpose == LISTENER, Leg.ended_at.is_(None))
        .order_by(Leg.created_at, Leg.id),
    )
    return [
        ListenerView(row.account_id, row.role == COACH, row.joined_at, (row.next or {}).get("do") == "dismiss")
        for row in rows
    ]


def agreed_to_listening(session: Session, scope: Scope, contact_id: UUID) -> list[AgreedView]:
    """Every time that she agreed in a contact, in order; for whoever reads her words."""
    rows = session.scalars(
        select(ListeningConsent)
        .join(Contact, Contact.id == ListeningConsent.contact_id)
        .where(ListeningConsent.contact_id == contact_id, words_for(scope))
        .order_by(ListeningConsent.created_at, ListeningConsent.id),
    )
    return [AgreedView(row.id, row.account_id, row.words or "", row.created_at, row.ended_at) for row in rows]


def may_be_listened_to(session: Session, contact_id: UUID) -> bool:
    """Whether she agreed and that holds; unscoped, for whoever may listen."""
    holds = select(ListeningConsent.id).where(
        ListeningConsent.contact_id == contact_id, ListeningConsent.ended_at.is_(None)
    )
    return session.execute(holds).first() is not None


__all__ = ["AgreedView", "ListenerView", "agreed_to_listening", "listeners", "may_be_listened_to"]
