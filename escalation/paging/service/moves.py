"""How a page changes: one conditional update per act, so that of two people exactly one succeeds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.due import cancel_due, set_due
from core.outbox import publish
from escalation.paging import rules
from escalation.paging.models import Notification, Page
from hotline import service as hotline_service
from staff import queries as staff_queries

TOPIC = "page"
#: Due rows of this room; the subject is the page's id, or for a text its contact's.
STEP = "paging.step"
PROMISE = "paging.promise"
TEXT = "paging.text_unanswered"
LINE = "paging.line"


class PagingError(Exception):
    """An act that is not possible; ``reason`` is a code that a screen words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def locked(session: Session, page_id: UUID) -> Page:
    """The page as it stands now, held until the transaction ends. Raises :class:`PagingError` for none."""
    found = session.get(Page, page_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise PagingError("unknown_page")
    return found


def fresh(session: Session, page_id: UUID) -> Page:
    """The page as it stands now, not held. Raises :class:`PagingError` for none."""
    found = session.get(Page, page_id, populate_existing=True)
    if found is None:
        raise PagingError("unknown_page")
    return found


def move(session: Session, page: Page, act: rules.PageAct, **values: Any) -> bool:
    """Do ``act`` if the page is still as it was read: same epoch, and a state in which the act is possible.

    Returns whether it was done; afterwards ``page`` is as it stands in either case. Of two that read the same epoch
    the second waits for the first one's commit and then matches no row.
    """
    before = rules.states_before(act)
    target = rules.after_act(before[0], act)
    fence = {"epoch": Page.epoch + 1} if act in rules.FENCING else {}
    done = session.execute(
        update(Page)
        .where(Page.id == page.id, Page.epoch == page.epoch, Page.state.in_(before))
        .values(state=target, **fence, **values)
        .returning(Page.id)
        .execution_options(synchronize_session=False),
    ).one_or_none()
    session.refresh(page)
    return done is not None


def note_state(session: Session, notifications: Iterable[Notification], state: str) -> None:
    """Raise notifications to a state; those that have ended keep theirs."""
    for item in notifications:
        new = rules.raised(item.state, state)
        if new != item.state:
            item.state = new
    session.flush()


def step_at(session: Session, page: Page, at: datetime) -> None:
    """Let the page go on at a moment, before what is due of less urgent ones."""
    set_due(session, STEP, str(page.id), at, epoch=page.epoch, centre_id=page.centre_id, rank=page.level)


def fence(session: Session, page: Page) -> None:
    """After the epoch grew: what was planned or waits to be sent in older ones is not sent, what rings is ended."""
    cancel_due(session, STEP, str(page.id))
    cancel_due(session, PROMISE, str(page.id))
    hotline_service.cancel_sends(session, TOPIC, str(page.id), page.epoch)
    older = [item for item in notifications_of(session, page) if item.epoch < page.epoch]
    note_state(session, [item for item in older if item.state in {"waiting", "sending"}], "cancelled")


def notifications_of(session: Session, page: Page) -> list[Notification]:
    """Everything that was ever planned for a page, in order."""
    return list(
        session.scalars(
            select(Notification)
            .where(Notification.page_id == page.id)
            .order_by(Notification.created_at, Notification.id),
        ),
    )


def centres_of(session: Session, page: Page) -> list[UUID]:
    """The centres on whose boards a page stands: its own, and those that answer its line."""
    answering = staff_queries.answering_centres(session, page.line_id) if page.line_id is not None else []
    return list(dict.fromkeys([page.centre_id, *answering]))


def announce(session: Session, page: Page) -> None:
    """Tell the screens that a page changed."""
    session.flush()
    publish(session, centres_of(session, page), TOPIC, page.id)
