"""The shape of the petitions' catalogue: templates with placeholders by name, checked when a process starts."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from core.catalogue import Catalogue, Entry, Label, Text, load_catalogue
from escalation.cases.register.catalogues import Mark
from escalation.cases.register.rules.applications import Purpose

FOLDER: Final = Path(__file__).with_name("catalogue")
PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")

#: Placeholders with one value.
SINGLE: Final = (
    *("authority", "applicant", "national_id", "address", "against", "centre", "today", "statement"),
    *("decision_authority", "decision_date", "decision_docket", "decision_number", "decision_end", "detention_before"),
)
#: Placeholders with a list of values.
MANY: Final = ("requested", "decided", "breaches")
KNOWN: Final = frozenset((*SINGLE, *MANY))

Style = Literal["authority", "title", "heading", "fact", "text", "item", "small", "signature"]
#: ``asked``: secrecy is asked for by this very petition.
When = Literal["always", "secret", "open", "asked"]


class Part(Entry):
    """A paragraph of a petition, and when it is written."""

    style: Style
    text: Text
    when: When = "always"
    each: str = ""
    given: str = ""
    by_hand: bool = False

    @property
    def places(self) -> frozenset[str]:
        """The placeholders of its text."""
        return frozenset(PLACEHOLDER.findall(self.text))

    @model_validator(mode="after")
    def _known(self) -> Self:
        named = self.places | {name for name in (self.each, self.given) if name}
        if named - KNOWN:
            raise ValueError(f"unknown placeholders: {', '.join(sorted(named - KNOWN))}")
        if self.each and self.each not in MANY:
            raise ValueError(f"{self.each} is no list")
        if (self.places & set(MANY)) - {self.each}:
            raise ValueError("a list stands in a part that is written once")
        if "address" in self.places and self.when != "open":
            raise ValueError("her address stands in a part that is not left out under secrecy")
        return self


class Petition(Entry):
    """One kind of petition; ``version`` rises with every change of its words."""

    code: Purpose
    version: Annotated[int, Field(ge=1)]
    mark: Mark
    source: Text
    title: Label
    parts: Annotated[tuple[Part, ...], Field(min_length=1)]


class Petitions(Catalogue):
    """The shipped petitions."""

    petitions: Annotated[tuple[Petition, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _once(self) -> Self:
        codes = [item.code for item in self.petitions]
        if len(set(codes)) != len(codes):
            raise ValueError("a petition stands twice")
        return self

    def of(self, purpose: str) -> Petition:
        """The petition of an application's purpose. Raises KeyError."""
        found = next((item for item in self.petitions if item.code == purpose), None)
        if found is None:
            raise KeyError(purpose)
        return found


@cache
def petitions_catalogue() -> Petitions:
    """The shipped petitions."""
    return load_catalogue(FOLDER / "petitions.yaml", Petitions)
