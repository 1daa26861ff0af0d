"""Pages to on-call staff as a list and one by one."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from core.audit import record
from dashboard import labels
from dashboard.board import LIVE_PAGES, Steps, shown_step
from dashboard.names import Names
from dashboard.presenters import Attempt, Option, PageDetailPage, PageListPage, PageListRow, TextLink
from dashboard.wording import page_words
from escalation.paging import queries as paging
from escalation.paging.rules import CLOSE_REASONS, IN_HAND, states_before
from intake import queries as intake
from staff.scope import Scope

_PAST_DAYS = 7
_LISTED = 100


def page_list(session: Session, scope: Scope, moment: datetime) -> PageListPage:
    """Live pages first, then those of the last week."""
    query = paging.pages(scope)
    columns = query.selected_columns
    since = moment - timedelta(days=_PAST_DAYS)
    past = paging.rows(
        session,
        # A text or call that joined a page is told there.
        query.where(columns["state"].not_in((*LIVE_PAGES, "merged")), columns["opened_at"] > since)
        .order_by(columns["opened_at"].desc())
        .limit(_LISTED),
    )
    live = paging.live_pages(session, scope)
    names = Names(session, [page.accepted_by for page in (*live, *past)])
    steps = Steps(session)
    return PageListPage(
        open=tuple(_row(page, names, steps) for page in live),
        past=tuple(_row(page, names, steps) for page in past),
    )


def _row(page: paging.PageRow, names: Names, steps: Steps) -> PageListRow:
    return PageListRow(
        code=page.code,
        href=f"/pages/{page.code}",
        state=page.state,
        level=page.level,
        reason=page.reason,
        opened_at=page.opened_at,
        step=shown_step(page.step),
        due_at=page.due_at,
        steps=steps.of(page.centre_id, page.reason, page.level),
        accepted_by=names.of(page.accepted_by),
    )


def page_by_code(session: Session, scope: Scope, code: str) -> paging.PageRow:
    """The page of this code. Raises OutOfScopeError."""
    found = paging.page_by_code(session, scope, code[:8])
    if found is None:
        raise scope.out_of_scope("page", code[:8])
    return found


def page_detail(session: Session, scope: Scope, code: str, error: str = "") -> PageDetailPage:
    """One page with every attempt to reach somebody, and what this reader may do. That it was read is written down."""
    view = paging.page(session, scope, page_by_code(session, scope, code).id)
    if view is None:
        raise scope.out_of_scope("page", code[:8])
    found = view.row
    record(session, scope.actor, "page_read", "page", found.id, found.centre_id)
    sent = paging.notifications(session, scope, [found.id])
    names = Names(session, [found.accepted_by, *(one.account_id for one in sent)])
    level = intake.levels(session, [found.contact_id]) if found.contact_id is not None else {}
    subject = level.get(found.contact_id) if found.contact_id is not None else None
    _, ladder = paging.ladder_for(session, found.centre_id, found.reason, found.level)
    attempts = tuple(
        Attempt(at=one.at, person=names.of(one.account_id), medium=one.medium, state=one.state) for one in sent
    )
    answers = scope.may("page.accept")
    accepts = found.state in states_before("accept") and answers
    declined = _declined(view, scope)
    promised = found.state == "acked" and found.accepted_by == scope.account_id
    many = paging.waiting_in(session, [found]).get(found.id, 0)
    closes = not many and found.state in states_before("close") and _may_close(session, scope, found)
    return PageDetailPage(
        page=_row(found, names, Steps(session)),
        attempts=attempts,
        asked=page_words(found.reason, view.request_reason or "") if answers else (),
        with_her=found.contact_id is not None,
        subject_ref=subject.ref if subject is not None else "",
        subject_href=f"/contacts/{found.contact_id}" if subject is not None and scope.may("contact.read") else "",
        may_accept=accepts,
        may_decline=accepts and found.state == "open" and not declined,
        declined=accepts and declined,
        many=many,
        calls=found.calls,
        called_at=found.called_at,
        texts=_texts(session, scope, found) if many or found.calls > 1 else (),
        may_note_contact=promised and not many,
        may_give_back=promised,
        may_close=closes,
        close_reasons=_close_reasons() if closes else (),
        closed_reason=labels.page_closed_reason(found.closed_reason) if found.closed_reason else "",
        contact_by=found.contact_due_at if found.state == "acked" else None,
        minutes_to_contact=ladder.contact_within_s // 60 if accepts else 0,
        error=error,
    )


def _texts(session: Session, scope: Scope, page: paging.PageRow) -> tuple[TextLink, ...]:
    """Those who wait in a page that others share: hers first, as many as she has in hand."""
    found = paging.waiting_with(session, scope, page, IN_HAND)
    levels, reads = intake.levels(session, found), scope.may("contact.read")
    return tuple(
        TextLink(text=levels[contact_id].ref, href=f"/contacts/{contact_id}" if reads else "")
        for contact_id in found
        if contact_id in levels
    )


def _declined(view: paging.PageView, scope: Scope) -> bool:
    """Whether this reader has said that she cannot take it, since the page last asked."""
    mine = (proof for proof in view.proofs if proof.account_id == scope.account_id)
    return any(proof.kind == "declined" and proof.epoch == view.row.epoch for proof in mine)


def _may_close(session: Session, scope: Scope, page: paging.PageRow) -> bool:
    return scope.may("page.close") and scope.reaches(session, "page", page.id, page.centre_id, act="close")


def _close_reasons() -> tuple[Option, ...]:
    return tuple(Option(value=code, label=labels.page_closed_reason(code)) for code in CLOSE_REASONS)


__all__ = ["page_by_code", "page_detail", "page_list"]
