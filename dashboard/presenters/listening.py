"""Who listens to a conversation or reads along, and where anybody may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard.presenters.forms import Option


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Who listens, or is rung for it. ``coach``: who has her hears this one; ``going``: is being let go."""

    name: str
    coach: bool
    since: datetime | None
    going: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Who listens to the conversation, what she agreed to, and what this reader may do about it.

    ``mine``: this reader listens, or is rung for it. ``why_not``: what stands in the way of her listening.
    ``needless``: a practice call, in which nobody has to agree.
    """

    listeners: tuple[Listener, ...] = ()
    agreed_at: datetime | None = None
    agreed_by: str = ""
    words: str = ""
    may_agree: bool = False
    may_withdraw: bool = False
    may_listen: bool = False
    why_not: str = ""
    mine: bool = False
    needless: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeningLine:
    """A line of one's own centre, and whether anybody may listen on it."""

    id: str
    name: str
    number: str
    allowed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingAlong:
    """Who reads along silently, each with since when, and who could. ``mine``: this reader does, and may nothing else.

    ``ends``: this reader may end it.
    """

    names: tuple[tuple[str, datetime | None], ...]
    could: tuple[Option, ...] = ()
    ends: bool = False
    mine: bool = False
