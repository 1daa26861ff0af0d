"""Who may be calling: what is said then, and what the house holds meanwhile. Pure; the words are in callers.yaml.

What the locks refuse, each on the server and in one place:

- ``not_her``: whoever speaks is somebody else. Nobody is checked to be her, what a check had opened is closed, nothing
  is agreed about reaching her, and the contact is never told as hers.
- ``never_first``: nothing begins with us because of this contact: no call-back, no text but an answer.
- ``own_word``: of what was agreed about this number only what was agreed in this very contact counts.
- ``report_duty``: whether something is to be reported has to be decided, and its time runs.
- ``stay``: she is not handed over and not put on hold, since both may lose her.
- ``unheard``: no colleague listens or coaches, whatever was agreed; whoever is needed joins and is announced.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Final, Literal

from pydantic import Field as Bounded
from pydantic import model_validator

from core.catalogue import Catalogue, Entry, Label, load_catalogue
from intake.codes import fields as coded_fields

Lock = Literal["not_her", "never_first", "own_word", "report_duty", "stay", "unheard"]
Code = Literal[
    "other_party", "child", "suicidal", "third_party", "professional", "perpetrator", "abusive", "prank", "self"
]
Recorded = Literal["caller_role", "contact_class", "other_party", "mark"]

OTHER_PARTY: Final = "other_party"
#: The answer to who calls that says that it is the other party.
PERPETRATOR: Final = "perpetrator"
CHILD: Final = "child"
SUICIDAL: Final = "suicidal"


class Kind(Entry):
    """One kind of caller: its name, its script, and what the house holds."""

    code: Code
    recorded: Recorded
    label: Label
    locks: tuple[Lock, ...]
    asked: tuple[Label, ...] = Bounded(min_length=1)
    kept: tuple[Label, ...] = Bounded(min_length=1)


class Callers(Catalogue):
    """Every kind, in the order of the list that an operator chooses from."""

    kinds: tuple[Kind, ...] = Bounded(max_length=9)

    @model_validator(mode="after")
    def _check(self) -> Callers:
        if len({kind.code for kind in self.kinds}) != len(self.kinds):
            raise ValueError("a kind of caller stands twice")
        for kind in self.kinds:
            field = coded_fields().get(kind.recorded)
            if field is not None and kind.code not in field.known:
                raise ValueError(f"{kind.code}: the field {kind.recorded} does not know it")
        return self


@cache
def callers() -> Callers:
    """The shipped catalogue; read once, at start."""
    return load_catalogue(Path(__file__).parent / "catalogue" / "callers.yaml", Callers)


@cache
def kinds() -> dict[str, Kind]:
    """Every kind by its code."""
    return {kind.code: kind for kind in callers().kinds}


@cache
def roles_with(lock: Lock) -> frozenset[str]:
    """The answers to who calls under which a lock holds."""
    return frozenset(kind.code for kind in callers().kinds if kind.recorded == "caller_role" and lock in kind.locks)


def standing(caller_role: str | None, contact_class: str | None, marks: Collection[str]) -> tuple[Kind, ...]:
    """What a contact's record says of who calls; several may hold at once: a child may be suicidal."""
    said = {"caller_role": {caller_role}, "contact_class": {contact_class}}
    return tuple(kind for kind in callers().kinds if kind.code in said.get(kind.recorded, marks))


def holds(found: Collection[Kind], lock: Lock) -> bool:
    """Whether one of these kinds holds a lock."""
    return any(lock in kind.locks for kind in found)


__all__ = [
    "CHILD",
    "OTHER_PARTY",
    "PERPETRATOR",
    "SUICIDAL",
    "Callers",
    "Kind",
    "Lock",
    "callers",
    "holds",
    "kinds",
    "roles_with",
    "standing",
]
