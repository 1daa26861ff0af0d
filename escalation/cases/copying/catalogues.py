"""The shape of the copy sheets' catalogue, checked when a process starts and when an administrator changes a sheet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from core.catalogue import Catalogue, Entry, Label, Text, load_catalogue

FILE: Final = Path(__file__).with_name("catalogue") / "sheets.yaml"

Kind = Literal["intake", "case", "decision"]
KINDS: Final[tuple[Kind, ...]] = ("intake", "case", "decision")
#: One key each: the digits from 1 on, then the letters that both keyboards have in one place.
KEYS: Final = "123456789abcdefghijklmnopqrstuvwxyz"
#: ``identity``: who she is. ``place``: where she is or was, or words that may tell it. Both matter under secrecy (8/6).
Guard = Literal["", "identity", "place"]


@dataclass(frozen=True, slots=True)
class Source:
    """Something that a record says; ``of`` is the kind of record whose permission it needs beside the sheet's own."""

    guard: Guard = ""
    of: Literal["", "intake", "register"] = ""


_PLAIN, _WHO, _WHERE = Source(), Source("identity"), Source("place")
_ASKED, _LAW = Source(of="intake"), Source(of="register")

#: What each kind of sheet can show.
SOURCES: Final[dict[Kind, dict[str, Source]]] = {
    "intake": {
        **dict.fromkeys(("ref", "received_at", "channel", "contact_class", "caller_role", "language", "level"), _PLAIN),
        **dict.fromkeys(("age_band", "gender", "relation", "violence_types", "happened_when"), _PLAIN),
        **dict.fromkeys(("immediate_danger", "existing_measure", "wants", "actions_taken", "outcome"), _PLAIN),
        **dict.fromkeys(("interpreter_needed", "closed_at"), _PLAIN),
        "name": _WHO,
        **dict.fromkeys(("province", "district", "summary"), _WHERE),
    },
    "case": {
        **dict.fromkeys(("ref", "opened_at", "state", "level", "owner", "secrecy", "closed_at", "closed_why"), _PLAIN),
        "name": _WHO,
        "province": _WHERE,
        **dict.fromkeys(("age_band", "gender", "relation", "violence_types", "caller_role"), _ASKED),
        **dict.fromkeys(("decisions", "measures_in_force", "protected_until"), _LAW),
    },
    "decision": {
        **dict.fromkeys(("case_ref", "authority", "authority_kind", "decided_on", "issued_at"), _PLAIN),
        **dict.fromkeys(("docket", "number", "measures", "first_end", "last_end", "state", "approver"), _PLAIN),
        **dict.fromkeys(("approval", "served_on_him", "served_on_her", "extended_until", "objection"), _PLAIN),
        **dict.fromkeys(("ended_on", "end_reason", "secrecy"), _PLAIN),
        "protected": _WHO,
        "against": _WHO,
        **dict.fromkeys(("province", "details"), _WHERE),
    },
}


class Row(Entry):
    """One field of the other system: what of ours goes into it, and what it is called there."""

    field: Text
    label: Label


class Sheet(Entry):
    """The fields of one kind of record, in the other system's order."""

    kind: Kind
    source: Text
    rows: Annotated[tuple[Row, ...], Field(min_length=1, max_length=len(KEYS))]

    @model_validator(mode="after")
    def _known(self) -> Self:
        fields = [row.field for row in self.rows]
        unknown = sorted({field for field in fields if field not in SOURCES[self.kind]})
        if unknown:
            raise ValueError("unknown_field:" + ",".join(unknown))
        twice = sorted({field for field in fields if fields.count(field) > 1})
        if twice:
            raise ValueError("field_twice:" + ",".join(twice))
        return self


class Sheets(Catalogue):
    """The shipped sheets."""

    sheets: Annotated[tuple[Sheet, ...], Field(min_length=len(KINDS), max_length=len(KINDS))]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if {sheet.kind for sheet in self.sheets} != set(KINDS):
            raise ValueError("a kind of sheet is missing")
        return self


@cache
def sheets_catalogue() -> Sheets:
    """The shipped sheets."""
    return load_catalogue(FILE, Sheets)
