"""Consent to share in the workspace and the case: whom we may tell of her, what, until when, and that she withdrew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from core.i18n import format_date, format_datetime
from core.i18n import gettext as _
from dashboard.answers import last_day
from dashboard.names import Names
from dashboard.presenters import ConsentCard, ConsentRow, Field, Option
from dashboard.presenters.forms import Asker
from dashboard.wording import consent_error
from intake import queries as intake
from intake.codes import Code
from intake.consents import WAYS, consents
from intake.identity import Identity, unsure_on_known_number
from intake.queries import ConsentView, IntakeView
from staff.scope import Scope

#: Errors of the form's fields carry this, so that the page tells them from those of the intake. With a consent's id
#: before the field they are of the form that withdraws it.
MARK: Final = "consent-"


def consent_card(
    session: Session,
    scope: Scope,
    view: IntakeView,
    who: Identity,
    errors: Mapping[str, str],
    typed: Mapping[str, str],
    *,
    works: bool,
) -> ConsentCard | None:
    """What she agreed to in this contact; with the forms for whoever works on it, where she may agree to more."""
    found = intake.consents_of(session, scope, view.contact_id)
    if not found and not works:
        return None
    wrong = {name.removeprefix(MARK): text for name, text in errors.items() if name.startswith(MARK)}
    names = Names(session, _people(found))
    why_not = _why_not(session, scope, view, who) if works else ""
    asks = works and not why_not
    refused = {name: text for name, text in wrong.items() if name in _NAMES}
    return ConsentCard(
        sentence=_whom(found) or _("none holds"),
        rows=tuple(_row(one, names, wrong, typed, works=works) for one in found),
        fields=_fields(typed if refused else {}, refused) if asks else (),
        why_not=why_not,
        open=asks and bool(refused),
    )


def consent_words(session: Session, scope: Scope, contact_id: UUID) -> dict[str, str]:
    """Each consent in words by its id, for the story; only for who may read the intake."""
    found = intake.consents_of(session, scope, contact_id)
    names = Names(session, _people(found))
    return {str(one.id): "\n".join((_state(one), *_lines(one, names))) for one in found}


def whom_we_may_tell(session: Session, scope: Scope, contact_ids: Sequence[UUID]) -> list[str]:
    """What holds now of all that she agreed to in these contacts."""
    found = [one for contact_id in contact_ids for one in intake.consents_of(session, scope, contact_id)]
    return [
        " · ".join((consents().recipient(one.recipient), _told(one), *([one.words] if one.words else []), _state(one)))
        for one in found
        if one.state == "holds"
    ]


def _why_not(session: Session, scope: Scope, view: IntakeView, who: Identity) -> str:
    if who.not_her:
        return consent_error("not_her")
    unsure = unsure_on_known_number(session, scope, view.contact_id, view.id)
    return consent_error("check_first") if unsure else ""


def _people(found: Sequence[ConsentView]) -> list[UUID | None]:
    return [person for one in found for person in (one.recorded_by, one.withdrawn_by)]


def _whom(found: Sequence[ConsentView]) -> str:
    return ", ".join(consents().recipient(one.recipient) for one in found if one.state == "holds")


def _told(consent: ConsentView) -> str:
    return ", ".join(consents().what(code) for code in consent.told)


def _state(consent: ConsentView) -> str:
    if consent.state == "withdrawn":
        return _("withdrawn")
    if consent.state == "not_hers":
        return _("does not count: somebody else than she called")
    if consent.until is None:
        return _("until she withdraws it")
    day = format_date(last_day(consent.until) or consent.until)
    return _("over since %(day)s", day=day) if consent.state == "over" else _("until %(day)s", day=day)


def _lines(consent: ConsentView, names: Names) -> tuple[str, ...]:
    how = _("said by her") if consent.how == "spoken" else _("signed by her")
    given = f"{how} · {format_datetime(consent.given_at)} · {names.of(consent.recorded_by)}"
    lines = [_told(consent), *([consent.words] if consent.words else []), given]
    if consent.withdrawn_at is not None:
        why = consents().withdrawal(consent.withdrawn_why)
        lines.append(f"{why} · {format_datetime(consent.withdrawn_at)} · {names.of(consent.withdrawn_by)}")
        lines += [consent.withdrawn_words] if consent.withdrawn_words else []
    return tuple(lines)


def _row(
    consent: ConsentView, names: Names, wrong: Mapping[str, str], typed: Mapping[str, str], *, works: bool
) -> ConsentRow:
    its = f"{consent.id}-"
    mine = {name.removeprefix(its): text for name, text in wrong.items() if name.startswith(its)}
    withdrawable = works and consent.state != "withdrawn"
    return ConsentRow(
        id=str(consent.id),
        holds=consent.state == "holds",
        whom=consents().recipient(consent.recipient),
        state=_state(consent),
        lines=_lines(consent, names),
        fields=_withdrawal(typed if mine else {}, mine) if withdrawable else (),
        open=bool(mine),
    )


def _withdrawal(values: Mapping[str, str], wrong: Mapping[str, str]) -> tuple[Field, ...]:
    why = consents().withdrawals
    ask = Asker(values, wrong)
    return (
        Field(
            name="why",
            label=_("Why it ends"),
            kind="select",
            values=(values.get("why") or why[0].code,),
            options=_options(why),
            error=wrong.get("why", ""),
        ),
        ask("words", _("In a few words"), "text"),
    )


_NAMES: Final = ("recipient", "told", "how", "given", "until", "words")


def _fields(values: Mapping[str, str], wrong: Mapping[str, str]) -> tuple[Field, ...]:
    known = consents()
    ways = {"spoken": _("She said so"), "written": _("She signed it")}
    hows = tuple(Option(value=way, label=ways[way]) for way in WAYS)
    ask = Asker(values, wrong)
    return (
        ask("recipient", _("Who may be told"), "select", options=_options(known.recipients)),
        Field(
            name="told",
            label=_("What they may be told"),
            kind="checks",
            values=tuple(one for one in values.get("told", "").split(",") if one),
            options=_options(known.told),
            help=_("Only what she named. Say first that she need not agree, and that she is helped all the same."),
            error=wrong.get("told", ""),
        ),
        ask("how", _("How she agreed"), "radios", options=hows),
        ask("given", _("When she agreed"), "datetime", _("empty: now")),
        ask("until", _("Until"), "date", _("the last day; empty: until she withdraws it")),
        ask("words", _("Which one, and what she wants left out"), "area"),
    )


def _options(codes: Sequence[Code]) -> tuple[Option, ...]:
    return tuple(Option(value=one.code, label=str(one.label)) for one in codes)


__all__ = ["MARK", "consent_card", "consent_words", "whom_we_may_tell"]
