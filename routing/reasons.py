"""Why each person was asked for a caller, or was not, at one moment: a pure reading of what the router knew.

The router chooses (:mod:`routing.rules`); this says afterwards what decided for each. Who stands before a code that is
named later has that one: a woman who is barred and on a break is barred.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from routing.rules import ALL, Choice, Operator, Plan, Waiting, matches, speaks_hers

#: ready: takes contacts, at a screen or by telephone; break: is there and said that she takes none; gone: took contacts
#: and fell silent; none.
Screen = Literal["ready", "break", "gone", "none"]

#: Why somebody was asked: spoke with her until she was cut off; the first wave; everybody at work; no screen and a
#: telephone; on call and nobody at work speaks hers; on call.
ASKED: Final = ("same_person", "first", "everybody", "telephone", "her_language", "on_call")
#: Why somebody was not. ``occupied``: was chosen and could not be asked, as her telephone rang for another caller or
#: she took one in that instant; ``later``: her wave, or her turn, had not come.
NOT_ASKED: Final = (
    *("barred", "busy", "wrap_up", "on_break", "screen_gone", "declined", "no_telephone", "no_shift", "language"),
    *("wish", "texts", "role", "occupied", "later"),
)


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody whom the router may think of for a line: she has a shift on it now, or a screen."""

    account_id: UUID
    languages: frozenset[str] = frozenset()
    gender: str | None = None
    screen: Screen = "none"
    #: In which she serves the line now; none without a shift.
    roles: frozenset[str] = frozenset()
    talking: int = 0
    texts: int = 0
    resting: bool = False


@dataclass(frozen=True, slots=True)
class Round:
    """What the router had before it when it asked: whom it could choose from, whom it chose, and who is asked now."""

    waiting: Waiting
    wave: int
    plan: Plan
    operators: Sequence[Operator]
    choices: Sequence[Choice]
    asked: Collection[UUID]
    barred: Collection[UUID] = frozenset()
    declined: Collection[UUID] = frozenset()
    #: Those on call are rung for whoever calls.
    on_call: bool = False
    phone_roles: Collection[str] = ()
    on_call_roles: Collection[str] = ()


def reasons(known: Iterable[Known], this: Round) -> dict[str, list[str]]:
    """The accounts by the code of their reason, both in order, as they are stored."""
    able = {one.account_id: one for one in this.operators}
    found: dict[str, list[str]] = {}
    for one in known:
        operator = able.get(one.account_id)
        code = _why(one, operator, this) if one.account_id in this.asked else _why_not(one, operator, this)
        found.setdefault(code, []).append(str(one.account_id))
    return {code: sorted(found[code]) for code in sorted(found)}


def _why(one: Known, operator: Operator | None, this: Round) -> str:
    if this.waiting.spoke_with == one.account_id:
        return "same_person"
    if operator is not None and not operator.present:
        if operator.on_duty:
            return "telephone"
        return "on_call" if this.on_call else "her_language"
    return "first" if this.wave < ALL else "everybody"


def _why_not(one: Known, operator: Operator | None, this: Round) -> str:
    if one.account_id in this.barred:
        return "barred"
    if one.talking:
        return "busy"
    return _not_considered(one, this) if operator is None else _not_chosen(one, operator, this)


def _not_considered(one: Known, this: Round) -> str:
    """She was not among those from whom the router chose."""
    if one.screen == "ready":
        # She left her screen, or became free, while the router read.
        return "wrap_up" if one.resting else "occupied"
    if one.roles & set(this.on_call_roles) and not this.on_call:
        return "later"
    if one.screen == "break":
        return "on_break"
    if not one.roles:
        return "screen_gone"
    if this.wave >= ALL and not one.roles & {*this.phone_roles, *this.on_call_roles}:
        return "role"
    return "screen_gone" if one.screen == "gone" else "later"


def _not_chosen(one: Known, operator: Operator, this: Round) -> str:
    """The router could have chosen her."""
    if any(choice.account_id == one.account_id for choice in this.choices):
        return "occupied"
    if this.wave <= ALL and one.account_id in this.declined:
        return "declined"
    if not operator.present:
        return _not_rung(operator, this)
    if this.wave >= ALL:
        return "occupied"
    return _not_first(operator, this)


def _not_rung(operator: Operator, this: Round) -> str:
    if not operator.has_phone:
        return "no_telephone"
    if operator.on_call and not this.on_call and not speaks_hers(operator, this.waiting):
        return "language"
    return "later"


def _not_first(operator: Operator, this: Round) -> str:
    if not operator.on_duty:
        return "no_shift"
    if not speaks_hers(operator, this.waiting):
        return "language"
    if not matches(operator, this.waiting):
        return "wish"
    return "texts" if operator.texts >= this.plan.texts_at_once else "later"


def code_of(people: Mapping[str, Sequence[str]], account_id: UUID) -> str | None:
    """What was written down of one person."""
    wanted = str(account_id)
    return next((code for code, accounts in people.items() if wanted in accounts), None)


__all__ = ["ASKED", "NOT_ASKED", "Known", "Round", "Screen", "code_of", "reasons"]
