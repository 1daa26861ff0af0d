"""The questions and rules of the first assessment, as typed data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from core.catalogue import Catalogue, Entry, Label, Text, load_catalogue

Answers = Mapping[str, str]


class Item(Entry):
    """One question and the answers it knows."""

    code: Text
    question: Label
    answers: tuple[Text, ...]


class Condition(Entry):
    """Holds if at least so many of the items have one of the answers."""

    items: tuple[Text, ...]
    answers: tuple[Text, ...]
    at_least: Annotated[int, Field(ge=1)] = 1

    def holds(self, answers: Answers) -> bool:
        """Whether `answers` fulfil this condition."""
        return sum(answers.get(item) in self.answers for item in self.items) >= self.at_least


class Rule(Entry):
    """The level that follows if all conditions hold, and the sentence that says why."""

    code: Text
    level: Annotated[int, Field(ge=1, le=4)]
    when: tuple[Condition, ...]
    explanation: Label

    def holds(self, answers: Answers) -> bool:
        """Whether `answers` fulfil every condition."""
        return all(condition.holds(answers) for condition in self.when)


class Screening(Catalogue):
    """The whole screening: items in the order of asking, marks, and rules, most urgent first."""

    version: int
    title: Label
    notice: Label
    answers: dict[Text, Label]
    items: tuple[Item, ...]
    marks: tuple[Item, ...]
    rules: tuple[Rule, ...]
    unfinished: Rule
    information: Rule

    @model_validator(mode="after")
    def _check(self) -> Screening:
        asked = {item.code: set(item.answers) for item in (*self.items, *self.marks)}
        if len(asked) != len(self.items) + len(self.marks):
            raise ValueError("an item stands twice")
        for code, answers in asked.items():
            if not answers <= set(self.answers):
                raise ValueError(f"{code}: an answer has no name")
        for rule in self.rules:
            self._check_rule(rule, asked)
        levels = [rule.level for rule in self.rules]
        if levels != sorted(levels):
            raise ValueError("a less urgent rule stands before a more urgent one")
        if len({rule.code for rule in self.every_rule()}) != len(self.every_rule()):
            raise ValueError("a rule stands twice")
        return self

    @staticmethod
    def _check_rule(rule: Rule, asked: Mapping[str, set[str]]) -> None:
        if not rule.when:
            raise ValueError(f"{rule.code}: holds always")
        for condition in rule.when:
            for item in condition.items:
                if item not in asked:
                    raise ValueError(f"{rule.code}: there is no item {item}")
            possible = set[str]().union(*(asked[item] for item in condition.items))
            if not set(condition.answers) <= possible:
                raise ValueError(f"{rule.code}: an answer that none of its items knows")

    def every_rule(self) -> tuple[Rule, ...]:
        """The rules together with the two that stand for none: unfinished and information."""
        return (*self.rules, self.unfinished, self.information)


@cache
def screening() -> Screening:
    """The shipped screening; read once, at start."""
    return load_catalogue(Path(__file__).parent / "catalogue" / "screening.yaml", Screening)
