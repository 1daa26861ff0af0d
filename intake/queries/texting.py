"""What a director decided about her centre's texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.models import AgreedWord, TextPolicy
from intake.rules import SILENT_HOURS
from staff.scope import Scope


@dataclass(frozen=True, slots=True)
class AgreedWordView:
    """Words that mean danger."""

    id: UUID
    words: str = field(repr=False)
    added_by: UUID | None
    added_at: datetime


@dataclass(frozen=True, slots=True)
class TextPolicyView:
    """Whether the machine answers, how long a thread may be silent, and the agreed words, the newest first."""

    automatic: bool
    silent_hours: int
    words: tuple[AgreedWordView, ...]


def text_policy(session: Session, scope: Scope, centre_id: UUID) -> TextPolicyView:
    """The decisions of a centre, for whoever may change them. Raises OutOfScopeError, MissingPermissionError."""
    scope.require_record(session, "text_policy", centre_id, centre_id, act="write")
    policy = session.get(TextPolicy, centre_id)
    words = session.scalars(
        select(AgreedWord)
        .where(AgreedWord.centre_id == centre_id, AgreedWord.removed_at.is_(None))
        .order_by(AgreedWord.added_at.desc(), AgreedWord.id)
    )
    return TextPolicyView(
        automatic=policy is not None and policy.automatic,
        silent_hours=policy.silent_hours if policy is not None else SILENT_HOURS,
        words=tuple(AgreedWordView(row.id, row.words or "", row.added_by, row.added_at) for row in words),
    )
