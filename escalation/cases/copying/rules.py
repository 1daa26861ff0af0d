"""What a row of a copy sheet shows to whom, and what has changed since a record was entered elsewhere. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from escalation.cases.copying.catalogues import Source

#: Why a value is not shown.
Withheld = Literal["", "permission", "secrecy"]
#: The longest number that another system gives.
LONGEST_NUMBER: Final = 60


class CopyError(Exception):
    """A copy sheet refuses.

    no_number, long_number, changed_meanwhile; its form: unknown_proposal, another_version, nothing_changed.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, repr=False)
class Value:
    """What a record says in one field, neutral: ``form`` tells how ``parts`` are put into words."""

    form: str = "text"
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """What a reader may see of a record beside the record itself."""

    #: The kinds of record that she may read of the same matter.
    reads: frozenset[str]
    #: Secrecy (8/6) is asked for or in force, and whether she reads the case that is under it.
    secret: bool
    reads_case: bool


def withheld(source: Source, reader: Reader) -> Withheld:
    """Why a value is kept from this reader.

    Under secrecy nobody copies where she is into another system, and only who reads her case sees who she is.
    """
    if source.of and source.of not in reader.reads:
        return "permission"
    if reader.secret and (source.guard == "place" or (source.guard == "identity" and not reader.reads_case)):
        return "secrecy"
    return ""


def changed(entered: Mapping[str, tuple[str, ...]], now: Mapping[str, Value]) -> frozenset[str]:
    """The fields that were entered with another value than they have now.

    A field that was not part of what was entered has not changed: nobody entered it.
    """
    return frozenset(field for field, value in now.items() if field in entered and entered[field] != value.parts)
