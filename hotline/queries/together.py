"""What the one who speaks with her sees of it: her own voice, and what was asked and answered by key."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from hotline.models import BROWSER, GUEST, INTERPRETER, LISTENER, Contact, Leg, StepOut
from hotline.queries.contacts import words_for
from staff.scope import Scope

Where = Literal["", "rings", "inside", "tab"]


@dataclass(frozen=True, slots=True)
class VoiceView:
    """A telephone in the talking room. ``told`` is what the carrier last took of the wish ``muted``."""

    muted: bool
    told: bool

    @property
    def settled(self) -> bool:
        """Whether it is as wished."""
        return self.muted == self.told


@dataclass(frozen=True, slots=True)
class KeyQuestionView:
    """A question that she was to answer by a key, opened. ``answer`` is None where no key was heard."""

    id: UUID
    question: str = field(repr=False)
    #: question, or announce: she was told of an interpreter, and the answer is whether she refused.
    kind: str
    answer: str | None = field(repr=False)
    #: asked, out, back
    state: str
    #: key, none, lost, over; None while it is not known.
    outcome: str | None
    asked_at: datetime


def voice_of(session: Session, contact_id: UUID, account_id: UUID | None) -> VoiceView | None:
    """The voice of this member of staff, whose telephone is in the talking room with her; who listens has none."""
    row = session.execute(
        select(Leg.muted, Leg.muted_told)
        .where(
            Leg.contact_id == contact_id,
            Leg.account_id == account_id,
            Leg.purpose != LISTENER,
            Leg.joined_at.is_not(None),
            Leg.ended_at.is_(None),
        )
        .order_by(Leg.joined_at.desc())
        .limit(1),
    ).first()
    return None if row is None else VoiceView(row.muted, row.muted if row.muted_told is None else row.muted_told)


def telephone_with_her(session: Session, contact_id: UUID, account_id: UUID | None) -> Where:
    """Where this person's telephone is: in the talking room, there as a browser's tab, on its way, or nowhere."""
    row = session.execute(
        select(Leg.joined_at, Leg.script)
        .where(
            Leg.contact_id == contact_id,
            Leg.account_id == account_id,
            Leg.ended_at.is_(None),
            Leg.purpose.not_in(("page", LISTENER)),
        )
        .order_by(Leg.joined_at.is_(None))
        .limit(1),
    ).first()
    if row is None or row.joined_at is None:
        return "" if row is None else "rings"
    return "tab" if BROWSER in row.script else "inside"


def led_out_for(session: Session, contact_id: UUID) -> str | None:
    """What she is led out of the talking room for at this moment: question or hold."""
    return session.scalars(
        select(StepOut.kind).where(StepOut.contact_id == contact_id, StepOut.ended_at.is_(None)),
    ).one_or_none()


@dataclass(frozen=True, slots=True)
class OtherView:
    """Another telephone in her conversation, or rung for it."""

    leg_id: UUID
    account_id: UUID | None
    role: str | None
    inside: bool

    @property
    def interpreter(self) -> bool:
        """Whether she is no company by that telephone alone, and cannot be given to it."""
        return self.role == INTERPRETER


def others_with_her(session: Session, contact_id: UUID, account_id: UUID | None) -> list[OtherView]:
    """The telephones of everybody else in her conversation, and of who is called in to it."""
    rows = session.execute(
        select(Leg.id, Leg.account_id, Leg.script["role"].astext.label("role"), Leg.joined_at)
        .where(
            Leg.contact_id == contact_id,
            Leg.account_id.is_distinct_from(account_id),
            Leg.ended_at.is_(None),
            Leg.purpose != LISTENER,
            or_(Leg.purpose == GUEST, Leg.joined_at.is_not(None)),
        )
        .order_by(Leg.created_at),
    )
    return [OtherView(row.id, row.account_id, row.role, row.joined_at is not None) for row in rows]


def key_questions(session: Session, scope: Scope, contact_id: UUID) -> list[KeyQuestionView]:
    """What she was asked to answer by key, in order; for whoever reads her words."""
    rows = session.scalars(
        select(StepOut)
        .join(Contact, Contact.id == StepOut.contact_id)
        .where(StepOut.contact_id == contact_id, StepOut.kind.in_(("question", "announce")), words_for(scope))
        .order_by(StepOut.created_at, StepOut.id),
    )
    return [
        KeyQuestionView(
            row.id,
            (row.question or "") if row.kind == "question" else "",
            row.kind,
            row.answer,
            row.state,
            row.outcome,
            row.created_at,
        )
        for row in rows
    ]


__all__ = [
    "KeyQuestionView",
    "OtherView",
    "VoiceView",
    "key_questions",
    "led_out_for",
    "others_with_her",
    "telephone_with_her",
    "voice_of",
]
