"""Who is asked first, and for whom: pure decisions.

The order of the queue and the choice of people are the two places where somebody can be forgotten, so both are total:
every waiting contact has its place, and the second wave leaves out nobody who could answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

Channel = Literal["voice", "sms"]
Medium = Literal["board", "phone"]

#: The wave that asks a few, at their screens alone.
FIRST = 1
#: The wave that asks everybody; what comes after it repeats it.
ALL = 2
_DANGER = 1
#: Up to this level those on call are rung together. Nobody knows yet what a caller before triage needs: she is level 2.
_TOGETHER = 2
#: The order in which people are asked where women are asked first; of whom nothing is said counts as neither.
_GENDERS = {"female": 0, "male": 2}
_UNSAID = 1
#: How many times the usual pause may pass between two repetitions for a text. Whoever becomes ready is asked at once,
#: and what is not answered pages: a thousand texts that wait shall not keep the router from a caller.
LONGEST_PAUSE = 8


@dataclass(frozen=True, slots=True)
class Waiting:
    """A contact that waits for a person."""

    contact_id: UUID
    channel: Channel
    level: int
    since: datetime
    returned: bool = False
    repeat: int = 0
    language: str | None = None
    #: She asked for a woman.
    wants_woman: bool = False
    #: She said that it need not be one. Who has said neither is a caller who would rather speak with a woman.
    anybody_may_answer: bool = False
    #: Who spoke with her on this line until a few minutes ago: she need not tell everything anew.
    spoke_with: UUID | None = None


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who could be asked. ``present``: she takes contacts, at a screen that lives or ``by_phone`` without one.

    One who is not present but on duty or on call by the rota can only be rung, if ``has_phone``.
    """

    account_id: UUID
    languages: frozenset[str] = frozenset()
    gender: str | None = None
    present: bool = True
    #: She took the line on a telephone, because she has no screen: she is rung there and reads no texts.
    by_phone: bool = False
    on_duty: bool = True
    #: On call by the rota: rung for a caller only where nobody else could speak with her.
    on_call: bool = False
    has_phone: bool = False
    talking: int = 0
    texts: int = 0
    ready_since: datetime | None = None
    #: She has time for herself after a contact in danger.
    resting: bool = False
    #: She has had as many contacts in danger as are enough for one shift.
    worn: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """The numbers of the ladder."""

    first_wave: int = 3
    texts_at_once: int = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """One person to ask, and how."""

    account_id: UUID
    medium: Medium


def place(waiting: Waiting) -> tuple[int, bool, bool, datetime, UUID]:
    """The key by which the queue is ordered.

    The more dangerous first; of one level, first who had been answered and lost, then who tries again, then who has
    waited longest.
    """
    return (waiting.level, not waiting.returned, waiting.repeat == 0, waiting.since, waiting.contact_id)


def in_order(queue: Iterable[Waiting]) -> list[Waiting]:
    """The queue, who is next first."""
    return sorted(queue, key=place)


def matches(operator: Operator, waiting: Waiting) -> bool:
    """Whether she speaks the caller's language and is whom the caller wishes."""
    if not speaks_hers(operator, waiting):
        return False
    return not waiting.wants_woman or operator.gender == "female"


def first_wave(waiting: Waiting) -> int:
    """The wave a contact begins with: in danger everybody is asked at once."""
    return ALL if waiting.level == 1 else FIRST


def pause(channel: Channel, wave: int, usual: int) -> int:
    """Seconds from ``wave`` to the next. A caller waits two minutes at most, a text perhaps for hours."""
    if channel == "voice" or wave < ALL:
        return usual
    return usual * min(1 << min(wave - ALL, 10), LONGEST_PAUSE)


def choose(
    operators: Sequence[Operator],
    waiting: Waiting,
    wave: int,
    plan: Plan,
    declined: frozenset[UUID] = frozenset(),
    *,
    on_call: bool = False,
) -> list[Choice]:
    """Whom to ask in this wave, the best first; with ``on_call`` those on call as well, on their telephones.

    The first wave asks a few who are on duty, present, free, match, and have not declined: whoever spoke with her until
    she was cut off before all others, and for a caller women before men, unless she said that it need not be a woman.
    That is a preference and no condition: where too few women are free, men are asked at once. The second asks
    everybody who can answer at all: present people whether on the rota or not, and the telephones of those on duty who
    are not at a screen. Where nobody of them speaks her language, those on call who do are rung as well, and at once:
    the first wave finds nobody then. From the third on who declined is asked again, because she still waits.

    Of those on call all are rung together for a caller who is in danger or of whom nobody knows yet, and one after the
    other for one of the two lower levels.
    """
    able = _who_could(operators, waiting, wave if on_call else None)
    if wave <= ALL:
        able = [one for one in able if one.account_id not in declined]
    if wave < ALL:
        fit = [one for one in able if one.present and one.on_duty and matches(one, waiting) and _free(one, plan)]
        able = _best_first(fit, waiting, women_first=women_first(waiting))[: plan.first_wave]
        return [_choice(one) for one in able]
    return [_choice(one) for one in _best_first(able, waiting)]


def _choice(operator: Operator) -> Choice:
    return Choice(operator.account_id, "board" if operator.present and not operator.by_phone else "phone")


def rested(operators: Sequence[Operator], waiting: Waiting, wave: int) -> list[Operator]:
    """The people without those who rest, as long as somebody who is present and does not rest could answer.

    For a contact in danger so rests who has had enough of them. A pause is never longer than a woman's wait for the
    only person who is there, and whom she spoke with until she was cut off does not rest from her. Nobody is left out
    once everybody else was asked in vain: being there is not answering.
    """
    if wave > ALL:
        return list(operators)
    danger = waiting.level == _DANGER
    awake = [
        one for one in operators if not (one.resting or (one.worn and danger)) or one.account_id == waiting.spoke_with
    ]
    return awake if any(one.present and _able(one, waiting) for one in awake) else list(operators)


def is_silent(states: Sequence[str], tries: int) -> bool:
    """Whether a telephone on which somebody has the line is out of reach: its last offers all rang out unanswered."""
    lately = states[:tries]
    return len(lately) == tries and all(state == "expired" for state in lately)


def speaks_hers(operator: Operator, waiting: Waiting) -> bool:
    """Whether she speaks the caller's language. No language chosen means Turkish."""
    return (waiting.language or "tr") in operator.languages


def _who_could(operators: Iterable[Operator], waiting: Waiting, turn: int | None) -> list[Operator]:
    """Everybody at work who could answer, and whoever is rung at home: for her language, or when the ``turn`` came."""
    able = [one for one in operators if _able(one, waiting)]
    at_work = [one for one in able if one.present or not one.on_call]
    at_home = _best_first([one for one in able if one not in at_work], waiting)
    if turn is None:
        understood = any(speaks_hers(one, waiting) for one in at_work)
        at_home = [] if understood else [one for one in at_home if speaks_hers(one, waiting)]
    elif at_home and waiting.level > _TOGETHER:
        at_home = [at_home[turn % len(at_home)]]
    return at_work + at_home


def why_nobody(operators: Sequence[Operator], waiting: Waiting) -> str | None:
    """Why the rooms above must hear of this contact at once; None while somebody can answer it.

    A text in a language that nobody present reads is offered all the same, and reported besides.
    """
    present = [one for one in operators if one.present and not (one.by_phone and waiting.channel != "voice")]
    if not present:
        return "nobody"
    if not any(_able(one, waiting) for one in present):
        return "busy"
    language = waiting.language or "tr"
    if waiting.channel == "sms" and not any(language in one.languages for one in present):
        return "language"
    return None


def _able(operator: Operator, waiting: Waiting) -> bool:
    """Nobody speaks with two callers; a telephone is rung for callers alone."""
    if waiting.channel == "sms":
        return operator.present and not operator.by_phone
    rota = operator.on_duty or operator.on_call
    return operator.talking == 0 and (operator.present or (rota and operator.has_phone))


def _free(operator: Operator, plan: Plan) -> bool:
    return operator.talking == 0 and operator.texts < plan.texts_at_once


def for_calling_in(operators: Iterable[Operator], waiting: Waiting) -> list[Operator]:
    """Whom to call in to her conversation, the best first: women before others, whatever the language, as for a ring.

    Whoever has her may look for a language or for a person, so nobody is left out.
    """
    best = _best_first(operators, waiting)
    return sorted(best, key=lambda one: _GENDERS.get(one.gender or "", _UNSAID)) if women_first(waiting) else best


def women_first(waiting: Waiting) -> bool:
    """Whether women are asked before others: for every caller who has not said that it need not be one."""
    return waiting.channel == "voice" and not (waiting.anybody_may_answer and not waiting.wants_woman)


def _best_first(operators: Iterable[Operator], waiting: Waiting, *, women_first: bool = False) -> list[Operator]:
    def rank(one: Operator) -> tuple[bool, bool, bool, int, bool, int, float, UUID]:
        idle = one.ready_since.timestamp() if one.ready_since is not None else 0.0
        return (
            # A wish that she told meanwhile comes before knowing each other.
            one.account_id != waiting.spoke_with or not matches(one, waiting),
            not one.present,
            not matches(one, waiting),
            _GENDERS.get(one.gender or "", _UNSAID) if women_first else _UNSAID,
            not one.on_duty,
            one.talking + one.texts,
            idle,
            one.account_id,
        )

    return sorted(operators, key=rank)
