"""The rota of the reader's centre as a list, with its gaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from core.i18n import format_datetime
from core.i18n import gettext as _
from dashboard import labels
from dashboard.names import Names
from dashboard.presenters import Field, FieldKind, FormError, ListeningLine, Option, ShiftRow, ShiftsPage
from routing import queries as routing
from staff import queries as staff
from staff.scope import Scope

#: What a shift may be for.
ROLES = ("operator", "shift_lead", "oncall")
_DAYS = 14
_GAP_DAYS = 3
_TELEPHONE = ("operator", "shift_lead")


def shifts_page(
    session: Session,
    scope: Scope,
    moment: datetime,
    *,
    given: Mapping[str, str] | None = None,
    errors: Sequence[FormError] = (),
) -> ShiftsPage:
    """The shifts that run and those of the next two weeks; with a form for who may write the rota."""
    rows = routing.shifts(session, scope, since=moment, until=moment + timedelta(days=_DAYS))
    names = Names(session, [row.account_id for row in rows])
    lines = {line.id: line.name for line in staff.lines(session)}
    may_edit = scope.may("shift.write")
    return ShiftsPage(
        rows=tuple(
            ShiftRow(
                id=str(row.id),
                person=names.of(row.account_id),
                line=lines.get(row.line_id, ""),
                role=row.role,
                starts_at=row.start,
                ends_at=row.end,
                tone="mine" if row.start <= moment < row.end else "",
            )
            for row in rows
        ),
        fields=_fields(session, scope, given or {}, errors) if may_edit else (),
        gaps=_gaps(session, scope, rows, moment),
        errors=tuple(errors),
        may_edit=may_edit,
        listening=_listening(session, scope) if scope.may("line.listen") else (),
    )


def _listening(session: Session, scope: Scope) -> tuple[ListeningLine, ...]:
    """The lines of the reader's own centre: whoever answers another's decides nothing for it."""
    return tuple(
        ListeningLine(id=str(line.id), name=line.name, number=line.number, allowed=line.listening_allowed)
        for line in staff.lines(session)
        if line.centre_id in scope.centre_ids
    )


def _fields(
    session: Session,
    scope: Scope,
    given: Mapping[str, str],
    errors: Sequence[FormError],
) -> tuple[Field, ...]:
    people = tuple(
        Option(value=str(row.id), label=row.display_name or row.name)
        for row in staff.accounts(session, scope)
        if row.disabled_at is None and row.centre_id in scope.centre_ids
    )
    wrong = {error.field: error.text for error in errors}
    lines = tuple(
        Option(value=str(line.id), label=line.name)
        for centre_id in scope.centre_ids
        for line in staff.lines(session, centre_id=centre_id)
    )
    roles = tuple(Option(value=role, label=labels.role(role)) for role in ROLES)

    def ask(name: str, label: str, kind: FieldKind, options: tuple[Option, ...] = ()) -> Field:
        value = given.get(name, "")
        return Field(
            name=name,
            label=label,
            kind=kind,
            options=options,
            values=(value,) if value else (),
            error=wrong.get(name, ""),
        )

    return (
        ask("person", _("Who"), "select", people),
        ask("line", _("Line"), "select", lines),
        ask("role", _("Role"), "select", roles),
        ask("starts_at", _("From"), "datetime"),
        ask("ends_at", _("Until"), "datetime"),
    )


def _gaps(
    session: Session,
    scope: Scope,
    rows: Iterable[routing.ShiftRow],
    moment: datetime,
) -> tuple[str, ...]:
    """Where within three days nobody answers a line, or nobody is on call."""
    rows = list(rows)
    until = moment + timedelta(days=_GAP_DAYS)
    needs = (
        (_TELEPHONE, _("Nobody answers %(line)s")),
        (("oncall",), _("Nobody is on call for %(line)s")),
    )
    found = []
    for centre_id in scope.centre_ids:
        for line in staff.lines(session, centre_id=centre_id):
            for roles, what in needs:
                spans = [(row.start, row.end) for row in rows if row.line_id == line.id and row.role in roles]
                found += [
                    _("%(what)s from %(start)s to %(end)s.", what=what % {"line": line.name},
                      start=format_datetime(start), end=format_datetime(end))
                    for start, end in uncovered(spans, moment, until)
                ]  # fmt: skip
    return tuple(found)


def uncovered(
    spans: Iterable[tuple[datetime, datetime]],
    start: datetime,
    end: datetime,
) -> list[tuple[datetime, datetime]]:
    """The parts of ``start`` to ``end`` that no span covers."""
    gaps = []
    reached = start
    for since, until in sorted(spans):
        if since > reached:
            gaps.append((reached, min(since, end)))
        reached = max(reached, until)
        if reached >= end:
            return gaps
    gaps.append((reached, end))
    return [gap for gap in gaps if gap[0] < gap[1]]
