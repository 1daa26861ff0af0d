"""The duty to report about a contact: opened, decided, and where the report went, in one form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core.text import digits_to_ascii
from dashboard import frame
from dashboard.report_duty import ISTANBUL, MARK
from dashboard.views.contacts import show
from dashboard.wording import duty_error
from dashboard.workspace import contact_of, require_work
from intake.errors import ReportDutyError
from intake.queries import intake_of_contact
from intake.report_duty import LONGEST_REASON
from intake.service import Decided, decide_duty, open_duty
from staff.edge import require_permission

blueprint = Blueprint("report_duty", __name__)

_FIELDS = ("basis", "decision", "authority", "at", "reference")


@blueprint.post("/contacts/<uuid:contact_id>/report-duty")
@require_permission("intake.write")
def assess(contact_id: UUID) -> ResponseReturnValue:
    """Write the assessment down; refused, the form is open again with what was typed and what is wrong."""
    typed = {name: frame.field(name, 200) for name in _FIELDS} | {"reason": frame.field("reason", LONGEST_REASON + 1)}
    try:
        frame.act(lambda session: _assess(session, contact_id, typed))
    except ReportDutyError as wrong:
        return show(contact_id, {f"{MARK}{wrong.field}": duty_error(wrong.reason)}, typed, status=422)
    return frame.done(f"/contacts/{contact_id}")


def _assess(session: Session, contact_id: UUID, typed: Mapping[str, str]) -> None:
    scope = frame.scope()
    found = contact_of(session, scope, contact_id)
    require_work(session, scope, found)
    view = intake_of_contact(session, scope, contact_id)
    if view is None:
        raise scope.out_of_scope("intake", contact_id)
    open_duty(session, scope.actor, scope, view.id, typed["basis"])
    if not typed["decision"] and not typed["authority"]:
        return
    told = Decided(
        decision=typed["decision"],
        reason=typed["reason"],
        authority=typed["authority"],
        sent_at=_moment(typed["at"]),
        reference=digits_to_ascii(typed["reference"]),
    )
    decide_duty(session, scope.actor, scope, view.id, typed["basis"], told)


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ReportDutyError("at", "not_a_time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ISTANBUL)
