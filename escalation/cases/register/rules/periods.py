"""How long a measure protects, by each reading of when it began.

A law-office page lets the period run from service, Art. 10/7 lets a decision be enforced without it, and the law itself
is silent: what the paper says is stored as ``start_basis``, every other reading is reckoned beside it, and the earliest
end drives what reminds us.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, get_args

from dateutil.relativedelta import relativedelta

StartBasis = Literal["decision", "service", "pronouncement"]
START_BASES: Final[tuple[StartBasis, ...]] = get_args(StartBasis)
Unit = Literal["days", "weeks", "months"]
UNITS: Final[tuple[Unit, ...]] = get_args(Unit)
#: The first decision may hold for six months at most (Law 6284, Art. 8/2).
FIRST_MOST: Final = relativedelta(months=6)


@dataclass(frozen=True, slots=True)
class Length:
    """So many days, weeks or months."""

    count: int
    unit: Unit

    def after(self, start: date) -> date:
        """The last day of the period: six months from 31 August end on 28 or 29 February (the month's last day)."""
        if self.unit == "months":
            return start + relativedelta(months=self.count)
        return start + timedelta(days=self.count * (7 if self.unit == "weeks" else 1))


@dataclass(frozen=True, slots=True)
class Starts:
    """The days on which a period may have begun; ``None`` where it did not happen or nobody knows."""

    decision: date
    pronouncement: date | None = None
    service: date | None = None

    def by(self, basis: str) -> date | None:
        """The day that counts for one reading."""
        return {"decision": self.decision, "pronouncement": self.pronouncement, "service": self.service}[basis]

    @property
    def known(self) -> tuple[date, ...]:
        """Every day that is known."""
        return tuple(day for day in (self.decision, self.pronouncement, self.service) if day is not None)


@dataclass(frozen=True, slots=True)
class Reading:
    """A period: by its own basis, and the earliest end that any basis gives."""

    begins: date | None
    ends: date | None
    safe_ends: date | None


def read(basis: str, starts: Starts, length: Length | None, ends: date | None = None) -> Reading:
    """The period of a measure. ``ends`` is the last day where the paper names it: then every reading ends there.

    Without length and end it protects until it is lifted. A start that is not known yet leaves ``begins`` and ``ends``
    open, and the earliest end is still reckoned from the days that are known.
    """
    begins = starts.by(basis)
    if ends is not None:
        return Reading(begins, ends, ends)
    if length is None:
        return Reading(begins, None, None)
    own = None if begins is None else length.after(begins)
    return Reading(begins, own, length.after(min(starts.known)))


def length_hints(decided_on: date, length: Length | None, ends: date | None) -> tuple[str, ...]:
    """Codes of what is unusual about a first period: longer than six months (Art. 8/2), over before it began."""
    last = ends if ends is not None else None if length is None else length.after(decided_on)
    if last is None:
        return ()
    if last < decided_on:
        return ("ends_before_decision",)
    return ("longer_than_six_months",) if last > decided_on + FIRST_MOST else ()
