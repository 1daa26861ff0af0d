"""When a line is too quiet to be well: policy as data, and a pure decision over the line's own past.

How often somebody reaches a line differs by the hour and the day of the week, so the gap that is normal at noon is none
at four in the morning. What has passed since the last contact is therefore counted in contacts that would have come:
one for each normal gap. Eight of them are an hour at noon, and perhaps the whole night.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import Field

from core.catalogue import Catalogue, load_catalogue
from staff.rules import ISTANBUL

PATH: Final = Path(__file__).parent / "catalogue" / "silence.yaml"

HOURS: Final = 7 * 24
_HOUR: Final = timedelta(hours=1)
#: Whatever passed, no more is looked at: by then the line alarms, or nothing is known of it.
_LONGEST: Final = timedelta(days=28)

#: Contacts in each hour of one week, from Monday midnight.
Week = Sequence[int]


class Silence(Catalogue):
    """When a line counts as silent."""

    weeks: int = Field(ge=2, le=26)
    gaps: float = Field(ge=3, le=50)
    least_minutes: int = Field(ge=1, le=1440)
    least_contacts: int = Field(ge=1)
    least_weeks: int = Field(ge=1, le=26)


@cache
def silence() -> Silence:
    """The policy in force. Raises CatalogueError when the file is wrong."""
    return load_catalogue(PATH, Silence)


def weeks_before(policy: Silence, last: datetime, hours: Mapping[datetime, int]) -> Sequence[Week]:
    """The weeks before ``last`` as counts by the hour of the week, from contacts by the hour in which they came."""
    weeks = [[0] * HOURS for _ in range(policy.weeks)]
    for hour, count in hours.items():
        ago = int((last - hour) / timedelta(days=7))
        if timedelta() <= last - hour and ago < policy.weeks:
            weeks[ago][hour_of_week(hour)] += count
    return weeks


def hour_of_week(moment: datetime) -> int:
    """0 is Monday from midnight to one, by the clock of Istanbul."""
    local = moment.astimezone(ISTANBUL)
    return local.weekday() * 24 + local.hour


def rates(weeks: Sequence[Week]) -> list[float]:
    """How many contacts come in each hour of the week: the mean over the weeks, with the hours beside it.

    The fullest week of each hour is left out, so that one night of a flood is not what is normal from then on.
    """
    found = []
    for hour in range(HOURS):
        near = sorted(week[hour - 1] + week[hour] + week[(hour + 1) % HOURS] for week in weeks)
        kept = near[:-1] or near
        found.append(sum(kept) / (3 * len(kept)))
    return found


def would_have_come(rate: Sequence[float], since: datetime, until: datetime) -> float:
    """How many contacts are to be expected between two moments: the number of normal gaps between them."""
    at, end, total = since, min(until, since + _LONGEST), 0.0
    while at < end:
        following = min(at.replace(minute=0, second=0, microsecond=0) + _HOUR, end)
        total += rate[hour_of_week(at)] * ((following - at) / _HOUR)
        at = following
    return total


def is_silent(policy: Silence, weeks: Sequence[Week], since: datetime, until: datetime) -> bool:
    """Whether a line of this past, that nobody reached between these moments, is too quiet to be well."""
    contacts = sum(map(sum, weeks))
    known = contacts >= policy.least_contacts and _with_any(weeks) >= policy.least_weeks
    long = until - since >= timedelta(minutes=policy.least_minutes)
    return known and long and would_have_come(rates(weeks), since, until) >= policy.gaps


def _with_any(weeks: Iterable[Week]) -> int:
    return sum(any(week) for week in weeks)


__all__ = [
    "HOURS",
    "PATH",
    "Silence",
    "Week",
    "hour_of_week",
    "is_silent",
    "rates",
    "silence",
    "weeks_before",
    "would_have_come",
]
