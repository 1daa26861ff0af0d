"""Decisions of set-up without clock, session or I/O: short names, and the week as a grid."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from core.i18n import ISTANBUL
from core.text import fold_tr

DAYS: Final = 7
A_DAY: Final = timedelta(days=1)
#: The hour at which one day of the rota ends and the next begins: the night belongs to the day it began on.
TURN: Final = 8
#: Code of a shift -> (hours after the turn at which it begins, its length).
PATTERNS: Final[Mapping[str, tuple[int, int]]] = {
    "day": (0, 8),
    "evening": (8, 8),
    "night": (16, 8),
    "long_day": (0, 12),
    "long_night": (12, 12),
    "all": (0, 24),
}
OFF: Final = "off"
#: Role of an account -> the role in which it stands on the rota.
DUTIES: Final[Mapping[str, str]] = {
    "operator": "operator",
    "shift_lead": "shift_lead",
    "oncall": "oncall",
    "social_worker": "oncall",
    "psychologist": "oncall",
    "director": "oncall",
}

Span = tuple[datetime, datetime]


def slug_of(name: str) -> str:
    """A short name out of a name: small ASCII letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", fold_tr(name)).strip("-")[:40].strip("-")


def duty_of(roles: Sequence[str]) -> str:
    """The role in which an account stands on the rota; empty for one that does not."""
    return next((DUTIES[role] for role in DUTIES if role in roles), "")


def first_day(moment: datetime) -> date:
    """The day of the rota that runs at ``moment``."""
    return (moment.astimezone(ISTANBUL) - timedelta(hours=TURN)).date()


def turn_of(day: date) -> datetime:
    """When a day of the rota begins."""
    return datetime.combine(day, time(TURN), ISTANBUL)


def span_of(pattern: str, day: date) -> Span:
    """From when to when a shift of ``day`` lasts."""
    begins, hours = PATTERNS[pattern]
    start = turn_of(day) + timedelta(hours=begins)
    return start, start + timedelta(hours=hours)


def spans_of(every: str, days: Sequence[str], first: date) -> list[Span]:
    """One person's shifts: what holds for every day, but for the days that say otherwise. Unknown words are off."""
    chosen = [day or every for day in days]
    return [span_of(word, first + timedelta(days=n)) for n, word in enumerate(chosen) if word in PATTERNS]


def grid_of(spans: Sequence[Span], first: date) -> tuple[str, tuple[str, ...]]:
    """The grid's row for shifts that stand: the commonest of them for every day, and the days that differ."""
    days = [first + timedelta(days=n) for n in range(DAYS)]
    known = {span_of(pattern, day): (day, pattern) for day in days for pattern in PATTERNS}
    by_day = dict(known[span] for span in spans if span in known)
    words = [by_day.get(day, OFF) for day in days]
    common = Counter(word for word in words if word != OFF).most_common(1)
    every = common[0][0] if common else ""
    return every, tuple("" if word == (every or OFF) else word for word in words)
