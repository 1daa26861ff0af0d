"""How urgent a contact is, and who may say that it is less urgent. Pure; the data is in screening.yaml.

Level 1 is danger, 2 urgent, 3 support, 4 information: a smaller number is more urgent. Three things
hold whatever the data says. An answer that is not known never makes a contact less urgent than a "no".
A screening that is not finished is never less urgent than level 2. Nothing but a person with a written
reason makes a triaged contact less urgent, and for level 1 a shift lead must agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from intake.screening import Answers, Rule, Screening, screening

DANGER: Final = 1
URGENT: Final = 2
SUPPORT: Final = 3
INFORMATION: Final = 4

#: Every contact before anybody has triaged it.
BEFORE_TRIAGE: Final = URGENT

#: A text that comes longer after the check may be somebody else's: a telephone is laid down and taken up. So many hours
#: where the centre set nothing else.
SILENT_HOURS: Final = 12

LoweringRefusal = Literal["reason_missing", "lead_missing"]


@dataclass(frozen=True, slots=True)
class Level:
    """What an assessment says: the level, the code of the rule that decided, and whether all was asked."""

    level: int
    rule: str
    finished: bool

    @property
    def explanation(self) -> str:
        """Why, in a sentence of the current language."""
        return explain(self.rule)


def assess(answers: Answers, questions: Screening | None = None) -> Level:
    """The level that `answers` call for: item code to answer code; an item that was not asked is absent.

    Raises ValueError for an item or answer that `questions` (the shipped screening unless given) does not know.
    """
    known = questions or screening()
    check_answers(answers, known)
    finished = all(item.code in answers for item in known.items)
    rule = _first(answers, known)
    if not finished and rule.level > known.unfinished.level:
        rule = known.unfinished
    return Level(rule.level, rule.code, finished)


def check_answers(answers: Answers, questions: Screening) -> None:
    """Raise ValueError if `answers` holds an item or answer that `questions` does not know."""
    possible = {item.code: item.answers for item in (*questions.items, *questions.marks)}
    for item, answer in answers.items():
        if item not in possible:
            raise ValueError(f"no item {item}")
        if answer not in possible[item]:
            raise ValueError(f"no such answer to {item}")


def _first(answers: Answers, questions: Screening) -> Rule:
    return next((rule for rule in questions.rules if rule.holds(answers)), questions.information)


def explain(rule: str, questions: Screening | None = None) -> str:
    """The sentence that belongs to a rule's code, in the current language; empty for a code of another origin."""
    known = questions or screening()
    return next((str(one.explanation) for one in known.every_rule() if one.code == rule), "")


def level_after(current: int, assessed: Level, *, triaged: bool) -> int:
    """The level a contact of level `current` has after an assessment.

    An assessment always raises. It lowers only the level that every contact has before triage, and only
    when it is finished; any other lowering is an act of a person, see lowering_allowed.
    """
    if assessed.level <= current:
        return assessed.level
    if triaged or not assessed.finished or current < BEFORE_TRIAGE:
        return current
    return assessed.level


def lowering_refusal(current: int, new: int, *, reason: str, lead_agrees: bool) -> LoweringRefusal | None:
    """Why a person may not change `current` to the less urgent `new`, or None if she may.

    `lead_agrees`: she is a shift lead or director, or one has agreed. Raising is always allowed.
    """
    if new <= current:
        return None
    if not reason.strip():
        return "reason_missing"
    if current == DANGER and not lead_agrees:
        return "lead_missing"
    return None


def lowering_allowed(current: int, new: int, *, reason: str, lead_agrees: bool) -> bool:
    """Whether a person may change `current` to `new`; see lowering_refusal for the reason."""
    return lowering_refusal(current, new, reason=reason, lead_agrees=lead_agrees) is None


def check_holds(checked_at: datetime, last_text_at: datetime | None, silent_hours: int = SILENT_HOURS) -> bool:
    """Whether it is still sure who speaks. In a call it is; who writes may be somebody else after a long silence."""
    return last_text_at is None or (last_text_at - checked_at).total_seconds() <= silent_hours * 3600
