"""The rota by hand: adding and taking away shifts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core.clock import now
from core.i18n import gettext as _
from dashboard import frame
from dashboard.presenters import FormError
from dashboard.rota import ROLES, shifts_page
from dashboard.wording import shift_error
from routing import queries
from routing import service as routing
from staff import queries as staff
from staff.edge import require_permission

blueprint = Blueprint("shifts", __name__)

_ISTANBUL = ZoneInfo("Europe/Istanbul")
_FIELDS = ("person", "line", "role", "starts_at", "ends_at")


class _WrongFieldError(ValueError):
    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field
        self.text = text


@blueprint.get("/shifts")
@require_permission("shift.read")
def shifts() -> Response:
    """The rota of the reader's centre."""
    return frame.page("shifts.html", "shifts", lambda session: shifts_page(session, frame.scope(), now(session)))


@blueprint.post("/shifts")
@require_permission("shift.write")
def change() -> ResponseReturnValue:
    """Add a shift, or take one away (``remove``)."""
    remove = frame.field("remove", 40)
    given = {name: frame.field(name, 60) for name in _FIELDS}
    try:
        if remove:
            frame.act(lambda session: _remove(session, frame.uuid_of(remove)))
        else:
            frame.act(lambda session: _add(session, given))
    except routing.ShiftError as refused:
        return _again(given, FormError(text=shift_error(refused.reason), field="ends_at"))
    except _WrongFieldError as wrong:
        return _again(given, FormError(text=wrong.text, field=wrong.field))
    return frame.done("/shifts")


def _again(given: dict[str, str], error: FormError) -> Response:
    return frame.page(
        "shifts.html",
        "shifts",
        lambda session: shifts_page(session, frame.scope(), now(session), given=given, errors=(error,)),
        status=422,
    )


def _remove(session: Session, shift_id: UUID) -> None:
    scope = frame.scope()
    centre_id = queries.shift_centre(session, shift_id)
    if centre_id is None:
        raise scope.out_of_scope("shift", shift_id)
    scope.require_record(session, "shift", shift_id, centre_id, act="write")
    routing.remove_shift(session, scope.actor, shift_id)


def _add(session: Session, given: dict[str, str]) -> None:
    scope, centre_id = frame.scope(), frame.here()
    people = {str(row.id): row.id for row in staff.accounts(session, scope) if row.centre_id == centre_id}
    lines = {str(line.id): line.id for line in staff.lines(session, centre_id=centre_id)}
    account_id, line_id = people.get(given["person"]), lines.get(given["line"])
    if account_id is None:
        raise _WrongFieldError("person", _("Choose a person."))
    if line_id is None:
        raise _WrongFieldError("line", _("Choose a line."))
    if given["role"] not in ROLES:
        raise _WrongFieldError("role", _("Choose a role."))
    routing.add_shift(
        session,
        scope.actor,
        account_id=account_id,
        centre_id=centre_id,
        line_id=line_id,
        role=given["role"],
        start=_moment(given, "starts_at"),
        end=_moment(given, "ends_at"),
    )


def _moment(given: dict[str, str], name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(given[name])
    except ValueError:
        raise _WrongFieldError(name, _("Enter a date and a time.")) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=_ISTANBUL)
