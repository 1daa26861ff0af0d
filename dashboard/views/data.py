"""Data that an administrator changes after she saw what it does: working days, duty courts, the measures."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from dashboard import frame
from dashboard.measures import MEASURE_FIELDS, changed, measure_page, measures_page, refusal
from dashboard.presenters import FormError
from dashboard.working_days import (
    COURT_FIELDS,
    FIELDS,
    WrongDayError,
    day_of,
    hour_of,
    refused,
    working_days_page,
)
from escalation.cases.clock.days import LookedError, only_look
from escalation.cases.clock.service import ClockError, set_calendar_day, set_duty_court
from escalation.cases.clock.service.calendar import Moved
from escalation.cases.register import catalogue_rows
from escalation.cases.register.service import RegisterError
from staff.edge import require_permission

blueprint = Blueprint("data", __name__)

_MAY = "catalogue.write"
Typed = dict[str, str]


def _typed(names: tuple[str, ...]) -> Typed:
    return {name: frame.field(name, 300) for name in names}


@blueprint.get("/working-days")
@require_permission(_MAY)
def working_days() -> Response:
    """The coming closed days and the duty courts."""
    return _days()


def _days(typed: Typed | None = None, *errors: FormError, moved: list[Moved] | None = None) -> Response:
    return frame.page(
        "working_days.html",
        "working_days",
        lambda session: working_days_page(session, typed, moved, errors),
        status=422 if errors else 200,
    )


def _set(session: Session, typed: Typed) -> list[Moved]:
    scope, (day, closed_from) = frame.scope(), day_of(typed)
    titles = {name: typed[name] for name in ("title_tr", "title_en")}
    return set_calendar_day(session, scope.actor, scope, day, closed_from=closed_from, reason=typed["reason"], **titles)


@blueprint.post("/working-days")
@require_permission(_MAY)
def look() -> Response:
    """Which periods a change would move; nothing is kept."""
    typed = _typed(FIELDS)
    try:
        frame.act(lambda session: only_look(lambda: _set(session, typed)))
    except LookedError as looked:
        return _days(typed, moved=looked.moved)
    except WrongDayError as wrong:
        return _days(typed, wrong.error)
    except ClockError as error:
        return _days(typed, refused(error.reason))
    raise AssertionError("a look keeps nothing")


@blueprint.post("/working-days/save")
@require_permission(_MAY, step_up=True)
def save() -> ResponseReturnValue:
    """Keep the change that was looked at; what runs is reckoned anew."""
    typed = _typed(FIELDS)
    try:
        frame.act(lambda session: _set(session, typed))
    except WrongDayError as wrong:
        return _days(typed, wrong.error)
    except ClockError as error:
        return _days(typed, refused(error.reason))
    return frame.done("/working-days")


@blueprint.post("/working-days/court")
@require_permission(_MAY, step_up=True)
def court() -> ResponseReturnValue:
    """When a province's duty court answers."""
    typed, scope = _typed(COURT_FIELDS), frame.scope()
    try:
        hours = {name: hour_of(typed, name) for name in ("open_from", "open_until")}
        frame.act(
            lambda session: set_duty_court(
                session, scope.actor, scope, typed["province"], words=typed["words"], **hours
            )
        )
    except WrongDayError as wrong:
        return _days(typed, wrong.error)
    except ClockError as error:
        return _days(typed, refused(error.reason))
    return frame.done("/working-days")


@blueprint.get("/measures")
@require_permission(_MAY)
def measures() -> Response:
    """The measures that hold, and the changes that wait."""
    return _measures()


def _measures(*errors: FormError) -> Response:
    scope, status = frame.scope(), 422 if errors else 200
    return frame.page("measures.html", "measures", lambda s: measures_page(s, scope, errors), status=status)


@blueprint.get("/measures/<code>")
@require_permission(_MAY)
def measure(code: str) -> Response:
    """One measure to be changed; ``new`` for another."""
    return _measure(code, None)


def _measure(code: str, typed: dict[str, list[str]] | None, *errors: FormError) -> Response:
    def build(session: Session) -> object:
        page = measure_page(session, code, typed, errors)
        if page is None:
            raise NotFound
        return page

    return frame.page("measure.html", "measures", build, status=422 if errors else 200)


@blueprint.post("/measures/<code>")
@require_permission(_MAY)
def propose(code: str) -> ResponseReturnValue:
    """Say how a measure shall read; the next page shows what would change, and nothing holds before it is confirmed."""
    typed = {name: [one[:300] for one in frame.fields(name, 300)] for name in MEASURE_FIELDS}
    scope = frame.scope()
    try:
        frame.act(lambda session: catalogue_rows.propose(session, scope.actor, scope, changed(session, code, typed)))
    except RegisterError as error:
        return _measure(code, typed, *refusal(error))
    return frame.done("/measures")


@blueprint.post("/measures/proposals/<uuid:proposal_id>")
@require_permission(_MAY, step_up=True)
def decide(proposal_id: UUID) -> ResponseReturnValue:
    """Confirm a change that was shown, or take it back."""
    scope = frame.scope()
    verb = catalogue_rows.confirm if frame.field("do", 10) == "confirm" else catalogue_rows.drop
    try:
        frame.act(lambda session: verb(session, scope.actor, scope, proposal_id))
    except RegisterError as error:
        if error.reason == "unknown_proposal":
            raise NotFound from None
        return _measures(*refusal(error))
    return frame.done("/measures")
