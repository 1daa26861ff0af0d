"""Due rows of lists."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from core.actor import system
from core.due import DueHandlers
from escalation.cases.lists import service


def drop(session: Session, subject: str, _epoch: int) -> None:
    """``lists.drop`` of a list's id: a day is over and nobody confirmed it. Idempotent: dropped once."""
    service.drop(session, system("lists"), UUID(subject))


def register(due: DueHandlers) -> None:
    """Tell the sweeper what is done for the lists' due rows."""
    due.on(service.DROP, drop)
