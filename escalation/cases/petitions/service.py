"""What is done with a petition: written, approved by her, released by a lawyer, taken as a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import now as database_now
from escalation.cases.models import Case
from escalation.cases.petitions import queries
from escalation.cases.petitions.models import PetitionRow
from escalation.cases.petitions.queries import PARTICULARS, PetitionView
from escalation.cases.register import access
from escalation.cases.register.models import Application
from escalation.cases.register.rules import applications
from escalation.cases.register.rules.errors import RegisterError
from escalation.cases.register.service import acts, approve_application
from staff.errors import MissingPermissionError
from staff.scope import Scope

KIND = "petition"
#: In characters, of each particular.
_LONGEST = 500


def read_petition(session: Session, actor: Actor, scope: Scope, application_id: UUID) -> PetitionView:
    """A petition, opened for its preview; the reading is audited. Raises OutOfScopeError."""
    found = queries.petition(session, scope, application_id)
    if found is None:
        raise scope.out_of_scope(KIND, application_id)
    record(session, actor, "petition_read", KIND, application_id, found.centre_id, case=str(found.case_id))
    return found


def write_particulars(
    session: Session, actor: Actor, scope: Scope, application_id: UUID, particulars: Mapping[str, str]
) -> None:
    """Whom the petition names and where she lives. An address is not even kept where secrecy is asked for or in force.

    Only while she has not approved it. Raises OutOfScopeError, MissingPermissionError, and :class:`RegisterError`
    not_possible.
    """
    case, application = acts.held(session, scope, Application, application_id, in_case=True)
    if application.state != "draft":
        raise RegisterError("not_possible", applications.MACHINE.possible(application.state))
    found = _seen(session, scope, application_id)
    kept = {name: particulars.get(name, "").strip()[:_LONGEST] for name in PARTICULARS}
    if found.secret:
        kept["address"] = found.particulars.get("address", "")
    row = _row(session, actor, case, application)
    row.particulars = json.dumps({name: text for name, text in kept.items() if text}, ensure_ascii=False)
    acts.note(session, actor, case, "petition_written", KIND, application_id, secret=found.secret)


def approve_petition(session: Session, actor: Actor, scope: Scope, application_id: UUID, manner: str) -> None:
    """She approved the petition as it reads, ``oral`` or ``written``. Nothing may be missing in what she approves.

    Raises OutOfScopeError, MissingPermissionError, and :class:`RegisterError`: incomplete (with what is missing),
    not_possible, unknown_manner.
    """
    # The case is held before the paper is read, so that what was complete is what she approved.
    acts.held(session, scope, Application, application_id, in_case=True)
    found = _seen(session, scope, application_id)
    if found.paper.missing:
        raise RegisterError("incomplete", found.paper.missing)
    approve_application(session, actor, scope, application_id, manner)
    record(session, actor, "petition_approved_by_her", KIND, application_id, found.centre_id, case=str(found.case_id))


def release_petition(session: Session, actor: Actor, scope: Scope, application_id: UUID) -> None:
    """A lawyer read it: from now on it is printed without the watermark, and reads as it did in this moment.

    Raises OutOfScopeError, MissingPermissionError, and :class:`RegisterError`: not_approved, released_before,
    incomplete, not_possible where it was withdrawn.
    """
    case, application = acts.held(session, scope, Application, application_id, in_case=True)
    if not scope.reaches(
        session, KIND, case.id, case.centre_id, subject_kind=access.SUBJECT, act="release", restricted=case.confidential
    ):
        raise MissingPermissionError(scope.actor, f"{KIND}.release", KIND, application_id)
    found = _seen(session, scope, application_id)
    if application.state in ("draft", "withdrawn"):
        raise RegisterError("not_approved" if application.state == "draft" else "not_possible")
    if found.released_at is not None:
        raise RegisterError("released_before")
    if found.paper.missing:
        raise RegisterError("incomplete", found.paper.missing)
    row, moment = _row(session, actor, case, application), database_now(session)
    row.paper = json.dumps([(line.style, line.text) for line in found.paper.lines], ensure_ascii=False)
    row.template_version = found.template.version
    row.released_at, row.released_by = moment, actor.id
    acts.note(session, actor, case, "petition_released", KIND, application_id, version=found.template.version)


def take_petition(session: Session, actor: Actor, scope: Scope, application_id: UUID, form: str) -> PetitionView:
    """The petition that is about to leave as a file; the audit says in which form, and whether as a draft.

    Raises OutOfScopeError.
    """
    found = _seen(session, scope, application_id)
    record(
        session,
        actor,
        "petition_taken",
        KIND,
        application_id,
        found.centre_id,
        case=str(found.case_id),
        form=form,
        draft=found.is_draft,
    )
    return found


def _seen(session: Session, scope: Scope, application_id: UUID) -> PetitionView:
    found = queries.petition(session, scope, application_id)
    if found is None:
        raise scope.out_of_scope(KIND, application_id)
    return found


def _row(session: Session, actor: Actor, case: Case, application: Application) -> PetitionRow:
    row = session.scalars(select(PetitionRow).where(PetitionRow.application_id == application.id)).one_or_none()
    if row is None:
        row = PetitionRow(data_key_id=case.data_key_id, application_id=application.id, written_by=actor.id)
        session.add(row)
        session.flush()
    return row
