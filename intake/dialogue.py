"""What the machine answers to a text of hers, if anything: one neutral sentence, and after a yes one question.

Pure. It only ever answers; whatever is no clear yes or no is a person's to read, and a person answers in any case.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final, Literal

from core.catalogue import Catalogue, Text, load_catalogue
from core.text import digits_to_ascii, fold_tr

Answer = Literal["yes", "no"]

#: The first answer goes once in this time; a telephone that beeps at each text is heard by whoever is in the room.
FIRST_EVERY_S: Final = 12 * 3600
#: So many texts of the machine within so long.
QUESTIONS: Final = 3
WITHIN_S: Final = 30 * 60
FIRST: Final = "discreet"
#: What a yes to each question leads to.
_NEXT: Final = {FIRST: "good_time"}


class YesNo(Catalogue):
    """The words of a yes and a no."""

    answers: dict[Answer, tuple[Text, ...]]


@cache
def _answers() -> dict[str, Answer]:
    found = load_catalogue(Path(__file__).parent / "catalogue" / "yes_no.yaml", YesNo)
    return {fold_tr(word): answer for answer, words in found.answers.items() for word in words}


def yes_or_no(text: str) -> Answer | None:
    """The answer that the whole text is, in any script and the usual misspellings; None where a person must read it."""
    return _answers().get(fold_tr(digits_to_ascii(text)).strip(" .,!'\"()"))


def follows(text: str, said: Sequence[tuple[str, datetime]], now: datetime) -> str | None:
    """The phrase that goes now, if any; ``said`` is what the machine wrote to her number lately, newest first.

    What she answers stands in the thread; what it means for her a person decides.
    """
    if not said:
        return FIRST
    question, asked_at = said[0]
    lately = [at for _, at in said if (now - at).total_seconds() <= WITHIN_S]
    if asked_at not in lately or len(lately) >= QUESTIONS or yes_or_no(text) != "yes":
        return None
    return _NEXT.get(question)
