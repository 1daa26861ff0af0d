"""Pages to on-call staff: the list, one page for a telephone's screen, and what a person does with it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core.clock import now
from core.i18n import gettext as _
from dashboard import frame
from dashboard.names import Names
from dashboard.pager import page_by_code, page_detail, page_list
from dashboard.wording import paging_error
from escalation.paging import service
from escalation.paging.queries import PageRow
from escalation.paging.rules import CLOSE_REASONS
from staff.edge import require_permission

blueprint = Blueprint("pages", __name__)


@blueprint.get("/pages")
@require_permission("page.read")
def pages() -> Response:
    """Open pages, then those of the last week."""
    return frame.page("pages.html", "pages", lambda session: page_list(session, frame.scope(), now(session)))


@blueprint.get("/pages/<code>")
@require_permission("page.read")
def page(code: str) -> Response:
    """One page, readable and acceptable on a telephone at night."""
    return _show(code)


def _show(code: str, error: str = "", *, status: int = 200) -> Response:
    return frame.page(
        "page.html",
        "pages",
        lambda session: page_detail(session, frame.scope(), code, error),
        status=status,
    )


def _do(code: str, verb: Callable[[Session, PageRow], str]) -> ResponseReturnValue:
    """Do something with a page; ``verb`` answers why it was not done, or nothing."""

    def work(session: Session) -> str:
        return verb(session, page_by_code(session, frame.scope(), code))

    try:
        refused = frame.act(work)
    except service.PagingError as error:
        refused = paging_error(error.reason)
    if refused:
        return ({"error": refused}, 409) if frame.wants_json() else _show(code, refused, status=409)
    return frame.done(f"/pages/{code}")


@blueprint.post("/pages/<code>/accept")
@require_permission("page.accept")
def accept(code: str) -> ResponseReturnValue:
    """Promise contact. Exactly one of several wins; the others are told who has it."""
    scope, account = frame.scope(), frame.me()

    def promise(session: Session, found: PageRow) -> str:
        outcome = service.accept(session, scope.actor, found.id, account, "dashboard")
        if outcome.won:
            return ""
        by = Names(session, [outcome.by]).of(outcome.by)
        return _("%(name)s has accepted it already.", name=by) if by else _("This page is closed.")

    return _do(code, promise)


@blueprint.post("/pages/<code>/decline")
@require_permission("page.accept")
def decline(code: str) -> ResponseReturnValue:
    """Say that one cannot take it; the next person is woken."""

    def refuse(session: Session, found: PageRow) -> str:
        service.decline(session, frame.scope().actor, found.id, frame.me(), "dashboard")
        return ""

    return _do(code, refuse)


@blueprint.post("/pages/<code>/contact-made")
@require_permission("page.accept")
def contact_made(code: str) -> ResponseReturnValue:
    """The promise was kept: she was reached."""

    def note(session: Session, found: PageRow) -> str:
        if found.accepted_by != frame.me():
            return _("Only who accepted the page can say that.")
        service.note_contact_made(session, frame.scope().actor, found.id)
        return ""

    return _do(code, note)


@blueprint.post("/pages/<code>/give-back")
@require_permission("page.accept")
def give_back(code: str) -> ResponseReturnValue:
    """Who promised contact cannot keep it; the next person is woken at once."""

    def hand(session: Session, found: PageRow) -> str:
        service.give_back(session, frame.scope().actor, found.id)
        return ""

    return _do(code, hand)


@blueprint.post("/pages/<code>/close")
@require_permission("page.close")
def close(code: str) -> ResponseReturnValue:
    """Nothing more is asked of anybody, for one of the reasons that there are."""
    scope, why = frame.scope(), frame.field("reason", 40)

    def end(session: Session, found: PageRow) -> str:
        scope.require_record(session, "page", found.id, found.centre_id, act="close")
        if why not in CLOSE_REASONS:
            return _("Choose why the page is closed.")
        service.close(session, scope.actor, found.id, why)
        return ""

    return _do(code, end)
