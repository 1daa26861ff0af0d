"""Who told of her: written down apart from her record, and opened with a reason."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboard import frame
from dashboard.informants import MARK, informant_page
from dashboard.presenters import InformantPage
from dashboard.views.contacts import show
from dashboard.wording import informant_error
from dashboard.workspace import intake_of
from intake.errors import InformantError
from intake.informants import LONGEST
from intake.service import InformantTold, disclose_informant, write_informant
from staff.edge import require_permission

blueprint = Blueprint("informants", __name__)


@blueprint.post("/intakes/<uuid:intake_id>/informant")
@require_permission("intake.write")
def write(intake_id: UUID) -> ResponseReturnValue:
    """Keep it apart; what is written cannot be read again here."""
    typed = {name: frame.field(name, longest + 1) for name, longest in LONGEST.items()}
    anonymous = "1" in request.form.getlist("anonymous")
    typed |= {"relation": frame.field("relation", 40), "anonymous": "1" if anonymous else ""}
    scope = frame.scope()
    told = InformantTold(
        relation=typed["relation"],
        anonymous=anonymous,
        name=typed["name"],
        number=typed["number"],
        words=typed["words"],
    )

    def work(session: Session) -> UUID:
        contact_id = intake_of(session, scope, intake_id).contact_id
        write_informant(session, scope.actor, scope, intake_id, told)
        return contact_id

    try:
        contact_id = frame.act(work)
    except InformantError as wrong:
        return _refuse(intake_id, wrong, typed)
    return frame.done(f"/contacts/{contact_id}")


@blueprint.post("/intakes/<uuid:intake_id>/informant/show")
@require_permission("informant.read")
def disclose(intake_id: UUID) -> ResponseReturnValue:
    """Open it once, for a reason of the list; who, when and why stand in the audit."""
    reason, scope = frame.field("reason", 40), frame.scope()

    def build(session: Session) -> InformantPage:
        contact_id = intake_of(session, scope, intake_id).contact_id
        opened = disclose_informant(session, scope.actor, scope, intake_id, reason)
        return informant_page(opened, f"/contacts/{contact_id}")

    try:
        return frame.page("informant.html", "board", build)
    except InformantError as wrong:
        return _refuse(intake_id, wrong, {})


def _refuse(intake_id: UUID, wrong: InformantError, typed: dict[str, str]) -> ResponseReturnValue:
    contact_id = frame.act(lambda session: intake_of(session, frame.scope(), intake_id).contact_id)
    return show(contact_id, {f"{MARK}{wrong.field}": informant_error(wrong.reason)}, typed, status=422)
