"""Calls that ended unanswered: one page for one number, however often she tries.

Who was not answered often calls again, and again. Each call is hers to be answered and none is forgotten, but people on
call are woken for her once: while a page for her number waits for somebody, or for the contact that somebody promised,
her next call joins it with a row of its own, as texts join the page of many. The page then says how often she called
and when last.

Where she agreed to be called, somebody is to call her back besides, in her safe window and not before.

Danger has its own page, and so has a call that is more urgent than the page; who shows no number is never known to be
the same person; and where somebody else may have her telephone each call stands for itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Integer, and_, bindparam, func, or_, select, text, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from core.actor import Actor
from core.clock import koza_now
from core.database import table_of
from core.statements import Read, Write, read_together
from escalation.paging import rules
from escalation.paging.models import DEDUPED, DEDUPED_STATES, Page
from escalation.paging.service import lines, many, steps
from escalation.paging.service.about import About, asked_about, told_about
from escalation.paging.service.requests import request_for_contact
from escalation.paging.service.words import tell_more
from hotline.queries.reach import Reach, asked_turn_of_number, calls_of_number, told_reach
from intake import queries as intake_queries
from intake import service as intake_service
from staff import queries as staff_queries

REASON = "call_unanswered"
_HERS = calls_of_number().subquery("hers")
# Built once: every call that ended unanswered asks it. Whoever was in danger on the line has a page since then.
_PAGES = Read(
    select(Page.contact_id, Page.state, Page.calls, func.coalesce(Page.merged_into, Page.id).label("page_id"))
    .join(_HERS, _HERS.c.id == Page.contact_id)
    .where(
        or_(Page.reason == REASON, Page.reason == "nobody_present"),
        or_(
            text(f"paging_pages.{DEDUPED}"),
            and_(Page.state == "merged", Page.closed_at.is_(None)),
            Page.stands_until > koza_now(),
        ),
    )
)
_ROWS = table_of(Page)
_CALLED = Write(
    update(_ROWS)
    .where(_ROWS.c.id == bindparam("of_page"))
    .values(
        # Of two calls at once the one that is over first may have been joined by the other already.
        calls=func.greatest(_ROWS.c.calls, bindparam("so_many", type_=Integer())),
        called_at=func.greatest(_ROWS.c.called_at, bindparam("at_last", type_=DateTime(timezone=True))),
    )
)


def call_unanswered(session: Session, actor: Actor, contact_id: UUID) -> None:
    """Somebody on call is wanted for a call: by a page of its own, or by the one that already asks for her number.

    Raises :class:`PagingError` for an unknown contact.
    """
    values = {"contact_id": contact_id}
    # In one round trip; what another call of hers tells in this moment is seen, because it had its turn before.
    agreed = intake_queries.asked_agreed_to_calls(contact_id)
    asked = (asked_turn_of_number(contact_id), *asked_about(contact_id), (_PAGES, values), agreed)
    _, reached, levels, pages, agreements = read_together(session, *asked)
    about, known = told_about(reached, levels), told_reach(reached)
    if agreements:
        intake_service.plan_callback(session, actor, contact_id)
    if known is None or any(row.contact_id == contact_id and row.state == "merged" for row in pages):
        return
    standing = [row for row in pages if row.state == "closed"]
    before = sum(row.calls for row in standing)
    lines.take_away(session, [row.page_id for row in standing])
    page = _page_of_number(session, known, about, [row for row in pages if row.state != "closed"])
    if page is None:
        _page_of_her_own(session, actor, known, about, before)
    else:
        _join(session, actor, page, known, about, before)


def _shows_number(known: Reach) -> bool:
    return known.address_index is not None and known.compromised_at is None


def _page_of_her_own(session: Session, actor: Actor, known: Reach, about: About, before: int) -> None:
    """``before``: how often she had called when there was no safe way to reach her."""
    called_at = known.received_at if _shows_number(known) else None
    asked = request_for_contact(session, actor, known.contact_id, REASON, about=about, called_at=called_at)
    if called_at is not None and (before or not asked.created):
        # That of an earlier day, or one that was opened while she was on the line: now she may call again.
        _CALLED(session, {"of_page": asked.page_id, "so_many": before + 1, "at_last": called_at})


def _page_of_number(session: Session, known: Reach, about: About, pages: Iterable[Any]) -> Page | None:
    """The page that this call may join, held so that it cannot end meanwhile; the most urgent of several."""
    others = {row.page_id for row in pages}
    own = any(row.contact_id == known.contact_id for row in pages)
    if own or not others or about.level == 1 or not _shows_number(known):
        return None
    found = (
        select(Page)
        .where(Page.id.in_(others), Page.state.in_(DEDUPED_STATES), Page.level <= about.level)
        .order_by(Page.level, Page.opened_at)
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    page = session.scalars(found).one_or_none()
    if page is None or page.contact_id is None:
        return None
    # Who is barred from one of her contacts must not learn of it by the other.
    barred = staff_queries.barred_accounts(session, "contact", [known.contact_id, page.contact_id])
    return None if barred else page


def _join(session: Session, actor: Actor, page: Page, known: Reach, about: About, before: int) -> None:
    calls, called_at = max(page.calls, 1) + 1 + before, max(page.called_at or known.received_at, known.received_at)
    _CALLED(session, {"of_page": page.id, "so_many": calls, "at_last": called_at})
    # As the row says, which is held; asking for it again would cost whoever waits for this webhook a round trip.
    set_committed_value(page, "calls", calls)
    set_committed_value(page, "called_at", called_at)
    many.join(session, actor, page, known.contact_id, about, REASON)
    if page.state == "snoozed":
        # Whoever put it off did not know that she would call again.
        steps.wake(session, page, "called_again")
    elif page.state == "acked" and rules.worth_telling(calls):
        tell_more(session, page, calls)
