"""An application's answer, and what the facts tell of an application."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.facts import report
from escalation.cases.models import Case
from escalation.cases.register.events import ApplicationChanged
from escalation.cases.register.models import Application, ApplicationItem, Decision
from escalation.cases.register.rules import applications
from escalation.cases.register.rules.errors import RegisterError
from escalation.cases.register.service import acts


def tell(session: Session, actor: Actor, case: Case, application: Application) -> None:
    """Report an application as it stands now."""
    report(
        session,
        ApplicationChanged(
            case.contact_id,
            case.centre_id,
            case.id,
            actor.id,
            application.id,
            application.purpose,
            application.state,
            acts.iso(application.filed_at),
            application.about_id,
        ),
    )


def answered_by(
    session: Session, actor: Actor, case: Case, application_id: UUID, decision: Decision, decided: Collection[str]
) -> None:
    """A decision answers an application: granted where everything asked for was decided, else partly.

    Raises :class:`RegisterError`: unknown_application, not_possible where it was not filed.
    """
    application = session.get(Application, application_id, with_for_update=True, populate_existing=True)
    if application is None or application.case_id != case.id:
        raise RegisterError("unknown_application")
    asked = set(
        session.scalars(select(ApplicationItem.code).where(ApplicationItem.application_id == application_id)),
    )
    name = "grant" if asked <= set(decided) else "grant_partly"
    acts.move(session, actor, case, application, applications.MACHINE, name, decision=str(decision.id))
    application.answered_on = decision.decided_on
    session.flush()
    tell(session, actor, case, application)
