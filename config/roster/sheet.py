"""Who serves which line in the next days and by which telephone: read from the database, kept as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from core.clock import now
from routing import queries as routing
from staff import queries as staff
from staff.scope import Scope

#: A weekend with a holiday before it.
DAYS = 4
_SCOPE = Scope.system("roster")


class SheetError(ValueError):
    """What was opened is no roster."""


@dataclass(frozen=True)
class Duty:
    """One person's turn."""

    start: datetime
    end: datetime
    role: str
    name: str
    telephones: tuple[str, ...]


@dataclass(frozen=True)
class LineSheet:
    """One line: where its callers go last, and who serves it, by start."""

    number: str
    centre: str
    fallback: str | None
    duties: tuple[Duty, ...]


@dataclass(frozen=True)
class Sheet:
    """The roster as it stood at ``made_at``, until ``until``."""

    made_at: datetime
    until: datetime
    lines: tuple[LineSheet, ...]

    def to_json(self) -> str:
        """As it is kept."""
        return json.dumps(asdict(self), default=datetime.isoformat, ensure_ascii=False)

    @classmethod
    def from_json(cls, kept: str) -> Sheet:
        """As it was kept. Raises :class:`SheetError`."""
        try:
            told = json.loads(kept)
            lines = tuple(
                LineSheet(line["number"], line["centre"], line["fallback"], tuple(_duty(one) for one in line["duties"]))
                for line in told["lines"]
            )
            return cls(datetime.fromisoformat(told["made_at"]), datetime.fromisoformat(told["until"]), lines)
        except (ValueError, KeyError, TypeError) as error:
            raise SheetError from error


def _duty(told: dict[str, object]) -> Duty:
    telephones = told["telephones"]
    assert isinstance(telephones, Iterable)  # noqa: S101 - as to_json wrote it
    return Duty(
        datetime.fromisoformat(str(told["start"])),
        datetime.fromisoformat(str(told["end"])),
        str(told["role"]),
        str(told["name"]),
        tuple(str(one) for one in telephones),
    )


def read_sheet(session: Session) -> Sheet:
    """The roster of the next days, names and telephones opened: for a sealed file or for paper, never for a log."""
    moment = now(session)
    until = moment + timedelta(days=DAYS)
    shifts = routing.shifts(session, _SCOPE, since=moment, until=until)
    accounts = list({shift.account_id for shift in shifts})
    people = staff.staff_of(session, accounts)
    telephones: dict[object, list[str]] = {}
    for point in staff.contact_points_of(session, _SCOPE, accounts, purpose="page"):
        telephones.setdefault(point.account_id, []).append(point.address)
    centres = {centre.id: centre.name for centre in staff.centres(session)}
    lines = []
    for line in staff.lines(session):
        duties = [
            Duty(
                shift.start,
                shift.end,
                shift.role,
                people[shift.account_id].display_name,
                tuple(dict.fromkeys(telephones.get(shift.account_id, []))),
            )
            for shift in shifts
            if shift.line_id == line.id
        ]
        lines.append(LineSheet(line.number, centres[line.centre_id], line.fallback_number, tuple(duties)))
    return Sheet(moment, until, tuple(lines))
