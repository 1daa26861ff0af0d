"""Due rows of the pager. Each handler is idempotent: it does nothing when the page's epoch has moved on."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from core.due import DueHandlers
from escalation.paging import service


def step(session: Session, subject: str, epoch: int) -> None:
    """``paging.step`` of a page's id: its rung has waited long enough."""
    service.climb(session, UUID(subject), epoch)


def promise(session: Session, subject: str, epoch: int) -> None:
    """``paging.promise`` of a page's id: contact should have been made by now."""
    service.promise_lapsed(session, UUID(subject), epoch)


def text_unanswered(session: Session, subject: str, _epoch: int) -> None:
    """``paging.text_unanswered`` of a contact's id: nobody has answered her text."""
    service.text_overdue(session, UUID(subject))


def line_over(session: Session, subject: str, _epoch: int) -> None:
    """``paging.line`` of a page's id: it is a day since she last called."""
    service.line_over(session, UUID(subject))


def register(due: DueHandlers) -> None:
    """Tell the sweeper what is done for this room's due rows."""
    due.on(service.STEP, step)
    due.on(service.PROMISE, promise)
    due.on(service.TEXT, text_unanswered)
    due.on(service.LINE, line_over)
    due.stuck = service.stuck
