"""What members are told of a page beside being called: that it is taken, that it has become more urgent."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from core.actor import Actor, system
from core.clock import after
from escalation.paging.models import Page
from escalation.paging.service.moves import notifications_of
from escalation.paging.service.people import PAGER, telephones
from hotline import service as hotline_service
from hotline.phrases import phrase
from staff import queries as staff_queries

#: Such word is worth sending for this long.
TELL_WITHIN_S = 600


def actor() -> Actor:
    """The pager acting by itself."""
    return system(PAGER)


def locale_of(session: Session, account_id: UUID) -> str:
    """The language in which a member is spoken to."""
    row = staff_queries.account(session, account_id)
    return row.locale if row is not None else "tr"


def tell_taken(session: Session, page: Page, *, but: set[UUID]) -> None:
    """Text those who were texted that they are no longer needed; a telephone that still rings is ended already."""
    texted = {
        item.account_id: item.contact_point_id
        for item in notifications_of(session, page)
        if item.medium == "sms" and item.state in {"accepted", "delivered", "reached", "unknown"}
    }
    for account_id, point_id in texted.items():
        if account_id not in but:
            tell(session, page, account_id, point_id, "page_taken")


def tell_raised(session: Session, page: Page) -> None:
    """Who has promised contact hears that it has become more urgent."""
    _tell_her(session, page, "page_raised", level=page.level)


def tell_more(session: Session, page: Page, number: int) -> None:
    """Who has promised contact hears how many wait by now."""
    _tell_her(session, page, "page_more", count=number)


def _tell_her(session: Session, page: Page, key: str, **values: int) -> None:
    if page.accepted_by is None:
        return
    for point in telephones(session, [page.accepted_by]).get(page.accepted_by, []):
        if point.medium == "sms":
            tell(session, page, page.accepted_by, point.id, key, **values)
            return


def tell(session: Session, page: Page, account_id: UUID, point_id: UUID, key: str, **values: int) -> None:
    """Text one member a phrase that holds the page's code, and its level at most."""
    for point in telephones(session, [account_id]).get(account_id, []):
        if point.id == point_id:
            hotline_service.page_text(
                session,
                actor(),
                page.centre_id,
                point.address,
                str(page.id),
                page.epoch,
                phrase(key, locale_of(session, account_id)).fill(code=page.code, **values),
                not_after=after(TELL_WITHIN_S),
                owner_kind="page_taken",
            )
