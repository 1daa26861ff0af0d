"""What is done with a copy sheet: opened, and marked as entered into the other system."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.crypto import keyring_of, new_data_key
from core.ids import new_id
from escalation.cases import queries as cases
from escalation.cases.copying import values
from escalation.cases.copying.catalogue_rows import Standing, standing
from escalation.cases.copying.catalogues import SOURCES, Kind, Row
from escalation.cases.copying.models import CopyEntry
from escalation.cases.copying.rules import LONGEST_NUMBER, CopyError, Reader, Value, Withheld, changed, withheld
from escalation.cases.models import Case
from escalation.cases.queries import CaseView
from escalation.cases.register import access
from escalation.cases.register import queries as register
from escalation.cases.register.models import Decision
from escalation.cases.register.service import acts
from intake import queries as intakes
from intake.service import key_of_intake
from staff.errors import MissingPermissionError
from staff.scope import Scope

#: Which permission opens which sheet.
READS: Final[Mapping[Kind, str]] = {"intake": "intake.read", "case": "case.read", "decision": "register.read"}
_COLUMN: Final = {"intake": CopyEntry.intake_id, "case": CopyEntry.case_id, "decision": CopyEntry.decision_id}


@dataclass(frozen=True, slots=True, repr=False)
class Cell:
    """One row of a sheet: the other system's field, what goes into it or why that is not shown."""

    row: Row
    value: Value
    withheld: Withheld
    #: It reads otherwise than when the record was entered.
    changed: bool


@dataclass(frozen=True, slots=True, repr=False)
class Entered:
    """That it was entered: the other system's number, by whom and when."""

    number: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class CopySheet:
    """A record as it is copied. ``seen`` is a keyed print of what is shown: only that is marked as entered."""

    kind: Kind
    subject_id: UUID
    ref: str
    centre_id: UUID
    standing: Standing
    cells: tuple[Cell, ...]
    secret: bool
    seen: str
    entered: Entered | None
    may_mark: bool


def open_sheet(session: Session, actor: Actor, scope: Scope, kind: Kind, subject_id: UUID) -> CopySheet:
    """The copy sheet of a record; the reading is audited. Raises OutOfScopeError, MissingPermissionError."""
    found = _sheet(session, scope, kind, subject_id)
    record(
        session, actor, "copy_sheet_read", kind, subject_id, found.centre_id, version=found.standing.number,
        withheld=sum(bool(cell.withheld) for cell in found.cells),
    )  # fmt: skip
    return found


def mark_entered(
    session: Session, actor: Actor, scope: Scope, kind: Kind, subject_id: UUID, *, number: str, seen: str
) -> None:
    """The record was entered into the other system as the sheet showed it, and got a number there.

    Raises OutOfScopeError, MissingPermissionError, and :class:`CopyError`: no_number, long_number, changed_meanwhile
    when the record says something else than what was read.
    """
    # Held first: what is written down as entered must be what stands in the record at that moment.
    key_id = _held(session, scope, kind, subject_id)
    number = number.strip()
    if not number:
        raise CopyError("no_number")
    if len(number) > LONGEST_NUMBER:
        raise CopyError("long_number")
    found = _sheet(session, scope, kind, subject_id)
    if found.seen != seen:
        raise CopyError("changed_meanwhile")
    said = {cell.row.field: cell.value.parts for cell in found.cells if not cell.withheld}
    entry = CopyEntry(id=new_id(), data_key_id=key_id, entered_by=actor.id)
    setattr(entry, _COLUMN[kind].key, subject_id)
    entry.number, entry.values = number, json.dumps(said, ensure_ascii=False)
    session.add(entry)
    session.flush()
    record(session, actor, "copy_sheet_entered", kind, subject_id, found.centre_id, version=found.standing.number)


def _sheet(session: Session, scope: Scope, kind: Kind, subject_id: UUID) -> CopySheet:
    scope.require(READS[kind], kind, subject_id)
    ref, centre_id, said, reader = _READ[kind](session, scope, subject_id)
    form = standing(session, kind, centre_id)
    entry = session.scalars(
        select(CopyEntry)
        .where(_COLUMN[kind] == subject_id)
        .order_by(CopyEntry.entered_at.desc(), CopyEntry.id.desc())
        .limit(1)
    ).one_or_none()
    before = {} if entry is None else {key: tuple(parts) for key, parts in json.loads(entry.values or "{}").items()}
    kept = {row.field: withheld(SOURCES[kind][row.field], reader) for row in form.sheet.rows}
    shown = {field: said.get(field, Value()) for field, why in kept.items() if not why}
    moved = changed(before, shown)
    cells = tuple(
        Cell(row, shown.get(row.field, Value()), kept[row.field], row.field in moved) for row in form.sheet.rows
    )
    return CopySheet(
        kind=kind,
        subject_id=subject_id,
        ref=ref,
        centre_id=centre_id,
        standing=form,
        cells=cells,
        secret=reader.secret,
        seen=_print(session, shown),
        entered=None if entry is None else Entered(entry.number or "", entry.entered_by, entry.entered_at),
        may_mark=_may_mark(session, scope, kind, subject_id),
    )


_Read = tuple[str, UUID, dict[str, Value], Reader]


def _intake(session: Session, scope: Scope, intake_id: UUID) -> _Read:
    view = intakes.intake(session, scope, intake_id)
    if view is None:
        raise scope.out_of_scope("intake", intake_id)
    case = values.case_of(session, view.case_id) if view.case_id is not None else None
    secret = case is not None and values.secrecy(session, case)
    reads_case = case is None or cases.case(session, scope, case.id) is not None
    reader = Reader(frozenset({"intake"}), secret, reads_case)
    return view.ref, view.centre_id, values.of_intake(session, scope, view), reader


def _case(session: Session, scope: Scope, case_id: UUID) -> _Read:
    view = cases.case(session, scope, case_id)
    if view is None:
        raise scope.out_of_scope("case", case_id)
    reads = set()
    # An intake that does not exist keeps nothing from her: the row says that nothing is recorded.
    if view.intake_id is None or intakes.intake(session, scope, view.intake_id) is not None:
        reads.add("intake")
    if session.execute(select(Case.id).where(Case.id == case_id, access.readable(scope))).first() is not None:
        reads.add("register")
    reader = Reader(frozenset(reads), values.secrecy(session, view), reads_case=True)
    return view.ref, view.centre_id, values.of_case(session, scope, view), reader


def _decision(session: Session, scope: Scope, decision_id: UUID) -> _Read:
    view = register.decision_view(session, scope, decision_id)
    if view is None:
        raise scope.out_of_scope("decision", decision_id)
    case: CaseView = values.case_of(session, view.case_id)
    reader = Reader(frozenset({"register"}), values.secrecy(session, case), reads_case=True)
    return case.ref, case.centre_id, values.of_decision(session, view, case, case.ref), reader


_READ: Final = {"intake": _intake, "case": _case, "decision": _decision}


def _held(session: Session, scope: Scope, kind: Kind, subject_id: UUID) -> UUID:
    """The record held for a change, and the key with which what belongs to it is sealed."""
    if kind == "intake":
        return key_of_intake(session, scope, subject_id)
    if kind == "decision":
        case, _decision_row = acts.held(session, scope, Decision, subject_id, in_case=True)
    else:
        case = _case_held(session, scope, subject_id)
    if case.data_key_id is None:
        case.data_key_id = new_data_key(session)
        session.flush()
    return case.data_key_id


def _case_held(session: Session, scope: Scope, case_id: UUID) -> Case:
    found = session.scalars(
        select(Case)
        .where(Case.id == case_id, cases.readable(scope))
        .with_for_update(of=Case)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise scope.out_of_scope("case", case_id)
    if not _may_mark(session, scope, "case", case_id):
        raise MissingPermissionError(scope.actor, "case.write", "case", case_id)
    return found


def _may_mark(session: Session, scope: Scope, kind: Kind, subject_id: UUID) -> bool:
    if kind == "intake":
        return intakes.may_write(session, scope, subject_id)
    query = select(Case).where(Case.id == subject_id)
    if kind == "decision":
        query = select(Case).join(Decision, Decision.case_id == Case.id).where(Decision.id == subject_id)
    case = session.scalars(query).one()
    return any(
        scope.reaches(
            session, room, case.id, case.centre_id, subject_kind="case", act="write", restricted=case.confidential
        )
        for room in (("case",) if kind == "case" else ("register", "case"))
    )


def _print(session: Session, shown: Mapping[str, Value]) -> str:
    text = json.dumps({field: value.parts for field, value in sorted(shown.items())}, ensure_ascii=False)
    return keyring_of(session).blind_index("copy_sheet", text).hex()
