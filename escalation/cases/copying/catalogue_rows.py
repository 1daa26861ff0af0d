"""The copy sheets as versioned rows: shipped with ``koza migrate``, or an administrator's after a diff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.catalogue import read_typed
from core.clock import now as database_now
from core.ids import new_id
from escalation.cases.copying.catalogues import KINDS, Kind, Sheet, sheets_catalogue
from escalation.cases.copying.models import SheetVersion
from escalation.cases.copying.rules import CopyError
from staff.errors import MissingPermissionError
from staff.queries import administers_all
from staff.scope import Scope

PERMISSION = "catalogue.write"
_SUBJECT = "copy_sheet"


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that would change: its field, and its place and names before and after; empty where it is not there."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The sheet that holds for a centre, or for the house. ``number`` is 0 where the shipped one was never loaded."""

    number: int
    centre_id: UUID | None
    sheet: Sheet


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that is shown before it is confirmed."""

    id: UUID
    kind: str
    centre_id: UUID | None
    #: The centre gives up its own sheet; what it would change is what the house's says otherwise.
    returns: bool
    differences: tuple[Difference, ...]


def load_catalogues(session: Session) -> None:
    """Bring the house's sheets to what is shipped; may run any number of times. What an administrator wrote stands."""
    for sheet in sheets_catalogue().sheets:
        known = session.scalars(_current(sheet.kind, None)).one_or_none()
        body = sheet.model_dump(mode="json")
        if known is None or (known.origin == "shipped" and known.body != body):
            _past(session, known, None)
            session.add(
                SheetVersion(
                    kind=sheet.kind,
                    number=_next_number(session, sheet.kind, None),
                    state="current",
                    origin="shipped",
                    body=body,
                )
            )
            session.flush()


def standing(session: Session, kind: Kind, centre_id: UUID | None) -> Standing:
    """The sheet that holds for a centre: its own, else the house's; the shipped one where nothing was loaded yet."""
    rows = session.scalars(
        select(SheetVersion)
        .where(
            SheetVersion.state == "current",
            ~SheetVersion.returns,
            SheetVersion.kind == kind,
            or_(SheetVersion.centre_id.is_(None), SheetVersion.centre_id == centre_id),
        )
        .order_by(SheetVersion.centre_id.nulls_last())
        .limit(1)
    ).all()
    for row in rows:
        return Standing(row.number, row.centre_id, Sheet.model_validate(row.body))
    return Standing(0, None, next(sheet for sheet in sheets_catalogue().sheets if sheet.kind == kind))


def may_change(scope: Scope, centre_id: UUID | None) -> bool:
    """Whether she changes this centre's sheets, or the house's: who belongs to a centre changes that one's alone."""
    return scope.may(PERMISSION) and (administers_all(scope) or centre_id in scope.centre_ids)


def propose(session: Session, actor: Actor, scope: Scope, centre_id: UUID | None, typed: str) -> Proposal:
    """An administrator wants a sheet to read otherwise; nothing holds before :func:`confirm`.

    Raises MissingPermissionError, :class:`core.catalogue.TypedError` with the lines that cannot be read, and
    :class:`CopyError` nothing_changed.
    """
    _require(scope, centre_id)
    sheet = read_typed(typed, Sheet)
    if standing(session, sheet.kind, centre_id).sheet == sheet:
        raise CopyError("nothing_changed")
    known = session.scalars(_current(sheet.kind, centre_id)).one_or_none()
    return _put(session, actor, sheet, centre_id, known)


def give_up(session: Session, actor: Actor, scope: Scope, centre_id: UUID | None, kind: str) -> Proposal:
    """A centre wants the house's sheet again instead of its own; nothing holds before :func:`confirm`.

    Raises MissingPermissionError, and :class:`CopyError` nothing_changed where it has no sheet of its own.
    """
    _require(scope, centre_id)
    known = session.scalars(_current(kind, centre_id)).one_or_none()
    if known is None or known.returns or centre_id is None:
        raise CopyError("nothing_changed")
    return _put(session, actor, standing(session, _kind(kind), None).sheet, centre_id, known, returns=True)


def confirm(session: Session, actor: Actor, scope: Scope, proposal_id: UUID) -> None:
    """What was shown as a diff holds from now on.

    Raises MissingPermissionError and :class:`CopyError`: unknown_proposal, another_version when another version has
    come since the diff was shown; for a return also one of the house's.
    """
    row = _proposed(session, scope, proposal_id)
    known = session.scalars(_current(row.kind, row.centre_id).with_for_update()).one_or_none()
    if (None if known is None else known.id) != row.based_on or _returns_elsewhere(session, row):
        raise CopyError("another_version")
    _past(session, known, actor)
    row.state, row.decided_by, row.decided_at = "current", actor.id, database_now(session)
    session.flush()
    record(session, actor, "copy_sheet_changed", _SUBJECT, row.id, row.centre_id, sheet=row.kind, version=row.number)


def drop(session: Session, actor: Actor, scope: Scope, proposal_id: UUID) -> None:
    """A proposal is taken back. Raises MissingPermissionError and :class:`CopyError` unknown_proposal."""
    row = _proposed(session, scope, proposal_id)
    row.state, row.decided_by, row.decided_at = "dropped", actor.id, database_now(session)
    session.flush()
    record(session, actor, "copy_sheet_proposal_dropped", _SUBJECT, row.id, row.centre_id, sheet=row.kind)


def proposals(session: Session, scope: Scope) -> list[Proposal]:
    """The proposals that wait where she may change sheets, oldest first, each with what it would change now."""
    scope.require(PERMISSION, _SUBJECT)
    waiting = select(SheetVersion).where(SheetVersion.state == "proposed").order_by(SheetVersion.made_at)
    return [_proposal(session, row) for row in session.scalars(waiting) if may_change(scope, row.centre_id)]


def differences(before: Sheet, after: Sheet) -> tuple[Difference, ...]:
    """What changes from one sheet to another, in the order of the new one; then what goes, and where it comes from."""
    old, new = _told(before), _told(after)
    found = [Difference(field, old.get(field, ""), told) for field, told in new.items() if old.get(field) != told]
    found += [Difference(field, told, "") for field, told in old.items() if field not in new]
    if before.source != after.source:
        found.append(Difference("source", before.source, after.source))
    return tuple(found)


def _told(sheet: Sheet) -> dict[str, str]:
    return {row.field: f"{place}. {row.label.tr} / {row.label.en}" for place, row in enumerate(sheet.rows, 1)}


def _proposal(session: Session, row: SheetVersion) -> Proposal:
    before = standing(session, _kind(row.kind), row.centre_id).sheet
    return Proposal(row.id, row.kind, row.centre_id, row.returns, differences(before, Sheet.model_validate(row.body)))


def _put(
    session: Session,
    actor: Actor,
    sheet: Sheet,
    centre_id: UUID | None,
    known: SheetVersion | None,
    *,
    returns: bool = False,
) -> Proposal:
    row = SheetVersion(
        id=new_id(),
        kind=sheet.kind,
        centre_id=centre_id,
        number=_next_number(session, sheet.kind, centre_id),
        state="proposed",
        origin="administrator",
        returns=returns,
        body=sheet.model_dump(mode="json"),
        based_on=None if known is None else known.id,
        made_by=actor.id,
    )
    session.add(row)
    session.flush()
    record(
        session,
        actor,
        "copy_sheet_proposed",
        _SUBJECT,
        row.id,
        centre_id,
        sheet=row.kind,
        version=row.number,
        returns=returns,
    )
    return _proposal(session, row)


def _returns_elsewhere(session: Session, row: SheetVersion) -> bool:
    """Whether the house's sheet is another one by now than the one to which a return was shown."""
    return row.returns and standing(session, _kind(row.kind), None).sheet != Sheet.model_validate(row.body)


def _kind(kind: str) -> Kind:
    return next(one for one in KINDS if one == kind)


def _require(scope: Scope, centre_id: UUID | None) -> None:
    if not may_change(scope, centre_id):
        raise MissingPermissionError(scope.actor, PERMISSION, _SUBJECT, centre_id or "")


def _proposed(session: Session, scope: Scope, proposal_id: UUID) -> SheetVersion:
    scope.require(PERMISSION, _SUBJECT, proposal_id)
    row = session.get(SheetVersion, proposal_id, with_for_update=True, populate_existing=True)
    if row is None or row.state != "proposed" or not may_change(scope, row.centre_id):
        raise CopyError("unknown_proposal")
    return row


def _current(kind: str, centre_id: UUID | None) -> Any:
    return select(SheetVersion).where(SheetVersion.state == "current", SheetVersion.kind == kind, _of(centre_id))


def _of(centre_id: UUID | None) -> ColumnElement[bool]:
    return SheetVersion.centre_id.is_(None) if centre_id is None else SheetVersion.centre_id == centre_id


def _past(session: Session, known: SheetVersion | None, actor: Actor | None) -> None:
    if known is not None:
        known.state, known.decided_at = "past", database_now(session)
        known.decided_by = None if actor is None else actor.id
        session.flush()


def _next_number(session: Session, kind: str, centre_id: UUID | None) -> int:
    last = select(func.coalesce(func.max(SheetVersion.number), 0)).where(SheetVersion.kind == kind, _of(centre_id))
    return int(session.execute(last).scalar_one()) + 1
