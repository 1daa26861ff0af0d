"""Search, the audit log, acts of the night, reports."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import TooManyRequests

from core.audit import record
from core.clock import now
from core.i18n import gettext as _
from dashboard import frame
from dashboard.oversight import (
    SEARCH_LIMIT,
    audit_page,
    night_acts_page,
    search,
    searched_lately,
)
from dashboard.presenters import AuditPage, FormError, SearchPage
from dashboard.reports import reports_page
from staff import night_acts, queries
from staff.edge import require_permission, signed_in
from staff.errors import FourEyesError, MissingPermissionError, NotFoundError

blueprint = Blueprint("oversight", __name__)


@blueprint.get("/search")
@signed_in()
def search_form() -> Response:
    """The form; what is asked never stands in an address."""
    _may_search()
    return frame.page("search.html", "search", lambda _session: SearchPage())


@blueprint.post("/search")
@signed_in()
def find() -> Response:
    """What the reader may read of a reference, a page's code or a number."""
    _may_search()
    words = frame.field("q", 60)
    if frame.act(lambda session: searched_lately(session, frame.me())) >= SEARCH_LIMIT:
        raise TooManyRequests
    return frame.page("search.html", "search", lambda session: search(session, frame.scope(), words))


def _may_search() -> None:
    scope = frame.scope()
    if "search" not in frame.places_of(scope):
        raise MissingPermissionError(scope.actor, "intake.read")


@blueprint.get("/audit")
@require_permission("audit.read")
def audit() -> Response:
    """The audit log; that it was read is in it as well."""
    scope, act, before = frame.scope(), request.args.get("act", "")[:60], request.args.get("before", "")
    last = frame.uuid_of(before) if before else None

    def build(session: Session) -> AuditPage:
        record(session, scope.actor, "audit_read", "audit", act or "all")
        return audit_page(session, scope, act, last)

    return frame.page("audit.html", "audit", build)


@blueprint.get("/night-acts")
@require_permission("night_act.review")
def acts() -> Response:
    """Acts to approve or to look at."""
    return frame.page("night_acts.html", "night_acts", lambda session: night_acts_page(session, frame.scope()))


@blueprint.post("/night-acts")
@require_permission("night_act.review")
def review() -> ResponseReturnValue:
    """Confirm or object; a request is approved or refused."""
    act_id, confirmed = frame.uuid_of(frame.field("id", 40)), frame.field("decision", 10) == "confirm"
    scope = frame.scope()

    def decide(session: Session) -> None:
        asked = {row.id for row in queries.acts_to_approve(session, scope)}
        if act_id not in asked:
            night_acts.review_act(session, scope, act_id, "in_order" if confirmed else "objected")
        elif confirmed:
            night_acts.approve_act(session, scope, act_id)
        else:
            night_acts.decline_act(session, scope, act_id)

    try:
        frame.act(decide)
    except (FourEyesError, NotFoundError) as refused:
        reason = refused.reason if isinstance(refused, FourEyesError) else ""
        own = reason == "same_person"
        text = _("Your own act: someone else reviews it.") if own else _("This was decided already.")
        return frame.page(
            "night_acts.html",
            "night_acts",
            lambda session: night_acts_page(session, scope, (FormError(text=text),)),
            status=422,
        )
    return frame.done("/night-acts")


@blueprint.get("/reports")
@signed_in()
def reports() -> Response:
    """Contacts by hour and outcome, answer times; the filter stands in the address."""
    scope = frame.scope()
    if "reports" not in frame.places_of(scope):
        raise MissingPermissionError(scope.actor, "report.read")
    days, channel = request.args.get("days", "30"), request.args.get("channel", "")
    return frame.page(
        "reports.html",
        "reports",
        lambda session: reports_page(session, scope, now(session), days, channel),
    )
