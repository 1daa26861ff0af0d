"""The words of the demonstration's month, from the catalogue."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from core.catalogue import Catalogue, Entry, Text, load_catalogue
from escalation.cases.register.catalogues import Authority

_PATH = Path(__file__).parent / "catalogue" / "demo_words.yaml"


class WaitingThread(Entry):
    """A thread that nobody has taken when the demonstration begins."""

    language: Text
    level: int
    #: How long ago its last text came.
    minutes: int
    texts: tuple[Text, ...]


class CaseWords(Entry):
    """What is written in a case."""

    title: Text
    notes: tuple[Text, ...]
    tasks: tuple[Text, ...]


class DecisionWords(Entry):
    """A decision of the register, with its service of notice and its breach where there are some."""

    kind: Authority
    authority: Text
    docket: Text
    days_ago: int
    #: Hours from an urgent decision of the police to its approval.
    approved_after: int = 0
    days: int
    codes: tuple[str, ...]
    served_after: int | None = None
    breach_days_ago: int | None = None
    breach: str = ""
    detention_days: int = 0


class ManyWords(Entry):
    """What is the same in very many made-up cases; ``{}`` stands for a province or a number."""

    authorities: dict[Authority, tuple[Text, ...]]
    protected: Text
    against: Text


class Words(Catalogue):
    """Everything that somebody in the demonstration said or wrote."""

    threads: dict[str, tuple[tuple[Text, ...], ...]]
    waiting: tuple[WaitingThread, ...]
    summaries: dict[int, tuple[Text, ...]]
    cases: tuple[CaseWords, ...]
    decisions: tuple[DecisionWords, ...]
    many: ManyWords
    legal_note: Text
    page_reason: Text


@cache
def words() -> Words:
    """The catalogue, read once."""
    return load_catalogue(_PATH, Words)
