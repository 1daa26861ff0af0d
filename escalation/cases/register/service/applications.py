"""Applications for measures: written for her, approved by her, filed, answered (duty A3)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from core.actor import Actor
from core.clock import now as database_now
from core.ids import new_id
from escalation.cases.models import Case
from escalation.cases.register import access
from escalation.cases.register.catalogue_rows import measures
from escalation.cases.register.models import Application, ApplicationItem, Authority, Decision
from escalation.cases.register.rules import applications
from escalation.cases.register.rules.errors import RegisterError
from escalation.cases.register.service import acts
from escalation.cases.register.service.answers import tell
from staff.scope import Scope


def draft_application(
    session: Session,
    actor: Actor,
    scope: Scope,
    case_id: UUID,
    *,
    purpose: str = "measures",
    codes: Collection[str] = (),
    authority_id: UUID | None = None,
    about_id: UUID | None = None,
    secrecy_asked: bool = False,
    statement: str = "",
) -> UUID:
    """Begin an application for her; returns its id. Also whoever may write in the case begins one.

    ``about_id`` is the decision that an extension, secrecy, monitoring or breach is about. Raises OutOfScopeError,
    MissingPermissionError, and :class:`RegisterError`: unknown_purpose, unknown_measure, unknown_authority,
    unknown_decision.
    """
    case = access.held(session, scope, case_id, in_case=True)
    acts.one_of(purpose, applications.PURPOSES, "unknown_purpose")
    _check(session, case, authority_id, about_id)
    application = Application(
        id=new_id(),
        data_key_id=case.data_key_id,
        case_id=case.id,
        centre_id=case.centre_id,
        purpose=purpose,
        state="draft",
        authority_id=authority_id,
        about_id=about_id,
        secrecy_asked=secrecy_asked,
        made_by=actor.id,
    )
    application.statement = statement.strip() or None
    session.add(application)
    session.flush()
    _keep_codes(session, application, codes)
    acts.note(session, actor, case, "application_draft", "application", application.id, purpose=purpose, after="draft")
    tell(session, actor, case, application)
    return application.id


def revise_application(
    session: Session,
    actor: Actor,
    scope: Scope,
    application_id: UUID,
    *,
    codes: Collection[str],
    authority_id: UUID | None,
    secrecy_asked: bool,
    statement: str,
) -> None:
    """A draft reads otherwise. What she approved is not changed: it is withdrawn and written anew.

    Raises as :func:`draft_application`, and :class:`RegisterError` not_possible.
    """
    case, application = acts.held(session, scope, Application, application_id, in_case=True)
    if application.state != "draft":
        raise RegisterError("not_possible", applications.MACHINE.possible(application.state))
    _check(session, case, authority_id, application.about_id)
    application.authority_id, application.secrecy_asked = authority_id, secrecy_asked
    application.statement = statement.strip() or None
    session.flush()
    _keep_codes(session, application, codes)
    acts.note(session, actor, case, "application_revised", "application", application.id)


def approve_application(
    session: Session,
    actor: Actor,
    scope: Scope,
    application_id: UUID,
    manner: str,
    *,
    approved_at: datetime | None = None,
) -> None:
    """She approved it, ``oral`` or ``written``, now or at ``approved_at``; who heard or holds it writes it down.

    Raises OutOfScopeError, MissingPermissionError, and :class:`RegisterError`: not_possible, in_future, unknown_manner.
    """
    case, application = acts.held(session, scope, Application, application_id, in_case=True)
    acts.one_of(manner, applications.MANNERS, "unknown_manner")
    acts.not_in_future(session, approved_at)
    acts.move(session, actor, case, application, applications.MACHINE, "approve", manner=manner)
    application.approved_at, application.approval_manner = approved_at or database_now(session), manner
    session.flush()
    tell(session, actor, case, application)


def file_application(
    session: Session,
    actor: Actor,
    scope: Scope,
    application_id: UUID,
    filed_at: datetime,
    *,
    authority_id: UUID | None = None,
    docket: str = "",
) -> None:
    """It was filed with an authority at ``filed_at``; only what she approved can be.

    Raises OutOfScopeError, MissingPermissionError, and :class:`RegisterError`: not_possible, in_future,
    authority_needed, unknown_authority.
    """
    case, application = acts.held(session, scope, Application, application_id, in_case=True)
    acts.not_in_future(session, filed_at)
    where = authority_id or application.authority_id
    if where is None:
        raise RegisterError("authority_needed")
    _check(session, case, where, None)
    acts.possible(application, applications.MACHINE, "file")
    application.filed_at, application.authority_id = filed_at, where
    acts.move(session, actor, case, application, applications.MACHINE, "file")
    application.docket = docket.strip() or None
    application.docket_index = acts.index(session, "docket", docket)
    session.flush()
    tell(session, actor, case, application)


def answer_application(
    session: Session, actor: Actor, scope: Scope, application_id: UUID, outcome: str, answered_on: date
) -> None:
    """An answer that brings no decision to enter: ``refused``, or ``granted`` and ``partly_granted`` without a paper.

    A decision entered with the application answers it by itself. Raises OutOfScopeError, MissingPermissionError, and
    :class:`RegisterError`: not_possible, in_future, unknown_outcome.
    """
    names = {"granted": "grant", "partly_granted": "grant_partly", "refused": "refuse"}
    case, application = acts.held(session, scope, Application, application_id)
    acts.one_of(outcome, names, "unknown_outcome")
    acts.not_in_future(session, answered_on)
    acts.move(session, actor, case, application, applications.MACHINE, names[outcome])
    application.answered_on = answered_on
    session.flush()
    tell(session, actor, case, application)


def withdraw_application(session: Session, actor: Actor, scope: Scope, application_id: UUID, reason: str) -> None:
    """She does not want it any more, and why.

    Raises OutOfScopeError, MissingPermissionError, and :class:`RegisterError`: not_possible, reason_needed.
    """
    case, application = acts.held(session, scope, Application, application_id, in_case=True)
    acts.possible(application, applications.MACHINE, "withdraw")
    if not reason.strip():
        raise RegisterError("reason_needed")
    acts.move(session, actor, case, application, applications.MACHINE, "withdraw")
    application.withdrawn_at, application.withdrawal = database_now(session), reason.strip()
    session.flush()
    tell(session, actor, case, application)


def _check(session: Session, case: Case, authority_id: UUID | None, about_id: UUID | None) -> None:
    if authority_id is not None and session.get(Authority, authority_id) is None:
        raise RegisterError("unknown_authority")
    if about_id is not None:
        decision = session.get(Decision, about_id)
        if decision is None or decision.case_id != case.id:
            raise RegisterError("unknown_decision")


def _keep_codes(session: Session, application: Application, codes: Collection[str]) -> None:
    known = measures(session)
    unknown = sorted(set(codes) - set(known))
    if unknown:
        raise RegisterError("unknown_measure", tuple(unknown))
    session.execute(delete(ApplicationItem).where(ApplicationItem.application_id == application.id))
    session.add_all(
        ApplicationItem(application_id=application.id, code=code, measure_id=known[code][0])
        for code in sorted(set(codes))
    )
    session.flush()
