"""The working calendar of courts and offices as data, from the library's tables of Turkish holidays.

    python -m tools.court_calendar            write the shipped calendar
    python -m tools.court_calendar --check    fail if the shipped calendar says something else

The library knows the official dates of the two bayrams for the coming year and estimates later ones; the file marks
those. An administrator corrects them in the house when the Presidency announces them.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date
from importlib.metadata import version as of_package
from typing import Final

import holidays

from core.workdays import FILE

PAGE: Final = FILE
YEARS: Final = range(2024, 2036)
#: What the library appends to a name whose date it estimates.
_ESTIMATED: Final = {"tr": " (tahmini)", "en_US": " (estimated)"}
_HALF: Final = {"tr": " (saat 13.00'ten)", "en_US": " (from 1pm)"}
HEAD: Final = """\
# When courts and offices are closed on a weekday. Written by `python -m tools.court_calendar`; weekends are not listed.
# `closed_from` is the hour from which a day is closed: 00:00 a whole day, 13:00 the eve of a bayram or 28 October.
# `estimated` marks a bayram whose date is not announced yet: an administrator corrects it in the house.
source: >-
  Law 2429 on national and general holidays; dates by the Python library holidays {version}
valid_from: {first}-01-01
until: {last}-12-31
days:
"""


def rows() -> list[tuple[date, str, str, str, bool]]:
    """(day, closed from, name in Turkish, in English, estimated), in order; a whole day stands above a half one."""
    found: dict[date, tuple[date, str, str, str, bool]] = {}
    for category, closed_from in ((holidays.HALF_DAY, "13:00"), (holidays.PUBLIC, "00:00")):
        names = {
            language: holidays.country_holidays("TR", years=YEARS, categories=category, language=language)
            for language in _ESTIMATED
        }
        for day in names["tr"]:
            turkish, english = (_plain(names[language][day], language) for language in ("tr", "en_US"))
            estimated = _ESTIMATED["en_US"].strip(" ()") in names["en_US"][day]
            found[day] = (day, closed_from, turkish, english, estimated)
    return [found[day] for day in sorted(found)]


def _plain(name: str, language: str) -> str:
    words = name.replace(_ESTIMATED[language], "").replace(_HALF[language], "")
    # Two holidays on one day are one closed day.
    return " / ".join(dict.fromkeys(word.partition(" (")[0].strip() for word in words.split(";")))


def document() -> str:
    """The whole file."""
    lines = [HEAD.format(version=of_package("holidays"), first=YEARS[0], last=YEARS[-1])]
    for day, closed_from, turkish, english, estimated in rows():
        mark = ", estimated: true" if estimated else ""
        lines.append(
            f'  - {{day: {day.isoformat()}, closed_from: "{closed_from}",'
            f' title: {{tr: "{turkish}", en: "{english}"}}{mark}}}\n',
        )
    return "".join(lines)


def main() -> int:
    """Write the calendar, or compare it; the status is 1 when it differs."""
    parser = argparse.ArgumentParser(prog="python -m tools.court_calendar", description=__doc__)
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        return int(PAGE.read_text(encoding="utf-8") != document())
    PAGE.write_text(document(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
