"""The register's own page: search, what ends next, rows taken out of the house, counts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from core.audit import record
from core.clock import now as database_now
from core.i18n import format_date
from core.i18n import gettext as _
from dashboard.four_eyes import two_persons
from dashboard.presenters import Field, FormError, FourEyes, Option
from dashboard.presenters.register import Counted, CountsPage, RegisterPage, RegisterRow
from dashboard.register import words
from dashboard.register.sent import WrongFieldError, day_of
from escalation.cases.register import queries as register
from escalation.cases.register.catalogue_rows import measures
from escalation.cases.register.catalogues import Measure
from escalation.cases.register.queries import GROUPINGS, ExportRow, Found, Terms
from escalation.cases.register.rules import decisions
from escalation.cases.register.service.exports import ACT
from staff import queries as staff
from staff.rules import ISTANBUL
from staff.scope import Scope

#: What is asked for, by the names of the form's fields.
TERMS = (
    "case_ref", "docket", "number", "article", "code", "authority_kind", "province", "state", "decided_from",
    "decided_to", "ends_from", "ends_to",
)  # fmt: skip
#: The list of what ends reaches as far as an extension is to be asked for.
_ENDING_DAYS = 30
_IN_FORCE = "in_force"
_WAITING = "waiting"
#: What a spreadsheet takes for a formula when a cell begins with it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def terms_of(typed: Mapping[str, str]) -> Terms:
    """What is searched for. Raises :class:`WrongFieldError` for a day that is none."""

    def day(name: str) -> date | None:
        return day_of(typed[name], name) if typed.get(name) else None

    state = typed.get("state", "")
    groups = {"": (), _IN_FORCE: decisions.IN_FORCE, _WAITING: decisions.WAITING}
    return Terms(
        docket=typed.get("docket", ""),
        number=typed.get("number", ""),
        case_ref=typed.get("case_ref", ""),
        article=typed.get("article", ""),
        code=typed.get("code", ""),
        authority_kind=typed.get("authority_kind", ""),
        province_code=typed.get("province", ""),
        states=groups.get(state, (state,)),
        decided_from=day("decided_from"),
        decided_to=day("decided_to"),
        ends_from=day("ends_from"),
        ends_to=day("ends_to"),
    )


def register_page(
    session: Session, scope: Scope, typed: Mapping[str, str], errors: Sequence[FormError] = (), *, asked: bool = False
) -> RegisterPage:
    """The page. A search is written down, what was searched for is not."""
    known = {code: measure for code, (_id, measure) in measures(session).items()}
    rows: tuple[RegisterRow, ...] = ()
    ending: tuple[RegisterRow, ...] = ()
    after = ""
    if asked and not errors:
        found = register.search(session, scope, terms_of(typed), after=_cursor(typed.get("after", "")))
        record(session, scope.actor, "register_searched", "register", "search", rows=len(found.rows))
        rows = tuple(_row(one, known) for one in found.rows)
        after = f"{found.after[0].isoformat()}|{found.after[1]}" if found.after else ""
    else:
        until = database_now(session).astimezone(ISTANBUL).date() + timedelta(days=_ENDING_DAYS)
        ending = tuple(_row(one, known) for one in register.ending(session, scope, until))
    return RegisterPage(
        fields=_fields(session, typed, known, {one.field: one.text for one in errors}),
        asked=asked,
        rows=rows,
        after=after,
        ending=ending,
        export=_export(session, scope, typed) if asked else None,
        typed=tuple((name, typed.get(name, "")) for name in TERMS),
        errors=tuple(errors),
    )


def _export(session: Session, scope: Scope, typed: Mapping[str, str]) -> FourEyes | None:
    if not scope.may("export.make") or len(scope.centre_ids) != 1:
        return None
    centre_id = next(iter(scope.centre_ids))
    return two_persons(session, scope, ACT, ("register", str(centre_id)), typed.get("reason", ""))


def _cursor(text: str) -> tuple[date, UUID] | None:
    day, _bar, last = text.partition("|")
    try:
        return (date.fromisoformat(day), UUID(last)) if last else None
    except ValueError:
        return None


def _row(one: Found, known: Mapping[str, Measure]) -> RegisterRow:
    return RegisterRow(
        href=f"/decisions/{one.id}",
        case_ref=one.case_ref,
        authority=one.authority,
        decided_on=one.decided_on,
        measures=_refs(one.codes, known),
        state=words.decision_state(one.state),
        tone=words.decision_tone(one.state),
        first_end=one.first_end,
        last_end=one.last_end,
    )


def _refs(codes: Iterable[str], known: Mapping[str, Measure]) -> str:
    return ", ".join(known[code].ref if code in known else code for code in codes)


def _fields(
    session: Session, typed: Mapping[str, str], known: Mapping[str, Measure], errors: Mapping[str, str]
) -> tuple[Field, ...]:
    provinces = tuple(Option(value=row.code, label=row.name) for row in staff.provinces(session))
    articles = tuple(Option(value=one, label=one) for one in sorted({item.article for item in known.values()}))
    letters = tuple(Option(value=code, label=f"{item.ref} {item.title}") for code, item in known.items())
    kinds = tuple(Option(value=one, label=words.authority(one)) for one in decisions.AUTHORITIES)
    shown = (
        ("case_ref", _("Case"), "text", ()),
        ("docket", _("Docket number"), "text", ()),
        ("number", _("Decision number"), "text", ()),
        ("article", _("Article"), "select", articles),
        ("code", _("Measure"), "select", letters),
        ("authority_kind", _("Authority"), "select", kinds),
        ("province", _("Province"), "select", provinces),
        ("state", _("State"), "select", _states()),
        ("decided_from", _("Decided from"), "date", ()),
        ("decided_to", _("Decided to"), "date", ()),
        ("ends_from", _("Ends from"), "date", ()),
        ("ends_to", _("Ends to"), "date", ()),
    )
    return tuple(
        Field(
            name=name,
            label=label,
            kind=kind,  # type: ignore[arg-type]
            values=(typed.get(name, ""),),
            options=options,
            error=errors.get(name, ""),
        )
        for name, label, kind, options in shown
    )


def _states() -> tuple[Option, ...]:
    groups = (
        Option(value=_IN_FORCE, label=_("In force")),
        Option(value=_WAITING, label=_("Approval awaited or unknown")),
    )
    return (*groups, *(Option(value=one, label=words.decision_state(one)) for one in decisions.STATES))


def as_csv(rows: Iterable[ExportRow], known: Mapping[str, Measure]) -> bytes:
    """Rows as a file for a spreadsheet: separated by semicolons as Turkish ones read them, no cell a formula."""
    out = io.StringIO(newline="")
    write = csv.writer(out, delimiter=";", lineterminator="\r\n").writerow
    write([
        _("Case"), _("Decided"), _("Authority"), _("Kind"), _("Province"), _("Docket number"), _("Decision number"),
        _("Measures"), _("State"), _("First end"), _("Last end"), _("Ended"), _("Why it ended"),
    ])  # fmt: skip
    for row in rows:
        found = row.found
        cells = (
            found.case_ref,
            _day(found.decided_on),
            found.authority,
            words.authority(found.authority_kind),
            found.province_code,
            row.docket or "",
            row.number or "",
            _refs(found.codes, known),
            words.decision_state(found.state),
            _day(found.first_end),
            _day(found.last_end),
            _day(row.ended_on),
            words.end_reason(row.end_reason or ""),
        )
        write([cell(text) for text in cells])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _day(day: date | None) -> str:
    return format_date(day) if day is not None else ""


def counts_page(session: Session, scope: Scope, asked: Mapping[str, str]) -> CountsPage:
    """Counts of a period; of this year where none is given. Raises MissingPermissionError."""
    today = database_now(session).astimezone(ISTANBUL).date()
    since, until = _period(asked, today)
    by = next((one for one in GROUPINGS if one == asked.get("by", "")), GROUPINGS[0])
    known = {code: measure for code, (_id, measure) in measures(session).items()}
    provinces = {row.code: row.name for row in staff.provinces(session)}
    found = register.statistics(session, scope, since, until, by)

    def group(key: str) -> str:
        if by == "authority":
            return words.authority(key)
        return provinces.get(key, key) if by == "province" else known[key].ref if key in known else key

    options = tuple(Option(value=one, label=_grouping(one)) for one in GROUPINGS)
    filters = (
        Field(name="since", label=_("From"), kind="date", values=(since.isoformat(),)),
        Field(name="until", label=_("To"), kind="date", values=(until.isoformat(),)),
        Field(name="by", label=_("Grouped by"), kind="select", values=(by,), options=options),
    )
    rows = tuple(Counted(what=words.counted(one.kind), group=group(one.key), count=str(one.count)) for one in found)
    return CountsPage(filters=filters, rows=rows)


def _period(asked: Mapping[str, str], today: date) -> tuple[date, date]:
    try:
        since = day_of(asked.get("since", ""), "since")
        return since, day_of(asked.get("until", ""), "until")
    except WrongFieldError:
        return today.replace(month=1, day=1), today


def _grouping(code: str) -> str:
    return {
        "all": _("Everything"),
        "month": _("Month"),
        "measure": _("Measure"),
        "article": _("Article"),
        "authority": _("Authority"),
        "province": _("Province"),
    }.get(code, code)
