"""A page is asked for: by an operator, by what happened, by a due row. One subject has one page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import koza_now
from core.clock import now as database_now
from core.database import table_of
from core.due import set_due
from core.facts import report
from core.ids import new_id, new_page_code
from core.statements import Read, read_together
from escalation.paging import queries, rules
from escalation.paging.events import PageOpened, PageSnoozed
from escalation.paging.models import DEDUPED, DEDUPED_STATES, Page
from escalation.paging.service.about import About, about_contact
from escalation.paging.service.moves import PROMISE, PagingError, announce, centres_of, fence, fresh, move, step_at
from escalation.paging.service.words import tell_raised
from staff import queries as staff_queries
from staff import service as staff_service

_PAGES = table_of(Page)
_INSERTED = (
    *("id", "code", "centre_id", "line_id", "subject_kind", "subject_id", "contact_id", "reason", "level"),
    *("province_code", "language", "policy_version_id", "due_at", "dedupe_key", "requested_by"),
    *("epoch", "step", "loop", "state", "calls", "called_at"),
)
_INSERT = Read(insert(_PAGES).on_conflict_do_nothing().returning(_PAGES.c.id))
#: The live page of a subject, in the words of the index that keeps it to one.
_OF_SUBJECT = select(Page.id).where(Page.dedupe_key == bindparam("key"), text(DEDUPED)).limit(1)
_STANDING = Read(select(koza_now().label("now"), _OF_SUBJECT.scalar_subquery().label("live")))
#: The pages that have a code or had it; the unique index decides between two that take it at once.
_GIVEN = Read(select(Page.code, Page.closed_at).where(Page.code == bindparam("code")))
#: Codes that are tried before giving up; with 200,000 codes and some hundred in use one nearly always suffices.
_CODE_TRIES = 20


@dataclass(frozen=True, slots=True)
class Requested:
    """The page that stands for what was asked; ``created`` is false when one was there already."""

    page_id: UUID
    code: str
    state: str
    created: bool


def request_page(
    session: Session,
    actor: Actor,
    centre_id: UUID,
    subject_kind: str,
    subject_id: UUID | None,
    reason: str,
    *,
    level: int,
    contact_id: UUID | None = None,
    line_id: UUID | None = None,
    province_code: str | None = None,
    language: str | None = None,
    request_reason: str | None = None,
    key: str | None = None,
    called_at: datetime | None = None,
) -> Requested:
    """Open a page, or find the one that already asks for the same subject and make it as urgent as this one.

    ``request_reason`` are an operator's words, or the pager's own, sealed and never sent. ``key`` names a subject that
    has no id. ``called_at``: she showed her number, and may call again.

    Raises :class:`PagingError` for a reason that is not of the closed list and for an operator's request
    without words.
    """
    words = _checked_words(reason, request_reason)
    key = key or f"{subject_kind}:{subject_id or centre_id}"
    of_centre = (queries.asked_versions(centre_id), staff_queries.asked_province(centre_id))
    for _ in range(_CODE_TRIES):
        code = new_page_code()
        of_page = ((_STANDING, {"key": key}), (_GIVEN, {"code": code}))
        (standing,), given, versions, province = read_together(session, *of_page, *of_centre)
        known = None if standing.live is None else _live(session, key)
        if known is not None:
            return _again(session, actor, known, reason, level, words)
        if not rules.code_is_free(code, [tuple(row) for row in given], standing.now):
            continue
        page = Page(
            id=new_id(),
            code=code,
            centre_id=centre_id,
            line_id=line_id,
            subject_kind=subject_kind,
            subject_id=subject_id,
            contact_id=contact_id,
            reason=reason,
            level=level,
            # Nobody has asked her yet where she is: the centre's own province says at least who is called.
            province_code=province_code or staff_queries.told_province(province),
            language=language,
            policy_version_id=queries.ladder_told(session, versions, reason, level)[0],
            due_at=rules.notify_at(reason, level, standing.now),
            dedupe_key=key,
            requested_by=actor.id if actor.kind == "staff" else None,
            calls=0 if called_at is None else 1,
            called_at=called_at,
            epoch=1,
            step=-1,
            loop=0,
            state="open",
        )
        if _inserted(session, page):
            if words:
                session.get_one(Page, page.id).request_reason = words
            return _opened(session, actor, page, standing.now)
    raise PagingError("no_free_code")


def request_for_contact(
    session: Session,
    actor: Actor,
    contact_id: UUID,
    reason: str,
    *,
    request_reason: str | None = None,
    about: About | None = None,
    called_at: datetime | None = None,
) -> Requested:
    """Open a page about a contact, with its level, province and language as they stand (``about``: known already)."""
    about = about or about_contact(session, contact_id)
    return request_page(
        session,
        actor,
        about.centre_id,
        "contact",
        contact_id,
        reason,
        level=about.level,
        contact_id=contact_id,
        line_id=about.line_id,
        province_code=about.province_code,
        language=about.language,
        request_reason=request_reason,
        called_at=called_at,
    )


def _checked_words(reason: str, request_reason: str | None) -> str:
    if reason not in rules.REASONS:
        raise PagingError("unknown_reason")
    words = (request_reason or "").strip()
    if reason == "operator_request" and not words:
        raise PagingError("no_reason")
    return words


def _live(session: Session, key: str) -> Page | None:
    """The live page of a subject, held: an acceptance at the same moment must not be written over."""
    return session.scalars(
        select(Page)
        .where(Page.dedupe_key == key, Page.state.in_(DEDUPED_STATES))
        .with_for_update()
        .execution_options(populate_existing=True),
    ).one_or_none()


def _inserted(session: Session, page: Page) -> bool:
    """Insert it, unless another transaction has taken the code or opened the same subject's page; then False.

    Without the mapper, which never learns of ``page``: many pages are opened by webhooks that somebody waits for.
    """
    row = {name: getattr(page, name) for name in _INSERTED}
    return _INSERT.first(session, row) is not None


def _opened(session: Session, actor: Actor, page: Page, moment: datetime) -> Requested:
    due_at = page.due_at
    assert due_at is not None  # noqa: S101 - set before the insert, and checked by the table
    waits = due_at > moment
    if page.contact_id is not None:
        staff_service.copy_bars(session, actor, ("contact", page.contact_id), [(queries.KIND, page.id)])
    if page.subject_kind == "account" and page.subject_id is not None:
        # Whoever stands behind her must not read on her own screen that we know.
        staff_service.bar(
            session,
            actor,
            subjects=[(queries.KIND, page.id)],
            account_id=page.subject_id,
            reason="subject",
            centre_id=page.centre_id,
        )
    others = [centre for centre in centres_of(session, page) if centre != page.centre_id]
    staff_service.grant_line_units(session, actor, queries.KIND, page.id, others)
    step_at(session, page, due_at)
    record(
        session,
        actor,
        "page_opened",
        queries.KIND,
        page.id,
        page.centre_id,
        reason=page.reason,
        level=page.level,
        code=page.code,
    )
    report(
        session,
        PageOpened(page.contact_id, page.centre_id, page.id, page.reason, page.level, page.requested_by, waits),
    )
    announce(session, page)
    return Requested(page.id, page.code, page.state, created=True)


def _again(session: Session, actor: Actor, page: Page, reason: str, level: int, words: str) -> Requested:
    """The same subject needs somebody once more: the page takes the more urgent level, and wakes if it waited."""
    record(
        session,
        actor,
        "page_asked_again",
        queries.KIND,
        page.id,
        page.centre_id,
        reason=reason,
        level=level,
        code=page.code,
    )
    known = (page.request_reason or "").splitlines()
    if words and words not in known:
        page.request_reason = "\n".join([*known, words])
        page.requested_by = page.requested_by or actor.id
    if level < page.level or (reason in rules.WAKING and page.reason not in rules.WAKING):
        _more_urgent(session, page, reason, min(level, page.level))
    session.flush()
    announce(session, page)
    return Requested(page.id, page.code, page.state, created=False)


def _more_urgent(session: Session, page: Page, reason: str, level: int) -> None:
    raised, page.level = level < page.level, level
    if reason in rules.WAKING:
        page.reason = reason
    page.policy_version_id, ladder = queries.ladder_for(session, page.centre_id, page.reason, level)
    if page.state == "acked":
        _shorten_promise(session, page, ladder)
        if raised:
            tell_raised(session, page)
    if page.state == "open":
        page.step, page.loop, page.last_resort = -1, 0, False
        page.due_at = rules.notify_at(page.reason, level, database_now(session))
        # The rungs of the new ladder start anew, so they need keys of their own, and what still rings for the old
        # ones is ended: the same people are called again at once.
        page.epoch += 1
        fence(session, page)
        step_at(session, page, page.due_at)


def _shorten_promise(session: Session, page: Page, ladder: rules.Ladder) -> None:
    """Who has promised contact keeps the page, with no more time than the more urgent ladder gives."""
    due = database_now(session) + timedelta(seconds=ladder.contact_within_s)
    if page.contact_due_at is None or due < page.contact_due_at:
        page.contact_due_at = due
        set_due(session, PROMISE, str(page.id), due, epoch=page.epoch, centre_id=page.centre_id)


def raise_level(session: Session, contact_id: UUID, level: int) -> None:
    """A contact became more urgent: so do its pages, unless contact was made already."""
    waiting = session.scalars(
        select(Page)
        .where(Page.contact_id == contact_id, Page.state.in_(DEDUPED_STATES), Page.level > level)
        .with_for_update()
        .execution_options(populate_existing=True),
    ).all()
    for page in waiting:
        raise_page(session, page, level)


def raise_page(session: Session, page: Page, level: int) -> None:
    """Make a page, which the caller holds, as urgent as this; one that was put off asks again."""
    if page.state == "snoozed":
        move(session, page, "wake")
    _more_urgent(session, page, page.reason, level)
    announce(session, page)


def snooze(session: Session, actor: Actor, page_id: UUID, seconds: int) -> None:
    """Put a page off, on levels 2 to 4 and within its ladder's limit; never one of many.

    Raises :class:`PagingError`.
    """
    page = fresh(session, page_id)
    if page.of_many:
        # Those who write while it is put off would be put off with the others, and nobody decided that of them.
        raise PagingError("texts_wait")
    ladder = queries.ladder_of(session, page.policy_version_id)
    if not rules.snooze_allowed(page.level, ladder, seconds):
        raise PagingError("snooze_too_long" if page.level > 1 else "level_1_is_never_put_off")
    until = database_now(session) + timedelta(seconds=seconds)
    if not move(session, page, "snooze", due_at=until):
        raise PagingError("not_open")
    fence(session, page)
    step_at(session, page, until)
    record(session, actor, "page_snoozed", queries.KIND, page.id, page.centre_id, seconds=seconds)
    report(session, PageSnoozed(page.contact_id, page.centre_id, page.id, actor.id, seconds))
    announce(session, page)
