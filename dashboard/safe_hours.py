"""Safe days and hours as people write them: "weekdays 10:00 to 15:00", "Pzt Çar 9-12", "every day". Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.i18n import gettext as _
from core.text import fold_tr

_DAYS: dict[str, tuple[int, ...]] = {
    "weekday": (1, 2, 3, 4, 5), "weekdays": (1, 2, 3, 4, 5), "haftaici": (1, 2, 3, 4, 5),
    "weekend": (6, 7), "weekends": (6, 7), "haftasonu": (6, 7),
    "everyday": (), "daily": (), "always": (), "hergun": (), "herzaman": (), "hep": (),
    "mon": (1,), "monday": (1,), "pzt": (1,), "pazartesi": (1,),
    "tue": (2,), "tuesday": (2,), "sal": (2,), "sali": (2,),
    "wed": (3,), "wednesday": (3,), "car": (3,), "carsamba": (3,),
    "thu": (4,), "thursday": (4,), "per": (4,), "persembe": (4,),
    "fri": (5,), "friday": (5,), "cum": (5,), "cuma": (5,),
    "sat": (6,), "saturday": (6,), "cmt": (6,), "cumartesi": (6,),
    "sun": (7,), "sunday": (7,), "paz": (7,), "pazar": (7,),
}  # fmt: skip
_PAIRS = {
    "hafta ici": "haftaici", "hafta sonu": "haftasonu", "her gun": "hergun", "every day": "everyday",
    "her zaman": "herzaman",
}  # fmt: skip
_CLOCK = r"(?<!\d)(2[0-4]|[01]?\d)(?:[:.]([0-5]\d))?(?!\d)"
_SPAN = re.compile(rf"{_CLOCK}\s*(?:-|–|to|until|ile|and|ve)\s*{_CLOCK}")
_FILLERS = frozenset({"arasi", "between", "and", "ve", "from", "saat", "gunleri"})
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class SafeHours:
    """ISO weekdays (empty: all) and minutes after midnight in Istanbul (None: all day)."""

    days: tuple[int, ...] = ()
    since: int | None = None
    until: int | None = None


class UnreadableHoursError(ValueError):
    """The words do not say when."""


def parse_hours(text: str) -> SafeHours:
    """What the words mean. Raises :class:`UnreadableHoursError` for anything left over."""
    # The dotless i is folded away with the rest: hours are typed in a hurry.
    words = _plain(text)
    for pair, one in _PAIRS.items():
        words = words.replace(pair, one)
    since = until = None
    found = _SPAN.search(words)
    if found:
        since, until = _minutes(found[1], found[2]), _minutes(found[3], found[4])
        words = words[: found.start()] + " " + words[found.end() :]
    days: set[int] = set()
    for word in re.split(r"[\s,;/+]+", words.strip()):
        if word in _DAYS:
            days.update(_DAYS[word])
        elif word and word not in _FILLERS:
            raise UnreadableHoursError
    if since is not None and since == until:
        raise UnreadableHoursError
    return SafeHours(tuple(sorted(days)), since, until)


def _plain(text: str) -> str:
    table = str.maketrans({"ı": "i", "ç": "c", "ş": "s", "ğ": "g", "ü": "u", "ö": "o"})
    return fold_tr(text).translate(table)


def _minutes(hour: str, minute: str | None) -> int:
    minutes = int(hour) * 60 + int(minute or 0)
    if minutes > _DAY_MINUTES:
        raise UnreadableHoursError
    return minutes


def say_hours(hours: SafeHours) -> str:
    """The same in words that :func:`parse_hours` reads back; empty for no limit."""
    parts = []
    if hours.days:
        parts.append(_say_days(hours.days))
    if hours.since is not None and hours.until is not None:
        parts.append(f"{_clock(hours.since)}-{_clock(hours.until)}")
    return " ".join(parts)


def _say_days(days: tuple[int, ...]) -> str:
    if days == (1, 2, 3, 4, 5):
        return _("weekdays")
    if days == (6, 7):
        return _("weekend")
    names = {1: _("Mon"), 2: _("Tue"), 3: _("Wed"), 4: _("Thu"), 5: _("Fri"), 6: _("Sat"), 7: _("Sun")}
    return " ".join(names[day] for day in days)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
