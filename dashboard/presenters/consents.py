"""Consent to share, as the workspace shows it."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.presenters.forms import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRow:
    """One consent to share: whom and until when, the rest in lines, and the form to withdraw it where it is not.

    ``open``: its form was refused.
    """

    id: str
    holds: bool
    whom: str
    state: str
    lines: tuple[str, ...]
    fields: tuple[Field, ...] = ()
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentCard:
    """What others may be told of her: in a few words, one by one, and the form for another.

    Without ``fields`` none can be written down now; ``why_not`` says why. ``open``: the form was refused.
    """

    sentence: str
    rows: tuple[ConsentRow, ...]
    fields: tuple[Field, ...] = ()
    why_not: str = ""
    open: bool = False
