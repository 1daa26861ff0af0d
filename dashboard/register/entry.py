"""The form on which a decision is entered: what stands on it, and what was typed turned into a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from core.i18n import gettext as _
from dashboard.presenters import Field, FormError, Option
from dashboard.presenters.register import DecisionForm, Known, MeasureBoxes
from dashboard.register import refusals, words
from dashboard.register.panel import ref_of
from dashboard.register.sent import WrongFieldError, day_of, moment_of
from escalation.cases.register import entry
from escalation.cases.register import queries as register
from escalation.cases.register.catalogue_rows import measures
from escalation.cases.register.catalogues import Measure, forms_catalogue
from escalation.cases.register.rules import periods
from escalation.cases.register.rules.errors import RegisterError
from escalation.cases.register.service import NewDecision, NewNotice
from staff import queries as staff

#: Every field but the boxes; what was typed into them is kept when the form is refused.
TYPED = (
    "authority", "province", "docket", "number", "decided_on", "issued_at", "length", "length_count", "length_unit",
    "ends", "start_basis", "words", "protected", "against", "served_on", "served", "application",
)  # fmt: skip
_POLICE = "police"
_FORMS: Mapping[str, tuple[str, ...]] = {
    "court": ("court",),
    "civil": ("civil",),
    _POLICE: ("police_preventive", "police_protective"),
}
_AUTHORITY = {"court": "judge", "civil": "civil_authority", _POLICE: "police_chief"}


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it was sent."""

    form: str
    typed: Mapping[str, str]
    ticked: tuple[str, ...]
    confirmed: tuple[str, ...] = ()


def known_form(code: str) -> str:
    """A form of ours; the court's for anything else."""
    return code if code in _FORMS else "court"


def empty_form(code: str) -> Filled:
    """A form as it begins: the usual boxes are ticked."""
    code = known_form(code)
    first = entry.form(_FORMS[code][0])
    return Filled(code, {"start_basis": "decision", "served": "1" if code == _POLICE else ""}, first.ticked)


def of_application(asked: register.ApplicationView, at: register.AuthorityView | None) -> Filled:
    """The form of the decision that answers an application: what was asked for is ticked, and where it was filed."""
    code = "civil" if at is not None and at.kind == "civil_authority" else "court"
    where = {} if at is None else {"authority": at.title, "province": at.province_code}
    typed = {**empty_form(code).typed, **where, "docket": asked.docket or "", "application": str(asked.id)}
    return Filled(code, typed, asked.codes)


def authority_kind(form: str) -> str:
    """Who decides on this form."""
    return _AUTHORITY[form]


def decisions_of(filled: Filled, authority_id: UUID, known: Mapping[str, Measure]) -> tuple[NewDecision, ...]:
    """What is entered with a form: one decision, or two from the police's. Raises :class:`WrongFieldError`."""
    typed = filled.typed
    ticked = entry.Ticked(
        filled.ticked,
        *period_of(typed),
        start_basis=typed.get("start_basis") or "decision",
        words={code: typed.get("words", "") for code in filled.ticked if code.endswith("_other")},
    )
    if filled.form == _POLICE:
        issued = moment_of(typed.get("issued_at", ""), "issued_at")
        served = bool(typed.get("served"))
        found = entry.from_police_form(
            authority_id, issued, ticked, known, docket=typed.get("docket", ""), served=served
        )
    else:
        day = day_of(typed.get("decided_on", ""), "decided_on")
        served_on = typed.get("served_on", "")
        notices = (NewNotice("perpetrator", day_of(served_on, "served_on")),) if served_on else ()
        numbers = {"docket": typed.get("docket", ""), "number": typed.get("number", "")}
        code = _FORMS[filled.form][0]
        found = (entry.from_form(code, authority_id, day, ticked, notices=notices, **numbers),)
    named = [_named(one, typed) for one in found]
    # The paper is one answer, also where the police's form makes two decisions of it.
    return (replace(named[0], application_id=_application(typed)), *named[1:])


def _application(typed: Mapping[str, str]) -> UUID | None:
    text = typed.get("application", "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise WrongFieldError("", _("The application is not of this case. Look at it again.")) from None


def _named(one: NewDecision, typed: Mapping[str, str]) -> NewDecision:
    return NewDecision(
        authority_id=one.authority_id,
        decided_on=one.decided_on,
        items=one.items,
        issued_at=one.issued_at,
        docket=one.docket,
        number=one.number,
        protected=typed.get("protected", ""),
        against=typed.get("against", ""),
        notices=one.notices,
        entry=one.entry,
    )


def period_of(typed: Mapping[str, str]) -> tuple[periods.Length | None, date | None]:
    """A last day goes before a typed length, and that before a chosen one. Raises :class:`WrongFieldError`."""
    if typed.get("ends"):
        return None, day_of(typed["ends"], "ends")
    count, unit = typed.get("length_count", ""), typed.get("length_unit", "")
    if not count:
        count, _colon, unit = typed.get("length", "").partition(":")
    if not count:
        return None, None
    known = next((one for one in periods.UNITS if one == unit), None)
    if not count.isdecimal() or not 1 <= int(count) <= 3660 or known is None:
        raise WrongFieldError("length_count", _("Enter the length as a number and choose its unit."))
    return periods.Length(int(count), known), None


def form_page(
    session: Session,
    case: register.WhoseRegister,
    filled: Filled,
    errors: Sequence[FormError] = (),
    refused: RegisterError | None = None,
) -> DecisionForm:
    """The form with what stands on it, and why it was refused."""
    known = {code: measure for code, (_id, measure) in measures(session).items()}
    typed = {"province": province_of(session, case), **filled.typed}
    if refused is not None:
        errors = (*errors, refusals.form_error(refused))
    told = refusals.hints(refused, known) if refused is not None else ()
    kept = tuple(code for code in filled.confirmed if code not in {one.value for one in told})
    hints = (*(Option(value=code, label=refusals.hint(code, known)) for code in kept), *told)
    forms = {one.code: one for one in forms_catalogue().forms}
    offered = [forms[code] for code in _FORMS[filled.form]]
    kind = authority_kind(filled.form)
    return DecisionForm(
        case_id=str(case.id),
        case_ref=case.ref,
        form=filled.form,
        forms=_form_options(),
        urgent=filled.form == _POLICE,
        fields=_fields(session, filled.form, typed, {one.field: one.text for one in errors}),
        boxes=boxes([code for one in offered for code in one.boxes], known),
        ticked=filled.ticked,
        typed=typed,
        days=offered[0].days,
        authorities=tuple(one.title for one in register.authorities(session, kind=kind)),
        hints=hints if refused is not None and refused.reason == "confirm_hints" else (),
        known=_known(refused),
        errors=tuple(errors),
    )


def province_of(session: Session, case: register.WhoseRegister) -> str:
    """The province of the case's centre."""
    own = [centre.province_code for centre in staff.centres(session, [case.centre_id])]
    return next((code for code in own if code), "")


def _known(refused: RegisterError | None) -> Known | None:
    if refused is None or refused.known_id is None:
        return None
    return Known(text=_("Look at the decision that is known"), href=f"/decisions/{refused.known_id}")


def _form_options() -> tuple[Option, ...]:
    return (
        Option(value="court", label=_("Court decision")),
        Option(value="civil", label=_("Civil authority")),
        Option(value=_POLICE, label=_("From police form")),
    )


def boxes(codes: Sequence[str], known: Mapping[str, Measure]) -> tuple[MeasureBoxes, ...]:
    """Boxes by article, each with its letter."""
    groups: dict[str, list[Option]] = {}
    for code in codes:
        measure = known.get(code)
        if measure is None:
            continue
        key = "c" if measure.side == "companion" else measure.article
        groups.setdefault(key, []).append(Option(value=code, label=str(measure.title), note=ref_of(measure)))
    titles = {
        "3": _("Art. 3: protective, civil authority"),
        "4": _("Art. 4: protective, judge"),
        "5": _("Art. 5: preventive"),
        "c": _("Companion decisions"),
    }
    return tuple(
        MeasureBoxes(key=key, title=titles.get(key, key), options=tuple(found)) for key, found in groups.items()
    )


def _fields(session: Session, form: str, typed: Mapping[str, str], errors: Mapping[str, str]) -> dict[str, Field]:
    def one(name: str, label: str, kind: str = "text", options: tuple[Option, ...] = (), help: str = "") -> Field:  # noqa: A002 - the component's word
        return Field(
            name=name,
            label=label,
            kind=kind,  # type: ignore[arg-type]
            values=(typed.get(name, ""),),
            options=options,
            help=help,
            error=errors.get(name, ""),
        )

    provinces = tuple(Option(value=row.code, label=row.name) for row in staff.provinces(session))
    bases = tuple(Option(value=code, label=words.start_basis(code)) for code in periods.START_BASES)
    authority = words.authority(authority_kind(form))
    fields = (
        one("authority", _("Name of the authority (%(kind)s)", kind=authority)),
        one("province", _("Province"), "select", provinces),
        one("docket", _("Docket number"), help=_("For example 2026/123 D.İş")),
        one("number", _("Decision number")),
        one("decided_on", _("Date of the decision"), "date"),
        one("issued_at", _("Day and hour of the decision"), "datetime"),
        one("length_count", _("Other length")),
        one("length_unit", _("Unit"), "select", units()),
        one("ends", _("Or the last day, if the paper names it"), "date"),
        one("start_basis", _("The period runs"), "select", bases),
        one("words", _("What the other measure says"), help=_("Only where “other” is ticked")),
        one("protected", _("Protected person, as the paper names her")),
        one("against", _("Against whom, as the paper names him")),
        one("served_on", _("Notice served on him on"), "date", help=_("Empty where it is not known yet")),
    )
    return {field.name: field for field in fields}


def units() -> tuple[Option, ...]:
    """In what a length may be written."""
    return tuple(Option(value=code, label=unit(code)) for code in periods.UNITS)


def unit(code: str) -> str:
    """Days, weeks, months."""
    return {"days": _("days"), "weeks": _("weeks"), "months": _("months")}.get(code, code)
