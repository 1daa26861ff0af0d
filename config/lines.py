"""HOTLINE_NUMBERS become lines: at every ``koza migrate``, and with the centre that a number waited for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from core.actor import Actor
from core.i18n import gettext as _
from core.settings import LineNumber, Settings
from staff import queries as staff_queries
from staff import service as staff
from staff.queries import LineRow


@dataclass(frozen=True)
class Lines:
    """What became of the numbers: lines that were made now, and numbers whose centre is not there yet."""

    made: tuple[LineRow, ...]
    waiting: tuple[LineNumber, ...]
    slugs: Mapping[UUID, str]

    def sentences(self) -> list[str]:
        """What the administrator should read, one line for each number."""
        return [*map(self._made, self.made), *map(_waiting, self.waiting)]

    def _made(self, line: LineRow) -> str:
        slug = self.slugs[line.centre_id]
        if line.fallback_number is None:
            return _(
                "%(number)s is a line of %(slug)s now, with no number to fall back to: koza centre fallback sets one.",
                number=line.number,
                slug=slug,
            )
        return _("%(number)s is a line of %(slug)s now.", number=line.number, slug=slug)


def _waiting(item: LineNumber) -> str:
    if item.centre is None:
        return _("%(number)s is no line yet, there is no centre: koza centre add makes both.", number=item.number)
    return _(
        "%(number)s is no line yet, there is no centre %(slug)s: koza centre add makes both.",
        number=item.number,
        slug=item.centre,
    )


def make_lines(session: Session, actor: Actor, settings: Settings, *, fallback_number: str | None = None) -> Lines:
    """Make the lines of the settings that can be made; those that stand are left as they are."""
    made = staff.ensure_lines(session, actor, settings.hotline_numbers, fallback_number=fallback_number)
    waiting = [item for item in settings.hotline_numbers if staff_queries.line_by_number(session, item.number) is None]
    slugs = {row.id: row.slug for row in staff_queries.centres(session)}
    return Lines(tuple(made), tuple(waiting), slugs)
