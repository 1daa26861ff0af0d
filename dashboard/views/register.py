"""The register: search by POST, what ends next, an export that a second person agreed to, counts."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboard import frame
from dashboard.presenters import FormError
from dashboard.register import listing
from dashboard.register.sent import WrongFieldError
from dashboard.wording import four_eyes_error
from escalation.cases.register.catalogue_rows import measures
from escalation.cases.register.queries import Terms
from escalation.cases.register.service.exports import ACT, export_register
from staff import night_acts
from staff.edge import require_permission
from staff.errors import FourEyesError

blueprint = Blueprint("register", __name__)


@blueprint.get("/register")
@require_permission("register.read")
def register() -> Response:
    """The form, and what ends within the next weeks."""
    scope = frame.scope()
    return frame.page("register.html", "register", lambda session: listing.register_page(session, scope, {}))


@blueprint.post("/register")
@require_permission("register.read")
def search() -> Response:
    """Decisions that answer every term; what is asked never stands in an address."""
    typed = _typed()
    try:
        listing.terms_of(typed)
    except WrongFieldError as wrong:
        return _page(typed, wrong.error)
    return _page(typed)


def _typed() -> dict[str, str]:
    return {name: frame.field(name, 200) for name in (*listing.TERMS, "after", "reason")}


def _page(typed: dict[str, str], *errors: FormError) -> Response:
    scope = frame.scope()
    return frame.page(
        "register.html",
        "register",
        lambda session: listing.register_page(session, scope, typed, errors, asked=True),
        status=422 if errors else 200,
    )


@blueprint.post("/register/export")
@require_permission("export.make", step_up=True)
def export() -> ResponseReturnValue:
    """Rows as a file, once a second person agreed; until then she is asked."""
    typed, centre_id = _typed(), frame.here()
    try:
        terms = listing.terms_of(typed)
        if frame.field("do", 10) == "ask":
            frame.act(lambda session: _ask(session, typed["reason"]))
            return _page(typed)
        content = frame.act(lambda session: _exported(session, terms))
    except WrongFieldError as wrong:
        return _page(typed, wrong.error)
    except FourEyesError as refused:
        return _page(typed, FormError(text=four_eyes_error(refused.reason), field="reason"))
    name = f"koza-{str(centre_id)[-4:]}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype="text/csv", headers=headers)


def _ask(session: Session, reason: str) -> None:
    centre_id = frame.here()
    scope = frame.scope()
    scope.require("register.read", "register", centre_id)
    night_acts.request_act(session, scope, ACT, "register", centre_id, reason=reason, centre_id=centre_id, night=False)


def _exported(session: Session, terms: Terms) -> bytes:
    scope = frame.scope()
    rows = export_register(session, scope.actor, scope, frame.here(), terms)
    known = {code: measure for code, (_id, measure) in measures(session).items()}
    return listing.as_csv(rows, known)


@blueprint.get("/register/counts")
@require_permission("register.read")
def counts() -> Response:
    """Counts of the centre's register; the filter stands in the address and names nobody."""
    scope, asked = frame.scope(), {name: request.args.get(name, "")[:20] for name in ("since", "until", "by")}
    return frame.page("counts.html", "register", lambda session: listing.counts_page(session, scope, asked))
