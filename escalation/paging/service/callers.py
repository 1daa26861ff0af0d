"""A page is a promise, but a caller who still waits is not kept waiting: who accepts is connected with her."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from core.actor import Actor
from core.log import get_logger
from core.statements import savepoint
from escalation.paging.models import Page
from hotline.service.holding import NotACallError
from routing import service as routing_service
from staff.errors import ScopeError

log = get_logger(__name__)


def connect_waiting(session: Session, actor: Actor, page: Page, account_id: UUID, leg_id: UUID | None) -> bool:
    """Give the page's contact to ``account_id`` if it still waits for a person; returns whether it was.

    ``leg_id`` is the telephone on which she accepted; without one her best telephone is rung. When she hung up in this
    very moment, or somebody else took her, the promise stands as it is: the savepoint takes back the half-done act.
    """
    if page.contact_id is None:
        return False
    try:
        with savepoint(session):
            answer = routing_service.accept(session, actor, page.contact_id, account_id, via="phone", leg_id=leg_id)
    except (NotACallError, ScopeError, routing_service.NoTelephoneError, routing_service.BusyError) as reason:
        log.warning("page_not_connected", page=page.id, error=type(reason).__name__)
        return False
    return answer.won
