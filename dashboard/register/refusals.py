"""Why the register or the clock refuses, in words, and at which field of a form it is said."""

from __future__ import annotations

from collections.abc import Mapping

from core.i18n import gettext as _
from dashboard.presenters import FormError, Option
from escalation.cases.register.catalogues import Measure
from escalation.cases.register.rules.errors import RegisterError

#: The field of the decision's form at which a refusal is said.
FIELDS: Mapping[str, str] = {
    "unknown_authority": "authority",
    "wrong_title": "authority",
    "unknown_province": "province",
    "no_items": "codes",
    "item_twice": "codes",
    "two_approvers": "codes",
    "unknown_measure": "codes",
    "other_needs_words": "words",
    "issued_at_needed": "issued_at",
    "in_future": "decided_on",
    "duplicate": "docket",
    "notice_before_decision": "served_on",
    "unknown_start_basis": "start_basis",
}


def said(error: RegisterError) -> str:
    """A refusal in one sentence."""
    return {
        "before_the_end": _("That was before its time was over: an approval could still come. Ask again."),
        "unknown_authority": _("Name the court, office or police unit that decided."),
        "wrong_title": _("Write the name of the authority in 2 to 120 characters."),
        "unknown_province": _("Choose the province."),
        "no_items": _("Tick at least one measure."),
        "item_twice": _("A measure stands twice."),
        "two_approvers": _("The police decided measures of Art. 3 and of Art. 5: enter them as two decisions."),
        "unknown_measure": _("A measure is not known any more. Tick the measures again."),
        "other_needs_words": _("Write what the other measure says."),
        "issued_at_needed": _("Give day and hour of the police decision."),
        "in_future": _("This lies in the future. Look at the date again."),
        "duplicate": _("This paper stands in the register already."),
        "notice_before_decision": _("Notice cannot have been served before the decision."),
        "before_decision": _("This lies before the decision."),
        "before_breach": _("This lies before the breach."),
        "not_possible": _("This is not possible in the present state. Look at the decision again."),
        "not_longer": _("The new last day is not later than the present one."),
        "unknown_item": _("Choose the measures that are meant."),
        "lift_instead": _("No measure would be left: record it as a lifting."),
        "nothing_changed": _("Nothing would change. Choose what ends or what is added."),
        "nothing_left": _("Nothing would be approved: record it as refused."),
        "source_needed": _("Say who told you."),
        "reason_needed": _("Say why."),
        "unknown_purpose": _("Choose what is asked for."),
        "unknown_decision": _("Choose a decision of this case."),
        "unknown_application": _("The application is not of this case. Look at it again."),
        "already_objected": _("This party has an open objection already."),
        "court_decided": _("The court has decided on this breach: it cannot be called off any more."),
        "called_off": _("This breach was called off. Look at the decision again."),
        "not_in_decision": _("This measure does not stand in the decision."),
        "wrong_days": _("Look at the days again."),
        "unknown_outcome": _("Choose the answer."),
        "unknown_party": _("Choose who is meant."),
        "unknown_manner": _("Choose how."),
        "unknown_addressee": _("Choose where it was reported."),
        "authority_needed": _("Name the court, office or police unit that decided."),
        "empty": _("Choose a file first."),
        "too_large": _("The file is larger than 10 MB."),
        "unknown_type": _("Only PDF, JPEG, PNG, TIFF, DOCX and UDF are taken."),
        "erased": _("The paper was erased."),
        "damaged": _("The paper is damaged: its hash is another."),
    }.get(error.reason, _("This is not possible in the present state. Look at the decision again."))


def hint(code: str, known: Mapping[str, Measure]) -> str:
    """Something unusual that a person may confirm; courts differ, so it never blocks."""
    kind, _colon, measure = code.partition(":")
    about = known[measure].ref if measure in known else measure
    return {
        "not_usually_urgent": _("%(ref)s is not usually decided by the police.", ref=about),
        "another_authority": _("%(ref)s is usually decided by another authority.", ref=about),
        "longer_than_six_months": _("%(ref)s would hold longer than six months (Art. 8/2).", ref=about),
        "ends_before_decision": _("%(ref)s would end before the decision.", ref=about),
        "known_in_another_case": _("The same paper stands in another case."),
        "outside_first": _("The first coercive detention is usually 3 to 10 days (Art. 13/1)."),
        "outside_repeated": _("A repeated coercive detention is usually 15 to 30 days (Art. 13/2)."),
        "over_cap": _("Together it would be more than six months (Art. 13/2)."),
        "another_length": _("The days differ from the days that were ordered."),
        "before_decision": _("The breach lies before the decision."),
        "after_end": _("The breach lies after the end of the measures."),
    }.get(kind, code)


def hints(error: RegisterError, known: Mapping[str, Measure]) -> tuple[Option, ...]:
    """The hints of a refusal, each to be confirmed."""
    if error.reason != "confirm_hints":
        return ()
    return tuple(Option(value=code, label=hint(code, known)) for code in error.details)


def form_error(error: RegisterError, fields: Mapping[str, str] = FIELDS) -> FormError:
    """A refusal beside its field."""
    if error.reason == "confirm_hints":
        return FormError(text=_("Something is unusual. Look at it, and confirm what is right."), field="confirmed")
    return FormError(text=said(error), field=fields.get(error.reason, ""))
