"""The shape of the periods' catalogue, checked when a process starts."""

from __future__ import annotations

import re
from datetime import time, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple, Self

from pydantic import Field, field_validator, model_validator

from core.catalogue import Catalogue, Entry, Label, Text, load_catalogue

FILE: Final = Path(__file__).with_name("catalogue") / "deadlines.yaml"

Unit = Literal["minutes", "hours", "days", "working_days", "weeks", "months", "years", "decided", "at_start"]
Mark = Literal["VERIFIED", "BELIEVED", "OURS"]
Whose = Literal["hers", "theirs"]
_TERM: Final = re.compile(r"(\d{1,4}) (minute|hour|day|working_day|week|month|year)s?")
_OFFSET: Final = re.compile(
    r"(?:at (?P<at>opening|unrolled end|end)|(?P<day>on the day|last working day)|every (?P<yearly>1 January)"
    r"|(?P<side>before|after|every) (?P<n>\d{1,4}) (?P<unit>minute|hour|day)s?)(?: if (?P<variant>\w+))?",
)
#: Units whose length is a time of the clock, not a number of days.
CLOCK_UNITS: Final = frozenset({"minutes", "hours"})
_SECONDS: Final = {"minutes": 60, "hours": 3600, "days": 86_400}


class Term(NamedTuple):
    """A length: so many units; ``decided`` (a day written in a decision) and ``at_start`` count none."""

    n: int
    unit: Unit


class Offset(NamedTuple):
    """When a reminder comes, against the beginning or the end of a period.

    ``kind``: opening, end, unrolled, day, last_working_day, before, after, every, new_year.
    """

    kind: str
    n: int = 0
    unit: str = "days"
    variant: str = ""

    @property
    def span(self) -> timedelta:
        """The length of ``n`` units."""
        return timedelta(seconds=self.n * _SECONDS[self.unit])


def parse_term(words: str) -> Term:
    """A length as the catalogue writes it: ``48 hours``, ``1 working_day``, ``decided``. Raises ValueError."""
    if words in {"decided", "at_start"}:
        return Term(0, "decided" if words == "decided" else "at_start")
    found = _TERM.fullmatch(words)
    if found is None:
        raise ValueError(f"no length: {words}")
    return Term(int(found[1]), f"{found[2]}s")  # type: ignore[arg-type]


def parse_offset(words: str) -> Offset:
    """When a reminder comes, as the catalogue writes it: ``before 3 days``, ``at opening``. Raises ValueError."""
    found = _OFFSET.fullmatch(words)
    if found is None:
        raise ValueError(f"no moment: {words}")
    variant = found["variant"] or ""
    if found["at"]:
        return Offset(found["at"].partition(" ")[0], variant=variant)
    if found["day"]:
        return Offset("day" if found["day"] == "on the day" else "last_working_day", variant=variant)
    if found["yearly"]:
        return Offset("new_year", variant=variant)
    return Offset(found["side"], int(found["n"]), f"{found['unit']}s", variant)


def _span(words: str) -> timedelta:
    term = parse_term(words)
    if term.unit not in _SECONDS:
        raise ValueError(f"no time: {words}")
    return timedelta(seconds=term.n * _SECONDS[term.unit])


class Snooze(Entry):
    """How far and how often a reminder may be put off."""

    longest: Text
    times: Annotated[int, Field(ge=0, le=9)]

    @cached_property
    def span(self) -> timedelta:
        """The longest time it may be put off at once."""
        return _span(self.longest)


class Rule(Entry):
    """One period: when it begins, how long it is, how its end is rounded, who is told and what ends it."""

    key: Annotated[str, Field(pattern=r"[a-z_]{3,40}")]
    title: Label
    whose: Whose
    start: Annotated[tuple[Text, ...], Field(min_length=1)]
    length: dict[str, Text]
    ends: Literal["midnight", "office", "moment"]
    roll: bool
    safe: Literal["same_day", "day_before"]
    court: bool
    at_end: Literal["unknown", "met", "stays"]
    reminders: Annotated[tuple[Text, ...], Field(min_length=1)]
    keep_day: bool = False
    ladder: Annotated[tuple[Annotated[tuple[Text, ...], Field(min_length=1)], ...], Field(min_length=1)]
    climb: Text
    snooze: Snooze
    page: bool
    day_at: time | None = None
    release_page: bool = False
    task: Text | None = None
    tasks: dict[str, Text] = Field(default_factory=dict)
    begins: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    closes: Annotated[tuple[Text, ...], Field(min_length=1)]
    cancels: tuple[Text, ...] = ()
    mark: Mark
    source: Text
    if_wrong: Text

    @cached_property
    def terms(self) -> dict[str, Term]:
        """The length of each variant."""
        return {name: parse_term(words) for name, words in self.length.items()}

    @cached_property
    def offsets(self) -> tuple[tuple[str, Offset], ...]:
        """The reminders with the words that name them."""
        return tuple((words, parse_offset(words)) for words in self.reminders)

    @cached_property
    def climb_span(self) -> timedelta:
        """How long each step of the ladder waits for an acknowledgement."""
        return _span(self.climb)

    def term(self, variant: str) -> Term | None:
        """The length of a variant, else the usual one; ``None`` where the law counts no days."""
        return self.terms.get(variant) or self.terms.get("default")

    @model_validator(mode="after")
    def _readable(self) -> Self:
        reminders = dict(self.offsets)
        if set(self.tasks) - set(reminders):
            raise ValueError(f"{self.key}: a task of no reminder")
        if set(self.begins) - set(reminders) or any(step >= len(self.ladder) for step in self.begins.values()):
            raise ValueError(f"{self.key}: a reminder that begins nowhere")
        if self.terms and "default" not in self.terms:
            raise ValueError(f"{self.key}: no usual length")
        if not self.terms and self.at_end != "stays":
            raise ValueError(f"{self.key}: no length, no end")
        if self.climb_span <= timedelta(0) or self.snooze.span <= timedelta(0):
            raise ValueError(f"{self.key}: no time to wait")
        return self


class StepWords(Label):
    """The words of one step of a reckoning, and what it stands on."""

    source: Text
    mark: Mark


class TaskWords(Label):
    """The words of a task; ``safe_window``: it is done with her, so its time lies inside her safe window.

    ``done_by``: the recorded acts that say it is done, or that nothing is left of it.
    """

    safe_window: bool = False
    done_by: Annotated[tuple[Text, ...], Field(min_length=1)]


class Office(Entry):
    """Hours in which every office and court can be taken to be open."""

    opens: time
    closes: time
    half_day_closes: time


class ClosureCheck(Entry):
    """The check before closed days."""

    at: time
    late: time
    late_on_half_day: time
    closed_days: Annotated[int, Field(ge=2)]


class DeadlinesFile(Catalogue):
    """Every period, the words of its steps and its tasks."""

    office: Office
    reminders_at: time
    closure_check: ClosureCheck
    detention_shares: tuple[Annotated[int, Field(gt=0)], ...]
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]
    tasks: dict[str, TaskWords]
    steps: dict[str, StepWords]
    bases: dict[str, Label]
    weekend: Label

    @field_validator("rules")
    @classmethod
    def _once(cls, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        if len({rule.key for rule in rules}) != len(rules):
            raise ValueError("a key stands twice")
        return rules

    @model_validator(mode="after")
    def _worded(self) -> Self:
        tasks = {task for rule in self.rules for task in (rule.task, *rule.tasks.values()) if task}
        bases = {basis for rule in self.rules for basis in rule.start}
        wordless = (tasks - set(self.tasks)) | (bases - set(self.bases))
        if wordless:
            raise ValueError(f"without words: {sorted(wordless)}")
        return self

    @cached_property
    def by_key(self) -> dict[str, Rule]:
        """The rules by their keys."""
        return {rule.key: rule for rule in self.rules}


@cache
def deadlines_file() -> DeadlinesFile:
    """The shipped periods. Raises :class:`core.catalogue.CatalogueError` when the file is wrong."""
    return load_catalogue(FILE, DeadlinesFile)


def rule_of(key: str) -> Rule:
    """One period by its key. Raises ``KeyError`` for one that the catalogue does not know."""
    return deadlines_file().by_key[key]
