"""Whether a text asks us to stop texting. Only a whole message can; "dur" may be a cry."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from core.catalogue import Catalogue, Text, load_catalogue
from core.text import fold_tr


class OptOut(Catalogue):
    """The words that end our texts, by language."""

    words: dict[str, tuple[Text, ...]]


@cache
def catalogue() -> OptOut:
    """The validated catalogue; read once."""
    return load_catalogue(Path(__file__).parent / "catalogue" / "opt_out.yaml", OptOut)


@cache
def _words() -> frozenset[str]:
    return frozenset(fold_tr(word) for words in catalogue().words.values() for word in words)


def is_opt_out(text: str) -> bool:
    """Whether the whole of `text` is an opt-out, in any case and spelling.

    A full stop at the end and quotation marks around it are forgiven; an exclamation mark or any
    further word makes it something that a person has to read.
    """
    return fold_tr(text).strip("\"' ").removesuffix(".").strip("\"' ") in _words()
