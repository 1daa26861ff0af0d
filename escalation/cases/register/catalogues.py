"""The shape of the register's catalogues, checked when a process starts."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from core.catalogue import Catalogue, Entry, Label, Text, load_catalogue

FOLDER: Final = Path(__file__).with_name("catalogue")

Side = Literal["protective", "preventive", "companion"]
Authority = Literal["judge", "civil_authority", "police_chief"]
Approver = Literal["judge", "civil_authority"]
Mark = Literal["VERIFIED", "BELIEVED"]
Code = Annotated[str, Field(pattern=r"[a-z][a-z0-9_]{1,30}")]
Days = Annotated[int, Field(ge=1, le=3660)]


class Urgent(Entry):
    """That a law enforcement chief may decide it urgently, and who must approve it within how many hours."""

    approver: Approver
    hours: Annotated[int, Field(ge=1, le=240)]


class Measure(Entry):
    """One sub-paragraph, or a decision that accompanies measures."""

    code: Code
    side: Side
    article: Text
    #: As the law writes it (ç, ğ, ı); none for "other" and for accompanying decisions.
    letter: Text | None = None
    ref: Text
    title: Label
    issued_by: Annotated[tuple[Authority, ...], Field(min_length=1)]
    urgent: Urgent | None = None
    #: Granting it makes the case secret.
    secrecy: bool = False
    mark: Mark
    source: Text
    #: Since when this wording holds, where it is later than the catalogue's.
    valid_from: date | None = None


class Measures(Catalogue):
    """The shipped measures."""

    measures: Annotated[tuple[Measure, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _once(self) -> Self:
        codes = [item.code for item in self.measures]
        if len(set(codes)) != len(codes):
            raise ValueError("a code stands twice")
        return self


class Form(Entry):
    """A paper as it is entered: its boxes and what is ticked to begin with."""

    code: Code
    title: Label
    authority: Authority
    side: Side
    urgent: bool
    boxes: Annotated[tuple[Code, ...], Field(min_length=1)]
    ticked: tuple[Code, ...]
    #: The lengths offered, in days.
    days: tuple[Days, ...]

    @model_validator(mode="after")
    def _among(self) -> Self:
        if not set(self.ticked) <= set(self.boxes):
            raise ValueError("what is ticked is no box of the form")
        return self


class Forms(Catalogue):
    """The shipped forms."""

    forms: Annotated[tuple[Form, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _known(self) -> Self:
        known = {item.code for item in measures_catalogue().measures}
        unknown = {code for form in self.forms for code in form.boxes} - known
        if unknown:
            raise ValueError(f"boxes name unknown measures: {', '.join(sorted(unknown))}")
        return self


class Span(Entry):
    """The days a court usually orders."""

    least: Days
    most: Days
    mark: Mark
    source: Text


class Cap(Entry):
    """The most days of all detention for one decision."""

    days: Days
    mark: Mark
    source: Text


class Detention(Catalogue):
    """What Art. 13 says of lengths."""

    first: Span
    repeated: Span
    cap: Cap


@cache
def measures_catalogue() -> Measures:
    """The shipped measures."""
    return load_catalogue(FOLDER / "measures.yaml", Measures)


@cache
def forms_catalogue() -> Forms:
    """The shipped forms."""
    return load_catalogue(FOLDER / "forms.yaml", Forms)


@cache
def detention_catalogue() -> Detention:
    """The shipped lengths of coercive detention."""
    return load_catalogue(FOLDER / "detention.yaml", Detention)
