"""Refusals, written down. By itself, for the sockets' process has no use for the rest of what staff can do."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.audit import record
from staff.errors import ScopeError


def record_denial(session: Session, error: ScopeError) -> None:
    """Write a refusal down. Called by the edges in a transaction of its own: the refused one was rolled back."""
    record(
        session,
        error.actor,
        error.act,
        error.subject_kind or "permission",
        error.subject_id or error.wanted,
        wanted=error.wanted,
    )
