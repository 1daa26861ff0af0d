"""Records that are one woman's, as the workspace shows it."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.presenters.forms import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeRow:
    """Another record that may be hers, or is: who says so and why, and the forms to confirm it and to take it back.

    ``open``: one of its forms was refused.
    """

    id: str
    ref: str
    href: str
    state: str
    confirmed: bool
    lines: tuple[str, ...]
    confirm: tuple[Field, ...] = ()
    end: tuple[Field, ...] = ()
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OnePersonCard:
    """Which other records are hers: in a few words, one by one, and the form to propose another.

    ``refused``: why the two cannot be one, where no field is wrong. ``open``: the form was refused.
    """

    sentence: str
    rows: tuple[MergeRow, ...]
    fields: tuple[Field, ...] = ()
    #: Another number on which she wants to be called.
    number: Field | None = None
    refused: str = ""
    open: bool = False
