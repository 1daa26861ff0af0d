"""Cases that a list brings along: opened without an intake, and closed empty when the list is taken back."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import koza_now
from core.clock import now as database_now
from core.crypto import drop_data_key
from core.facts import report
from core.ids import new_id, new_reference
from core.outbox import publish
from escalation.cases.events import CaseStateChanged
from escalation.cases.models import Case, CaseEvent, Task
from escalation.cases.queries import KIND


def open_brought(session: Session, actor: Actor, centre_id: UUID, list_id: UUID, *, title: str, level: int) -> Case:
    """A case without owner, intake and contact; it waits for whoever assigns. The caller has checked the actor."""
    case = Case(
        id=new_id(),
        ref=new_reference("V"),
        centre_id=centre_id,
        intake_id=None,
        contact_id=None,
        level=level,
        state="open",
        confidential=False,
        opened_by=actor.id,
    )
    case.title = title
    session.add(case)
    session.flush()
    _note(session, actor, case, "opened", list_id=str(list_id), level=level)
    record(session, actor, "case_brought", KIND, case.id, centre_id, list=str(list_id), ref=case.ref)
    publish(session, centre_id, KIND, case.id)
    return case


def close_brought(session: Session, actor: Actor, case: Case) -> None:
    """Close a brought case with nothing left in it: its story may not be deleted, its words can.

    Dropping the case's key erases its title and whatever was sealed with it.
    """
    before, now = case.state, database_now(session)
    case.title = None
    case.state, case.closed_at, case.closure_reason = "closed", now, "other"
    key_id, case.data_key_id = case.data_key_id, None
    session.execute(update(Task).where(Task.case_id == case.id, Task.done_at.is_(None)).values(done_at=koza_now()))
    session.flush()
    if key_id is not None:
        drop_data_key(session, key_id)
    _note(session, actor, case, "state", before=before, after="closed", reason="other")
    record(session, actor, "case_state_changed", KIND, case.id, case.centre_id, before=before, after="closed")
    report(session, CaseStateChanged(None, case.centre_id, case.id, before, "closed", "other"))
    publish(session, case.centre_id, KIND, case.id)


def _note(session: Session, actor: Actor, case: Case, kind: str, **params: str | int) -> None:
    session.add(CaseEvent(case_id=case.id, kind=kind, actor_kind=actor.kind, actor_id=actor.id, params=params))
    session.flush()
