"""Calls that we place to her, as rooms above and screens read them; none holds a number or a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from hotline.models import LISTENER, CallBack, Leg


@dataclass(frozen=True, slots=True)
class CallBackView:
    """How far a call back came, and what came of it."""

    id: UUID
    of_contact_id: UUID
    centre_id: UUID
    account_id: UUID
    contact_id: UUID | None
    state: str
    outcome: str | None
    reasons: tuple[str, ...]
    answered_by: str | None
    created_at: datetime
    called_at: datetime | None
    sure: bool
    other: bool


def call_back(session: Session, call_back_id: UUID) -> CallBackView | None:
    """One of them; unscoped, for reactions of rooms above."""
    row = session.get(CallBack, call_back_id)
    return None if row is None else _view(row)


def call_backs_of(session: Session, contact_id: UUID) -> list[CallBackView]:
    """Those of a contact: placed for its sake, or the one of which it came. The newest first."""
    wanted = or_(CallBack.of_contact_id == contact_id, CallBack.contact_id == contact_id)
    rows = session.scalars(select(CallBack).where(wanted).order_by(CallBack.created_at.desc(), CallBack.id.desc()))
    return [_view(row) for row in rows]


def nobody_is_sure(session: Session, contact_id: UUID) -> bool:
    """Whether we called, and nobody has made sure yet that it is she who answered."""
    unsure = select(CallBack.id).where(CallBack.contact_id == contact_id, CallBack.sure_at.is_(None))
    return session.execute(unsure).first() is not None


def people_calling() -> Select[UUID]:
    """(account_id) of everybody who has a call without having a caller.

    Who is calling somebody back and is not answered yet, and who listens to a conversation.
    """
    calling = select(CallBack.account_id).where(CallBack.outcome.is_(None), CallBack.contact_id.is_(None))
    listening = select(Leg.account_id).where(Leg.purpose == LISTENER, Leg.ended_at.is_(None))
    both = calling.union_all(listening).subquery()
    return select(both.c.account_id)


def _view(row: CallBack) -> CallBackView:
    return CallBackView(
        id=row.id,
        of_contact_id=row.of_contact_id,
        centre_id=row.centre_id,
        account_id=row.account_id,
        contact_id=row.contact_id,
        state=row.state,
        outcome=row.outcome,
        reasons=tuple(row.reasons.split(",")) if row.reasons else (),
        answered_by=row.answered_by,
        created_at=row.created_at,
        called_at=row.called_at,
        sure=row.sure_at is not None,
        other=row.other_at is not None,
    )


__all__ = ["CallBackView", "call_back", "call_backs_of", "nobody_is_sure", "people_calling"]
