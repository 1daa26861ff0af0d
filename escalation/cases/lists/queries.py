"""A list as it would be made, and the lists of a centre."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from core.crypto import open_bytes
from core.text import fold_tr
from escalation.cases.lists import reading, rules
from escalation.cases.lists.models import BroughtList
from escalation.cases.lists.rules import Checked, Known, NewPaper, Problem
from escalation.cases.models import Case
from escalation.cases.register import access
from escalation.cases.register.catalogue_rows import measures
from escalation.cases.register.models import Authority, Decision
from escalation.cases.register.rules import decisions, periods
from escalation.cases.register.service import acts
from staff import queries as staff_queries
from staff.errors import MissingPermissionError
from staff.scope import Scope

KIND: Final = "list"
COLUMN: Final = "content"


@dataclass(frozen=True, slots=True)
class ListRow:
    """A list that was brought along."""

    id: UUID
    state: str
    uploaded_by: UUID
    uploaded_at: datetime
    confirmed_at: datetime | None
    cases: int
    decisions: int


@dataclass(frozen=True, slots=True, repr=False)
class Preview:
    """What a list would make, row by row."""

    id: UUID
    state: str
    rows: tuple[Checked, ...]

    @property
    def good(self) -> tuple[Checked, ...]:
        """The rows that will be made."""
        return tuple(row for row in self.rows if not row.problems)

    @property
    def bad(self) -> tuple[Checked, ...]:
        """The rows that will not."""
        return tuple(row for row in self.rows if row.problems)

    @property
    def cases(self) -> int:
        """How many cases will be opened."""
        return len({fold_tr(row.own_number) for row in self.good if not row.case_ref})

    @property
    def papers(self) -> int:
        """How many decisions will be entered."""
        return sum(row.paper is not None for row in self.good)


def may_bring(scope: Scope) -> bool:
    """Whether the reader brings lists along: she writes in the register of the whole centre."""
    return ("register.write", "centre") in scope.held


def require(scope: Scope, centre_id: UUID | None = None, list_id: UUID | str = "") -> None:
    """Raise MissingPermissionError, or OutOfScopeError for a list of another centre."""
    if not may_bring(scope):
        raise MissingPermissionError(scope.actor, "register.write", KIND, list_id)
    if centre_id is not None and centre_id not in scope.centre_ids:
        raise scope.out_of_scope(KIND, list_id)


def lists(session: Session, scope: Scope) -> list[ListRow]:
    """The lists of the reader's centre, newest first. Raises MissingPermissionError."""
    require(scope)
    found = session.scalars(
        select(BroughtList)
        .where(BroughtList.centre_id.in_(scope.centre_ids))
        .order_by(BroughtList.uploaded_at.desc(), BroughtList.id.desc())
        .limit(20),
    )
    return [
        ListRow(
            row.id,
            row.state,
            row.uploaded_by,
            row.uploaded_at,
            row.confirmed_at,
            len(row.made.get("cases", ())),
            len(row.made.get("decisions", ())),
        )
        for row in found
    ]


def made_refs(session: Session, scope: Scope, list_id: UUID) -> list[tuple[UUID, str]]:
    """(id, reference) of the cases that a list opened. Raises as :func:`preview`."""
    row = held(session, scope, list_id)
    ids = [UUID(one) for one in row.made.get("cases", ())]
    query = select(Case.id, Case.ref).where(Case.id.in_(ids), access.readable(scope)).order_by(Case.id)
    return [(one.id, one.ref) for one in session.execute(query)]


def held(session: Session, scope: Scope, list_id: UUID, *, lock: bool = False) -> BroughtList:
    """A list of the reader's centre. Raises MissingPermissionError, OutOfScopeError."""
    require(scope, None, list_id)
    row = session.get(BroughtList, list_id, with_for_update=lock, populate_existing=lock)
    if row is None:
        raise scope.out_of_scope(KIND, list_id)
    require(scope, row.centre_id, list_id)
    return row


def preview(session: Session, scope: Scope, row: BroughtList) -> Preview:
    """What a held list would make, as the register stands now; without rows once its content is gone."""
    if row.content_sealed is None or row.data_key_id is None:
        return Preview(row.id, row.state, ())
    place = (row.data_key_id, BroughtList.__tablename__, COLUMN, row.id)
    content = open_bytes(session, *place, row.content_sealed)
    if content is None:
        return Preview(row.id, row.state, ())
    checked = rules.check(reading.read(content), _known(session))
    return Preview(row.id, row.state, tuple(_against_register(session, scope, checked)))


def _known(session: Session) -> Known:
    known = {code: measure for code, (_id, measure) in measures(session).items()}
    provinces = {one.code: one.name for one in staff_queries.provinces(session)}
    return Known(known, provinces, acts.today(session))


def _against_register(session: Session, scope: Scope, rows: Iterable[Checked]) -> list[Checked]:
    rows = list(rows)
    refs = {one.case_ref for one in rows if one.case_ref}
    open_cases = select(Case.ref).where(Case.ref.in_(refs), Case.state != "closed", access.readable(scope))
    standing = set(session.scalars(open_cases)) if refs else set()
    papers = _papers_known(session, scope, [one.paper for one in rows if one.paper is not None])
    found = []
    for one in rows:
        problems = []
        if one.case_ref and one.case_ref not in standing:
            problems.append(Problem("case_ref", "unknown_case"))
        if one.paper is not None and one.paper.key in papers:
            problems.append(Problem("number", "known_already", papers[one.paper.key]))
        found.append(replace(one, problems=(*one.problems, *problems)))
    return found


def _papers_known(session: Session, scope: Scope, papers: list[NewPaper]) -> dict[tuple[str, ...], str]:
    """The reference of the case in which each known paper stands, where the reader may know of it."""
    wanted = {(one.authority_kind, one.province_code, fold_tr(one.authority)) for one in papers}
    if not wanted:
        return {}
    place = tuple_(Authority.kind, Authority.province_code, Authority.folded)
    courts = {
        (row.kind, row.province_code, row.folded): row.id
        for row in session.execute(
            select(Authority.id, Authority.kind, Authority.province_code, Authority.folded).where(place.in_(wanted)),
        )
    }
    standing = session.execute(
        select(Decision.authority_id, Decision.docket_index, Decision.number_index, Case.ref)
        .join(Case, Case.id == Decision.case_id)
        .where(Decision.authority_id.in_(courts.values()), access.readable(scope)),
    )
    refs = {(row.authority_id, row.docket_index, row.number_index): row.ref for row in standing}
    found = {}
    for one in papers:
        court = courts.get((one.authority_kind, one.province_code, fold_tr(one.authority)))
        docket, number = acts.index(session, "docket", one.docket), acts.index(session, "number", one.number)
        ref = refs.get((court, docket, number)) if court is not None else None
        if ref is not None:
            found[one.key] = ref
    return found


def hints(paper: NewPaper, known: Known) -> tuple[str, ...]:
    """What is unusual about a paper, as the register tells it; whoever confirms the list has seen it."""
    chosen = [known.measures[code] for code in paper.codes]
    length = None if paper.days is None or paper.until is not None else periods.Length(paper.days, "days")
    span = periods.length_hints(paper.decided_on, length, paper.until)
    told = Counter(decisions.hints(paper.authority_kind, chosen))
    told.update(f"{hint}:{code}" for hint in span for code in paper.codes)
    return tuple(told)


def hints_of(session: Session, rows: Iterable[Checked]) -> dict[int, tuple[str, ...]]:
    """The hints of each row, by its number."""
    known = _known(session)
    found = {row.row.number: hints(row.paper, known) for row in rows if row.paper is not None}
    return {number: told for number, told in found.items() if told}
