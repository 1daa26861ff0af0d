"""The columns of a list, checked when a process starts."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from core.catalogue import Catalogue, Entry, Label, Text, load_catalogue
from escalation.cases.register.catalogues import Authority, Code

FILE: Final = Path(__file__).with_name("catalogue") / "columns.yaml"


class Column(Entry):
    """A column: what it is called, how long a cell may be, and what the example holds."""

    code: Code
    title: Label
    needed: bool = False
    #: A row with such a cell tells of a decision.
    decision: bool = False
    longest: Annotated[int, Field(ge=1, le=1000)]
    example: str


class Columns(Catalogue):
    """The columns, and the words for each kind of authority."""

    columns: Annotated[tuple[Column, ...], Field(min_length=1)]
    kinds: dict[Authority, tuple[Text, ...]]

    def of(self, code: str) -> Column:
        """A column by its code."""
        return next(item for item in self.columns if item.code == code)


@cache
def columns_catalogue() -> Columns:
    """The shipped columns."""
    return load_catalogue(FILE, Columns)
