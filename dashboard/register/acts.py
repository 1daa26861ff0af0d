"""What can be done with a decision and its breaches, as forms; each only where its state and the reader allow it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from core.i18n import gettext as _
from dashboard.presenters import Field, FormError, Option
from dashboard.presenters.register import ActForm, MeasureBoxes
from dashboard.register import adding, words
from escalation.cases.register.queries import BreachView, DecisionView, ObjectionView, WhoseRegister
from escalation.cases.register.rules import breaches, decisions
from staff.scope import Scope


@dataclass(frozen=True, slots=True)
class Refused:
    """An act that was refused: which form it was, what was typed, and what may be confirmed."""

    do: str
    about: str
    typed: Mapping[str, str]
    many: Mapping[str, tuple[str, ...]]
    errors: tuple[FormError, ...]
    hints: tuple[Option, ...] = ()


@dataclass
class Fields:
    """Makes the fields of one form, with what was typed into it before."""

    refused: Refused | None
    made: list[Field] = field(default_factory=list)

    def add(
        self,
        name: str,
        label: str,
        kind: str = "text",
        options: tuple[Option, ...] = (),
        value: str = "",
        note: str = "",
    ) -> None:
        """One more question; ``value`` stands in it as long as nothing was refused."""
        typed = () if self.refused is None else self.refused.many.get(name) or (self.refused.typed.get(name, ""),)
        errors = () if self.refused is None else self.refused.errors
        self.made.append(
            Field(
                name=name,
                label=label,
                kind=kind,  # type: ignore[arg-type]
                values=typed if self.refused is not None else (value,),
                options=options,
                help=note,
                error=next((one.text for one in errors if one.field == name), ""),
            ),
        )


def may_report(session: Session, scope: Scope, case: WhoseRegister) -> bool:
    """Whether the reader may write what the woman herself told: a breach, a paper."""
    return scope.may("case.write") and scope.reaches(
        session, "case", case.id, case.centre_id, act="write", restricted=case.confidential
    )


def act_form(
    do: str,
    title: str,
    button: str,
    fill: Callable[[Fields], None],
    refused: Refused | None,
    *,
    about: str = "",
    upload: bool = False,
    opened: bool = False,
    boxes: tuple[MeasureBoxes, ...] = (),
) -> ActForm:
    """One act with its fields; it stands open where it was refused, or is the next one to come (``opened``)."""
    mine = refused if refused is not None and (refused.do, refused.about) == (do, about) else None
    fields = Fields(mine)
    fill(fields)
    return ActForm(
        do=do,
        title=title,
        fields=tuple(fields.made),
        button=button,
        hidden=(("about", about),) if about else (),
        open=mine is not None or opened,
        upload=upload,
        boxes=boxes,
        hints=mine.hints if mine is not None else (),
    )


def forms(
    view: DecisionView,
    refused: Refused | None,
    *,
    writes: bool,
    in_case: bool,
    boxes: tuple[MeasureBoxes, ...] = (),
) -> tuple[ActForm, ...]:
    """The acts that are possible now, the most likely first; ``boxes`` are the measures that can be added to it."""
    found: list[ActForm] = []
    if writes:
        if view.state == "issued_urgent" or _submission_unknown(view):
            found.append(
                act_form("submitted", _("Submitted for approval"), _("Record the submission"), _submitted, refused)
            )
        if view.state in decisions.WAITING:
            fill = _approval(view)
            found.append(
                act_form("approval", _("Answer of the approving authority"), _("Record the answer"), fill, refused)
            )
        if view.state == "approval_unknown":
            found.append(act_form("lapsed", _("Confirm that it lapsed"), _("Confirm the lapse"), _lapsed, refused))
        found.append(act_form("notice", _("Service of notice"), _("Record the notice"), _notice, refused))
        if view.state in decisions.IN_FORCE:
            found.append(act_form("extension", _("Extension"), _("Record the extension"), _extension(view), refused))
        found.append(act_form("objection", _("Objection"), _("Record the objection"), _objection, refused))
        if view.state in decisions.IN_FORCE:
            title, button = _("Modification"), _("Record the modification")
            found.append(act_form("modification", title, button, _modification(view), refused, boxes=boxes))
            found.append(act_form("lifting", _("Lifting"), _("Record the lifting"), _paper_fields, refused))
        found.append(
            act_form("paper", _("The paper itself"), _("Keep the paper, encrypted"), _paper, refused, upload=True)
        )
    if in_case:
        found.append(act_form("breach", _("A measure was breached"), _("Note the breach"), _breach(view), refused))
    return tuple(found)


def _submission_unknown(view: DecisionView) -> bool:
    """Nobody knows of an answer, nor whether it was submitted: a paper that came late."""
    return view.state == "approval_unknown" and view.approval is not None and view.approval.submitted_at is None


def _items(view: DecisionView) -> tuple[Option, ...]:
    return tuple(Option(value=str(one.id), label=f"{one.measure.ref} {one.measure.title}") for one in view.live)


def _submitted(fields: Fields) -> None:
    fields.add("submitted_at", _("Reached the authority at"), "datetime")


def _approval(view: DecisionView) -> Callable[[Fields], None]:
    def fill(fields: Fields) -> None:
        outcomes = (Option(value="approved", label=_("Approved")), Option(value="refused", label=_("Refused")))
        fields.add("outcome", _("Answer"), "radios", outcomes)
        fields.add("answered_at", _("Answered at (empty where it is not known)"), "datetime")
        fields.add("source", _("Who told us"))
        if len(view.live) > 1:
            fields.add("items", _("Not approved with the others"), "checks", _items(view))

    return fill


def _lapsed(fields: Fields) -> None:
    fields.add("source", _("Who told you that no approval was given"))
    fields.add("learned_at", _("When you were told"), "datetime")


def _notice(fields: Fields) -> None:
    parties = tuple(Option(value=code, label=words.party(code)) for code in ("perpetrator", "protected"))
    manners = tuple(Option(value=code, label=words.manner(code)) for code in ("served", "pronounced"))
    fields.add("party", _("To whom"), "radios", parties, value="perpetrator")
    fields.add("manner", _("How"), "radios", manners, value="served")
    fields.add("served_on", _("On"), "date")


def _paper_fields(fields: Fields) -> None:
    fields.add("decided_on", _("Date of the decision"), "date")
    fields.add("docket", _("Docket number"))
    fields.add("number", _("Decision number"))


def _extension(view: DecisionView) -> Callable[[Fields], None]:
    def fill(fields: Fields) -> None:
        _paper_fields(fields)
        fields.add("until", _("New last day"), "date")
        if len(view.live) > 1:
            fields.add("items", _("Only these measures (none ticked: all)"), "checks", _items(view))

    return fill


def _modification(view: DecisionView) -> Callable[[Fields], None]:
    def fill(fields: Fields) -> None:
        _paper_fields(fields)
        fields.add("items", _("Measures that end"), "checks", _items(view))
        for question in adding.questions(view):
            fields.add(*question)

    return fill


def _objection(fields: Fields) -> None:
    parties = ("perpetrator", "protected", "ministry", "prosecutor")
    fields.add(
        "party", _("Who objected"), "select", tuple(Option(value=one, label=words.party(one)) for one in parties)
    )
    fields.add("filed_on", _("On"), "date")
    fields.add("docket", _("Docket number"))


def _paper(fields: Fields) -> None:
    fields.add("title", _("Title (may stay empty)"))


def _breach(view: DecisionView) -> Callable[[Fields], None]:
    def fill(fields: Fields) -> None:
        codes = {one.measure.code: one.measure for one in view.items}
        options = tuple(Option(value=code, label=f"{item.ref} {item.title}") for code, item in codes.items())
        fields.add("codes", _("Which measures"), "checks", options)
        fields.add("occurred_at", _("When it happened"), "datetime")
        fields.add("account", _("What happened, in her words"), "area")

    return fill


def answer_objection(one: ObjectionView, refused: Refused | None) -> ActForm:
    """The court's answer to an objection; it is final."""

    def fill(fields: Fields) -> None:
        outcomes = (
            Option(value="rejected", label=_("Rejected")),
            Option(value="accepted:none", label=_("Accepted, nothing changes")),
            Option(value="accepted:modified", label=_("Accepted, modified")),
            Option(value="accepted:lifted", label=_("Accepted, lifted")),
        )
        fields.add("outcome", _("Answer"), "select", outcomes)
        fields.add("decided_on", _("On"), "date")

    title, button = _("Answer to the objection"), _("Record the answer")
    return act_form("objection-answer", title, button, fill, refused, about=str(one.id))


def breach_forms(one: BreachView, refused: Refused | None) -> tuple[ActForm, ...]:
    """What may follow a breach in its present state."""
    offered: dict[str, tuple[str, str, Callable[[Fields], None]]] = {
        "file": (_("Reported to prosecutor or court"), _("Record the report"), _filed),
        "accept": (_("Coercive detention ordered"), _("Record the detention"), _ordered),
        "refuse": (_("Coercive detention refused"), _("Record the refusal"), _answered),
        "object": (_("Objection to coercive detention"), _("Record the objection"), _objected),
        "execute": (_("Coercive detention carried out"), _("Record the days"), _executed),
        "call-off": (_("Written down by mistake"), _("Call the breach off"), _called_off),
    }
    about = str(one.id)
    undecided = breaches.call_off_refusal(one.state, called_off=one.called_off_at is not None) is None
    possible = (*one.possible, *(("call-off",) if undecided else ()))
    return tuple(
        act_form(f"breach-{move}", title, button, fill, refused, about=about)
        for move, (title, button, fill) in offered.items()
        if move in possible
    )


def _called_off(fields: Fields) -> None:
    note = _("It stays in the history as called off. Its periods and tasks end, and nothing counts it any more.")
    fields.add("reason", _("Why it is a mistake"), "area", note=note)


def _filed(fields: Fields) -> None:
    where = (Option(value="prosecutor", label=_("Public prosecutor")), Option(value="court", label=_("Family court")))
    fields.add("filed_with", _("Where"), "radios", where)
    fields.add("filed_on", _("On"), "date")
    fields.add("letter", _("Letter number"))


def _ordered(fields: Fields) -> None:
    fields.add("days", _("Days"), "code")
    _answered(fields)


def _answered(fields: Fields) -> None:
    fields.add("decided_on", _("Date of the decision"), "date")
    fields.add("docket", _("Docket number"))
    fields.add("number", _("Decision number"))


def _objected(fields: Fields) -> None:
    fields.add("objected_on", _("On"), "date")


def _executed(fields: Fields) -> None:
    fields.add("starts_on", _("First day"), "date")
    fields.add("ends_on", _("Day of release"), "date")
