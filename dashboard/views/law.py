"""The law's clock for those whom it reminds: what is due, and what is ticked off before closed days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core.clock import now
from dashboard import frame
from dashboard.presenters import FormError
from dashboard.register.closure import RefusedTick, closure_page
from dashboard.register.reminding import SPANS, TOLD, RefusedReminder, due_page, said
from escalation.cases.clock import service
from escalation.cases.clock.service import ClockError
from staff.edge import require_permission

blueprint = Blueprint("law", __name__)

_LONGEST = 500


@blueprint.get("/due")
@require_permission("case.read")
def due() -> Response:
    """The periods of which somebody is reminded."""
    return _due()


def _due(refused: RefusedReminder | None = None) -> Response:
    scope = frame.scope()
    return frame.page(
        "due.html",
        "due",
        lambda session: due_page(session, scope, now(session), refused),
        status=422 if refused else 200,
    )


def _do(about: UUID, verb: Callable[[Session], object], chosen: str = "") -> ResponseReturnValue:
    try:
        frame.act(verb)
    except ClockError as refused:
        return _due(RefusedReminder(about, said(refused.reason), chosen))
    return frame.done("/due")


@blueprint.post("/reminders/<uuid:reminder_id>/acknowledge")
@require_permission("case.read")
def acknowledge(reminder_id: UUID) -> ResponseReturnValue:
    """Take a reminder on: nobody else is told. The act itself is recorded where it belongs."""
    scope = frame.scope()
    return _do(reminder_id, lambda session: service.acknowledge(session, scope.actor, scope, reminder_id))


@blueprint.post("/reminders/<uuid:reminder_id>/snooze")
@require_permission("case.read")
def snooze(reminder_id: UUID) -> ResponseReturnValue:
    """Put a reminder off, within the limits of its rule."""
    scope, chosen = frame.scope(), frame.field("minutes", 5)
    # What is no choice of ours is no time at all, and the clock says so.
    minutes = int(chosen) if chosen in {str(one) for one in SPANS} else 0
    span = timedelta(minutes=minutes)
    return _do(reminder_id, lambda session: service.snooze(session, scope.actor, scope, reminder_id, span), chosen)


@blueprint.post("/deadlines/<uuid:deadline_id>/done")
@require_permission("case.read")
def done(deadline_id: UUID) -> ResponseReturnValue:
    """Tell what only a person can tell, such as that she was warned: it ends the period."""
    scope, chosen = frame.scope(), frame.field("act", 40)
    # What happened at court or to the woman's application is recorded in the register, which tells the clock; here it
    # is no act at all, and the clock says so to whoever may know of the period.
    act = chosen if chosen in TOLD else ""
    return _do(deadline_id, lambda session: service.close_by(session, scope.actor, scope, deadline_id, act))


@blueprint.get("/closed-days")
@require_permission("case.read")
def closed_days() -> Response:
    """What ends before the next working day."""
    return _closed_days()


def _closed_days(refused: RefusedTick | None = None) -> Response:
    scope = frame.scope()
    return frame.page(
        "closed_days.html",
        "due",
        lambda session: closure_page(session, scope, now(session), refused),
        status=422 if refused else 200,
    )


@blueprint.post("/closed-days/<uuid:tick_id>")
@require_permission("case.read")
def tick(tick_id: UUID) -> ResponseReturnValue:
    """Tick one off, saying what was done; refused, what was typed stays in its row."""
    scope, chosen, words = frame.scope(), frame.field("done", 20), frame.field("words", _LONGEST)
    try:
        frame.act(lambda session: service.tick(session, scope.actor, scope, tick_id, chosen, words))
    except ClockError as refused:
        field = f"{tick_id}-words" if refused.reason == "words_needed" else f"{tick_id}-done"
        return _closed_days(RefusedTick(tick_id, FormError(text=said(refused.reason), field=field), chosen, words))
    return frame.done("/closed-days")
