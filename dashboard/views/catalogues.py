"""Catalogues that an administrator changes: copy sheets and measures, each after a diff and with the code again."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core.catalogue import LONGEST_TYPED, TypedError, read_typed
from dashboard import frame
from dashboard.administration.abroad import PATH as ABROAD
from dashboard.administration.abroad import abroad_page
from dashboard.administration.measures import PATH as MEASURES
from dashboard.administration.measures import measure_error, measures_page
from dashboard.administration.sheets import PATH as SHEETS
from dashboard.administration.sheets import sheets_page
from dashboard.administration.typed import typed_errors
from dashboard.copying import copy_error
from dashboard.presenters.forms import FormError
from escalation.cases.copying import catalogue_rows as sheet_rows
from escalation.cases.copying.rules import CopyError
from escalation.cases.register import catalogue_rows as measure_rows
from escalation.cases.register.catalogues import Measure
from escalation.cases.register.rules.errors import RegisterError
from staff.edge import require_permission

blueprint = Blueprint("catalogues", __name__)

Errors = tuple[FormError, ...]


@blueprint.get("/catalogues")
@require_permission("catalogue.write")
def catalogues() -> Response:
    """What can be changed here."""
    lines = frame.scope().may("line.manage")
    return frame.page("catalogues.html", "catalogues", lambda _session: lines)


@blueprint.get(ABROAD)
@require_permission("catalogue.write")
def abroad() -> Response:
    """What leaves the country, to whom, and why."""
    return frame.page("abroad.html", "catalogues", abroad_page)


@blueprint.get("/catalogues/copy-sheets")
@require_permission("catalogue.write")
def sheets() -> Response:
    """The copy sheets that hold, and what waits; ``take`` is the one whose text is to be changed."""
    return _sheets(take=_take())


@blueprint.post("/catalogues/copy-sheets")
@require_permission("catalogue.write")
def propose_sheet() -> ResponseReturnValue:
    """A sheet is to read otherwise; shown as a diff first.

    ``do=return``: a centre wants the house's again. ``do=look`` only turns the page to another centre.
    """
    do = frame.field("do", 10)
    if do == "look":
        return _sheets()
    if do == "return":
        return _return()
    scope, centre_id, typed = frame.scope(), _centre(), _typed()
    try:
        frame.act(lambda session: sheet_rows.propose(session, scope.actor, scope, centre_id, typed))
    except TypedError as refused:
        return _sheets(typed_errors(refused), typed)
    except CopyError as refused:
        return _sheets((FormError(text=copy_error(refused.reason), field="typed"),), typed)
    return frame.done(SHEETS)


def _return() -> ResponseReturnValue:
    scope, centre_id, kind = frame.scope(), _centre(), frame.field("kind", 20)
    return _do_sheet(lambda session: sheet_rows.give_up(session, scope.actor, scope, centre_id, kind))


@blueprint.post("/catalogues/copy-sheets/<uuid:proposal_id>/confirm")
@require_permission("catalogue.write", step_up=True)
def confirm_sheet(proposal_id: UUID) -> ResponseReturnValue:
    """What was shown holds from now on."""
    scope = frame.scope()
    return _do_sheet(lambda session: sheet_rows.confirm(session, scope.actor, scope, proposal_id))


@blueprint.post("/catalogues/copy-sheets/<uuid:proposal_id>/drop")
@require_permission("catalogue.write")
def drop_sheet(proposal_id: UUID) -> ResponseReturnValue:
    """The change is taken back."""
    scope = frame.scope()
    return _do_sheet(lambda session: sheet_rows.drop(session, scope.actor, scope, proposal_id))


@blueprint.get("/catalogues/measures")
@require_permission("catalogue.write")
def measures() -> Response:
    """The measures that hold, and what waits; ``take`` is the one whose text is to be changed."""
    return _measures(take=_take())


@blueprint.post("/catalogues/measures")
@require_permission("catalogue.write")
def propose_measure() -> ResponseReturnValue:
    """A measure is to read otherwise, or a new one; shown as a diff first."""
    scope, typed = frame.scope(), _typed()
    try:
        changed = read_typed(typed, Measure).model_dump(mode="json")
        frame.act(lambda session: measure_rows.propose(session, scope.actor, scope, changed))
    except TypedError as refused:
        return _measures(typed_errors(refused), typed)
    except RegisterError as refused:
        return _measures((FormError(text=measure_error(refused.reason, refused.details), field="typed"),), typed)
    return frame.done(MEASURES)


@blueprint.post("/catalogues/measures/<uuid:proposal_id>/confirm")
@require_permission("catalogue.write", step_up=True)
def confirm_measure(proposal_id: UUID) -> ResponseReturnValue:
    """What was shown holds for decisions that are entered from now on."""
    scope = frame.scope()
    return _do_measure(lambda session: measure_rows.confirm(session, scope.actor, scope, proposal_id))


@blueprint.post("/catalogues/measures/<uuid:proposal_id>/drop")
@require_permission("catalogue.write")
def drop_measure(proposal_id: UUID) -> ResponseReturnValue:
    """The change is taken back."""
    scope = frame.scope()
    return _do_measure(lambda session: measure_rows.drop(session, scope.actor, scope, proposal_id))


def _sheets(errors: Errors = (), typed: str = "", take: str = "") -> Response:
    scope, centre_id = frame.scope(), _centre()
    return _page(lambda session: sheets_page(session, scope, centre_id, errors, typed, take), errors)


def _measures(errors: Errors = (), typed: str = "", take: str = "") -> Response:
    scope = frame.scope()
    return _page(lambda session: measures_page(session, scope, errors, typed, take), errors)


def _take() -> str:
    """A code of the catalogue; one that is not there takes nothing."""
    return request.args.get("take", "")[:40]


def _page(build: Callable[[Session], object], errors: Errors) -> Response:
    return frame.page("catalogue.html", "catalogues", build, status=422 if errors else 200)


def _do_sheet(verb: Callable[[Session], object]) -> ResponseReturnValue:
    try:
        frame.act(verb)
    except CopyError as refused:
        return _sheets((FormError(text=copy_error(refused.reason)),))
    return frame.done(SHEETS)


def _do_measure(verb: Callable[[Session], object]) -> ResponseReturnValue:
    try:
        frame.act(verb)
    except RegisterError as refused:
        return _measures((FormError(text=measure_error(refused.reason, refused.details)),))
    return frame.done(MEASURES)


def _centre() -> UUID | None:
    """The centre whose sheets are meant: the chosen one, else the reader's own; the house for who has none."""
    if "centre" in request.form:
        chosen = frame.field("centre", 40)
        return frame.uuid_of(chosen) if chosen else None
    return next(iter(frame.scope().centre_ids), None)


def _typed() -> str:
    """What was typed, or the file that was chosen instead; one sign more than may be tells that it is too long."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return frame.field("typed", LONGEST_TYPED + 1)
    content = sent.stream.read(4 * LONGEST_TYPED + 1)
    sent.close()
    return content.decode("utf-8", "replace")
