"""One page for many: who is on call needs to know that many wait, and is not woken anew for each of them.

A text whose time is over has a page of its own while few wait. Beyond that a page about nobody in particular calls the
same people on the same ladder, and each text joins it with a row of its own: state ``merged``, the same code, and open
(``closed_at`` is empty) until a person of ours has answered her or her contact is closed. The page ends with the last
of them; while one waits it climbs, and a promise that lapses lets it ask again for all who are left.

Further calls of one number join the page of the first in the same way (:mod:`escalation.paging.service.calls`); that
page is about one person and ends as any other does, and their rows with it.

Danger never joins: her page is about her alone. Nor does anybody from whom a member of staff is barred.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, insert, select, update
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import koza_now
from core.database import table_of
from core.facts import report
from core.ids import new_id
from core.statements import Write
from escalation.paging import queries, rules
from escalation.paging.events import PageJoined
from escalation.paging.models import DEDUPED_STATES, Page
from escalation.paging.service.about import About
from escalation.paging.service.moves import announce, centres_of, locked
from escalation.paging.service.reading import let_her_read_about, stop_her_reading_about
from staff import queries as staff_queries
from staff import service as staff_service

#: Why a text waits with this page no longer, beside being answered: she became more urgent than the page.
MORE_URGENT: Final = "more_urgent"
_STORE = Write(insert(table_of(Page)))


def waits_in(page_id: UUID) -> ColumnElement[bool]:
    """The rows of those who still wait in a page."""
    return and_(Page.merged_into == page_id, Page.state == "merged", Page.closed_at.is_(None))


def key_of(about: About, level: int) -> str:
    """What the page of many is known by: one line, one language and one level, as its text says."""
    return f"texts:{about.line_id or about.centre_id}:{about.language or ''}:{level}"


def page_of(session: Session, about: About) -> Page | None:
    """The page of many that this text may join, held so that it cannot end meanwhile; the most urgent of several."""
    keys = [key_of(about, level) for level in rules.LEVELS if 1 < level <= about.level]
    return session.scalars(
        select(Page)
        .where(Page.dedupe_key.in_(keys), Page.state.in_(DEDUPED_STATES))
        .order_by(Page.level)
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True),
    ).one_or_none()


def may_join(session: Session, contact_id: UUID, about: About) -> bool:
    """Whether this text may share a page: not in danger, without a page of her own, and nobody is barred from her."""
    if about.level == 1:
        return False
    own = select(Page.id).where(Page.contact_id == contact_id, Page.state.in_(DEDUPED_STATES))
    if session.execute(own.limit(1)).first() is not None:
        return False
    return not staff_queries.barred_accounts(session, "contact", [contact_id])


def enough_alone(session: Session, about: About) -> bool:
    """Whether so many texts of this line have a page of their own that the next ones share one."""
    alone = select(func.count()).where(
        Page.centre_id == about.centre_id,
        Page.line_id == about.line_id,
        Page.language.is_not_distinct_from(about.language),
        Page.reason == "text_unanswered",
        Page.contact_id.is_not(None),
        Page.state.in_(DEDUPED_STATES),
        # As the index on live pages says it.
        Page.state.not_in(("closed", "merged")),
    )
    return session.execute(alone).scalar_one() >= rules.TEXTS_ALONE


def waiting(session: Session, page: Page) -> int:
    """How many wait in a page of many; 0 for every other page."""
    if not page.of_many:
        return 0
    rows = select(func.count()).where(Page.code == page.code, waits_in(page.id))
    return session.execute(rows).scalar_one()


def where_she_waits(session: Session, contact_id: UUID) -> Page | None:
    """The row by which this contact waits in a page of many."""
    rows = select(Page).where(Page.contact_id == contact_id, Page.state == "merged", Page.closed_at.is_(None))
    return session.scalars(rows.execution_options(populate_existing=True)).first()


def join(
    session: Session, actor: Actor, page: Page, contact_id: UUID, about: About, reason: str = "text_unanswered"
) -> None:
    """Cover a text or a further call by a page, which the caller holds; who has accepted it already has her too."""
    row_id = new_id()
    row = {
        "id": row_id,
        "code": page.code,
        "centre_id": about.centre_id,
        "line_id": about.line_id,
        "subject_kind": "contact",
        "subject_id": contact_id,
        "contact_id": contact_id,
        "reason": reason,
        "level": about.level,
        "province_code": about.province_code,
        "language": about.language,
        "policy_version_id": page.policy_version_id,
        "dedupe_key": f"contact:{contact_id}",
        "merged_into": page.id,
        "state": "merged",
        "epoch": 1,
        "step": -1,
        "loop": 0,
    }
    _STORE(session, row)
    others = [centre for centre in centres_of(session, page) if centre != page.centre_id]
    staff_service.grant_line_units(session, actor, queries.KIND, row_id, others)
    record(session, actor, "page_joined", queries.KIND, row_id, page.centre_id, code=page.code, level=about.level)
    report(session, PageJoined(contact_id, page.centre_id, page.id, about.level, reason))
    if page.state == "acked":
        hand_over(session, actor, page)
    announce(session, page)


def hand_over(session: Session, actor: Actor, page: Page) -> None:
    """Let who has promised contact read whom to answer: as many as a person can have in hand, the longest wait first.

    The others follow as she answers these; that they are so many is written on the page.
    """
    if not page.shared or page.accepted_by is None:
        return
    in_hand = select(func.count()).where(waits_in(page.id), Page.code == page.code, Page.accepted_by.is_not(None))
    free = rules.IN_HAND - session.execute(in_hand).scalar_one()
    if free <= 0:
        return
    following = select(Page).where(waits_in(page.id), Page.code == page.code, Page.accepted_by.is_(None))
    for row in session.scalars(following.order_by(Page.level, Page.opened_at, Page.id).limit(free)).all():
        row.accepted_by = page.accepted_by
        let_her_read_about(session, actor, row, page.accepted_by)
    session.flush()


def take_back(session: Session, actor: Actor, page: Page, account_id: UUID) -> None:
    """Her promise is over: those of the many whom she has not answered are nobody's again, and she reads no more."""
    if not page.shared:
        return
    hers = select(Page).where(waits_in(page.id), Page.code == page.code, Page.accepted_by.is_not(None))
    for row in session.scalars(hers).all():
        row.accepted_by = None
        session.flush()
        stop_her_reading_about(session, actor, row, account_id)


def wait_over(session: Session, actor: Actor, contact_ids: Iterable[UUID], why: str) -> list[Page]:
    """These contacts wait no longer; returns the pages they waited in, held, in one order for everybody."""
    rows = select(Page.merged_into).where(
        Page.contact_id.in_(list(contact_ids)), Page.state == "merged", Page.closed_at.is_(None)
    )
    left: list[Page] = []
    for page_id in sorted({page_id for page_id in session.scalars(rows) if page_id is not None}):
        page = locked(session, page_id)
        _end(session, actor, page, waits_in(page.id) & Page.contact_id.in_(list(contact_ids)), why)
        left.append(page)
    return left


def end_with(session: Session, actor: Actor, page: Page, why: str) -> None:
    """A page about one number has ended: her further calls ask nothing more either."""
    if page.calls > 1:
        _end(session, actor, page, (Page.code == page.code) & waits_in(page.id), why)


def _end(session: Session, actor: Actor, page: Page, rows: ColumnElement[bool], why: str) -> None:
    ended = session.scalars(
        update(Page)
        .where(rows)
        .values(closed_at=koza_now(), closed_reason=why, closed_by=actor.id if actor.kind == "staff" else None)
        .returning(Page.id)
        .execution_options(synchronize_session=False),
    ).all()
    for row_id in ended:
        record(session, actor, "page_left", queries.KIND, row_id, page.centre_id, code=page.code, why=why)
