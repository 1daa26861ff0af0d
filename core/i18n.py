"""The words that staff see: English in the code, Turkish from the catalogue.

Message ids are the English sentences. The catalogues are the `.po` files under core/locales, read
when the process starts, so that a translation can be corrected without building anything. What
callers hear and read is not here: those are phrases, see the hotline's catalogue.
"""

from __future__ import annotations

import gettext as gnu
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, get_args
from zoneinfo import ZoneInfo

from babel.dates import format_date as babel_format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

Locale = Literal["tr", "en"]

LOCALES: Final[tuple[Locale, ...]] = get_args(Locale)
LOCALES_FOLDER: Final = Path(__file__).parent / "locales"
#: What nobody chose a language for: a job, a demonstration, a request before its reader is known.
HOUSE_LOCALE: Final[Locale] = "tr"
ISTANBUL: Final = ZoneInfo("Europe/Istanbul")

_current: ContextVar[Locale] = ContextVar("koza_locale", default=HOUSE_LOCALE)


@cache
def _translations(locale: Locale) -> gnu.NullTranslations:
    with (LOCALES_FOLDER / locale / "koza.po").open("rb") as file:
        catalogue = read_po(file, locale=locale)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gnu.GNUTranslations(compiled)


def load_locales() -> None:
    """Read every catalogue now, so that a broken one stops the start and not a page."""
    for locale in LOCALES:
        _translations(locale)


def current_locale() -> Locale:
    """The language of the present request or job; Turkish unless it was set."""
    return _current.get()


def set_locale(locale: str) -> None:
    """Choose the language of the present request or job. Raises ValueError for an unknown one."""
    for known in LOCALES:
        if locale == known:
            _current.set(known)
            return
    raise ValueError("the languages of the screens are: " + ", ".join(LOCALES))


@contextmanager
def use_locale(locale: str) -> Iterator[None]:
    """Choose the language for a block, as an export does that is made for another reader."""
    token = _current.set(_current.get())
    try:
        set_locale(locale)
        yield
    finally:
        _current.reset(token)


def _filled(text: str, values: dict[str, object]) -> str:
    return text % values if values else text


def gettext(message: str, /, **values: object) -> str:
    """`message` in the current language, its `%(name)s` places filled if values are given."""
    return _filled(_translations(current_locale()).gettext(message), values)


def ngettext(singular: str, plural: str, n: int, /, **values: object) -> str:
    """The form of a message that goes with the number `n`; `%(n)s` is filled with it."""
    return _translations(current_locale()).ngettext(singular, plural, n) % {"n": n, **values}


def pgettext(context: str, message: str, /, **values: object) -> str:
    """As gettext, for a word that has several meanings in English ("Open" the verb and the state)."""
    return _filled(_translations(current_locale()).pgettext(context, message), values)


class LazyText:
    """A message that is translated when it is shown: for labels that are made when a module loads.

    Jinja, str(), format() and `%` see the text in the language of that moment. Templates escape it
    like any other text.
    """

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[], str]) -> None:
        self._make = make

    def __str__(self) -> str:
        return self._make()

    def __repr__(self) -> str:
        return repr(str(self))

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other) if isinstance(other, str | LazyText) else NotImplemented

    def __hash__(self) -> int:
        return hash(str(self))

    def __len__(self) -> int:
        return len(str(self))

    def __bool__(self) -> bool:
        return bool(str(self))

    def __lt__(self, other: object) -> bool:
        return str(self) < str(other)

    def __add__(self, other: object) -> str:
        return str(self) + str(other)

    def __radd__(self, other: object) -> str:
        return str(other) + str(self)

    def __mod__(self, values: object) -> str:
        return str(self) % values

    def __getattr__(self, name: str) -> Any:
        """Every other method of str, so that Jinja's filters work."""
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(str(self), name)


def lazy_gettext(message: str, /, **values: object) -> LazyText:
    """As gettext, but translated when it is shown."""
    return LazyText(lambda: gettext(message, **values))


def lazy_pgettext(context: str, message: str, /, **values: object) -> LazyText:
    """As pgettext, but translated when it is shown."""
    return LazyText(lambda: pgettext(context, message, **values))


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be shown")
    return moment.astimezone(ISTANBUL)


def format_datetime(moment: datetime, *, seconds: bool = False) -> str:
    """A moment as staff read it: 23.11.2026 14:05, in Istanbul. Raises ValueError without a time zone."""
    return _local(moment).strftime("%d.%m.%Y %H:%M:%S" if seconds else "%d.%m.%Y %H:%M")


def format_end(moment: datetime) -> str:
    """The moment at which something ends: midnight is 24:00 of the day that is over, 24.12.2026 24:00.

    "25.12.2026 00:00" is the same moment, but is read as if the 25th still counted. Raises ValueError without a zone.
    """
    local = _local(moment)
    if (local.hour, local.minute) != (0, 0):
        return format_datetime(moment)
    return f"{format_date(local.date() - timedelta(days=1))} 24:00"


def format_time(moment: datetime, *, seconds: bool = False) -> str:
    """The time of day in Istanbul: 14:05. Raises ValueError without a time zone."""
    return _local(moment).strftime("%H:%M:%S" if seconds else "%H:%M")


def format_date(day: date, *, style: Literal["short", "long", "weekday"] = "short") -> str:
    """A day: 23.11.2026; long: 23 Kasım 2026 Pazartesi; weekday: Pzt 23.11. A moment counts in Istanbul."""
    local = _local(day).date() if isinstance(day, datetime) else day
    if style == "short":
        return local.strftime("%d.%m.%Y")
    pattern = "d MMMM y EEEE" if style == "long" else "EEE dd.MM."
    text: str = babel_format_date(local, pattern, locale=current_locale())
    return text


def format_duration(duration: timedelta | float) -> str:
    """A length of time (seconds, if a number) in its two largest units: 4 dk 12 sn; 2 sa 5 dk; 3 gün 4 sa."""
    total = int(duration.total_seconds() if isinstance(duration, timedelta) else duration)
    sign, total = ("-", -total) if total < 0 else ("", total)
    minutes, seconds = divmod(total, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        text = gettext("%(days)d d %(hours)d h", days=days, hours=hours)
    elif hours:
        text = gettext("%(hours)d h %(minutes)d min", hours=hours, minutes=minutes)
    elif minutes:
        text = gettext("%(minutes)d min %(seconds)d s", minutes=minutes, seconds=seconds)
    else:
        text = gettext("%(seconds)d s", seconds=seconds)
    return sign + text


def install_jinja(env: Any) -> None:
    """Give the Jinja environment `env` its translations (`_`, `ngettext`, `{% trans %}`) and filters.

    In templates `_("… %(n)s …", n=3)` fills by itself, and a percent sign is therefore written `%%`.
    """
    env.add_extension("jinja2.ext.i18n")
    env.install_gettext_callables(gettext, _ngettext_plain, newstyle=True, pgettext=pgettext)
    env.filters.update(
        datetime=format_datetime,
        time=format_time,
        date=format_date,
        duration=format_duration,
    )
    env.globals["current_locale"] = current_locale


def _ngettext_plain(singular: str, plural: str, n: int) -> str:
    # Jinja's new style fills the places itself.
    return _translations(current_locale()).ngettext(singular, plural, n)
