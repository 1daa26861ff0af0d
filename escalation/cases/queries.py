"""Reads of cases: lists and single cases in the reader's scope, notes, tasks, and the whole story in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    SQLColumnExpression,
    Uuid,
    any_,
    false,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    union,
)
from sqlalchemy.orm import Session, aliased

from core.clock import koza_now
from core.database import table_of
from core.facts import StoredFact
from core.ids import parse_reference
from escalation.cases import rules
from escalation.cases.models import Case, CaseContact, CaseEvent, Note, Task
from escalation.cases.register.models import Decision
from escalation.cases.register.rules import decisions
from escalation.cases.retelling import told_as
from hotline import queries as hotline_queries
from intake.identity import not_hers, suspected_in
from intake.one_person import others_of_person
from staff import queries as staff_queries
from staff.scope import Scope

KIND = "case"
#: Made once: an alias copies every column.
_CASE = table_of(Case).alias()
#: In place of a state: whatever is not closed.
NOT_CLOSED = "not closed"
#: Facts that the case's own events already tell.
_OWN_FACTS = ("CaseOpened", "CaseStateChanged", "CaseOwnerChanged", "TaskOverdue")
#: States of a contact in which she waits for us.
_UNREAD = ("ringing", "ivr", "queued", "waiting_staff")


@dataclass(frozen=True, slots=True, repr=False)
class CaseView:
    """A case as its readers see it; ``title`` is opened."""

    id: UUID
    ref: str
    centre_id: UUID
    province_code: str | None
    intake_id: UUID | None
    contact_id: UUID | None
    owner_id: UUID | None
    state: str
    level: int
    confidential: bool
    title: str | None
    opened_by: UUID | None
    opened_at: datetime
    closed_at: datetime | None
    closure_reason: str | None
    closure_words: str | None
    night_line: str
    night_line_by: UUID | None
    night_line_at: datetime | None
    contact_ids: tuple[UUID, ...]
    #: States it may take next.
    possible: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class NoteView:
    """A note that its reader may read."""

    id: UUID
    kind: str
    author_id: UUID
    body: str
    at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class TaskView:
    """A task with its title opened."""

    id: UUID
    case_id: UUID
    title: str
    due_at: datetime | None
    overdue: bool
    assignee_id: UUID | None
    created_by: UUID | None
    created_at: datetime
    done_at: datetime | None
    done_by: UUID | None


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One thing that happened, neutral: screens put it into words, and fetch content where they may."""

    kind: str
    at: datetime
    actor_kind: str
    actor_id: UUID | None
    contact_id: UUID | None
    params: dict[str, Any] = field(default_factory=dict)


def readable(scope: Scope) -> ColumnElement[bool]:
    """The condition under which this reader reads a case; never for somebody of the perpetrators' unit."""
    if not scope.is_system and not rules.on_survivors_side(scope.permissions):
        return false()
    return scope.where(
        KIND,
        centre=Case.centre_id.expression,
        subject_id=Case.id.expression,
        restricted=Case.confidential.expression,
    )


def in_secrecy(case_id: SQLColumnExpression[UUID]) -> ColumnElement[bool]:
    """Whether the case with this id is under secrecy (Law 6284, Art. 8/6); they are few and have an index."""
    one = select(_CASE.c.id).where(_CASE.c.id == case_id, _CASE.c.confidential)
    return one.correlate_except(_CASE).exists()


def cases(scope: Scope) -> Select[*tuple[Any, ...]]:
    """The cases this reader sees, as neutral named columns that higher rooms may filter and join."""
    open_tasks = (
        select(func.count()).select_from(Task).where(Task.case_id == Case.id, Task.done_at.is_(None)).scalar_subquery()
    )
    next_due = select(func.min(Task.due_at)).where(Task.case_id == Case.id, Task.done_at.is_(None)).scalar_subquery()
    return select(
        Case.id,
        Case.ref,
        Case.centre_id,
        Case.province_code,
        Case.intake_id,
        Case.contact_id,
        Case.owner_id,
        Case.state,
        Case.level,
        Case.confidential,
        Case.opened_at,
        Case.closed_at,
        Case.closure_reason,
        open_tasks.label("open_tasks"),
        next_due.label("next_due_at"),
    ).where(readable(scope))


def newest(scope: Scope, limit: int, *, state: str = "", before: UUID | None = None) -> Select[*tuple[Any, ...]]:
    """The columns of :func:`cases` of the newest ones, in their order; ``state`` may be :data:`NOT_CLOSED`.

    They are looked for in each part of what the reader may know of; a condition for all parts walks every case.
    """
    wanted: list[ColumnElement[bool]] = [] if before is None else [Case.id < before]
    if state == NOT_CLOSED:
        wanted.append(Case.state != "closed")
    elif state:
        wanted.append(Case.state == state)
    ids = [
        select(Case.id).where(*wanted, part).order_by(Case.id.desc()).limit(literal_column(str(limit), Integer))
        for part in _parts(scope)
    ]
    every = (union(*ids) if len(ids) > 1 else ids[0]).subquery("every")
    first = select(every.c.id).order_by(every.c.id.desc()).limit(limit).subquery("first")
    return cases(scope).join(first, first.c.id == Case.id).order_by(Case.id.desc())


def _parts(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    if not scope.is_system and not rules.on_survivors_side(scope.permissions):
        return (false(),)
    return scope.parts(
        KIND,
        centre=Case.centre_id.expression,
        subject_id=Case.id.expression,
        subject_kind=KIND,
        restricted=Case.confidential.expression,
    )


def next_tasks(scope: Scope, until: datetime, limit: int) -> Select[UUID, str, UUID | None, datetime | None]:
    """(id, ref, owner_id, due_at) of the cases whose next open task is due before ``until``, the earliest first."""
    earlier = aliased(Task)
    none_before = (
        ~select(earlier.id)
        .where(
            earlier.case_id == Task.case_id,
            earlier.done_at.is_(None),
            tuple_(earlier.due_at, earlier.id) < tuple_(Task.due_at, Task.id),
        )
        .exists()
    )
    return (
        select(Case.id, Case.ref, Case.owner_id, Task.due_at.label("due_at"))
        .join_from(Task, Case, Case.id == Task.case_id)
        .where(Task.done_at.is_(None), Task.due_at < until, none_before, readable(scope))
        .order_by(Task.due_at, Task.id)
        .limit(literal_column(str(limit), Integer))
    )


def without_case_worker(scope: Scope) -> Select[UUID, str, UUID | None, datetime]:
    """(id, ref, owner_id, since) of open cases that wait for somebody who may write in them, where the reader assigns.

    Whoever opened a case owns it until then; an operator may not write in cases.
    """
    since = (
        select(func.max(CaseEvent.at))
        .where(CaseEvent.case_id == Case.id, CaseEvent.kind.in_(("opened", "owner")))
        .scalar_subquery()
    )
    assigns = scope.where(
        KIND,
        centre=Case.centre_id.expression,
        subject_id=Case.id.expression,
        act="assign",
        restricted=Case.confidential.expression,
    )
    # As a list of owners the index of open cases answers it; the other way round every open case would be asked.
    others = func.array(staff_queries.who_may_not("case.write").scalar_subquery(), type_=ARRAY(Uuid()))
    return select(Case.id, Case.ref, Case.owner_id, since.label("since")).where(
        Case.state != literal_column("'closed'"),
        or_(Case.owner_id.is_(None), Case.owner_id == any_(others)),
        readable(scope),
        assigns,
    )


def case(session: Session, scope: Scope, wanted: UUID | str) -> CaseView | None:
    """One case by id or reference; ``None`` where the reader may not know of it. The caller audits the reading."""
    by = Case.id == wanted if isinstance(wanted, UUID) else Case.ref == parse_reference(wanted)
    found = session.scalars(select(Case).where(by, readable(scope))).one_or_none()
    if found is None:
        return None
    contacts = session.scalars(
        select(CaseContact.contact_id).where(CaseContact.case_id == found.id).order_by(CaseContact.linked_at),
    )
    return CaseView(
        id=found.id,
        ref=found.ref,
        centre_id=found.centre_id,
        province_code=found.province_code,
        intake_id=found.intake_id,
        contact_id=found.contact_id,
        owner_id=found.owner_id,
        state=found.state,
        level=found.level,
        confidential=found.confidential,
        title=found.title,
        opened_by=found.opened_by,
        opened_at=found.opened_at,
        closed_at=found.closed_at,
        closure_reason=found.closure_reason,
        closure_words=found.closure_words,
        night_line=found.night_line or "",
        night_line_by=found.night_line_by,
        night_line_at=found.night_line_at,
        contact_ids=tuple(contacts),
        possible=rules.possible(found.state),
    )


def case_of_contact(session: Session, scope: Scope, contact_id: UUID) -> tuple[UUID, str] | None:
    """(id, reference) of the case a contact belongs to, where the reader may know of it."""
    row = session.execute(
        select(Case.id, Case.ref)
        .join(CaseContact, CaseContact.case_id == Case.id)
        .where(CaseContact.contact_id == contact_id, readable(scope)),
    ).one_or_none()
    return (row.id, row.ref) if row is not None else None


def notes(session: Session, scope: Scope, case_id: UUID) -> list[NoteView]:
    """The notes of a case that this reader may read, oldest first."""
    found = session.scalars(
        select(Note)
        .join(Case, Case.id == Note.case_id)
        .where(Case.id == case_id, readable(scope))
        .order_by(Note.at, Note.id),
    )
    return [
        NoteView(note.id, note.kind, note.author_id, note.body or "", note.at)
        for note in found
        if _may_read(scope, note.kind, note.author_id)
    ]


def _may_read(scope: Scope, kind: str, author_id: UUID | None) -> bool:
    mine = scope.account_id is not None and scope.account_id == author_id
    return rules.reads_note(kind, is_author=mine, roles=scope.roles)


def tasks(session: Session, scope: Scope, case_id: UUID | None = None, *, mine: bool = False) -> list[TaskView]:
    """Tasks of one case, or of every case this reader sees; ``mine``: the open ones assigned to her."""
    query = select(Task, (Task.due_at <= koza_now()).label("late")).join(Case, Case.id == Task.case_id)
    query = query.where(readable(scope))
    if case_id is not None:
        query = query.where(Case.id == case_id)
    if mine:
        query = query.where(Task.assignee_id == scope.account_id, Task.done_at.is_(None))
    rows = session.execute(query.order_by(Task.done_at.is_not(None), Task.due_at.nulls_last(), Task.id))
    return [
        TaskView(
            task.id,
            task.case_id,
            task.title or "",
            task.due_at,
            bool(late) and task.done_at is None,
            task.assignee_id,
            task.created_by,
            task.created_at,
            task.done_at,
            task.done_by,
        )
        for task, late in rows
    ]


def case_of_task(session: Session, scope: Scope, task_id: UUID) -> UUID | None:
    """The case of a task, where the reader may know of it."""
    query = select(Task.case_id).join(Case, Case.id == Task.case_id).where(Task.id == task_id, readable(scope))
    return session.execute(query).scalar_one_or_none()


def duties(session: Session, case_id: UUID) -> rules.OpenDuties:
    """What still stands on a case: undone tasks, waiting contacts, measures that protect. The reader is checked."""
    open_tasks = session.execute(
        select(func.count()).select_from(Task).where(Task.case_id == case_id, Task.done_at.is_(None)),
    ).scalar_one()
    contacts = hotline_queries.contacts(Scope.system("cases")).subquery("contacts")
    unread = session.execute(
        select(func.count())
        .select_from(contacts)
        .join(CaseContact, CaseContact.contact_id == contacts.c.id)
        .where(CaseContact.case_id == case_id, contacts.c.state.in_(_UNREAD)),
    ).scalar_one()
    in_force = session.execute(
        select(func.count())
        .select_from(Decision)
        .where(Decision.case_id == case_id, Decision.state.in_((*decisions.IN_FORCE, *decisions.WAITING))),
    ).scalar_one()
    return rules.OpenDuties(open_tasks, unread, in_force)


def story(session: Session, scope: Scope, case_id: UUID) -> list[TimelineItem]:
    """Everything that happened, in order: its contacts' facts from the first ring on, and the case's own events.

    Empty where the reader may not know of the case. Contacts that were confirmed to be hers too are told with them, as
    far as the reader reads them. Pages, routing and intake are among the contacts' facts.
    Within one moment facts come in the order they were reported, before the case's own events. A contact in which the
    other party may have spoken is not told as hers; of one in which somebody else told of her, only that, and what we
    did because of it: neither how that person reached us nor what was said is a part of her story.
    """
    if session.execute(select(Case.id).where(Case.id == case_id, readable(scope))).one_or_none() is None:
        return []
    linked = list(session.scalars(select(CaseContact.contact_id).where(CaseContact.case_id == case_id)))
    linked = [*linked, *others_of_person(session, scope, linked)]
    contact_ids = set(linked) - suspected_in(session, linked)
    others = not_hers(session, contact_ids)
    facts = session.scalars(
        select(StoredFact)
        .where(StoredFact.contact_id.in_(contact_ids), StoredFact.kind.not_in(_OWN_FACTS))
        .order_by(StoredFact.number),
    )
    told = ((row, told_as(row.kind, row.payload) if row.contact_id in others else row.kind) for row in facts)
    items = [(row.at, 0, row.number, _of_fact(row, kind)) for row, kind in told if kind]
    events = session.scalars(select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.number))
    items.extend((row.at, 1, row.number, _of_event(row)) for row in events if _shown(scope, row))
    return [item for *_, item in sorted(items, key=lambda entry: entry[:3])]


def _of_fact(row: StoredFact, kind: str) -> TimelineItem:
    raw = row.payload.get("account_id")
    account_id = UUID(raw) if isinstance(raw, str) else None
    by, params = "staff" if account_id is not None else "system", dict(row.payload)
    # What another said is no line of hers, so neither is its text.
    return TimelineItem(kind, row.at, by, account_id, row.contact_id, params if kind == row.kind else {})


def _of_event(row: CaseEvent) -> TimelineItem:
    return TimelineItem(f"case.{row.kind}", row.at, row.actor_kind, row.actor_id, None, dict(row.params))


def _shown(scope: Scope, row: CaseEvent) -> bool:
    """That a note exists is told only to those who may read it."""
    return row.kind != "note" or _may_read(scope, row.params["note_kind"], row.actor_id)
