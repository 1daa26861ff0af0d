"""Whether what was restored is Koza: the schema, the rows, the audit's chains, and words that open with the keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.keyfile import keys_that_do_not_open
from config.revisions import known_revisions, newest_revision, present_revision
from core.audit import verify
from core.crypto import CryptoError
from core.database import Ground
from core.i18n import gettext as _
from core.unit_of_work import unit_of_work
from escalation.cases import queries as cases
from staff.scope import Scope

#: Rows that are only ever added; the log after the copy can bring more of them and never fewer.
_GROWING = ("core_facts", "core_audit", "hotline_contacts", "cases_cases", "cases_events")


@dataclass(frozen=True)
class Drill:
    """What a rehearsed restore showed; ``faults`` is empty when it holds. ``opened``: cases that were read through."""

    rows: int
    opened: int
    faults: tuple[str, ...]


def examine(ground: Ground, manifest: Mapping[str, Any]) -> Drill:
    """Compare a restored database with the list that was made when the copy was taken."""
    with unit_of_work(ground) as session:
        found = present_revision(session)
        rows, fewer = _rows(session, manifest["rows"])
        if _is_older(found):
            # This release asks for columns that are not there yet; a case would not open, whatever the keys.
            older = _(
                "schema %(found)s; this release reads %(wanted)s, so only the rows were counted: koza migrate brings"
                " it up, or look with the release that took the copy",
                found=found or "-",
                wanted=newest_revision(),
            )
            return Drill(rows, 0, (older, *fewer))
        faults = _schema(found, str(manifest["schema"]))
        closed = [_("data keys: %(reason)s", reason=reason) for reason in keys_that_do_not_open(session)][:1]
        opened, unreadable = _opened(session)
        broken = [
            _(
                "audit %(chain)s %(number)s: %(reason)s",
                chain=fault.chain or "-",
                number=fault.number,
                reason=fault.reason,
            )
            for fault in verify(session)
        ]
    return Drill(rows, opened, (*faults, *fewer, *closed, *unreadable, *broken))


def _is_older(found: str | None) -> bool:
    """Whether the schema lacks what this release reads; one of a later release only has more."""
    return found is None or (found in known_revisions() and found != newest_revision())


def _schema(found: str | None, wanted: str) -> list[str]:
    """The log after the copy may bring a later schema, for an update takes its copy first; never an older one."""
    if found is not None and found >= wanted:
        return []
    return [_("schema %(found)s; the copy's list says %(wanted)s", found=found, wanted=wanted)]


def _rows(session: Session, wanted: Mapping[str, int]) -> tuple[int, list[str]]:
    found = {}
    for table in sorted(wanted):
        # A later schema may have dropped it.
        there = session.execute(text("SELECT to_regclass(:name)"), {"name": f'"{table}"'}).scalar_one() is not None
        # The name comes from the server's own catalogue, through a list that only our key opens.
        query = text(f'SELECT count(*) FROM "{table}"')  # noqa: S608
        found[table] = session.execute(query).scalar_one() if there else 0
    fewer = [
        _("%(table)s: %(found)d rows of %(wanted)d", table=table, found=found[table], wanted=wanted[table])
        for table in _GROWING
        if found.get(table, 0) < wanted.get(table, 0)
    ]
    return sum(found.values()), fewer


def _opened(session: Session) -> tuple[int, list[str]]:
    """Open the newest case as a reader would: its title, its notes, its story."""
    scope = Scope.system("restore drill")
    query = cases.cases(scope)
    newest = session.execute(query.order_by(query.selected_columns["opened_at"].desc()).limit(1)).first()
    if newest is None:
        return 0, []
    try:
        case = cases.case(session, scope, newest.id)
        cases.notes(session, scope, newest.id)
        story = cases.story(session, scope, newest.id)
    except CryptoError as error:
        return 0, [_("case %(ref)s: %(error)s", ref=newest.ref, error=error)]
    return (1, []) if case is not None and story else (0, [_("case %(ref)s cannot be opened", ref=newest.ref)])
