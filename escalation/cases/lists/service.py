"""A list is uploaded, confirmed, taken back; each is one act, in one transaction, in the audit."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import AuditEntry, record
from core.clock import now as database_now
from core.crypto import drop_data_key, new_data_key, seal_bytes
from core.due import cancel_due, set_due
from core.ids import new_id
from core.text import fold_tr
from escalation.cases.clock import service as clock
from escalation.cases.clock.reactions import MEASURE
from escalation.cases.lists import queries, reading
from escalation.cases.lists.cases import close_brought, open_brought
from escalation.cases.lists.models import BroughtList
from escalation.cases.lists.queries import COLUMN, KIND, Preview
from escalation.cases.lists.reading import ListError
from escalation.cases.lists.rules import Checked, NewPaper
from escalation.cases.models import Case
from escalation.cases.register import service as register
from escalation.cases.register.models import Decision, Item, Notice
from escalation.cases.register.rules.periods import Length
from escalation.cases.register.service import NewDecision, NewItem, NewNotice
from escalation.cases.register.service.periods import PERIOD
from staff.scope import Scope

#: Due rows of lists; the subject is the list's id.
DROP: Final = "lists.drop"
#: Nobody confirmed it so long: its content goes.
_KEPT: Final = timedelta(days=1)
#: Acts that change nothing.
_READS: Final = ("case_read", "petition_read", "petition_taken", "decision_read", "document_opened")


def upload(session: Session, actor: Actor, scope: Scope, centre_id: UUID, content: bytes) -> UUID:
    """Keep a list, sealed with a key of its own, until it is confirmed or a day is over; returns its id.

    Raises MissingPermissionError, OutOfScopeError, and :class:`ListError` as :func:`reading.read`.
    """
    queries.require(scope, centre_id)
    rows = reading.read(content)
    list_id, key_id = new_id(), new_data_key(session)
    sealed = seal_bytes(session, key_id, BroughtList.__tablename__, COLUMN, list_id, content)
    session.add(
        BroughtList(
            id=list_id,
            data_key_id=key_id,
            centre_id=centre_id,
            state="uploaded",
            content_sealed=sealed,
            uploaded_by=actor.id,
        ),
    )
    session.flush()
    set_due(session, DROP, str(list_id), _KEPT, centre_id=centre_id)
    record(session, actor, "list_uploaded", KIND, list_id, centre_id, rows=len(rows))
    return list_id


def read_list(session: Session, actor: Actor, scope: Scope, list_id: UUID) -> Preview:
    """What the list would make now; the reading is audited. Raises MissingPermissionError, OutOfScopeError."""
    row = queries.held(session, scope, list_id)
    record(session, actor, "list_read", KIND, list_id, row.centre_id)
    return queries.preview(session, scope, row)


def confirm(session: Session, actor: Actor, scope: Scope, list_id: UUID) -> Preview:
    """Make every row without a problem, all or none, and forget the list; returns what was made.

    Rows with problems are left out, as the preview said. Raises MissingPermissionError, OutOfScopeError, and
    :class:`ListError`: gone where it was confirmed, taken back or dropped, nothing_to_make.
    """
    row = queries.held(session, scope, list_id, lock=True)
    found = queries.preview(session, scope, row)
    if row.state != "uploaded":
        raise ListError("gone")
    if not found.good:
        raise ListError("nothing_to_make")
    hints = queries.hints_of(session, found.good)
    cases: dict[str, UUID] = {}
    made: dict[str, list[str]] = {"cases": [], "decisions": []}
    for one in found.good:
        case_id = _case(session, actor, row, one, cases, made)
        if one.paper is not None:
            new = _decision(session, actor, scope, one, one.paper)
            told = hints.get(one.row.number, ())
            made["decisions"].append(str(register.record_decision(session, actor, scope, case_id, new, confirmed=told)))
    row.made, row.confirmed_at = made, database_now(session)
    _forget(session, row, "confirmed")
    counts = {"cases": len(made["cases"]), "decisions": len(made["decisions"]), "left_out": len(found.bad)}
    record(session, actor, "list_confirmed", KIND, list_id, row.centre_id, **counts)
    return found


def _case(
    session: Session,
    actor: Actor,
    row: BroughtList,
    one: Checked,
    cases: dict[str, UUID],
    made: dict[str, list[str]],
) -> UUID:
    if one.case_ref:
        return session.execute(select(Case.id).where(Case.ref == one.case_ref)).scalar_one()
    key = fold_tr(one.own_number)
    if key not in cases:
        title = f"{one.protected} ({one.own_number})"
        case = open_brought(session, actor, row.centre_id, row.id, title=title, level=one.level)
        cases[key] = case.id
        made["cases"].append(str(case.id))
    return cases[key]


def _decision(session: Session, actor: Actor, scope: Scope, one: Checked, paper: NewPaper) -> NewDecision:
    court = register.add_authority(session, actor, scope, paper.authority_kind, paper.province_code, paper.authority)
    length = None if paper.days is None or paper.until is not None else Length(paper.days, "days")
    return NewDecision(
        authority_id=court,
        decided_on=paper.decided_on,
        items=tuple(NewItem(code, length, paper.until) for code in paper.codes),
        docket=paper.docket,
        number=paper.number,
        protected=one.protected,
        against=paper.against,
        notices=(NewNotice("perpetrator", paper.served_on),) if paper.served_on is not None else (),
        entry="import",
    )


def undo(session: Session, actor: Actor, scope: Scope, list_id: UUID) -> None:
    """Take a confirmed list back whole: its decisions are gone, its cases are closed and empty.

    Only while nobody has changed anything of it since. Raises MissingPermissionError, OutOfScopeError, and
    :class:`ListError`: not_confirmed, changed_since.
    """
    row = queries.held(session, scope, list_id, lock=True)
    if row.state != "confirmed" or row.confirmed_at is None:
        raise ListError("not_confirmed")
    cases = session.scalars(select(Case).where(Case.id.in_(_ids(row, "cases"))).with_for_update()).all()
    decisions = session.scalars(select(Decision).where(Decision.id.in_(_ids(row, "decisions"))).with_for_update()).all()
    if _changed(session, row):
        raise ListError("changed_since")
    for decision in decisions:
        clock.take_back(session, actor, MEASURE, decision.id)
        cancel_due(session, PERIOD, str(decision.id))
        record(
            session, actor, "decision_taken_back", "decision", decision.id, row.centre_id, case=str(decision.case_id)
        )
    gone = _ids(row, "decisions")
    for kind in (Notice, Item):
        session.execute(delete(kind).where(kind.decision_id.in_(gone)))
    session.execute(delete(Decision).where(Decision.id.in_(gone)))
    for case in cases:
        close_brought(session, actor, case)
    row.state, row.ended_at = "undone", database_now(session)
    record(session, actor, "list_undone", KIND, list_id, row.centre_id, cases=len(cases), decisions=len(decisions))


def _ids(row: BroughtList, kind: str) -> list[UUID]:
    return [UUID(one) for one in row.made.get(kind, ())]


def _changed(session: Session, row: BroughtList) -> bool:
    """Whether a person did anything with what the list made: whatever is done stands in the audit.

    What the clock does by itself (a reminder, an end) is no person's work and is taken back with the rest.
    """
    cases, made = row.made.get("cases", []), [*row.made.get("cases", []), *row.made.get("decisions", [])]
    about = or_(
        AuditEntry.subject_id.in_(made),
        AuditEntry.detail["case"].astext.in_(cases),
        AuditEntry.detail["decision"].astext.in_(row.made.get("decisions", [])),
    )
    later = select(AuditEntry.id).where(
        AuditEntry.centre_id == row.centre_id,
        AuditEntry.at > row.confirmed_at,
        AuditEntry.actor_kind == "staff",
        AuditEntry.act.not_in(_READS),
        about,
    )
    return session.execute(later.limit(1)).first() is not None


def drop(session: Session, actor: Actor, list_id: UUID) -> None:
    """Forget a list that nobody confirmed; nothing happens where it is gone already. For its due row."""
    row = session.get(BroughtList, list_id, with_for_update=True, populate_existing=True)
    if row is None or row.state != "uploaded":
        return
    row.ended_at = database_now(session)
    _forget(session, row, "dropped")
    record(session, actor, "list_dropped", KIND, list_id, row.centre_id)


def discard(session: Session, actor: Actor, scope: Scope, list_id: UUID) -> None:
    """Somebody does not want the list after all. Raises MissingPermissionError, OutOfScopeError."""
    queries.held(session, scope, list_id)
    drop(session, actor, list_id)


def _forget(session: Session, row: BroughtList, state: str) -> None:
    key_id, row.data_key_id = row.data_key_id, None
    row.state, row.content_sealed = state, None
    session.flush()
    if key_id is not None:
        drop_data_key(session, key_id)
    cancel_due(session, DROP, str(row.id))
