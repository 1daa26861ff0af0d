"""Search, the list of what ends, and rows for an export. Terms arrive by POST: none is ever part of an address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select, tuple_
from sqlalchemy.orm import Session

from core.crypto import keyring_of
from core.ids import parse_reference
from escalation.cases.models import Case
from escalation.cases.register import access
from escalation.cases.register.catalogue_rows import measures
from escalation.cases.register.models import Authority, Decision, Item
from escalation.cases.register.rules import decisions, papers
from staff.scope import Scope

#: Rows of one page.
PAGE = 50
#: Rows of one export at most: more is asked for by narrower terms.
EXPORT_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Terms:
    """What is searched for; an empty term asks nothing. Numbers are found however they were typed."""

    docket: str = field(default="", repr=False)
    number: str = field(default="", repr=False)
    case_ref: str = ""
    article: str = ""
    code: str = ""
    authority_kind: str = ""
    authority_id: UUID | None = None
    province_code: str = ""
    states: tuple[str, ...] = ()
    decided_from: date | None = None
    decided_to: date | None = None
    ends_from: date | None = None
    ends_to: date | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A decision in a list: neutral columns alone."""

    id: UUID
    case_id: UUID
    case_ref: str
    decided_on: date
    authority: str
    authority_kind: str
    province_code: str
    state: str
    first_end: date | None
    last_end: date | None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Some of what was found, newest first, and where to go on; ``None`` at the end."""

    rows: tuple[Found, ...]
    after: tuple[date, UUID] | None


@dataclass(frozen=True, slots=True, repr=False)
class ExportRow:
    """A row of an export: what a list shows and the numbers of its paper, and nobody's name."""

    found: Found
    docket: str | None
    number: str | None
    entry: str
    ended_on: date | None
    end_reason: str | None


def search(session: Session, scope: Scope, terms: Terms, *, after: tuple[date, UUID] | None = None) -> Page:
    """The decisions that answer every term and that this reader may know of, newest first."""
    query = _rows().where(*_conditions(session, terms), access.readable(scope))
    if after is not None:
        query = query.where(tuple_(Decision.decided_on, Decision.id) < tuple_(*after))
    query = query.order_by(Decision.decided_on.desc(), Decision.id.desc()).limit(PAGE + 1)
    rows = _with_codes(session, session.execute(query).all())
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return Page(tuple(rows[:PAGE]), None if last is None else (last.decided_on, last.id))


def ending(session: Session, scope: Scope, until: date, *, mine: bool = False, limit: int = PAGE) -> list[Found]:
    """Decisions in force of which something ends by ``until`` (by the earliest reading), the soonest first.

    ``mine``: of cases that the reader owns.
    """
    query = _rows().where(
        Decision.state.in_(decisions.IN_FORCE),
        Decision.first_end <= until,
        access.readable(scope),
    )
    if mine:
        query = query.where(Case.owner_id == scope.account_id)
    query = query.order_by(Decision.first_end, Decision.id).limit(limit)
    return _with_codes(session, session.execute(query).all())


def export_rows(session: Session, scope: Scope, terms: Terms) -> list[ExportRow]:
    """Rows for an export, newest first, at most :data:`EXPORT_MOST`; made by :mod:`..service.exports` alone."""
    query = (
        select(Decision, Case.ref, Authority.title)
        .join(Case, Case.id == Decision.case_id)
        .join(Authority, Authority.id == Decision.authority_id)
        .where(*_conditions(session, terms), access.readable(scope))
        .order_by(Decision.decided_on.desc(), Decision.id.desc())
        .limit(EXPORT_MOST)
    )
    rows = session.execute(query).all()
    codes = _codes(session, [row.Decision.id for row in rows])
    return [_exported(row.Decision, row.ref, row.title, codes[row.Decision.id]) for row in rows]


def _exported(row: Decision, ref: str, authority: str, codes: Sequence[str]) -> ExportRow:
    found = Found(
        row.id,
        row.case_id,
        ref,
        row.decided_on,
        authority,
        row.authority_kind,
        row.province_code,
        row.state,
        row.first_end,
        row.last_end,
        tuple(codes),
    )
    return ExportRow(found, row.docket, row.number, row.entry, row.ended_on, row.end_reason)


def _rows() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Decision.id,
            Decision.case_id,
            Case.ref,
            Decision.decided_on,
            Authority.title,
            Decision.authority_kind,
            Decision.province_code,
            Decision.state,
            Decision.first_end,
            Decision.last_end,
        )
        .join(Case, Case.id == Decision.case_id)
        .join(Authority, Authority.id == Decision.authority_id)
    )


def _with_codes(session: Session, rows: Sequence[Any]) -> list[Found]:
    codes = _codes(session, [row.id for row in rows])
    return [replace(Found(*row), codes=tuple(codes[row.id])) for row in rows]


def _codes(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = defaultdict(list)
    if ids:
        query = select(Item.decision_id, Item.code).where(Item.decision_id.in_(ids)).order_by(Item.code)
        for row in session.execute(query):
            found[row.decision_id].append(row.code)
    return found


def _conditions(session: Session, terms: Terms) -> list[ColumnElement[bool]]:
    equal: dict[Any, Any] = {
        Decision.authority_kind: terms.authority_kind or None,
        Decision.authority_id: terms.authority_id,
        Decision.province_code: terms.province_code or None,
        Decision.docket_index: _index(session, "docket", terms.docket),
        Decision.number_index: _index(session, "number", terms.number),
    }
    wanted: list[ColumnElement[bool]] = [column == value for column, value in equal.items() if value is not None]
    if terms.case_ref.strip():
        # What is no reference finds nothing, not everything.
        wanted.append(Case.ref == (parse_reference(terms.case_ref) or ""))
    if terms.states:
        wanted.append(Decision.state.in_(terms.states))
    codes = _wanted_codes(session, terms)
    if codes is not None:
        wanted.append(select(Item.id).where(Item.decision_id == Decision.id, Item.code.in_(codes)).exists())
    return [*wanted, *_in_days(terms)]


def _in_days(terms: Terms) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if terms.decided_from is not None:
        wanted.append(Decision.decided_on >= terms.decided_from)
    if terms.decided_to is not None:
        wanted.append(Decision.decided_on <= terms.decided_to)
    if terms.ends_from is not None:
        wanted.append(or_(Decision.last_end >= terms.ends_from, Decision.first_end >= terms.ends_from))
    if terms.ends_to is not None:
        wanted.append(and_(Decision.first_end.is_not(None), Decision.first_end <= terms.ends_to))
    return wanted


def _wanted_codes(session: Session, terms: Terms) -> list[str] | None:
    if terms.code:
        return [terms.code]
    if terms.article:
        return [code for code, (_id, item) in measures(session).items() if item.article == terms.article]
    return None


def _index(session: Session, kind: str, typed: str) -> bytes | None:
    folded = papers.file_number(typed)
    return keyring_of(session).blind_index(f"register:{kind}", folded) if folded else None
