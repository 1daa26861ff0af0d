"""The working calendar: looked at before it is changed, confirmed with the code again; the duty courts' hours."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboard import frame
from dashboard.administration.calendar import (
    COURT_FIELDS,
    DAY_FIELDS,
    WrongDayError,
    calendar_page,
    clock_error,
    hour_of,
    wanted,
)
from dashboard.presenters.forms import FormError
from escalation.cases.clock import service
from escalation.cases.clock.service import ClockError, Moved
from staff.edge import require_permission

blueprint = Blueprint("calendar", __name__)

_LONGEST = 200


@blueprint.get("/catalogues/calendar")
@require_permission("catalogue.write")
def calendar() -> Response:
    """The closed days from today on, and the duty courts."""
    return _page({})


@blueprint.post("/catalogues/calendar")
@require_permission("catalogue.write")
def preview() -> ResponseReturnValue:
    """Which running periods would move; nothing is written."""
    scope, typed = frame.scope(), _typed(DAY_FIELDS)
    try:
        day = wanted(typed)
        moved = frame.act(
            lambda session: service.foresee(
                session,
                scope,
                day.day,
                closed_from=day.closed_from,
                title_tr=day.title_tr,
                title_en=day.title_en,
                reason=day.reason,
            )
        )
    except (WrongDayError, ClockError) as refused:
        return _page(typed, errors=(_told(refused),))
    return _page(typed, stage="foreseen", moved=moved)


@blueprint.post("/catalogues/calendar/confirm")
@require_permission("catalogue.write", step_up=True)
def confirm() -> ResponseReturnValue:
    """The day is changed as it was shown, and what moved is told."""
    scope, typed, foreseen = frame.scope(), _typed(DAY_FIELDS), frame.field("foreseen", 64)

    def work(session: Session) -> list[Moved]:
        day = wanted(typed)
        return service.set_calendar_day(
            session,
            scope.actor,
            scope,
            day.day,
            closed_from=day.closed_from,
            title_tr=day.title_tr,
            title_en=day.title_en,
            reason=day.reason,
            # Without a preview nothing was shown, and nothing is what was shown.
            foreseen=foreseen or "none",
        )

    try:
        moved = frame.act(work)
    except (WrongDayError, ClockError) as refused:
        return _page(typed, errors=(_told(refused),))
    return _page({}, stage="done", moved=moved)


@blueprint.post("/catalogues/duty-courts")
@require_permission("catalogue.write", step_up=True)
def duty_court() -> ResponseReturnValue:
    """When the duty court of a province answers."""
    scope, typed = frame.scope(), _typed(COURT_FIELDS)

    def work(session: Session) -> None:
        service.set_duty_court(
            session,
            scope.actor,
            scope,
            typed["province"],
            open_from=hour_of(typed["open_from"], "open_from"),
            open_until=hour_of(typed["open_until"], "open_until"),
            words=typed["words"],
        )

    try:
        frame.act(work)
    except (WrongDayError, ClockError) as refused:
        return _page(typed, court_errors=(_told(refused),))
    return frame.done("/catalogues/calendar")


def _typed(names: tuple[str, ...]) -> dict[str, str]:
    return {name: frame.field(name, _LONGEST) for name in names}


def _told(refused: WrongDayError | ClockError) -> FormError:
    return refused.error if isinstance(refused, WrongDayError) else clock_error(refused.reason)


def _page(
    typed: dict[str, str],
    *,
    stage: str = "",
    moved: list[Moved] | None = None,
    errors: tuple[FormError, ...] = (),
    court_errors: tuple[FormError, ...] = (),
) -> Response:
    scope = frame.scope()
    return frame.page(
        "calendar.html",
        "catalogues",
        lambda session: calendar_page(
            session, scope, typed, stage=stage, moved=moved or (), errors=errors, court_errors=court_errors
        ),
        status=422 if errors or court_errors else 200,
    )
