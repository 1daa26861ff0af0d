"""A copy sheet as its reader sees it. Values are Turkish whatever the screen's language: the other system is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from core.i18n import format_date, format_datetime, use_locale
from core.i18n import gettext as _
from dashboard import labels, sources
from dashboard.names import Names
from dashboard.presenters.administration import CopyRow, CopySheetPage
from dashboard.presenters.forms import FormError
from dashboard.register import words
from dashboard.timeline import closure_reason
from escalation.cases.copying import service
from escalation.cases.copying.catalogues import KEYS, Kind
from escalation.cases.copying.rules import LONGEST_NUMBER, Value
from escalation.cases.copying.service import Cell, CopySheet
from intake import queries as intakes
from intake.codes import fields as coded_fields
from staff.scope import Scope

#: Under which first part of the address each kind of record stands.
PLACES: Final[Mapping[str, Kind]] = {"intakes": "intake", "cases": "case", "decisions": "decision"}


def sheet_title(kind: str) -> str:
    """What is copied."""
    return {
        "intake": _("Copy sheet of an intake"),
        "case": _("Copy sheet of a case"),
        "decision": _("Copy sheet of a decision"),
    }.get(kind, kind)


def copy_error(reason: str) -> str:
    """Why a copy sheet refuses."""
    return {
        "no_number": _("Enter the number that the other system gave."),
        "long_number": _("The number is longer than %(n)s characters.", n=LONGEST_NUMBER),
        "changed_meanwhile": _("The record has changed since you opened the sheet. Compare it again, then mark it."),
        "unknown_proposal": _("This change was confirmed or dropped already."),
        "another_version": _("Another version has come since. Drop this change and look at the difference again."),
        "nothing_changed": _("Nothing would change."),
    }.get(reason, reason)


def copy_page(
    session: Session,
    scope: Scope,
    kind: Kind,
    subject_id: UUID,
    errors: Sequence[FormError] = (),
    typed: str = "",
) -> CopySheetPage:
    """The copy sheet of a record; the reading is audited. Raises OutOfScopeError, MissingPermissionError."""
    sheet = service.open_sheet(session, scope.actor, scope, kind, subject_id)
    place = next(name for name, one in PLACES.items() if one == kind)
    entered = sheet.entered
    return CopySheetPage(
        path=f"/{place}/{subject_id}/copy",
        title=sheet_title(kind),
        ref=sheet.ref,
        back=_back(session, scope, sheet),
        rows=tuple(_row(key, cell) for key, cell in zip(KEYS, sheet.cells, strict=False)),
        seen=sheet.seen,
        secret=sheet.secret,
        version=sheet.standing.number,
        source=sources.told(sheet.standing.sheet.source),
        may_mark=sheet.may_mark,
        entered_number=entered.number if entered is not None else "",
        entered_by=Names(session, [entered.by]).of(entered.by) if entered is not None else "",
        entered_at=entered.at if entered is not None else None,
        changed=any(cell.changed for cell in sheet.cells),
        typed=typed,
        errors=tuple(errors),
    )


def _back(session: Session, scope: Scope, sheet: CopySheet) -> str:
    if sheet.kind == "case":
        return f"/cases/{sheet.ref}"
    if sheet.kind == "decision":
        return f"/decisions/{sheet.subject_id}"
    view = intakes.intake(session, scope, sheet.subject_id)
    return "/" if view is None else f"/contacts/{view.contact_id}"


def _row(key: str, cell: Cell) -> CopyRow:
    value = "" if cell.withheld else in_turkish(cell.value)
    why = {
        "permission": _("Not shown: you may not read this"),
        "secrecy": _("Not shown: secrecy (8/6)"),
        "": "" if value else _("Nothing recorded"),
    }[cell.withheld]
    return CopyRow(
        key=key,
        label=str(cell.row.label),
        value=value,
        why=why,
        withheld=bool(cell.withheld),
        changed=cell.changed,
    )


def in_turkish(value: Value) -> str:
    """A neutral value in the words of the other system's language; empty where the record holds nothing."""
    form, _colon, name = value.form.partition(":")
    with use_locale("tr"):
        if form == "code":
            return ", ".join(coded_fields()[name].name(part) for part in value.parts)
        return ", ".join(_WORDS.get(form, str)(part) for part in value.parts)


def _yes_no(part: str) -> str:
    return _("Yes") if part == "yes" else _("No")


def _paper(part: str) -> str:
    authority, decided_on, docket, number = part.split("|")
    return " ".join(one for one in (authority, format_date(date.fromisoformat(decided_on)), docket, number) if one)


_WORDS: Final[Mapping[str, Callable[[str], str]]] = {
    "day": lambda part: format_date(datetime.fromisoformat(part) if "T" in part else date.fromisoformat(part)),
    "moment": lambda part: format_datetime(datetime.fromisoformat(part)),
    "yes_no": _yes_no,
    "level": lambda part: labels.level(int(part)),
    "case_state": labels.case_state,
    "closed_why": closure_reason,
    "authority": words.authority,
    "decision_state": words.decision_state,
    "approval": words.approval,
    "objection": words.objection,
    "end_reason": words.end_reason,
    "decisions": _paper,
}
