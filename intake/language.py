"""The language of a text, guessed from its script and its small words, so that somebody who reads it is asked for.

A guess and no more: whoever answers sees it and changes it. None where nothing speaks for one language more than for
the others, and for a script that none of the four is written in.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Final

from core.catalogue import Catalogue, Text, load_catalogue
from core.text import fold_tr
from intake.danger import Language

_WORD: Final = re.compile(r"[^\W\d_]+")
#: Arabic letters, and those of Persian, Urdu and Sorani that Arabic does not have.
_ARABIC: Final = re.compile(r"[\u0621-\u064a]")
_NOT_ARABIC: Final = re.compile(r"[\u067e\u0686\u0698\u06af\u06b5\u06c6\u06ce\u06d2\u06a9\u06cc\u0679\u0688\u0691]")
#: A shorter word tells nothing by its ending.
_LONG: Final = 5


class LanguageWords(Catalogue):
    """What each language is known by."""

    letters: dict[Language, Text]
    words: dict[Language, tuple[Text, ...]]
    endings: dict[Language, tuple[Text, ...]]


@cache
def catalogue() -> LanguageWords:
    """The validated catalogue; read once, at start."""
    return load_catalogue(Path(__file__).parent / "catalogue" / "language_words.yaml", LanguageWords)


def guess_language(text: str) -> Language | None:
    """The language that most speaks for, or None."""
    if _NOT_ARABIC.search(text):
        return None
    arabic, latin = len(_ARABIC.findall(text)), len(re.findall(r"[A-Za-z\u00c0-\u024f]", text))
    if arabic > latin:
        return "ar"
    told = _told_by(text).most_common()
    clear = bool(told) and (len(told) == 1 or told[0][1] > told[1][1])
    return told[0][0] if clear else None


def _told_by(text: str) -> Counter[Language]:
    found: Counter[Language] = Counter()
    for word in _WORD.findall(text):
        folded = fold_tr(word)
        found.update(_words().get(folded, ()))
        found.update(language for language, letters in catalogue().letters.items() if set(word) & set(letters))
        if len(folded) >= _LONG:
            found.update(language for language, endings in _endings().items() if folded.endswith(endings))
    return found


@cache
def _words() -> dict[str, list[Language]]:
    known: dict[str, list[Language]] = {}
    for language, words in catalogue().words.items():
        for word in words:
            known.setdefault(fold_tr(word), []).append(language)
    return known


@cache
def _endings() -> dict[Language, tuple[str, ...]]:
    return {language: tuple(fold_tr(one) for one in endings) for language, endings in catalogue().endings.items()}
