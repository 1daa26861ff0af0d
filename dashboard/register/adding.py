"""Measures that a later decision adds to one in force: what its form asks, and what was typed as items.

It asks as the form of a decision does, but for the beginning of the period: an added measure begins with the decision
that adds it.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.i18n import gettext as _
from dashboard.presenters import Option
from dashboard.presenters.register import MeasureBoxes
from dashboard.register.entry import boxes, period_of, units
from dashboard.register.sent import Sent, WrongFieldError
from escalation.cases.register import entry
from escalation.cases.register.catalogue_rows import measures
from escalation.cases.register.queries import DecisionView
from escalation.cases.register.service import NewItem

#: Whose form holds the boxes; what the police decided is changed by who approved it.
_FORM_OF = {"judge": "court", "civil_authority": "civil"}
#: What is typed about added measures beside their boxes.
_ABOUT = ("words", "length", "length_count", "ends")


def boxes_of(session: Session, view: DecisionView) -> tuple[MeasureBoxes, ...]:
    """The boxes of the form on which this decision can be changed."""
    known = {code: measure for code, (_id, measure) in measures(session).items()}
    form = entry.form(_FORM_OF[view.approver or view.authority_kind])
    return boxes(form.boxes, known)


def questions(view: DecisionView) -> tuple[tuple[str, str, str, tuple[Option, ...], str, str], ...]:
    """Each as name, label, kind, options, what stands in it, and its note."""
    days = entry.form(_FORM_OF[view.approver or view.authority_kind]).days
    lengths = (
        Option(value="", label=_("None or another")),
        *(Option(value=f"{n}:days", label=_("%(n)s days", n=n)) for n in days),
        Option(value="6:months", label=_("%(n)s months", n=6)),
    )
    return (
        ("codes", _("Measures that are added"), "boxes", (), "", ""),
        ("words", _("What the other measure says"), "text", (), "", _("Only where “other” is ticked")),
        ("length", _("Length"), "radios", lengths, "", _("Counted from the day of this later decision")),
        ("length_count", _("Other length"), "text", (), "", ""),
        ("length_unit", _("Unit"), "select", units(), "", ""),
        ("ends", _("Or the last day, if the paper names it"), "date", (), "", ""),
    )


def added(sent: Sent) -> tuple[NewItem, ...]:
    """What is added. Raises :class:`WrongFieldError`, also where a length was given and no measure."""
    codes = tuple(code for code in sent.many.get("codes", ()) if code)
    if not codes:
        if any(sent.text(name) for name in _ABOUT):
            raise WrongFieldError(
                "codes", _("Tick the measures that are added, or leave their length and words empty.")
            )
        return ()
    length, ends = period_of(sent.typed)
    words = {code: sent.text("words") for code in codes if code.endswith("_other")}
    return entry.items(entry.Ticked(codes, length, ends, words=words))
