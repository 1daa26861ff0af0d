"""What one field of the form may hold, and how what a browser sent becomes it. Nothing is required here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from core.i18n import gettext as _
from intake.codes import fields as coded_fields

#: Longest text of each free field, in characters.
TEXTS: Final = {
    "display_name": 200,
    "district": 200,
    "location_now": 300,
    "heard_words": 300,
    "summary": 1000,
    "wants_words": 300,
    "police_reference": 60,
}
FLAGS: Final = (
    "safe_later",
    "caller_not_alone",
    "wants_woman",
    "anybody_may_answer",
    "interpreter_needed",
    "location_kept",
)
#: Fields that hold a list; clearing one leaves an empty list.
LISTS: Final = ("violence_types", "wants", "actions_taken")
#: Coded fields with a column of their own; the others are kept together in ``extra``.
COLUMNS: Final = (
    "safe_to_talk",
    "language",
    "caller_role",
    "contact_class",
    "age_band",
    "gender",
    "relation",
    "happened_when",
    "immediate_danger",
    "existing_measure",
    "outcome",
    "operator_state",
    *LISTS,
)
#: Moments with a zone.
MOMENTS: Final = ("next_contact", "police_called_at")
_TRUE: Final = frozenset({"true", "on", "yes", "1"})
_FALSE: Final = frozenset({"false", "off", "no", "0", ""})


@dataclass(frozen=True, slots=True)
class Parsed:
    """The values that can be saved, by column; those for ``extra``; and the code of what is wrong, by field."""

    columns: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


class _WrongError(ValueError):
    """Carries the code of what is wrong."""


def error_sentence(code: str) -> str:
    """What is wrong with a field, in the reader's language."""
    return {
        "unknown_code": _("This answer is not known. Choose one of the list."),
        "unknown_field": _("There is no such question."),
        "too_long": _("This is too long."),
        "not_text": _("Enter text."),
        "not_a_time": _("Enter a date and a time."),
        "not_a_day": _("Enter a date."),
        "not_yes_or_no": _("Choose yes or no."),
        "never_first": _("Nobody is called or written to first because of this contact."),
        "not_read": _("This is for those who work with her; nothing was written over it."),
        "unknown_province": _("There is no such province."),
    }.get(code, code)


def parse(changes: Mapping[str, object], provinces: frozenset[str]) -> Parsed:
    """Sort what a form sent into what can be saved and what cannot. One wrong field never holds up the others."""
    parsed = Parsed()
    for name, raw in changes.items():
        try:
            _one(name, raw, provinces, parsed)
        except _WrongError as wrong:
            parsed.errors[name] = str(wrong)
    return parsed


def _one(name: str, raw: object, provinces: frozenset[str], parsed: Parsed) -> None:
    special: dict[str, Callable[[object], object]] = {
        "province_code": lambda value: _province(value, provinces),
        "measure_until": _day,
        **dict.fromkeys(MOMENTS, _moment),
        **dict.fromkeys(FLAGS, _flag),
        **{text: _text_of(longest) for text, longest in TEXTS.items()},
    }
    if name in special:
        parsed.columns[name] = special[name](raw)
    elif name in coded_fields():
        value = _coded(name, raw)
        target = parsed.columns if name in COLUMNS else parsed.extra
        target[name] = value
    else:
        raise _WrongError("unknown_field")


def _coded(name: str, raw: object) -> object:
    known = coded_fields()[name]
    if known.multiple:
        value: object = [] if raw in (None, "") else [raw] if isinstance(raw, str) else raw
    else:
        value = None if raw == "" else raw
    if not known.accepts(value):
        raise _WrongError("unknown_code")
    if name == "safe_to_talk" and value is None:
        return "not_asked"
    return list(value) if isinstance(value, list | tuple) else value


def _flag(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    word = str(raw if raw is not None else "").strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise _WrongError("not_yes_or_no")


def _text_of(longest: int) -> Callable[[object], str | None]:
    def text(raw: object) -> str | None:
        if raw is None:
            return None
        if not isinstance(raw, str):
            raise _WrongError("not_text")
        if len(raw) > longest:
            raise _WrongError("too_long")
        return raw or None

    return text


def _province(raw: object, provinces: frozenset[str]) -> str | None:
    if raw in (None, ""):
        return None
    if not isinstance(raw, str) or raw not in provinces:
        raise _WrongError("unknown_province")
    return raw


def _day(raw: object) -> date | None:
    if raw in (None, ""):
        return None
    try:
        return date.fromisoformat(str(raw))
    except ValueError:
        raise _WrongError("not_a_day") from None


def _moment(raw: object) -> datetime | None:
    if raw in (None, ""):
        return None
    try:
        moment = raw if isinstance(raw, datetime) else datetime.fromisoformat(str(raw))
    except ValueError:
        raise _WrongError("not_a_time") from None
    if moment.tzinfo is None:
        raise _WrongError("not_a_time")
    return moment
