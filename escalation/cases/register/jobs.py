"""Due rows of the register."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from core.actor import system
from core.due import DueHandlers
from escalation.cases.register import service
from escalation.cases.register.service.periods import PERIOD


def period(session: Session, subject: str, _epoch: int) -> None:
    """``register.period`` of a decision's id: the last day of a period is over. Idempotent: ends what is over, once."""
    service.period_over(session, system("register"), UUID(subject))


def register(due: DueHandlers) -> None:
    """Tell the sweeper what is done for the register's due rows."""
    due.on(PERIOD, period)
