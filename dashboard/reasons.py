"""Why somebody may wake people, and whom; why she may need the whole number: lists, whose codes stand in the audit."""

from __future__ import annotations

from core.i18n import format_duration, ngettext
from core.i18n import gettext as _
from dashboard.presenters import Option
from escalation.paging.service import Called

#: A safe place is asked for her, never from a conversation in which he may be the one who speaks.
_HERS_ALONE = frozenset({"shelter_tonight"})


def escalation_reasons(*, suspected: bool = False) -> tuple[Option, ...]:
    """Why an operator may wake people now; the words are sealed with the page and never sent."""
    return tuple(reason for reason in _every_reason() if not suspected or reason.value not in _HERS_ALONE)


def _every_reason() -> tuple[Option, ...]:
    return (
        Option(value="danger_now", label=_("She is in danger now and needs somebody with her")),
        Option(value="second_person", label=_("I need a second person on this contact")),
        Option(value="language", label=_("Nobody here speaks her language")),
        Option(value="shelter_tonight", label=_("She needs a safe place tonight")),
        Option(value="legal_now", label=_("A lawyer is needed now")),
        Option(value="child", label=_("A child is in danger")),
        Option(value="overload", label=_("More contacts than we can answer")),
    )


def unmask_reasons() -> tuple[Option, ...]:
    """Why somebody may need the whole number; the code stands in the audit."""
    return (
        Option(value="line_dropped", label=_("The line dropped, and she agreed to be called")),
        Option(value="emergency", label=_("112 or the police need it now")),
        Option(value="agreed_call", label=_("An agreed call is due")),
        Option(value="same_person", label=_("To see whether two contacts are the same person")),
        Option(value="nuisance", label=_("To report a nuisance caller")),
    )


def who_is_woken(woken: list[Called]) -> str:
    """Who is woken and when, said before the button is pressed."""
    if not woken:
        return _("Nobody can be called: no one on the ladder has a telephone that was tried.")
    first, *later = woken
    at_once = ngettext("%(n)s person will be woken", "%(n)s people will be woken", first.people)
    words = [_("%(t)s from now: %(what)s", t=_span(first.after_s), what=at_once) if first.after_s else at_once]
    words += [_("%(n)s more after %(t)s", n=wave.people, t=_span(wave.after_s)) for wave in later]
    return ", ".join(words) + "."


def _span(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return format_duration(seconds) if rest or not minutes else _("%(n)s min", n=minutes)


__all__ = ["escalation_reasons", "unmask_reasons", "who_is_woken"]
