"""What set-up sees of its trials: the fallback telephone that was rung, a call and a text that came in.

Neutral on purpose: the line may be public already, and a trial page is read by somebody who has no right to contacts.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.text import fold_tr
from hotline.models import FALLBACK, Contact, Leg, Message

#: So many of the newest texts are looked at for the word of the trial.
_NEWEST = 50


@dataclass(frozen=True, slots=True)
class TrialCall:
    """The last trial call to a fallback telephone. ``status`` is the carrier's word, or ours before it was placed."""

    status: str
    answered_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class FirstCall:
    """A call that came in: when, the language that was chosen, and how far it went."""

    at: datetime
    language: str | None
    state: str


def last_trial(session: Session, centre_id: UUID) -> TrialCall | None:
    """How the last trial call of a centre went, or goes."""
    row = session.execute(
        select(Leg.status, Leg.answered_at, Leg.ended_at)
        .where(Leg.purpose == FALLBACK, Leg.ref == str(centre_id))
        .order_by(Leg.created_at.desc(), Leg.id.desc())
        .limit(1),
    ).one_or_none()
    return None if row is None else TrialCall(row.status, row.answered_at, row.ended_at)


def last_call(session: Session, line_ids: Collection[UUID], since: datetime) -> FirstCall | None:
    """The newest call to these lines."""
    row = session.execute(
        select(Contact.received_at, Contact.language, Contact.state)
        .where(Contact.line_id.in_(line_ids), Contact.channel == "voice", Contact.received_at >= since)
        .order_by(Contact.received_at.desc())
        .limit(1),
    ).one_or_none()
    return None if row is None else FirstCall(row.received_at, row.language, row.state)


def text_with(session: Session, line_ids: Collection[UUID], since: datetime, words: str) -> datetime | None:
    """When a text to these lines came that says just ``words``, however they are written; nobody else's is shown."""
    rows = session.scalars(
        select(Message)
        .join(Contact, Contact.id == Message.contact_id)
        .where(Contact.line_id.in_(line_ids), Message.direction == "in", Message.at >= since)
        .order_by(Message.number.desc())
        .limit(_NEWEST),
    )
    wanted = fold_tr(words).split()
    return next((message.at for message in rows if fold_tr(message.body or "").split() == wanted), None)
