"""Search, the list of what ends, and rows for an export. Terms arrive by POST: none is ever part of an address."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    Text,
    and_,
    bindparam,
    false,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import array, distinct_on
from sqlalchemy.orm import Session

from core.crypto import keyring_of
from core.ids import parse_reference
from escalation.cases.models import Case
from escalation.cases.register import access
from escalation.cases.register.catalogue_rows import codes_of_article, is_code
from escalation.cases.register.models import Authority, Decision
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

    @property
    def names_one(self) -> bool:
        """Whether a paper or a case is named: few answer then, in the whole country."""
        return any(typed.strip() for typed in (self.docket, self.number, self.case_ref))


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


#: What a list shows, in the order of :class:`Found`.
_COLUMNS: Final = (
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
    Decision.codes,
)
#: The columns of an order, and whether it begins with the greatest.
_NEWEST: Final = (("decided_on", "id"), True)
_SOONEST: Final = (("first_end", "id"), False)
_Order = tuple[tuple[str, str], bool]


def search(session: Session, scope: Scope, terms: Terms, *, after: tuple[date, UUID] | None = None) -> Page:
    """The decisions that answer every term and that this reader may know of, newest first."""
    wanted = _conditions(session, terms)
    if after is not None:
        wanted.append(tuple_(Decision.decided_on, Decision.id) < tuple_(*after))
    rows = _found(session, _newest(scope, terms, wanted, PAGE + 1))
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return Page(tuple(rows[:PAGE]), None if last is None else (last.decided_on, last.id))


def ending(session: Session, scope: Scope, until: date, *, mine: bool = False, limit: int = PAGE) -> list[Found]:
    """Decisions in force of which something ends by ``until`` (by the earliest reading), the soonest first.

    ``mine``: of cases that the reader owns.
    """
    wanted: list[ColumnElement[bool]] = [Decision.state.in_(_literal(decisions.IN_FORCE)), Decision.first_end <= until]
    if mine:
        hers = select(Case.id).where(Case.owner_id == scope.account_id)
        wanted.append(Decision.case_id.in_(hers))
    return _found(session, _first(scope, wanted, _SOONEST, limit))


def export_rows(session: Session, scope: Scope, terms: Terms) -> list[ExportRow]:
    """Rows for an export, newest first, at most :data:`EXPORT_MOST`; made by :mod:`..service.exports` alone."""
    found = _found(session, _newest(scope, terms, _conditions(session, terms), EXPORT_MOST))
    rows = session.scalars(select(Decision).where(Decision.id.in_([one.id for one in found])))
    papers_of = {row.id: row for row in rows}
    return [_exported(one, papers_of[one.id]) for one in found]


def _newest(scope: Scope, terms: Terms, wanted: Sequence[ColumnElement[bool]], limit: int) -> Select[*tuple[Any, ...]]:
    if terms.names_one:
        return _all(scope, wanted, limit)
    return _first(scope, wanted, _NEWEST, limit)


def _first(scope: Scope, wanted: Sequence[ColumnElement[bool]], order: _Order, limit: int) -> Select[*tuple[Any, ...]]:
    """The first ``limit`` that answer ``wanted``, looked for in each part of what the reader may know of.

    One condition for all parts would keep the database from walking an index in the order that is asked for, and so
    would a limit that a prepared statement does not know. What two parts find is one row: each part comes in order, so
    that they are merged and equal neighbours dropped. The parts find ids, mostly in an index alone; rows are read of
    what is shown.
    """
    (names, greatest), most = order, literal_column(str(limit), Integer)
    decision = Decision.__table__.c

    def ordered(columns: Any) -> list[ColumnElement[Any]]:
        return [columns[name].desc() if greatest else columns[name].asc() for name in names]

    parts = [
        select(*(decision[name] for name in names)).where(*wanted, part).order_by(*ordered(decision)).limit(most)
        for part in access.parts(scope, centre=Decision.centre_id.expression, case_id=Decision.case_id.expression)
    ]
    every = (union_all(*parts) if len(parts) > 1 else parts[0]).subquery("every")
    once = select(every).ext(distinct_on(*(every.c[name] for name in names))).order_by(*ordered(every.c)).limit(most)
    first = once.subquery("first")
    return _shown().join(first, first.c.id == decision.id).order_by(*ordered(first.c))


def _all(scope: Scope, wanted: Sequence[ColumnElement[bool]], limit: int) -> Select[*tuple[Any, ...]]:
    """The newest that answer ``wanted``, of which there are few: they are found, and each is asked who may know of it.

    In parts, the database would begin with everything that was shared with the reader.
    """
    newest = (Decision.decided_on.desc(), Decision.id.desc())
    return _shown().where(*wanted, access.readable(scope)).order_by(*newest).limit(limit)


def _shown() -> Select[*tuple[Any, ...]]:
    """Rows of a list, with the name of the authority and the reference of the case."""
    shown = select(*_COLUMNS).join(Authority, Authority.id == Decision.authority_id)
    return shown.join(Case, Case.id == Decision.case_id)


def _found(session: Session, query: Select[*tuple[Any, ...]]) -> list[Found]:
    return [replace(Found(*row), codes=tuple(row.codes)) for row in session.execute(query)]


def _exported(found: Found, row: Decision) -> ExportRow:
    return ExportRow(found, row.docket, row.number, row.entry, row.ended_on, row.end_reason)


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
        wanted.append(Decision.state.in_(_literal(state for state in terms.states if state in decisions.STATES)))
    codes = _wanted_codes(session, terms)
    if codes is not None:
        wanted.append(Decision.codes.overlap(array(_literal(codes))) if codes else false())
    return [*wanted, *_in_days(terms)]


def _in_days(terms: Terms) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if terms.decided_from is not None:
        wanted.append(Decision.decided_on >= _looked_up(terms.decided_from))
    if terms.decided_to is not None:
        wanted.append(Decision.decided_on <= _looked_up(terms.decided_to))
    if terms.ends_from is not None:
        wanted.append(or_(Decision.last_end >= terms.ends_from, Decision.first_end >= terms.ends_from))
    if terms.ends_to is not None:
        wanted.append(and_(Decision.first_end.is_not(None), Decision.first_end <= terms.ends_to))
    return wanted


def _looked_up(day: date) -> ScalarSelect[date]:
    """A day that the database does not see before it plans: else it plans anew for each, longer than it searches."""
    return select(literal(day)).scalar_subquery()


def _wanted_codes(session: Session, terms: Terms) -> list[str] | None:
    if not (terms.code or terms.article):
        return None
    if terms.code:
        return [terms.code] if is_code(session, terms.code) else []
    return codes_of_article(session, terms.article)


def _literal(values: Iterable[str]) -> list[ColumnElement[str]]:
    """Words of the catalogue and of the rules, written into the statement.

    A rare letter and a common one need different plans, and a prepared statement has one for all its parameters.
    """
    return [bindparam(None, value, Text(), literal_execute=True) for value in values]


def _index(session: Session, kind: str, typed: str) -> bytes | None:
    folded = papers.file_number(typed)
    return keyring_of(session).blind_index(f"register:{kind}", folded) if folded else None
