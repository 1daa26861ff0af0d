"""What the tests of pages do with the telephones of on-call members, and what they read."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now
from core.due import Due
from core.facts import StoredFact
from escalation.paging import queries, service
from escalation.paging.models import Page
from hotline.events import (
    LegAnswered,
)
from hotline.models import Leg
from tests.edge.escalation.conftest import House


def type_in(session: Session, leg_id: UUID, entered: str) -> None:
    """The telephone edge stores what was entered by whoever answered."""
    leg = session.get_one(Leg, leg_id)
    leg.digits, leg.answered_at = entered, now(session)


def digits(house: House, page_id: UUID, name: str, *pressed: str) -> None:
    """She answers her telephone: first the digits of her PIN, then menu keys."""
    for entered in pressed:
        leg = house.leg(page_id, name)
        if len(entered) > 1:
            house.do(lambda session, leg_id=leg.id, entered=entered: type_in(session, leg_id, entered))
        digit = "pin" if len(entered) > 1 else entered
        house.happens(LegAnswered(leg.contact_id, house.centre_id, leg.id, "page", leg.ref, leg.account_id, digit))


def said(house: House, page_id: UUID, name: str) -> str:
    """What her telephone hears next."""
    following = house.leg(page_id, name).next
    assert following is not None
    return str(following.get("prompt", following["do"]))


def kinds(house: House, contact_id: UUID) -> list[str]:
    """The pager's facts about a contact, in order."""
    query = select(StoredFact.kind).where(StoredFact.contact_id == contact_id).order_by(StoredFact.number)
    return [kind for kind in house.do(lambda session: list(session.scalars(query))) if kind.startswith("Page")]


def accept(house: House, page_id: UUID, name: str) -> service.Accepted:
    """She accepts on the dashboard."""
    member = house[name]
    return house.do(lambda session: service.accept(session, member.actor, page_id, member.id, "dashboard"))


def unanswered(house: House, contact_id: UUID) -> Due | None:
    """The clock of an unanswered text."""
    query = select(Due).where(Due.kind == service.TEXT, Due.subject == str(contact_id))
    return house.do(lambda session: session.scalars(query).one_or_none())


def troubles(house: House) -> list[tuple[UUID, int, set[str]]]:
    """The pager's own pages: id, level, and what it says went wrong."""
    query = select(Page).where(Page.centre_id == house.centre_id, Page.reason == "pager").order_by(Page.opened_at)

    def read(session: Session) -> list[tuple[UUID, int, set[str]]]:
        pages = session.scalars(query).all()
        return [(page.id, page.level, set((page.request_reason or "").splitlines())) for page in pages]

    return house.do(read)


def exhaust(house: House, page_id: UUID) -> None:
    """Nobody accepts on any rung; the last resort is called."""
    house.sweep()
    ladder = house.do(lambda session: queries.ladder_of(session, house.page(page_id).policy_version_id))
    for step in ladder.steps:
        house.sweep(step.delay_s + 1)
    assert house.page(page_id).last_resort
