"""Who told of her in the workspace: written down apart, shown as kept, opened with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy.orm import Session

from core.i18n import gettext as _
from dashboard.presenters import Field, InformantCard, InformantPage, Option
from dashboard.presenters.forms import Asker
from intake import queries as intake
from intake.codes import Code
from intake.informants import informants
from intake.queries import IntakeView, KeptApart
from intake.service.informants import InformantView
from staff.scope import Scope

#: Errors of the form carry this, so that the page tells them from those of the intake.
MARK: Final = "informant-"


def informant_card(
    session: Session,
    scope: Scope,
    view: IntakeView,
    errors: Mapping[str, str],
    typed: Mapping[str, str],
    *,
    works: bool,
) -> InformantCard | None:
    """The card of a contact in which somebody else tells of her, or in which that was written down before."""
    told = view.fields.get("caller_role") in informants().roles
    kept = intake.informant_of(session, scope, view.id)
    wrong = {name.removeprefix(MARK): text for name, text in errors.items() if name.startswith(MARK)}
    if kept is None and not (told and works) and not wrong:
        return None
    opens = kept is not None and _may_open(session, scope, view)
    return InformantCard(
        kept=_kept(kept) if kept is not None else (),
        fields=_fields(kept, typed if wrong else {}, wrong) if told and works else (),
        reasons=_options(informants().reasons) if opens else (),
        refused=" ".join(text for name, text in wrong.items() if name in ("", "reason")),
        open=bool(wrong),
    )


def _may_open(session: Session, scope: Scope, view: IntakeView) -> bool:
    return scope.may("informant.read") and scope.reaches(
        session,
        "informant",
        view.contact_id,
        view.centre_id,
        subject_kind="contact",
        restricted=view.confidential,
    )


def _kept(kept: KeptApart) -> tuple[str, ...]:
    stands = [
        _("name") if kept.has_name else "",
        _("number") if kept.has_number else "",
        _("words") if kept.has_words else "",
    ]
    words = ", ".join(one for one in stands if one)
    lines = [
        informants().relation(kept.relation),
        _("Wishes to be named to nobody.") if kept.anonymous else "",
        _("Kept apart: %(what)s", what=words) if words else "",
    ]
    return tuple(line for line in lines if line)


def _fields(kept: KeptApart | None, values: Mapping[str, str], wrong: Mapping[str, str]) -> tuple[Field, ...]:
    standing = {"relation": kept.relation, "anonymous": "1" if kept.anonymous else ""} if kept is not None else {}
    ask = Asker({**standing, **values}, wrong)
    wish = (Option(value="1", label=_("Wishes to be named to nobody")),)
    return (
        ask("relation", _("What they are to her"), "select", options=_options(informants().relations)),
        ask("anonymous", _("Their wish"), "checks", options=wish),
        ask("name", _("Their name"), "text", _("kept so that you cannot read it again; empty: what stands stays")),
        ask("number", _("Their number"), "text", _("if they want to be asked again")),
        ask("words", _("What protects them"), "text"),
    )


def _options(codes: Sequence[Code]) -> tuple[Option, ...]:
    return tuple(Option(value=one.code, label=str(one.label)) for one in codes)


def informant_page(opened: InformantView, back_href: str) -> InformantPage:
    """What was kept, opened."""
    facts = (
        (_("What they are to her"), informants().relation(opened.relation)),
        (_("Their name"), opened.name),
        (_("Their number"), opened.number),
        (_("What protects them"), opened.words),
        (_("Their wish"), _("Wishes to be named to nobody") if opened.anonymous else ""),
    )
    return InformantPage(facts=tuple(fact for fact in facts if fact[1]), back_href=back_href)


__all__ = ["MARK", "informant_card", "informant_page"]
