"""Lists that a centre brings along: those so far, and one before it is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard.presenters.forms import FormError, Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLink:
    """A list in the list of lists."""

    href: str
    state: str
    tone: Tone
    uploaded_at: datetime
    by: str
    made: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListsPage:
    """Upload, and the lists so far. ``columns`` are (title, what it takes)."""

    rows: tuple[ListLink, ...]
    columns: tuple[tuple[str, str], ...]
    most_rows: int
    errors: tuple[FormError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodRow:
    """A row that will be made."""

    number: int
    own_number: str
    protected: str
    becomes: str
    paper: str = ""
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that will not be made, with each problem in words."""

    number: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """A list before it is made, or what became of it."""

    id: str
    state: str
    tone: Tone
    summary: str
    good: tuple[GoodRow, ...] = ()
    bad: tuple[BadRow, ...] = ()
    may_confirm: bool = False
    may_undo: bool = False
    #: (reference, link) of the cases that it opened.
    made: tuple[tuple[str, str], ...] = ()
    errors: tuple[FormError, ...] = ()
