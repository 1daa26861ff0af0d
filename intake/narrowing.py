"""What somebody on a known number may change about how she is reached before it is sure who speaks. Pure.

He who holds her telephone could open a way to her that she closed, or give himself the word by which she is known. So
what forbids more counts at once, whoever says it, and what allows more waits until a person made sure who speaks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from intake.gate_rules import Window

_MINUTES_A_DAY: Final = 24 * 60
_MINUTES_A_WEEK: Final = 7 * _MINUTES_A_DAY
#: From what forbids most: an answer that was never asked for lets a person answer her text for some hours.
_OPENNESS: Final = ("never", "unasked", "neutral", "ok")
_NEITHER_MORE_NOR_LESS: Final = ("who_may_answer", "code_word", "code_word_hint", "cover_story")


@dataclass(frozen=True, slots=True, repr=False)
class Agreed:
    """What she agreed to. ``days`` ISO weekdays, ``from_minute`` and ``to_minute`` after midnight in Istanbul."""

    call: str = "unasked"
    sms: str = "unasked"
    days: Sequence[int] = ()
    from_minute: int | None = None
    to_minute: int | None = None
    who_may_answer: str = ""
    code_word: str = ""
    code_word_hint: str = ""
    cover_story: str | None = None
    on_drop: str = "wait"
    expires_at: datetime | None = None

    @property
    def window(self) -> Window:
        """The days and hours."""
        return Window(frozenset(self.days), self.from_minute, self.to_minute)


def narrowed(before: Agreed, wanted: Agreed) -> tuple[Agreed, tuple[str, ...]]:
    """``wanted`` without what would allow more than ``before``, and the names of what was held back.

    Who may answer, the word and its hint, and the story for others are held back whenever they change: none of them is
    more or less than another. What is to be done when the line drops is hers who is on it now and is taken as said.
    ``before`` holds no word (nobody can read it), so an empty one changes nothing.
    """
    kept = wanted
    held: list[str] = []
    if _OPENNESS.index(wanted.call) > _OPENNESS.index(before.call):
        kept = replace(kept, call=before.call)
        held.append("call")
    if _OPENNESS.index(wanted.sms) > _OPENNESS.index(before.sms):
        kept = replace(kept, sms=before.sms)
        held.append("sms")
    if minutes_of(wanted.window) & ~minutes_of(before.window):
        kept = replace(kept, days=before.days, from_minute=before.from_minute, to_minute=before.to_minute)
        held.append("when")
    new_words = (wanted.who_may_answer, wanted.code_word, wanted.code_word_hint, wanted.cover_story)
    old_words = (before.who_may_answer, before.code_word, before.code_word_hint, before.cover_story)
    held += [name for name, new, old in zip(_NEITHER_MORE_NOR_LESS, new_words, old_words, strict=True) if new != old]
    kept = replace(
        kept,
        who_may_answer=before.who_may_answer,
        code_word=before.code_word,
        code_word_hint=before.code_word_hint,
        cover_story=before.cover_story,
    )
    if before.expires_at is not None and (wanted.expires_at is None or wanted.expires_at > before.expires_at):
        kept = replace(kept, expires_at=before.expires_at)
        held.append("expires_at")
    return kept, tuple(held)


def minutes_of(window: Window) -> int:
    """The minutes of a week that lie in the window, as bits; the lowest is Monday's first minute in Istanbul."""
    since, until = window.since or 0, _MINUTES_A_DAY if window.until is None else window.until
    length = until - since if since < until else until - since + _MINUTES_A_DAY
    found = 0
    for day in window.days or range(1, 8):
        found |= ((1 << length) - 1) << ((day - 1) * _MINUTES_A_DAY + since)
    # A Sunday's window that passes midnight goes on in Monday's first minutes.
    return (found | found >> _MINUTES_A_WEEK) & ((1 << _MINUTES_A_WEEK) - 1)
