"""The copy sheets as an administrator reads and changes them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from core.catalogue import as_typed
from core.i18n import gettext as _
from dashboard.administration.typed import taken
from dashboard.copying import sheet_title
from dashboard.presenters.administration import CataloguePage, Change, ProposalView, Version
from dashboard.presenters.forms import Field, FormError, Option
from escalation.cases.copying import catalogue_rows as rows
from escalation.cases.copying.catalogues import KINDS, SOURCES
from staff import queries as staff
from staff.scope import Scope

PATH = "/catalogues/copy-sheets"


def sheets_page(
    session: Session,
    scope: Scope,
    centre_id: UUID | None,
    errors: Sequence[FormError] = (),
    typed: str = "",
    take: str = "",
) -> CataloguePage:
    """The sheets that hold for one centre, or for the house (``None``); the text of ``take`` stands in the form.

    Raises MissingPermissionError.
    """
    scope.require(rows.PERMISSION, "copy_sheet")
    names = {one.id: one.name for one in staff.centres(session)}
    versions = tuple(_version(session, scope, kind, centre_id, names) for kind in KINDS)
    return CataloguePage(
        title=_("Copy sheets"),
        path=PATH,
        intro=_("The fields of the other system in its own order. A centre's own sheet stands above the house's."),
        versions=versions,
        proposals=tuple(
            ProposalView(
                id=str(one.id),
                title=_proposed(one, names),
                changes=tuple(Change(what=row.field, before=row.before, after=row.after) for row in one.differences),
            )
            for one in rows.proposals(session, scope)
        ),
        fields=(
            Field(
                name="centre",
                label=_("For whom"),
                kind="select",
                values=("" if centre_id is None else str(centre_id),),
                options=tuple(
                    Option(value="" if one is None else str(one), label=_whose(one, names))
                    for one in (None, *names)
                    if rows.may_change(scope, one)
                ),
            ),
            Field(
                name="typed",
                label=_("The new sheet"),
                kind="area",
                values=(typed or taken(versions, take),),
                help=_("Take a text below and change it. Its rows stand on the page in their order."),
            ),
        ),
        known=tuple((sheet_title(kind), ", ".join(SOURCES[kind])) for kind in KINDS),
        errors=tuple(errors),
    )


def _whose(centre_id: UUID | None, names: dict[UUID, str]) -> str:
    return _("The whole house") if centre_id is None else names.get(centre_id, "")


def _proposed(one: rows.Proposal, names: dict[UUID, str]) -> str:
    title = f"{sheet_title(one.kind)} · {_whose(one.centre_id, names)}"
    return _("%(sheet)s: back to the house's", sheet=title) if one.returns else title


def _version(session: Session, scope: Scope, kind: str, centre_id: UUID | None, names: dict[UUID, str]) -> Version:
    held = rows.standing(session, next(one for one in KINDS if one == kind), centre_id)
    own = held.centre_id is not None and rows.may_change(scope, held.centre_id)
    return Version(
        key=kind,
        title=sheet_title(kind),
        told=_("version %(n)d, %(whose)s", n=held.number, whose=_whose(held.centre_id, names)),
        text=as_typed(held.sheet.model_dump(mode="json")),
        gives_up=(("do", "return"), ("kind", kind), ("centre", str(held.centre_id))) if own else (),
    )
