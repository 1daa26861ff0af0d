"""Petitions: those of a case, and one as it would be printed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard.presenters.forms import Field, FormError, Option, Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class PetitionLink:
    """A petition in the list of a case."""

    href: str
    title: str
    state: str
    tone: Tone
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PetitionsPage:
    """The petitions of a case; ``fields`` begin a new one where the reader may."""

    case_id: str
    case_ref: str
    rows: tuple[PetitionLink, ...]
    fields: tuple[Field, ...] = ()
    errors: tuple[FormError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PetitionLine:
    """A paragraph of the preview; ``missing`` says in words what has to be filled in."""

    style: str
    text: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PetitionPage:
    """A petition as it would be printed, what it lacks, and what may be done with it now."""

    id: str
    case_ref: str
    title: str
    state: str
    tone: Tone
    lines: tuple[PetitionLine, ...]
    missing: tuple[str, ...]
    is_draft: bool
    secret: bool
    source: str
    #: What is typed for it, where she has not approved it yet.
    fields: tuple[Field, ...] = ()
    #: How she may approve it; empty where she did, or may not yet.
    manners: tuple[Option, ...] = ()
    may_release: bool = False
    released_at: datetime | None = None
    released_by: str = ""
    errors: tuple[FormError, ...] = ()
