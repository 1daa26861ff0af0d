"""Cases: the list, the page with the whole story, notes, tasks, state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core.clock import now
from core.i18n import gettext as _
from dashboard import frame
from dashboard.casefile import case_list, case_of, case_page
from dashboard.presenters import FormError
from dashboard.queries import case_of_task
from dashboard.wording import case_error
from escalation.cases import night, service
from staff.edge import require_permission

blueprint = Blueprint("cases", __name__)

_ISTANBUL = ZoneInfo("Europe/Istanbul")
_LONGEST_NOTE = 10_000
_TYPED = ("text", "kind", "title", "due_at", "owner", "state", "reason", "line")


@blueprint.get("/cases")
@require_permission("case.read")
def cases() -> Response:
    """Cases in the reader's scope; the filter stands in the address."""
    state, before = request.args.get("state", ""), request.args.get("before", "")
    last = frame.uuid_of(before) if before else None
    return frame.page(
        "case_list.html",
        "cases",
        lambda session: case_list(session, frame.scope(), state, last, now(session)),
    )


@blueprint.get("/cases/<wanted>")
@require_permission("case.read")
def case(wanted: str) -> Response:
    """One case by its reference or id."""
    return _show(_wanted(wanted))


def _wanted(text: str) -> UUID | str:
    try:
        return UUID(text)
    except ValueError:
        return text


def _show(wanted: UUID | str, errors: tuple[FormError, ...] = (), *, status: int = 200) -> Response:
    scope = frame.scope()
    typed = {name: frame.field(name, _LONGEST_NOTE) for name in _TYPED} if errors else {}
    return frame.page(
        "case.html",
        "cases",
        lambda session: case_page(session, scope, wanted, now(session), errors, typed),
        status=status,
    )


def _do(case_id: UUID, field: str, verb: Callable[[Session], object]) -> ResponseReturnValue:
    """Do something with a case; refused, show it again with the reason beside the field."""
    try:
        ref = frame.act(lambda session: (verb(session), case_of(session, frame.scope(), case_id).ref)[1])
    except service.CaseError as refused:
        return _show(case_id, (FormError(text=case_error(refused.reason), field=field),), status=422)
    return frame.done(f"/cases/{ref}")


@blueprint.post("/cases/<uuid:case_id>/notes")
@require_permission("case.write")
def add_note(case_id: UUID) -> ResponseReturnValue:
    """Write a note for the team, for the lawyers, or for oneself."""
    scope, text, kind = frame.scope(), frame.field("text", _LONGEST_NOTE), frame.field("kind", 20) or "team"
    return _do(case_id, "text", lambda session: service.add_note(session, scope.actor, scope, case_id, kind, text))


@blueprint.post("/cases/<uuid:case_id>/tasks")
@require_permission("case.write")
def add_task(case_id: UUID) -> ResponseReturnValue:
    """Give somebody something to do, until a time."""
    scope, title, owner = frame.scope(), frame.field("title", 500), frame.field("owner", 40)
    try:
        due = _moment(frame.field("due_at", 40))
    except ValueError:
        return _show(case_id, (FormError(text=_("Enter a date and a time."), field="due_at"),), status=422)
    assignee = frame.uuid_of(owner) if owner else None
    return _do(
        case_id,
        "title",
        lambda session: service.add_task(
            session,
            scope.actor,
            scope,
            case_id,
            title,
            due_at=due,
            assignee_id=assignee,
        ),
    )


@blueprint.post("/cases/<uuid:case_id>/night-line")
@require_permission("case.write")
def set_night_line(case_id: UUID) -> ResponseReturnValue:
    """Write what who takes her call at night must know; empty takes it off the card."""
    scope, line = frame.scope(), frame.field("line", _LONGEST_NOTE)
    return _do(case_id, "line", lambda session: night.set_night_line(session, scope.actor, scope, case_id, line))


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=_ISTANBUL)


@blueprint.post("/tasks/<uuid:task_id>/done")
@require_permission("case.write")
def finish_task(task_id: UUID) -> ResponseReturnValue:
    """A task is done."""
    scope = frame.scope()

    def work(session: Session) -> str:
        case_id = case_of_task(session, scope, task_id)
        service.finish_task(session, scope.actor, scope, task_id)
        return case_of(session, scope, case_id).ref

    return frame.done(f"/cases/{frame.act(work)}")


@blueprint.post("/cases/<uuid:case_id>/state")
@require_permission("case.read")
def change_state(case_id: UUID) -> ResponseReturnValue:
    """Move a case on, or close it for a reason."""
    state, _colon, reason = frame.field("state", 60).partition(":")
    scope, words = frame.scope(), frame.field("reason", 1000)
    return _do(
        case_id,
        "state",
        lambda session: service.change_state(
            session,
            scope.actor,
            scope,
            case_id,
            state,
            reason=reason or None,
            words=words,
        ),
    )


@blueprint.post("/cases/<uuid:case_id>/owner")
@require_permission("case.assign")
def assign(case_id: UUID) -> ResponseReturnValue:
    """Make somebody else responsible."""
    scope, owner = frame.scope(), frame.uuid_of(frame.field("owner", 40))
    return _do(
        case_id,
        "owner",
        lambda session: service.assign_owner(session, scope.actor, scope, case_id, owner),
    )
