"""What the relay tells the screens of a change: the subject's neutral row as it stands after the commit.

Imported by the relay, so nothing of the web is imported here. A subject that left the board has no row. Topics without
a renderer (duty, presence, cases) carry nothing but their name: the screens then fetch the snapshot in their own scope.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy.orm import Session

from core.relay import Renderer
from core.statements import among
from dashboard.board import contact_rows, page_rows
from dashboard.presenters import as_json
from escalation.paging import queries as paging
from staff.queries import barred_accounts
from staff.scope import Scope

_SCOPE = Scope.system("feed")

Drawn = dict[str, tuple[Mapping[str, Any] | None, Sequence[str]]]


def draw_contacts(session: Session, subjects: Sequence[str]) -> Drawn:
    """The board rows of contacts, and who is barred from each."""
    ids = [UUID(subject) for subject in subjects]
    rows = {row.id: _plain(row) for row in contact_rows(session, _SCOPE, ids)}
    barred = barred_accounts(session, "contact", ids)
    return {str(one): (rows.get(str(one)), _listed(barred.get(one))) for one in ids}


def draw_pages(session: Session, subjects: Sequence[str]) -> Drawn:
    """The board rows of pages. Who is barred from what a page is about is not told of the page either."""
    ids = [UUID(subject) for subject in subjects]
    rows = {row.id: _plain(row) for row in page_rows(session, _SCOPE, ids)}
    query = paging.pages(_SCOPE)
    columns = query.selected_columns
    about = {page.id: page.contact_id for page in paging.rows(session, query.where(among(columns["id"], ids)))}
    barred = barred_accounts(session, "contact", [one for one in about.values() if one is not None])
    own = barred_accounts(session, "page", ids)
    return {
        str(one): (
            rows.get(str(one)),
            _listed(own.get(one, frozenset()) | _of_contact(barred, about.get(one))),
        )
        for one in ids
    }


def _of_contact(barred: Mapping[UUID, frozenset[UUID]], contact_id: UUID | None) -> frozenset[UUID]:
    return barred.get(contact_id, frozenset()) if contact_id is not None else frozenset()


def _plain(row: object) -> dict[str, Any]:
    return cast("dict[str, Any]", as_json(row))


def _listed(accounts: frozenset[UUID] | None) -> list[str]:
    return sorted(str(account) for account in accounts or ())


RENDERERS: Mapping[str, Renderer] = {"contact": draw_contacts, "page": draw_pages}
