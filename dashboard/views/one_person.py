"""Records that are one woman's: proposed, confirmed with a reason, taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core.i18n import gettext as _
from dashboard import frame
from dashboard.one_person import MARK
from dashboard.views.contacts import show
from dashboard.wording import intake_error, merge_error
from dashboard.workspace import intake_of
from intake.errors import IdentityError, MergeError
from intake.service import confirm_merge, end_merge, propose_merge, second_number
from intake.service.merging import LONGEST_REASON
from staff.edge import require_permission

blueprint = Blueprint("one_person", __name__)


@blueprint.post("/intakes/<uuid:intake_id>/one-person")
@require_permission("intake.write")
def propose(intake_id: UUID) -> ResponseReturnValue:
    """Somebody thinks that another record is hers too; nothing is read as one yet."""
    typed = {"ref": frame.field("ref", 40), "why": frame.field("why", LONGEST_REASON + 1)}
    scope = frame.scope()

    def work(session: Session) -> None:
        propose_merge(session, scope.actor, scope, intake_id, typed["ref"], typed["why"])

    return _do(intake_id, work, typed)


@blueprint.post("/intakes/<uuid:intake_id>/second-number")
@require_permission("safe_contact.write")
def number(intake_id: UUID) -> ResponseReturnValue:
    """Another number on which she wants to be called: its record is opened, and what holds for it is agreed there."""
    typed = {"number": frame.field("number", 40)}
    scope, why = frame.scope(), _("She gave this number herself.")

    def work(session: Session) -> UUID:
        return second_number(session, scope.actor, scope, intake_id, typed["number"], frame.me(), why)

    return _do(intake_id, work, typed)


@blueprint.post("/intakes/<uuid:intake_id>/one-person/<uuid:merge_id>/confirm")
@require_permission("person.merge")
def confirm(intake_id: UUID, merge_id: UUID) -> ResponseReturnValue:
    """It is one woman: both are read as one."""
    typed = {"how": frame.field("how", 20), "reason": frame.field("reason", LONGEST_REASON + 1)}
    scope = frame.scope()

    def work(session: Session) -> None:
        confirm_merge(session, scope.actor, scope, intake_id, merge_id, typed["reason"], typed["how"])

    return _do(intake_id, work, typed, f"{merge_id}-")


@blueprint.post("/intakes/<uuid:intake_id>/one-person/<uuid:merge_id>/end")
@require_permission("intake.write")
def end(intake_id: UUID, merge_id: UUID) -> ResponseReturnValue:
    """It is not, or not sure: each is read by itself again."""
    typed = {"ended": frame.field("ended", LONGEST_REASON + 1)}
    scope = frame.scope()

    def work(session: Session) -> None:
        end_merge(session, scope.actor, scope, intake_id, merge_id, typed["ended"])

    return _do(intake_id, work, typed, f"{merge_id}-")


def _do(
    intake_id: UUID, work: Callable[[Session], UUID | None], typed: Mapping[str, str], its: str = ""
) -> ResponseReturnValue:
    scope = frame.scope()

    def contact(session: Session) -> UUID:
        return intake_of(session, scope, intake_id).contact_id

    def act(session: Session) -> UUID:
        contact_id = contact(session)
        return work(session) or contact_id

    try:
        contact_id = frame.act(act)
    except MergeError as wrong:
        # What is about the two is said above both, whichever form it was.
        name = f"{MARK}{its}{wrong.field}" if wrong.field else MARK
        return show(frame.act(contact), {name: merge_error(wrong.reason)}, dict(typed), status=422)
    except IdentityError as wrong:
        return show(frame.act(contact), {MARK: intake_error(wrong.reason)}, dict(typed), status=422)
    return frame.done(f"/contacts/{contact_id}")
