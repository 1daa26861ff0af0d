"""Records that are one woman's in the workspace: proposed, confirmed, taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy.orm import Session

from core.i18n import format_datetime
from core.i18n import gettext as _
from dashboard.names import Names
from dashboard.presenters import Field, MergeRow, OnePersonCard, Option
from dashboard.presenters.forms import Asker
from intake import queries as intake
from intake.identity import Identity, unsure_on_known_number
from intake.queries import IntakeView, MergeView
from staff.scope import Scope

#: Errors of these forms carry this. With a merge's id before the field they are of its forms.
MARK: Final = "person-"


def one_person_card(
    session: Session,
    scope: Scope,
    view: IntakeView,
    who: Identity,
    ways: Sequence[Option],
    errors: Mapping[str, str],
    typed: Mapping[str, str],
    *,
    works: bool,
) -> OnePersonCard | None:
    """What was said of this record and others, once it is sure who speaks; with the forms for whoever works on it."""
    if who.not_her or unsure_on_known_number(session, scope, view.contact_id, view.id):
        return None
    found = intake.merges_of(session, scope, view.id)
    if not found and not works:
        return None
    wrong = {name.removeprefix(MARK): text for name, text in errors.items() if name.startswith(MARK)}
    names = Names(session, [one for merge in found for one in (merge.proposed_by, merge.confirmed_by)])
    merges = works and _may_merge(session, scope, view)
    asked = () if who.checked else tuple(ways)
    refused = {name: text for name, text in wrong.items() if name in ("ref", "why")}
    hers = [merge.other_ref for merge in found if merge.confirmed_at is not None]
    return OnePersonCard(
        sentence=", ".join(hers) or (_("somebody thinks so") if found else _("none")),
        rows=tuple(_row(one, names, wrong, typed, asked, works=works, merges=merges) for one in found),
        fields=_fields(typed if refused else {}, refused) if works else (),
        number=_number(typed if "number" in wrong else {}, wrong)
        if works and scope.may("safe_contact.write")
        else None,
        refused=wrong.get("", ""),
        open=bool(refused or wrong.get("") or wrong.get("number")),
    )


def _may_merge(session: Session, scope: Scope, view: IntakeView) -> bool:
    return scope.may("person.merge") and scope.reaches(
        session,
        "person",
        view.contact_id,
        view.centre_id,
        subject_kind="contact",
        act="merge",
        restricted=view.confidential,
    )


def _row(
    merge: MergeView,
    names: Names,
    wrong: Mapping[str, str],
    typed: Mapping[str, str],
    ways: Sequence[Option],
    *,
    works: bool,
    merges: bool,
) -> MergeRow:
    its = f"{merge.id}-"
    mine = {name.removeprefix(its): text for name, text in wrong.items() if name.startswith(its)}
    confirmed = merge.confirmed_at is not None
    ask = Asker(typed if mine else {}, mine)
    confirm: list[Field] = []
    if merges and not confirmed:
        if ways:
            confirm.append(ask("how", _("How you made sure who speaks"), "select", options=tuple(ways)))
        confirm.append(ask("reason", _("How you know that it is one woman"), "text"))
    return MergeRow(
        id=str(merge.id),
        ref=merge.other_ref,
        href=f"/contacts/{merge.other_contact_id}",
        state=_("one person") if confirmed else _("may be one person; nothing is read as one yet"),
        confirmed=confirmed,
        lines=_lines(merge, names),
        confirm=tuple(confirm),
        end=(ask("ended", _("Why not"), "text"),) if works else (),
        open=bool(mine),
    )


def _lines(merge: MergeView, names: Names) -> tuple[str, ...]:
    lines = [merge.proposal, f"{names.of(merge.proposed_by)} · {format_datetime(merge.proposed_at)}"]
    if merge.confirmed_at is not None:
        lines += [merge.reason, f"{names.of(merge.confirmed_by)} · {format_datetime(merge.confirmed_at)}"]
    return tuple(lines)


def _number(values: Mapping[str, str], wrong: Mapping[str, str]) -> Field:
    ask = Asker(values, wrong)
    help_ = _("it gets a record of its own; nobody calls it before you agreed there when and how")
    return ask("number", _("Another number on which she wants to be called"), "text", help_)


def _fields(values: Mapping[str, str], wrong: Mapping[str, str]) -> tuple[Field, ...]:
    ask = Asker(values, wrong)
    return (
        ask("ref", _("Reference of the other record"), "text", _("R-…, as it stands at the head of that record")),
        ask("why", _("Why you think so"), "text"),
    )


__all__ = ["MARK", "one_person_card"]
