"""The catalogue of measures as an administrator sees and changes it: each version stays, decisions keep theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from core.i18n import gettext as _
from dashboard.presenters import FormError, Option
from dashboard.presenters.data import ChangeRow, MeasurePage, MeasureRow, MeasuresPage, ProposalRow
from dashboard.presenters.forms import Field, FieldKind
from dashboard.register.words import authority
from escalation.cases.register.catalogue_rows import Proposal, measures, proposals
from escalation.cases.register.catalogues import Measure
from escalation.cases.register.rules.decisions import AUTHORITIES
from escalation.cases.register.service import RegisterError
from staff.scope import Scope

NEW: Final = "new"
MEASURE_FIELDS: Final = (
    "code", "side", "article", "letter", "ref", "title_tr", "title_en", "issued_by", "approver", "hours", "secrecy",
    "mark", "source", "valid_from",
)  # fmt: skip
#: Of these the register's rows depend; they are chosen once.
_FIXED: Final = ("code", "side", "article", "letter")
Typed = Mapping[str, Sequence[str]]


def measures_page(session: Session, scope: Scope, errors: tuple[FormError, ...] = ()) -> MeasuresPage:
    """What holds now, and what waits to be confirmed."""
    return MeasuresPage(
        rows=tuple(_row(measure) for _id, measure in measures(session).values()),
        proposals=tuple(_proposal(one) for one in proposals(session, scope)),
        errors=errors,
    )


def _row(measure: Measure) -> MeasureRow:
    return MeasureRow(
        code=measure.code,
        href=f"/measures/{measure.code}",
        ref=measure.ref,
        title=str(measure.title),
        mark=measure.mark,
        source=measure.source,
    )


def _proposal(one: Proposal) -> ProposalRow:
    names = _names()
    changes = tuple(
        ChangeRow(field=names.get(_field(each.field), each.field), before=each.before, after=each.after)
        for each in one.differences
    )
    return ProposalRow(id=str(one.id), code=one.code, changes=changes)


def _field(path: str) -> str:
    """The field of the form that a path of the catalogue means."""
    return {"title.tr": "title_tr", "title.en": "title_en", "urgent.approver": "approver", "urgent.hours": "hours"}.get(
        path, path
    )


def measure_page(
    session: Session, code: str, typed: Typed | None, errors: tuple[FormError, ...] = ()
) -> MeasurePage | None:
    """The form of one measure; ``None`` for one that does not exist."""
    found = measures(session).get(code)
    if found is None and code != NEW:
        return None
    known = typed or ({} if found is None else _told(found[1]))
    wrong = {one.field: one.text for one in errors}
    fields = tuple(_asked(name, known, wrong) for name in MEASURE_FIELDS if code == NEW or name not in _FIXED)
    title = _("A new measure") if found is None else f"{found[1].ref} {found[1].title}"
    return MeasurePage(code=code, title=title, fields=fields, errors=errors)


def _told(measure: Measure) -> dict[str, tuple[str, ...]]:
    urgent = measure.urgent
    single = {
        "ref": measure.ref,
        "title_tr": measure.title.tr,
        "title_en": measure.title.en,
        "approver": urgent.approver if urgent else "",
        "hours": str(urgent.hours) if urgent else "",
        "secrecy": "1" if measure.secrecy else "",
        "mark": measure.mark,
        "source": measure.source,
        "valid_from": measure.valid_from.isoformat() if measure.valid_from else "",
    }
    return {**{name: (value,) if value else () for name, value in single.items()}, "issued_by": measure.issued_by}


def changed(session: Session, code: str, typed: Typed) -> dict[str, Any]:
    """A whole measure as the catalogue writes it, from what was typed; what cannot be changed is as it was."""
    found = measures(session).get(code)
    one = {name: (values[0] if values else "") for name, values in typed.items()}
    fixed = {name: one.get(name) or None for name in _FIXED}
    if found is not None:
        before = found[1]
        fixed = {"code": before.code, "side": before.side, "article": before.article, "letter": before.letter}
    urgent = None
    if one["approver"] or one["hours"]:
        urgent = {"approver": one["approver"], "hours": int(one["hours"]) if one["hours"].isdecimal() else 0}
    return {
        **fixed,
        "ref": one["ref"],
        "title": {"tr": one["title_tr"], "en": one["title_en"]},
        "issued_by": list(typed["issued_by"]),
        "urgent": urgent,
        "secrecy": one["secrecy"] == "1",
        "mark": one["mark"],
        "source": one["source"],
        "valid_from": one["valid_from"] or None,
    }


def refusal(error: RegisterError) -> tuple[FormError, ...]:
    """Why a change was not taken, at the fields that it is about."""
    if error.reason == "wrong_measure":
        names = {"title": "title_tr", "urgent": "hours"}
        return tuple(
            FormError(text=_("This cannot stand here."), field=names.get(str(one), str(one))) for one in error.details
        )
    words = {
        "nothing_changed": _("Nothing would change."),
        "changed_meanwhile": _("Another version came meanwhile. Take this change back and make it anew."),
    }
    return (FormError(text=words.get(error.reason, error.reason)),)


def _names() -> dict[str, str]:
    return {
        "code": _("Code"),
        "side": _("Kind"),
        "article": _("Article"),
        "letter": _("Letter"),
        "ref": _("As it is cited"),
        "title_tr": _("Name in Turkish"),
        "title_en": _("Name in English"),
        "issued_by": _("Who usually decides it"),
        "approver": _("Urgent: who approves it"),
        "hours": _("Urgent: within how many hours"),
        "secrecy": _("Makes the case secret"),
        "mark": _("How sure"),
        "source": _("Source"),
        "valid_from": _("Holds since"),
    }


def _asked(name: str, known: Typed, wrong: Mapping[str, str]) -> Field:
    authorities = tuple(Option(value=code, label=authority(code)) for code in AUTHORITIES)
    sides = (("protective", _("protective")), ("preventive", _("preventive")), ("companion", _("accompanying")))
    choices: dict[str, tuple[FieldKind, tuple[Option, ...]]] = {
        "side": ("radios", tuple(Option(value=code, label=label) for code, label in sides)),
        "issued_by": ("checks", authorities),
        "approver": ("select", (Option(value="", label=_("never urgent")), *authorities[:2])),
        "secrecy": ("checks", (Option(value="1", label=_("yes")),)),
        "mark": (
            "radios",
            (
                Option(value="VERIFIED", label=_("read in its source")),
                Option(value="BELIEVED", label=_("waits for a lawyer's word")),
            ),
        ),
        "valid_from": ("date", ()),
    }
    kind, options = choices.get(name, ("text", ()))
    return Field(
        name=name,
        label=_names()[name],
        kind=kind,
        options=options,
        values=tuple(known.get(name, ())),
        error=wrong.get(name, ""),
    )
