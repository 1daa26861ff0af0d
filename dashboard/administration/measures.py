"""The catalogue of measures as an administrator reads and changes it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from core.catalogue import as_typed
from core.i18n import gettext as _
from dashboard.administration.typed import taken
from dashboard.presenters.administration import CataloguePage, Change, ProposalView, Version
from dashboard.presenters.forms import Field, FormError
from escalation.cases.register import catalogue_rows as rows
from staff import queries as staff
from staff.scope import Scope

PATH = "/catalogues/measures"


def measures_page(
    session: Session, scope: Scope, errors: Sequence[FormError] = (), typed: str = "", take: str = ""
) -> CataloguePage:
    """The measures that hold, and what waits to be confirmed; the text of ``take`` stands in the form.

    Raises MissingPermissionError.
    """
    waiting = rows.proposals(session, scope)
    known = rows.measures(session)
    versions = tuple(
        Version(key=code, title=f"{one.ref} {one.title}", told=one.source, text=as_typed(one.model_dump(mode="json")))
        for code, (_id, one) in known.items()
    )
    return CataloguePage(
        title=_("Measures of Law 6284"),
        path=PATH,
        intro=_("A decision keeps the wording with which it was entered; a change holds for what is entered later."),
        versions=versions,
        proposals=tuple(
            ProposalView(
                id=str(one.id),
                title=one.code,
                changes=tuple(
                    Change(what=field_word(row.field), before=row.before, after=row.after) for row in one.differences
                ),
            )
            for one in waiting
        ),
        fields=()
        if not staff.speaks_for_the_house(session, scope)
        else (
            Field(
                name="typed",
                label=_("The new wording"),
                kind="area",
                values=(typed or taken(versions, take),),
                help=_("Take a text below and change it. A new code is a new measure."),
            ),
        ),
        errors=tuple(errors),
    )


def field_word(field: str) -> str:
    """What a part of a measure is called."""
    return {
        "code": _("Code"),
        "side": _("Side"),
        "article": _("Article"),
        "letter": _("Letter"),
        "ref": _("Reference"),
        "title.tr": _("Turkish wording"),
        "title.en": _("English wording"),
        "issued_by": _("Who may order it"),
        "urgent.approver": _("Urgent: who approves"),
        "urgent.hours": _("Urgent: hours until approval"),
        "secrecy": _("Makes the case secret"),
        "mark": _("Verified or believed"),
        "source": _("Source"),
        "valid_from": _("Valid from"),
    }.get(field, field)


def measure_error(reason: str, details: Sequence[str] = ()) -> str:
    """Why a change of a measure refuses."""
    return {
        "nothing_changed": _("Nothing would change."),
        "unknown_proposal": _("This change was confirmed or dropped already."),
        "changed_meanwhile": _("Another version has come since. Drop this change and look at the difference again."),
        "wrong_measure": _("These parts do not fit: %(what)s.", what=", ".join(field_word(one) for one in details)),
    }.get(reason, reason)
