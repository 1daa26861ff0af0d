"""Lists as their reader sees them: what each row would become, and what is wrong with which cell, in words."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from core.i18n import format_date, ngettext
from core.i18n import gettext as _
from dashboard.names import Names
from dashboard.presenters.forms import FormError, Tone
from dashboard.presenters.lists import BadRow, GoodRow, ListLink, ListPage, ListsPage
from escalation.cases.lists import queries, service
from escalation.cases.lists.catalogues import columns_catalogue
from escalation.cases.lists.queries import ListRow, Preview
from escalation.cases.lists.reading import LARGEST, MOST_ROWS
from escalation.cases.lists.rules import Checked, Problem
from staff.scope import Scope

_TONES: dict[str, Tone] = {"uploaded": "soon", "confirmed": "info", "undone": "quiet", "dropped": "quiet"}


def list_state(code: str) -> str:
    """What became of a list."""
    return {
        "uploaded": _("Waits to be confirmed"),
        "confirmed": _("Made"),
        "undone": _("Taken back"),
        "dropped": _("Dropped"),
    }[code]


def list_error(reason: str, details: Sequence[str] = ()) -> str:
    """Why a list refuses."""
    lacks = ", ".join(_column(code) for code in details)
    return {
        "empty": _("Choose a file first."),
        "too_large": _(
            "The list is too large: at most %(n)d MB and %(rows)d rows.", n=LARGEST // 2**20, rows=MOST_ROWS
        ),
        "too_many_rows": _("The list has more than %(rows)d rows. Divide it.", rows=MOST_ROWS),
        "not_a_list": _("This is no list in the form .xlsx."),
        "no_rows": _("The first sheet holds no rows."),
        "columns_missing": _("The first row lacks the columns: %(what)s.", what=lacks),
        "gone": _("This list was confirmed, taken back or dropped already."),
        "nothing_to_make": _("No row of the list can be made."),
        "not_confirmed": _("This list was not made, or was taken back already."),
        "changed_since": _("Somebody has worked on what the list made. It can no longer be taken back as a whole."),
    }.get(reason, reason)


def _column(code: str) -> str:
    return str(columns_catalogue().of(code).title)


def problem_words(number: int, problem: Problem) -> str:
    """What is wrong with a cell: row, column, and what to do."""
    told = {
        "needed": _("is empty"),
        "formula": _("holds a formula; write the value itself"),
        "too_long": _("is longer than %(n)s characters", n=problem.about),
        "unknown_case": _("names no open case that you may read"),
        "wrong_level": _("is none of 1, 2, 3, 4"),
        "unknown_kind": _("names no kind of authority: court or civil authority"),
        "police_by_hand": _("is the police: an urgent decision has hours to run and is entered by hand"),
        "unknown_province": _("names no province"),
        "number_needed": _("and the docket number are both empty: one of them is needed to know the paper again"),
        "wrong_day": _("is no day; write it as 23.11.2026"),
        "in_future": _("lies in the future"),
        "before_decision": _("lies before the decision"),
        "wrong_days": _("is no number of days"),
        "no_end": _("and the last day are both empty"),
        "ended": _("is over already: the list is for measures that still protect"),
        "unknown_measure": _("names a measure that the register does not know; write 5/1-a, 5/1-c"),
        "other_by_hand": _("names a measure of other words; it is entered by hand"),
        "twice_in_list": _("tells the same paper as row %(row)s", row=problem.about),
        "known_already": _("is known already, in %(case)s", case=problem.about),
        "another_name": _("is another name than in an earlier row of the same file number"),
    }.get(problem.reason, problem.reason)
    return _("Row %(row)d, column “%(column)s”: %(what)s.", row=number, column=_column(problem.column), what=told)


def _hint(hint: str) -> str:
    kind, _colon, code = hint.partition(":")
    known = {
        "another_authority": _("%(code)s is not usually decided by this authority", code=code),
        "longer_than_six_months": _("%(code)s lasts longer than six months", code=code),
    }
    return known.get(kind, hint)


def lists_page(session: Session, scope: Scope, errors: Sequence[FormError] = ()) -> ListsPage:
    """The lists so far. Raises MissingPermissionError."""
    rows = queries.lists(session, scope)
    names = Names(session, [row.uploaded_by for row in rows])
    return ListsPage(
        rows=tuple(
            ListLink(
                href=f"/lists/{row.id}",
                state=list_state(row.state),
                tone=_TONES[row.state],
                uploaded_at=row.uploaded_at,
                by=names.of(row.uploaded_by),
                made=_made(row) if row.state == "confirmed" else "",
            )
            for row in rows
        ),
        columns=tuple((str(item.title), item.example) for item in columns_catalogue().columns),
        most_rows=MOST_ROWS,
        errors=tuple(errors),
    )


def _made(row: ListRow) -> str:
    return f"{_cases(row.cases)}, {_papers(row.decisions)}"


def _cases(number: int) -> str:
    return ngettext("%(n)s case", "%(n)s cases", number)


def _papers(number: int) -> str:
    return ngettext("%(n)s decision", "%(n)s decisions", number)


def list_page(session: Session, scope: Scope, list_id: UUID, errors: Sequence[FormError] = ()) -> ListPage:
    """One list. That it was read is written down. Raises MissingPermissionError, OutOfScopeError."""
    found = service.read_list(session, scope.actor, scope, list_id)
    hints = queries.hints_of(session, found.good)
    waits = found.state == "uploaded"
    made = queries.made_refs(session, scope, list_id)
    return ListPage(
        id=str(list_id),
        state=list_state(found.state),
        tone=_TONES[found.state],
        summary=_summary(found) if waits else "",
        good=tuple(_good(row, hints.get(row.row.number, ())) for row in found.good),
        bad=tuple(
            BadRow(number=row.row.number, problems=tuple(problem_words(row.row.number, one) for one in row.problems))
            for row in found.bad
        ),
        may_confirm=waits and bool(found.good),
        may_undo=found.state == "confirmed",
        made=tuple((ref, f"/cases/{case_id}/petitions") for case_id, ref in made),
        errors=tuple(errors),
    )


def _summary(found: Preview) -> str:
    return _(
        "%(rows)d rows: %(cases)s and %(papers)s will be made, %(bad)s left out.",
        rows=len(found.rows),
        cases=_cases(found.cases),
        papers=_papers(found.papers),
        bad=ngettext("%(n)s row is", "%(n)s rows are", len(found.bad)),
    )


def _good(row: Checked, hints: Sequence[str]) -> GoodRow:
    paper = ""
    if row.paper is not None:
        numbers = " · ".join(one for one in (row.paper.docket, row.paper.number) if one)
        paper = f"{row.paper.authority}, {format_date(row.paper.decided_on)}, {numbers}"
    return GoodRow(
        number=row.row.number,
        own_number=row.own_number,
        protected=row.protected,
        becomes=row.case_ref or _("new case"),
        paper=paper,
        hints=tuple(_hint(hint) for hint in hints),
    )
