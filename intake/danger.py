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

# "and", "then", "with", "for", "like", "will" and the article are written together with the next word in Arabic.
_SMALL_WORDS: Final = (("و", "ف"), ("ب", "ل", "ك", "س"), ("ال",))
_ARABIC_PREFIX: Final = "".join(f"(?:{'|'.join(small)})?" for small in _SMALL_WORDS)
# Who cries holds the key down: "imdattt", "heeelp". No word of the four languages has a letter three times in a row.
_HELD_DOWN: Final = re.compile(r"([^\W\d_])\1{2,}")
_WORD: Final = re.compile(r"\w+")
_PART: Final = re.compile(r"[\w*]+")
#: Whatever begins with a later letter is of another script.
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
    #: Only as the whole text.
    alone: bool = False
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
    readings = [(folded, _worth_asking(folded)) for folded in _readings(text)]
    for place, (match, pattern) in enumerate(_patterns()):
        for folded, places in readings:
            if place in places and any(found["found"] for found in pattern.finditer(folded)):
                return match
    return None


def _readings(text: str) -> list[str]:
    """The folded text; one that was written with a key held down also with the letter once and twice ("killl")."""
    folded = fold_tr(text)
    return list(dict.fromkeys((_HELD_DOWN.sub(r"\1", folded), _HELD_DOWN.sub(r"\1\1", folded))))


def _worth_asking(folded: str) -> set[int]:
    """The patterns of which all words of an entry stand here, by place: nearly every text is done with after this.

    A pattern then says whether they stand beside each other, and undenied.
    """
    entries, lengths = _by_part()
    found = set[str]()
    for word in set(_WORD.findall(folded)):
        for form in _without_prefixes(word):
            beginnings = (form[:length] + "*" for length in lengths)
            found.update(part for part in (form, *beginnings) if part in entries)
    return {place for part in found for parts, place in entries[part] if parts <= found}


def _without_prefixes(word: str) -> set[str]:
    """The word, and what is left of an Arabic one without each of the small words that may be written with it."""
    forms = {word}
    if word[0] > _LAST_LATIN:
        for small in _SMALL_WORDS:
            forms |= {form[len(one) :] for form in forms for one in small if form.startswith(one)}
    return forms - {""}


@cache
def _by_part() -> tuple[dict[str, list[tuple[frozenset[str], int]]], tuple[int, ...]]:
    """Entries, as their words and their pattern's place, by each word; and how long those are that are beginnings."""
    entries: dict[str, list[tuple[frozenset[str], int]]] = {}
    for place, (_group, _language, words) in enumerate(_ordered()):
        for entry in words:
            parts = frozenset(_PART.findall(fold_tr(entry)))
            for part in parts:
                entries.setdefault(part, []).append((parts, place))
    return entries, tuple(sorted({len(part) - 1 for part in entries if part.endswith("*")}))


def raised(level: int, match: DangerMatch | None) -> int:
    """`level` after the words were looked at: the more urgent of the two (1 is the most urgent)."""
    return level if match is None else min(level, match.level)


def _ordered() -> list[tuple[DangerGroup, Language, tuple[str, ...]]]:
    """The words of one group and language each, the most urgent first."""
    groups = sorted(catalogue().groups, key=lambda group: group.level)
    return [(group, language, words) for group in groups for language, words in group.words.items()]


@cache
def _patterns() -> tuple[tuple[DangerMatch, re.Pattern[str]], ...]:
    return tuple(
        (DangerMatch(group.level, group.code, language), _pattern(group, language, words))
        for group, language, words in _ordered()
    )


def _pattern(group: DangerGroup, language: Language, words: tuple[str, ...]) -> re.Pattern[str]:
    found = "|".join(_entry(word, language) for word in words)
    whole = rf"(?<!\w)(?:{found})(?!\w)"
    if group.alone:
        return re.compile(rf"\A\W*(?P<found>{whole})\W*\Z")
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
