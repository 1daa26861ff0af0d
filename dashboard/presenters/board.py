"""The board. Its models also travel as JSON to the screens: no number, no caller's name, no text."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from dashboard.presenters.forms import Channel, Lane, Option


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Contacts that wait, by level."""

    level1: int = 0
    level2: int = 0
    level3: int = 0
    level4: int = 0

    @property
    def total(self) -> int:
        """All who wait."""
        return self.level1 + self.level2 + self.level3 + self.level4


@dataclass(frozen=True, slots=True, kw_only=True)
class PageMark:
    """The page opened for a contact, as its board row shows it."""

    code: str
    state: str
    step: int
    steps: int
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """A contact on the board. ``late`` is in seconds and only set for contacts that came in by replay.

    ``heard_at`` is when she last called or wrote: without it nothing in the row would say that there is a new text.

    Of one level who was cut off (``returned``) comes first, then who tries again (``repeat`` says how often).

    ``offer`` is none, offered or accepted; ``offered_to`` names the staff accounts (ids) whose phone or screen rings.
    ``asks_all``: everybody at work is asked; who has a caller is shown her as the second, and is not rung.
    ``owner`` is a display name; the wall never shows it. ``marks`` are neutral codes: hold, transfer, coach,
    silent, key5.
    """

    id: str
    ref: str
    channel: Channel
    level: int
    language: str
    province: str
    state: str
    lane: Lane
    since: datetime
    heard_at: datetime
    repeat: int = 0
    returned: bool = False
    owner: str = ""
    owner_id: str = ""
    offer: Literal["none", "offered", "accepted"] = "none"
    offered_to: tuple[str, ...] = ()
    asks_all: bool = False
    page: PageMark | None = None
    late: int = 0
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRow:
    """A page to on-call staff, by rung, with its countdown.

    ``calls`` is how often she called in vain, the last time at ``called_at``; 0 where that is not known, or not asked.
    """

    id: str
    code: str
    state: str
    level: int
    step: int
    steps: int
    opened_at: datetime
    reason: str
    subject_ref: str = ""
    due_at: datetime | None = None
    accepted_by: str = ""
    woken: int = 0
    calls: int = 0
    called_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueItem:
    """A deadline of today: a task, a period of the law, an act to agree to. ``href`` opens what it belongs to.

    ``line`` is what must be known before it is done, where there is such a thing.
    """

    id: str
    ref: str
    kind: str
    due_at: datetime
    href: str
    owner: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyEntry:
    """Who serves a line in a role, now or next. ``gap`` is an interval with nobody."""

    line: str
    role: str
    people: tuple[str, ...]
    count: int
    ready: int
    starts_at: datetime
    ends_at: datetime
    next: bool = False
    gap: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a screen needs to stand on its own.

    ``heads`` is the last number of each centre's stream as of this read, ``head`` their sum.
    """

    head: int
    now: datetime
    heads: dict[str, int] = field(default_factory=dict)
    rows: tuple[BoardRow, ...] = ()
    pages: tuple[PageRow, ...] = ()
    due: tuple[DueItem, ...] = ()
    duty: tuple[DutyEntry, ...] = ()
    counts: Counts = field(default_factory=Counts)
    #: Acts of others that wait for this reader's approval or review.
    acts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardPage:
    """The board. ``may_accept`` shows the accept button, ``may_open`` makes rows links, ``may_play`` acts a night.

    ``desk``: the ways without a call or a text in which somebody reaches us, for who may write one down.
    """

    snapshot: Snapshot
    may_accept: bool = False
    may_open: bool = False
    may_play: bool = False
    desk: tuple[Option, ...] = ()
