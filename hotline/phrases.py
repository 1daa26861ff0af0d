"""The phrases of the telephone, in the languages of those who call.

A prompt is asked for by key and language and falls back to Turkish, because a call must never end
for want of a translation. Which texts may be sent automatically is data; the gate decides whether.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

from pydantic import model_validator

from core.catalogue import Catalogue, Entry, Text, load_catalogue

Language = Literal["tr", "en", "ar", "ku"]
TextLanguage = Literal["tr", "tr_ascii", "en", "ar", "ku"]
Medium = Literal["voice", "sms"]
Use = Literal["prompt", "automatic", "card", "staff"]

#: In the order of the greeting's keys 1 to 4.
LANGUAGES: Final[tuple[Language, ...]] = ("tr", "en", "ar", "ku")
FALLBACK: Final = "tr"


class PhraseEntry(Entry):
    """One phrase with its texts."""

    key: Text
    medium: Medium
    use: Use
    texts: dict[TextLanguage, Text]
    parameters: tuple[str, ...] = ()
    needs_review: tuple[Language, ...] = ()
    recording_needed: tuple[Language, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> PhraseEntry:
        if FALLBACK not in self.texts:
            raise ValueError(f"{self.key}: there is no Turkish text to fall back to")
        if self.use != "staff" and not set(LANGUAGES) <= set(self.texts):
            raise ValueError(f"{self.key}: callers' phrases are in all four languages")
        for language, text in self.texts.items():
            fields = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
            if fields != set(self.parameters):
                raise ValueError(f"{self.key}.{language}: the places are not {', '.join(self.parameters) or 'none'}")
        return self


class Phrases(Catalogue):
    """The catalogue of phrases."""

    phrases: tuple[PhraseEntry, ...]

    @model_validator(mode="after")
    def _check(self) -> Phrases:
        keys = [entry.key for entry in self.phrases]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ValueError(f"twice: {', '.join(twice)}")
        return self


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase in one language, as it is spoken or sent."""

    key: str
    medium: Medium
    use: Use
    #: The language of `text`, which is Turkish where the asked one does not exist.
    language: TextLanguage
    text: str
    parameters: tuple[str, ...]
    #: No native speaker has checked this text yet.
    needs_review: bool
    #: No voice of the carrier speaks this language: play a recording if there is one.
    recording_needed: bool

    def fill(self, **values: str | int) -> str:
        """The text with its places filled. Raises ValueError unless exactly its parameters are given."""
        if set(values) != set(self.parameters):
            raise ValueError(f"{self.key} takes: {', '.join(self.parameters) or 'nothing'}")
        return self.text.format(**values)


@cache
def catalogue() -> Phrases:
    """The validated catalogue; read once, at start."""
    return load_catalogue(Path(__file__).parent / "catalogue" / "phrases.yaml", Phrases)


@cache
def _entries() -> dict[str, PhraseEntry]:
    return {entry.key: entry for entry in catalogue().phrases}


@cache
def phrase(key: str, language: str = FALLBACK) -> Phrase:
    """The phrase `key` in `language` (tr, tr_ascii, en, ar, ku), or in Turkish where there is none.

    Raises KeyError for an unknown key: keys are written in code and tested.
    """
    entry = _entries()[key]
    chosen: TextLanguage = FALLBACK
    for known in entry.texts:
        if known == language:
            chosen = known
    return Phrase(
        key=key,
        medium=entry.medium,
        use=entry.use,
        language=chosen,
        text=entry.texts[chosen],
        parameters=entry.parameters,
        needs_review=chosen in entry.needs_review,
        recording_needed=chosen in entry.recording_needed,
    )


def cards(language: str) -> tuple[Phrase, ...]:
    """The texts a person may choose to send, in `language`, in the order of the catalogue."""
    return tuple(phrase(entry.key, language) for entry in catalogue().phrases if entry.use == "card")
