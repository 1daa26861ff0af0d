"""The 112 card's one act: what was done is written down. The call itself is a person's, on a telephone of theirs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core.text import digits_to_ascii
from dashboard import emergency, frame
from dashboard.views.contacts import show
from dashboard.wording import emergency_error
from dashboard.workspace import contact_of, require_work
from intake.emergency import LONGEST_WORDS
from intake.errors import EmergencyCallError
from intake.queries import intake_of_contact
from intake.service import Told, note_emergency_call
from staff.edge import require_permission

blueprint = Blueprint("emergency", __name__)

_FIELDS = ("by", "telephone", "which", "at", "reference", "outcome")


@blueprint.post("/contacts/<uuid:contact_id>/112")
@require_permission("contact.answer")
def note(contact_id: UUID) -> ResponseReturnValue:
    """Write down a call to 112; refused, the card is open again with what was typed and what is wrong."""
    typed = {name: frame.field(name, 200) for name in _FIELDS} | {"words": frame.field("words", LONGEST_WORDS)}
    try:
        frame.act(lambda session: _note(session, contact_id, typed))
    except EmergencyCallError as wrong:
        sentence = emergency_error(wrong.reason)
        if frame.wants_json():
            return {"errors": [{"field": wrong.field, "text": sentence}]}, 422
        return show(contact_id, {f"{emergency.MARK}{wrong.field}": sentence}, typed, status=422)
    return frame.done(f"/contacts/{contact_id}")


def _note(session: Session, contact_id: UUID, typed: Mapping[str, str]) -> None:
    scope = frame.scope()
    found = contact_of(session, scope, contact_id)
    require_work(session, scope, found)
    view = intake_of_contact(session, scope, contact_id)
    if view is None:
        raise scope.out_of_scope("intake", contact_id)
    lines = emergency.read_out(session, scope, view)
    told = Told(
        caller_id=_caller(typed["by"]),
        telephone=typed["telephone"],
        called_at=_moment(typed["at"]),
        outcome=typed["outcome"],
        which=typed["which"],
        reference=digits_to_ascii(typed["reference"]),
        words=emergency.as_words(lines, typed["words"]),
    )
    note_emergency_call(session, scope.actor, scope, view.id, told)


def _caller(chosen: str) -> UUID | None:
    try:
        return None if chosen == "other" else UUID(chosen)
    except ValueError:
        raise EmergencyCallError("by", "unknown_person") from None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=emergency.ISTANBUL)
