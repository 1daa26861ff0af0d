"""When Turkey's offices are closed for a public holiday (Law 2429), from a library's calendar.

The dates of the two bayrams are the official ones for the coming years and estimates beyond them.
"""

from __future__ import annotations

import importlib
from datetime import date, time
from functools import cache
from typing import Final

#: The eves of the two bayrams and of Republic Day are half days.
HALF_DAY_FROM: Final = time(13, 0)
_WHOLE_DAY: Final = time(0, 0)


def closed_from(day: date) -> time | None:
    """The hour from which offices are closed on ``day`` for a public holiday; ``None`` where they are not."""
    return _calendar(day.year).get(day)


@cache
def _calendar(year: int) -> dict[date, time]:
    # Three megabytes in every process that has no use for it: it comes when it is asked for.
    holidays = importlib.import_module("holidays")
    half = holidays.country_holidays("TR", years=year, categories=holidays.HALF_DAY)
    whole = holidays.country_holidays("TR", years=year, categories=holidays.PUBLIC)
    return {**dict.fromkeys(half, HALF_DAY_FROM), **dict.fromkeys(whole, _WHOLE_DAY)}
