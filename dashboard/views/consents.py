"""What others may be told of her: a consent written down, and withdrawn at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboard import frame
from dashboard.answers import end_of
from dashboard.consents import MARK
from dashboard.emergency import ISTANBUL
from dashboard.views.contacts import show
from dashboard.wording import consent_error
from dashboard.workspace import intake_of
from intake.consents import LONGEST_WORDS
from intake.errors import ConsentError
from intake.service import Consented, record_consent, withdraw_consent
from staff.edge import require_permission

blueprint = Blueprint("consents", __name__)

_FIELDS = ("recipient", "how", "given", "until")


@blueprint.post("/intakes/<uuid:intake_id>/consents")
@require_permission("intake.write")
def consent(intake_id: UUID) -> ResponseReturnValue:
    """Write it down; refused, the form is open again with what was typed and what is wrong."""
    typed = {name: frame.field(name, 60) for name in _FIELDS}
    typed |= {"words": frame.field("words", LONGEST_WORDS + 1), "told": ",".join(request.form.getlist("told"))}
    scope = frame.scope()

    def work(session: Session) -> UUID:
        contact_id = intake_of(session, scope, intake_id).contact_id
        record_consent(session, scope.actor, scope, intake_id, _said(typed))
        return contact_id

    try:
        contact_id = frame.act(work)
    except ConsentError as wrong:
        return _refuse(intake_id, wrong, typed)
    return frame.done(f"/contacts/{contact_id}")


@blueprint.post("/intakes/<uuid:intake_id>/consents/<uuid:consent_id>/withdraw")
@require_permission("intake.write")
def withdraw(intake_id: UUID, consent_id: UUID) -> ResponseReturnValue:
    """It ends now; refused, its form is open again."""
    typed = {"why": frame.field("why", 40), "words": frame.field("words", LONGEST_WORDS + 1)}
    scope = frame.scope()

    def work(session: Session) -> UUID:
        contact_id = intake_of(session, scope, intake_id).contact_id
        withdraw_consent(session, scope.actor, scope, intake_id, consent_id, typed["why"], typed["words"])
        return contact_id

    try:
        contact_id = frame.act(work)
    except ConsentError as wrong:
        return _refuse(intake_id, wrong, typed, f"{consent_id}-")
    return frame.done(f"/contacts/{contact_id}")


def _refuse(intake_id: UUID, wrong: ConsentError, typed: dict[str, str], its: str = "") -> ResponseReturnValue:
    contact_id = frame.act(lambda session: intake_of(session, frame.scope(), intake_id).contact_id)
    # Who speaks is no field: it is said above the whole form.
    name = f"{MARK}{its}{wrong.field}" if wrong.field else ""
    return show(contact_id, {name: consent_error(wrong.reason)}, typed, status=422)


def _said(typed: Mapping[str, str]) -> Consented:
    try:
        given = datetime.fromisoformat(typed["given"]) if typed["given"] else None
    except ValueError:
        raise ConsentError("given", "not_a_time") from None
    try:
        until = end_of(typed["until"])
    except ValueError:
        raise ConsentError("until", "not_a_day") from None
    return Consented(
        recipient=typed["recipient"],
        told=[code for code in typed["told"].split(",") if code],
        how=typed["how"],
        given_at=given.replace(tzinfo=ISTANBUL) if given is not None and given.tzinfo is None else given,
        until=until,
        words=typed["words"],
    )
