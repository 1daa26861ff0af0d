"""SIP trunks: lines that a carrier of one's own brings to the account, and how their numbers are written on the way.

A trunk is told by a file that ``SIP_TRUNKS_FILE`` names. Inside the house everybody has an ordinary number; only what
comes from a trunk and what leaves by one is an address such as ``sip:+90…@sbc.carrier.example``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, model_validator

from core.catalogue import Entry, Text, load_catalogue
from core.phones import is_never_dial, parse_address

E164 = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]
Domain = Annotated[str, StringConstraints(to_lower=True, pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$")]
#: Where a number stands: in the user part of From or To, or in a header of the carrier's INVITE such as Diversion.
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9.-]{0,63}$")]
FROM: Final = "From"
TO: Final = "To"
NUMBER: Final = "{number}"
Target = Annotated[str, StringConstraints(pattern=r"^sips?:[^\s@{}<>&]*\{number\}[^\s@{}<>&]*@[^\s@{}<>&]+$")]


class TrunkLine(Entry):
    """A line of a trunk, and the number that telephones show when they are rung for it; by default the line's own."""

    number: E164
    caller_id: E164 | None = None

    @property
    def shown(self) -> str:
        """The number that a telephone shows."""
        return self.caller_id or self.number


class Trunk(Entry):
    """One trunk: how its calls arrive, and where calls of its lines leave."""

    name: Text
    #: The account's SIP domain to which the trunk sends its calls.
    domain: Domain
    caller: HeaderName = FROM
    called: HeaderName = TO
    #: The address of an outgoing call, ``{number}`` in its user part being +90….
    target: Target
    lines: Annotated[tuple[TrunkLine, ...], Field(min_length=1)]

    def address(self, number: str) -> str:
        """Where a call to `number` is sent."""
        return self.target.replace(NUMBER, number)

    def line(self, number: str) -> TrunkLine | None:
        """The line of that number."""
        return next((line for line in self.lines if line.number == number), None)


class Trunks(Entry):
    """The file of trunks."""

    trunks: tuple[Trunk, ...]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        """What arrives and what leaves must have one meaning."""
        domains = [trunk.domain for trunk in self.trunks]
        numbers = [line.number for trunk in self.trunks for line in trunk.lines]
        if len(set(domains)) < len(domains) or len(set(numbers)) < len(numbers):
            raise ValueError("a domain or a line stands twice")
        return self


def load_trunks(path: Path) -> tuple[Trunk, ...]:
    """The trunks of a file. Raises CatalogueError, which names the file and every wrong key."""
    return load_catalogue(path, Trunks).trunks


def trunk_of(trunks: Iterable[Trunk], number: str) -> Trunk | None:
    """The trunk of the line `number`, None where it is an ordinary number of the account."""
    return next((trunk for trunk in trunks if trunk.line(number) is not None), None)


def trunk_numbers(trunks: Iterable[Trunk]) -> frozenset[str]:
    """The lines of all trunks."""
    return frozenset(line.number for trunk in trunks for line in trunk.lines)


def leaving(trunks: Iterable[Trunk], line: str, numbers: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """How `numbers` are rung for the line `line`, and the number that they show: by its trunk where it has one.

    What may never be dialled is left out before it is written as an address: behind ``sip:`` a short number is
    somebody's extension, at the trunk's carrier it would be dialled.
    """
    trunk = trunk_of(trunks, line)
    known = trunk.line(line) if trunk else None
    if trunk is None or known is None:
        return tuple(numbers), line
    ringable = (number for number in numbers if not is_never_dial(number))
    return tuple(_by(trunk, number) for number in ringable), known.shown


def addresses(trunks: Iterable[Trunk], number: str) -> tuple[str, ...]:
    """Everything that a call to `number` may have been sent to."""
    return tuple(dict.fromkeys((number, *(_by(trunk, number) for trunk in trunks))))


def _by(trunk: Trunk, number: str) -> str:
    """A browser's telephone is reached by the account itself."""
    return trunk.address(number) if parse_address(number).kind == "number" else number
