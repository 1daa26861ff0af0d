"""Words for what an administrator typed and what would change by it."""

from __future__ import annotations

from collections.abc import Sequence

from core.catalogue import TypedError, Wrong
from core.i18n import gettext as _
from dashboard.presenters.administration import Version
from dashboard.presenters.forms import FormError


def taken(versions: Sequence[Version], key: str) -> str:
    """The text that holds under a key, to be changed; empty where there is none."""
    return next((one.text for one in versions if one.key == key), "")


def typed_errors(refused: TypedError) -> tuple[FormError, ...]:
    """Every line that cannot be read, in words."""
    return tuple(FormError(text=_line(one), field="typed") for one in refused.wrong)


def _line(one: Wrong) -> str:
    code, _colon, about = one.code.partition(":")
    told = {
        "too_long": _("the text is too long"),
        "yaml": _("this cannot be read: look at the indent, the quotes and the colons"),
        "key_twice": _("a key stands twice"),
        "reference": _("a reference (& or *) is not allowed; write it out"),
        "missing": _("is missing"),
        "extra_forbidden": _("is not known here"),
        "literal_error": _("is none of the words that are allowed here"),
        "unknown_field": _("these fields are not known: %(what)s", what=about),
        "field_twice": _("these fields stand twice: %(what)s", what=about),
        "string_too_short": _("is empty"),
        "too_short": _("is empty"),
        "string_pattern_mismatch": _("has signs that are not allowed here"),
    }.get(code, _("does not fit here"))
    if one.key:
        return _("Line %(line)d, %(key)s: %(what)s.", line=one.line, key=one.key, what=told)
    return _("Line %(line)d: %(what)s.", line=one.line, what=told)
