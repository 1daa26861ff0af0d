"""Words of danger in a text: they raise its level before anybody has read it, and never lower it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

from core.catalogue import Catalogue, Entry, Text, load_catalogue
from core.text import fold_tr

Language = Literal["tr", "en", "ar", "ku"]

# "and", "then", "with", "for", "like" and the article are written together with the next word in Arabic.
_ARABIC_PREFIX: Final = "[وف]?[بلك]?(?:ال)?"
_WORD: Final = re.compile(r"\w+")
_PART: Final = re.compile(r"[\w*]+")
#: Whatever begins with a later letter is of a script in which the patterns are asked at once.
_LAST_LATIN: Final = "\u024f"


class Denials(Entry):
    """Words that deny what stands beside them."""

    after: dict[Language, tuple[Text, ...]]
    before: dict[Language, tuple[Text, ...]]
    fillers: tuple[Text, ...]


class DangerGroup(Entry):
    """Words of one kind, and the level they raise a text to."""

    code: Text
    level: Literal[1, 2]
    deniable: bool = False
    words: dict[Language, tuple[Text, ...]]


class DangerWords(Catalogue):
    """The catalogue of danger words."""

    needs_review: tuple[Language, ...]
    denials: Denials
    groups: tuple[DangerGroup, ...]


@dataclass(frozen=True, slots=True)
class DangerMatch:
    """The most urgent thing found: the level it calls for, the group's code, and the language of the words."""

    level: int
    code: str
    language: Language


@cache
def catalogue() -> DangerWords:
    """The validated catalogue; read once, at start."""
    return load_catalogue(Path(__file__).parent / "catalogue" / "danger_words.yaml", DangerWords)


@cache
def group_codes() -> frozenset[str]:
    """The codes under which danger words raise a level."""
    return frozenset(group.code for group in catalogue().groups)


def danger_words(text: str) -> DangerMatch | None:
    """The most urgent danger words in `text`, in any of the four languages, or None.

    None is no reassurance: it must never lower a level.
    """
    folded = fold_tr(text)
    if not _may_hold_any(folded):
        return None
    for match, pattern in _patterns():
        if any(found["found"] for found in pattern.finditer(folded)):
            return match
    return None


def _may_hold_any(folded: str) -> bool:
    """Whether all words of something that is looked for stand here: nearly every text is done with after this.

    The patterns then say whether they stand beside each other, and undenied. Of an Arabic word nothing is said here,
    because small words are written together with it.
    """
    entries, lengths = _by_part()
    found = set[str]()
    for word in set(_WORD.findall(folded)):
        if word[0] > _LAST_LATIN:
            return True
        beginnings = (word[:length] + "*" for length in lengths)
        found.update(part for part in (word, *beginnings) if part in entries)
    return any(parts <= found for part in found for parts in entries[part])


@cache
def _by_part() -> tuple[dict[str, list[frozenset[str]]], tuple[int, ...]]:
    """What is looked for, as its words, by each of them; and how long those are of which the beginning will do."""
    entries: dict[str, list[frozenset[str]]] = {}
    for group in catalogue().groups:
        for entry in (entry for words in group.words.values() for entry in words):
            parts = frozenset(_PART.findall(fold_tr(entry)))
            for part in parts:
                entries.setdefault(part, []).append(parts)
    return entries, tuple(sorted({len(part) - 1 for part in entries if part.endswith("*")}))


def raised(level: int, match: DangerMatch | None) -> int:
    """`level` after the words were looked at: the more urgent of the two (1 is the most urgent)."""
    return level if match is None else min(level, match.level)


@cache
def _patterns() -> tuple[tuple[DangerMatch, re.Pattern[str]], ...]:
    groups = sorted(catalogue().groups, key=lambda group: group.level)
    return tuple(
        (DangerMatch(group.level, group.code, language), _pattern(group, language, words))
        for group in groups
        for language, words in group.words.items()
    )


def _pattern(group: DangerGroup, language: Language, words: tuple[str, ...]) -> re.Pattern[str]:
    found = "|".join(_entry(word, language) for word in words)
    whole = rf"(?<!\w)(?:{found})(?!\w)"
    if not group.deniable:
        return re.compile(rf"(?P<found>{whole})")
    denials = catalogue().denials
    after = "|".join(_entry(word, language) for words in denials.after.values() for word in words)
    before = "|".join(_entry(word, language) for words in denials.before.values() for word in words)
    fillers = "|".join(_entry(word, language) for word in denials.fillers)
    # A denial is consumed together with its word, so that only an undenied one is captured. A comma or a full
    # stop between them ends the breath: "no, he has a knife" is not denied.
    # "değil mi" asks for agreement and denies nothing.
    denied = rf"(?<!\w)(?:{before}) (?:(?:{fillers}) ){{0,2}}{whole}|{whole} (?:{after})(?!\w)(?! m[iu])"
    return re.compile(rf"{denied}|(?P<found>{whole})")


def _entry(word: str, language: Language) -> str:
    parts = [_stem(part, language) for part in _PART.findall(fold_tr(word))]
    return r"\W+".join(parts)


def _stem(part: str, language: Language) -> str:
    stem = re.escape(part.rstrip("*")) + (r"\w*" if part.endswith("*") else "")
    return _ARABIC_PREFIX + stem if language == "ar" else stem
