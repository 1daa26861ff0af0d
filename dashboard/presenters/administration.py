"""Copy sheets as they are read, and what an administrator changes: sheets, measures, the working calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard.presenters.forms import Field, FormError


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyRow:
    """A field of the other system. ``why`` says why nothing can be copied; ``changed``: since it was entered."""

    key: str
    label: str
    value: str
    why: str = ""
    withheld: bool = False
    changed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CopySheetPage:
    """A record in the order of the other system."""

    path: str
    title: str
    ref: str
    back: str
    rows: tuple[CopyRow, ...]
    seen: str
    secret: bool
    version: int
    source: str
    may_mark: bool
    entered_number: str = ""
    entered_by: str = ""
    entered_at: datetime | None = None
    changed: bool = False
    typed: str = ""
    errors: tuple[FormError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of a diff, in words."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalView:
    """A change that waits to be confirmed; the whole diff stands beside its button."""

    id: str
    title: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """Something that holds now, as it can be changed."""

    key: str
    title: str
    told: str
    text: str
    #: What is sent to give it up for the house's; empty where it is the house's.
    gives_up: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CataloguePage:
    """A catalogue: what holds, what waits, and the form for a change."""

    title: str
    path: str
    intro: str
    versions: tuple[Version, ...]
    proposals: tuple[ProposalView, ...]
    fields: tuple[Field, ...]
    #: What the form's fields may hold, beside what each means.
    known: tuple[tuple[str, str], ...] = ()
    saved: bool = False
    errors: tuple[FormError, ...] = ()
