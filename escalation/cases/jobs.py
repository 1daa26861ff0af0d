"""Due rows of cases."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from core.actor import system
from core.due import DueHandlers
from escalation.cases import service


def task(session: Session, subject: str, _epoch: int) -> None:
    """``cases.task`` of a task's id: its time is over. Idempotent: marked late once."""
    service.task_overdue(session, system("cases"), UUID(subject))


def register(due: DueHandlers) -> None:
    """Tell the sweeper what is done for this room's due rows."""
    due.on(service.TASK, task)
