"""She was reached, or her contact closed: whatever only wanted that has come to its end."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor
from escalation.paging import rules
from escalation.paging.models import LIVE_STATES, Page
from escalation.paging.service import lines, many
from escalation.paging.service.answers import close, note_contact_made
from escalation.paging.service.moves import announce
from hotline.queries.reach import others_of_address
from intake import service as intake_service


def reached_by_us(session: Session, actor: Actor, contact_id: UUID, account_id: UUID | None) -> None:
    """A person of ours spoke with or wrote to her: pages that only wanted that are kept or closed.

    An operator's own request goes on: she asked for help while already speaking with her.
    """
    _end_what_wanted_her(session, actor, [contact_id], account_id)


def spoken_with(session: Session, actor: Actor, contact_id: UUID, account_id: UUID | None) -> None:
    """A person of ours speaks with her: her earlier calls and her texts from this number wanted no more than that."""
    others = others_of_address(session, contact_id)
    _end_what_wanted_her(session, actor, [contact_id, *others], account_id)
    if others:
        lines.take_away(session, lines.of_contacts(session, others))
        intake_service.callback_over(session, others, "answered")


def _end_what_wanted_her(session: Session, actor: Actor, contact_ids: list[UUID], account_id: UUID | None) -> None:
    for page in _live_of(session, contact_ids):
        by_acceptor = account_id is not None and account_id == page.accepted_by
        if page.state == "acked" and (by_acceptor or page.reason in rules.ENDS_WITH_CONTACT):
            note_contact_made(session, actor, page.id)
        elif page.state in {"open", "snoozed"} and page.reason in rules.ENDS_WITH_CONTACT:
            close(session, actor, page.id, "answered")
    wait_over(session, actor, contact_ids, "answered")


def wait_over(session: Session, actor: Actor, contact_ids: list[UUID], why: str) -> None:
    """These contacts wait in a shared page no longer. One of many goes on with the next, and ends with the last.

    One about a single number ends: whoever of its calls was answered, it was she.
    """
    for page in many.wait_over(session, actor, contact_ids, why):
        if many.waiting(session, page):
            many.hand_over(session, actor, page)
            announce(session, page)
        elif page.state == "acked":
            note_contact_made(session, actor, page.id)
        elif page.state in {"open", "snoozed"}:
            close(session, actor, page.id, why)


def contact_closed(session: Session, actor: Actor, contact_id: UUID) -> None:
    """Her contact was closed by a person: its pages ask nothing any more."""
    for page in _live_of(session, [contact_id]):
        close(session, actor, page.id, "contact_closed")
    wait_over(session, actor, [contact_id], "contact_closed")


def due_done(session: Session, actor: Actor, contact_id: UUID) -> None:
    """What was due about a contact is done: a page that only wanted that asks nothing any more."""
    for page in _live_of(session, [contact_id]):
        if page.reason == "due":
            close(session, actor, page.id, "done")


def _live_of(session: Session, contact_ids: list[UUID]) -> list[Page]:
    live = select(Page).where(Page.contact_id.in_(contact_ids), Page.state.in_(LIVE_STATES))
    return list(session.scalars(live.order_by(Page.opened_at)))
