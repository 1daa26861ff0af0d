"""The 112 card: what to read out to 112, only of what its reader may read, and what is written down of the call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from core.i18n import gettext as _
from core.i18n import ngettext
from dashboard import labels
from dashboard.names import Names
from dashboard.presenters import EmergencyCallRow, EmergencyCard, Field, Option, ReadOut
from dashboard.presenters.forms import Asker
from hotline import queries as hotline
from hotline.queries import KeyQuestionView
from intake import queries as intake
from intake.codes import fields as coded_fields
from intake.emergency import emergency_card
from intake.queries import IntakeView
from intake.screening import screening
from staff import queries as staff
from staff.scope import Scope

ISTANBUL = ZoneInfo("Europe/Istanbul")
#: Errors of the card's fields carry this, so that the page tells them from those of the intake.
MARK = "c112-"
#: Answers of the screening and by key that mean yes.
_YES = frozenset({"yes", "yes_older"})
_KEYS = {"near": _YES, "hurt": _YES, "weapon": _YES, "children": _YES, "leave": frozenset({"no"})}


def read_out(session: Session, scope: Scope, view: IntakeView) -> tuple[ReadOut, ...]:
    """What to read out, in the order in which 112 asks; the place first, and said where it is missing.

    No name, no number, nothing she told about herself: what a team needs at the door, and no more.
    """
    keys = {one.question: one for one in hotline.key_questions(session, scope, view.contact_id) if one.answer}
    known = [
        _line(_("Province and district"), _province(session, view)),
        _line(_("How urgent"), labels.level(view.level)),
        _line(_("Now"), _now(view, keys)),
        _line(_("What happens"), _what(view)),
        _line(_("Heard beside her"), _heard(view)),
        _line(_("He is her"), _codes(view, "relation")),
        _line(_("Weapon"), _weapon(view, keys)),
        _line(_("Children"), _children(session, scope, view, keys)),
        _line(_("Language"), _language(view)),
    ]
    place = str(view.fields.get("location_now") or "")
    return (
        ReadOut(label=_("Where she is"), text=place or _("Not known: ask her first."), missing=not place),
        *(line for line in known if line.text),
    )


def _line(label: str, text: str) -> ReadOut:
    return ReadOut(label=label, text=text)


def _codes(view: IntakeView, name: str) -> str:
    value = view.fields.get(name)
    chosen = value if isinstance(value, list | tuple) else [value] if value else []
    return ", ".join(coded_fields()[name].name(str(code)) for code in chosen)


def _province(session: Session, view: IntakeView) -> str:
    code = view.fields.get("province_code")
    name = next((row.name for row in staff.provinces(session) if row.code == code), "") if code else ""
    return ", ".join(part for part in (name, str(view.fields.get("district") or "")) if part)


def _screened(view: IntakeView, item: str) -> str:
    return str(view.screenings[0].answers.get(item, "")) if view.screenings else ""


def _pressed(keys: Mapping[str, KeyQuestionView], question: str) -> bool:
    found = keys.get(question)
    return found is not None and found.answer in _KEYS[question]


def _now(view: IntakeView, keys: Mapping[str, KeyQuestionView]) -> str:
    near = _screened(view, "with_her_now") == "yes" or _pressed(keys, "near")
    said = [
        _("in danger now") if view.fields.get("immediate_danger") == "yes" else "",
        _("he is with her or near") if near else "",
        _("she is not alone") if view.fields.get("caller_not_alone") and not near else "",
        _("she is hurt") if _pressed(keys, "hurt") else "",
        _("she cannot get out") if _pressed(keys, "leave") else "",
    ]
    return ", ".join(one for one in said if one)


def _what(view: IntakeView) -> str:
    when = _codes(view, "happened_when")
    return "; ".join(part for part in (_codes(view, "violence_types"), when) if part)


def _heard(view: IntakeView) -> str:
    return ", ".join(part for part in (_codes(view, "heard"), str(view.fields.get("heard_words") or "")) if part)


def _weapon(view: IntakeView, keys: Mapping[str, KeyQuestionView]) -> str:
    if _pressed(keys, "weapon"):
        return _("yes, by her key")
    answer = _screened(view, "weapon")
    return str(screening().answers[answer]) if answer in screening().answers and answer != "no" else ""


def _children(session: Session, scope: Scope, view: IntakeView, keys: Mapping[str, KeyQuestionView]) -> str:
    people = intake.people(session, scope, view.id) if scope.may("person.read") else []
    count = sum(role == "child" for _id, role, _name, _age, _gender in people)
    said = [
        _("a child is in danger now") if _screened(view, "child_in_danger") == "yes" else "",
        _("children are with her") if _pressed(keys, "children") else "",
        ngettext("%(n)s child", "%(n)s children", count) if count else "",
    ]
    return ", ".join(one for one in said if one)


def _language(view: IntakeView) -> str:
    language = str(view.fields.get("language") or "")
    needs = _("interpreter needed") if view.fields.get("interpreter_needed") else ""
    return ", ".join(part for part in (labels.language(language) if language else "", needs) if part)


def as_words(lines: Sequence[ReadOut], beside: str) -> str:
    """What was read out, as it is kept: what stood on the card, and what was told beside it."""
    stood = [f"{line.label}: {line.text}" for line in lines if not line.missing]
    return "\n".join([*stood, *([beside] if beside else [])])


def build_card(
    session: Session,
    scope: Scope,
    view: IntakeView,
    moment: datetime,
    errors: Mapping[str, str],
    typed: Mapping[str, str],
) -> EmergencyCard:
    """The card of one contact, for whoever works on it."""
    wrong = {name.removeprefix(MARK): text for name, text in errors.items() if name.startswith(MARK)}
    values = {
        "by": str(scope.account_id or ""),
        "at": moment.astimezone(ISTANBUL).strftime("%Y-%m-%dT%H:%M"),
        **(typed if wrong else {}),
    }
    return EmergencyCard(
        lines=read_out(session, scope, view),
        fields=_fields(session, scope, view, values, wrong),
        calls=_calls(session, scope, view.contact_id),
        open=bool(wrong),
    )


def _fields(
    session: Session, scope: Scope, view: IntakeView, values: Mapping[str, str], wrong: Mapping[str, str]
) -> tuple[Field, ...]:
    card = emergency_card()
    telephones = tuple(Option(value=one.code, label=str(one.label)) for one in card.telephones)
    outcomes = tuple(Option(value=one.code, label=str(one.label)) for one in card.outcomes)

    ask = Asker(values, wrong)
    return (
        ask("by", _("Who called"), "select", options=_people(session, scope, view)),
        ask(
            "telephone",
            _("On which telephone"),
            "select",
            _("never on a line of Koza: 112 is not reached from it"),
            telephones,
        ),
        ask("which", _("Its number or name"), "text"),
        ask("at", _("When"), "datetime"),
        ask("reference", _("Reference number that 112 gave"), "text"),
        ask("outcome", _("What 112 said"), "select", options=outcomes),
        ask("words", _("What else was told"), "area"),
    )


def _people(session: Session, scope: Scope, view: IntakeView) -> tuple[Option, ...]:
    """Who works at the reader's side; and "somebody else", as a neighbour of hers or an officer."""
    people = [
        row
        for row in staff.accounts(session, scope)
        if row.disabled_at is None and (row.centre_id == view.centre_id or row.id == scope.account_id)
    ]
    named = [Option(value=str(row.id), label=row.display_name or row.name) for row in people]
    return (*named, Option(value="other", label=_("Somebody else")))


def _calls(session: Session, scope: Scope, contact_id: UUID) -> tuple[EmergencyCallRow, ...]:
    found = intake.emergency_calls(session, scope, contact_id)
    names, card = Names(session, [one.caller_id for one in found]), emergency_card()
    return tuple(
        EmergencyCallRow(
            at=one.called_at,
            by=names.of(one.caller_id) or _("Somebody else"),
            telephone=", ".join(part for part in (card.telephone(one.telephone), one.which) if part),
            reference=one.reference,
            outcome=card.outcome(one.outcome),
            words=one.words,
        )
        for one in found
    )


def called_words(session: Session, scope: Scope, contact_id: UUID) -> dict[str, str]:
    """The words of each call to 112 by its id, for the story; only for who may read the intake."""
    card = emergency_card()
    words = {}
    for one in intake.emergency_calls(session, scope, contact_id):
        telephone = ", ".join(part for part in (card.telephone(one.telephone), one.which) if part)
        reference = _("Reference: %(number)s", number=one.reference) if one.reference else ""
        words[str(one.id)] = "\n".join(part for part in (telephone, reference, one.words) if part)
    return words


__all__ = ["ISTANBUL", "MARK", "as_words", "build_card", "called_words", "read_out"]
