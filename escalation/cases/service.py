"""What is done with a case, one verb each; every act is audited and stands in the case's story."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import koza_now
from core.clock import now as database_now
from core.due import cancel_due, set_due
from core.facts import report
from core.ids import new_id, new_reference
from core.outbox import publish
from escalation.cases import queries, rules
from escalation.cases.events import CaseOpened, CaseOwnerChanged, CaseStateChanged, TaskOverdue
from escalation.cases.models import Case, CaseContact, CaseEvent, Note, Task
from escalation.cases.secrecy import close_contacts
from intake import queries as intake_queries
from intake import service as intake_service
from intake.identity import suspected_in
from staff import queries as staff_queries
from staff import service as staff_service
from staff.errors import MissingPermissionError
from staff.scope import Scope

TOPIC = queries.KIND
#: Due rows of this room; the subject is the task's id.
TASK = "cases.task"


class CaseError(Exception):
    """An act that is not possible; ``reason`` is a code that a screen words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def open_case(
    session: Session,
    actor: Actor,
    scope: Scope,
    intake_id: UUID,
    *,
    title: str | None = None,
    owner_id: UUID | None = None,
) -> Case:
    """Open a case from an intake; its owner is ``owner_id``, else who opens it. Twice gives the same case.

    The intake becomes escalated, its contact belongs to the case, and whoever was barred from either is barred from
    all. Raises OutOfScopeError or MissingPermissionError, and :class:`CaseError` for an owner who is barred.
    """
    _stand_on_side(scope)
    intake = intake_queries.intake(session, scope, intake_id)
    if intake is None:
        raise scope.out_of_scope("intake", intake_id)
    ways = (("intake", intake_id), ("contact", intake.contact_id))
    if not any(scope.reaches(session, TOPIC, at, intake.centre_id, subject_kind=kind, act="open") for kind, at in ways):
        raise MissingPermissionError(scope.actor, "case.open", "intake", intake_id)
    # Two who open it in the same moment take turns here, and the second finds the first one's case.
    key = int.from_bytes(intake_id.bytes[-8:], "big", signed=True)
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
    known = session.scalars(select(Case).where(Case.intake_id == intake_id)).one_or_none()
    if known is not None:
        return known
    _not_the_other_party(session, intake.contact_id)
    case = Case(
        id=new_id(),
        ref=new_reference("V"),
        centre_id=intake.centre_id,
        intake_id=intake_id,
        province_code=intake.fields.get("province_code"),
        contact_id=intake.contact_id,
        level=intake.level,
        state="open",
        confidential=False,
        opened_by=actor.id,
        owner_id=owner_id or actor.id,
    )
    case.title = (title or "").strip() or None
    session.add(case)
    session.flush()
    _note_event(session, actor, case, "opened", intake_id=str(intake_id), level=case.level)
    _share_bars(session, actor, case, intake_id, intake.contact_id)
    _link_contact(session, actor, case, intake.contact_id)
    intake_service.link_case(session, actor, intake_id, case.id)
    if case.owner_id is not None:
        _let_owner_read(session, actor, case, case.owner_id)
    record(session, actor, "case_opened", TOPIC, case.id, case.centre_id, intake=str(intake_id), ref=case.ref)
    report(session, CaseOpened(case.contact_id, case.centre_id, case.id, intake_id, actor.id))
    announce(session, case)
    return case


def _not_the_other_party(session: Session, contact_id: UUID) -> None:
    """What may be his is never filed as hers."""
    if suspected_in(session, [contact_id]):
        raise CaseError("other_party")


def _stand_on_side(scope: Scope) -> None:
    if not scope.is_system and not rules.on_survivors_side(scope.permissions):
        raise MissingPermissionError(scope.actor, "case.open", TOPIC)


def _share_bars(session: Session, actor: Actor, case: Case, intake_id: UUID, contact_id: UUID) -> None:
    subjects = [(TOPIC, case.id), ("intake", intake_id), ("contact", contact_id)]
    for source in subjects[1:]:
        staff_service.copy_bars(session, actor, source, [item for item in subjects if item != source])


def _link_contact(session: Session, actor: Actor, case: Case, contact_id: UUID) -> None:
    session.execute(
        insert(CaseContact).values(contact_id=contact_id, case_id=case.id, linked_by=actor.id).on_conflict_do_nothing(),
    )
    close_contacts(session, case)
    _note_event(session, actor, case, "contact_linked", contact_id=str(contact_id))


def _let_owner_read(session: Session, actor: Actor, case: Case, owner_id: UUID) -> None:
    barred = staff_queries.barred_accounts(session, TOPIC, [case.id]).get(case.id, frozenset())
    if owner_id in barred:
        raise CaseError("owner_barred")
    subjects = [(TOPIC, case.id), *([] if case.intake_id is None else [("intake", case.intake_id)])]
    contacts = session.scalars(select(CaseContact.contact_id).where(CaseContact.case_id == case.id)).all()
    subjects += [("contact", contact_id) for contact_id in contacts]
    for kind, subject_id in subjects:
        staff_service.grant(
            session,
            actor,
            subject_kind=kind,
            subject_id=subject_id,
            grantee_kind="staff",
            grantee_id=owner_id,
            reason="owner",
            centre_id=case.centre_id,
        )


def held(session: Session, scope: Scope, case_id: UUID, act: str = "write") -> Case:
    """The case, held for a change. Raises OutOfScopeError, or MissingPermissionError where she sees it and may not."""
    found = session.scalars(
        select(Case)
        .where(Case.id == case_id, queries.readable(scope))
        .with_for_update(of=Case)
        .execution_options(populate_existing=True),
    ).one_or_none()
    if found is None:
        raise scope.out_of_scope(TOPIC, case_id)
    scope.require_record(session, TOPIC, case_id, found.centre_id, act=act, restricted=found.confidential)
    return found


def link_intake(session: Session, actor: Actor, scope: Scope, case_id: UUID, intake_id: UUID) -> None:
    """A later contact of the same woman belongs to her case. Raises as :func:`open_case`."""
    case = held(session, scope, case_id)
    intake = intake_queries.intake(session, scope, intake_id)
    if intake is None:
        raise scope.out_of_scope("intake", intake_id)
    if intake.case_id not in {None, case_id}:
        raise CaseError("belongs_to_another_case")
    _not_the_other_party(session, intake.contact_id)
    _share_bars(session, actor, case, intake_id, intake.contact_id)
    staff_service.copy_bars(session, actor, (TOPIC, case.id), [("intake", intake_id), ("contact", intake.contact_id)])
    _link_contact(session, actor, case, intake.contact_id)
    intake_service.link_case(session, actor, intake_id, case.id, opened=False)
    if case.owner_id is not None:
        _let_owner_read(session, actor, case, case.owner_id)
    record(session, actor, "case_contact_linked", TOPIC, case.id, case.centre_id, intake=str(intake_id))
    announce(session, case)


def add_note(session: Session, actor: Actor, scope: Scope, case_id: UUID, kind: str, body: str) -> UUID:
    """Write a note for the ``team``, for the lawyers (``legal``) or for oneself (``author_only``). Returns its id."""
    case = held(session, scope, case_id)
    if kind not in rules.NOTE_KINDS or actor.id is None:
        raise CaseError("unknown_note_kind")
    if not body.strip():
        raise CaseError("empty_note")
    note = Note(id=new_id(), data_key_id=case.data_key_id, case_id=case.id, kind=kind, author_id=actor.id)
    note.body = body.strip()
    session.add(note)
    session.flush()
    _note_event(session, actor, case, "note", note_id=str(note.id), note_kind=kind)
    record(session, actor, "case_note_added", TOPIC, case.id, case.centre_id, kind=kind)
    announce(session, case)
    return note.id


def add_task(
    session: Session,
    actor: Actor,
    scope: Scope,
    case_id: UUID,
    title: str,
    *,
    due_at: datetime | None = None,
    assignee_id: UUID | None = None,
) -> UUID:
    """Give somebody something to do about a case, until ``due_at`` if there is a time. Returns the task's id."""
    case = held(session, scope, case_id)
    if not title.strip():
        raise CaseError("empty_task")
    if case.state == "closed":
        raise CaseError("closed")
    task = Task(
        id=new_id(),
        data_key_id=case.data_key_id,
        case_id=case.id,
        due_at=due_at,
        assignee_id=assignee_id or case.owner_id,
        created_by=actor.id,
    )
    task.title = title.strip()
    session.add(task)
    session.flush()
    if due_at is not None:
        set_due(session, TASK, str(task.id), due_at, centre_id=case.centre_id)
    _note_event(session, actor, case, "task_added", task_id=str(task.id))
    record(session, actor, "case_task_added", TOPIC, case.id, case.centre_id, task=str(task.id))
    announce(session, case)
    return task.id


def finish_task(session: Session, actor: Actor, scope: Scope, task_id: UUID) -> None:
    """A task is done. Done twice is done once. Raises OutOfScopeError where the reader may not see its case."""
    case_id = session.execute(select(Task.case_id).where(Task.id == task_id)).scalar_one_or_none()
    if case_id is None:
        raise scope.out_of_scope("task", task_id)
    case = held(session, scope, case_id)
    task = session.get_one(Task, task_id, with_for_update=True, populate_existing=True)
    if task.done_at is not None:
        return
    task.done_at, task.done_by = database_now(session), actor.id
    cancel_due(session, TASK, str(task.id))
    session.flush()
    _note_event(session, actor, case, "task_finished", task_id=str(task.id))
    record(session, actor, "case_task_finished", TOPIC, case.id, case.centre_id, task=str(task.id))
    announce(session, case)


def task_overdue(session: Session, actor: Actor, task_id: UUID) -> None:
    """A task's time is over: it is marked late, once, and stays due until somebody does it."""
    task = session.get(Task, task_id, with_for_update=True, populate_existing=True)
    if task is None or task.done_at is not None or task.overdue_at is not None:
        return
    task.overdue_at = database_now(session)
    session.flush()
    case = session.get_one(Case, task.case_id)
    _note_event(session, actor, case, "task_overdue", task_id=str(task.id))
    report(session, TaskOverdue(case.contact_id, case.centre_id, case.id, task.id, task.assignee_id))
    announce(session, case)


def change_state(
    session: Session,
    actor: Actor,
    scope: Scope,
    case_id: UUID,
    after: str,
    *,
    reason: str | None = None,
    words: str = "",
) -> None:
    """Move a case on. Closing names a ``reason``; with something still open only the director may, saying why.

    Raises :class:`CaseError` with the code of the refusal, OutOfScopeError, MissingPermissionError.
    """
    closing = after == "closed"
    case = held(session, scope, case_id, "close" if closing else "write")
    duties = queries.duties(session, case.id) if closing else rules.OpenDuties()
    refusal = rules.refusal(
        case.state,
        after,
        reason=reason,
        duties=duties,
        may_close_over_duty=scope.may("case.close_over_duty"),
        words=words,
    )
    if refusal is not None:
        raise CaseError(refusal)
    moment = database_now(session)
    before, case.state = case.state, after
    case.closed_at = moment if closing else None
    case.closure_reason = reason if closing else None
    case.closure_words = words.strip() or None if closing else None
    session.flush()
    code = reason or "" if closing else ""
    over = closing and duties.any
    _note_event(session, actor, case, "state", before=before, after=after, reason=code, over_duty=over)
    record(
        session,
        actor,
        "case_state_changed",
        TOPIC,
        case.id,
        case.centre_id,
        before=before,
        after=after,
        reason=code,
        over_duty=over,
    )
    report(session, CaseStateChanged(case.contact_id, case.centre_id, case.id, before, after, code))
    announce(session, case)


def assign_owner(session: Session, actor: Actor, scope: Scope, case_id: UUID, owner_id: UUID) -> None:
    """Make somebody else responsible; she may read from now on, the one before no longer as owner.

    Raises :class:`CaseError` for somebody who is barred, disabled, of another centre or of the other unit.
    """
    case = held(session, scope, case_id, "assign")
    if case.owner_id == owner_id:
        return
    owner = staff_queries.account(session, owner_id)
    if owner is None or owner.disabled_at is not None or owner.centre_id != case.centre_id:
        raise CaseError("unknown_owner")
    if not rules.on_survivors_side(Scope.of(session, owner_id).permissions):
        raise CaseError("unknown_owner")
    before, case.owner_id = case.owner_id, owner_id
    session.flush()
    if before is not None:
        staff_service.revoke_grant(
            session,
            actor,
            subject_kind=TOPIC,
            subject_id=case.id,
            grantee_id=before,
            reason="owner",
            centre_id=case.centre_id,
        )
    _let_owner_read(session, actor, case, owner_id)
    _note_event(session, actor, case, "owner", account_id=str(owner_id))
    record(session, actor, "case_assigned", TOPIC, case.id, case.centre_id, account=str(owner_id))
    report(session, CaseOwnerChanged(case.contact_id, case.centre_id, case.id, owner_id))
    announce(session, case)


def set_level(session: Session, intake_id: UUID, level: int) -> None:
    """The intake that opened a case has another level; audited where it was changed."""
    case = session.scalars(select(Case).where(Case.intake_id == intake_id).with_for_update()).one_or_none()
    if case is not None and case.level != level:
        case.level = level
        announce(session, case)


def release(session: Session, actor: Actor, account_id: UUID) -> None:
    """Take somebody who may no longer act off her open cases; they wait for a new owner."""
    owned = session.scalars(
        select(Case).where(Case.owner_id == account_id, Case.state != "closed").with_for_update(),
    ).all()
    for case in owned:
        case.owner_id = None
        session.flush()
        _note_event(session, actor, case, "owner")
        record(session, actor, "case_released", TOPIC, case.id, case.centre_id, account=str(account_id))
        announce(session, case)


def _note_event(session: Session, actor: Actor, case: Case, kind: str, **params: str | int | bool) -> None:
    session.add(
        CaseEvent(
            case_id=case.id,
            kind=kind,
            actor_kind=actor.kind,
            actor_id=actor.id,
            params=params,
            at=koza_now(),
        ),
    )
    session.flush()


def announce(session: Session, case: Case) -> None:
    """The case changed, for every screen that shows it."""
    session.flush()
    publish(session, case.centre_id, TOPIC, case.id)
