"""Cases: the list, the band at the top, the timeline, the tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from dashboard.presenters.forms import Field, FormError, Option, Tone
from dashboard.presenters.register import ApplicationsPanel, DeadlineRow, ProtectionPanel
from dashboard.presenters.workspace import FiredRule


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """A case in a list."""

    ref: str
    href: str
    state: str
    level: int
    owner: str
    opened_at: datetime
    next_due_at: datetime | None = None
    next_due: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseListPage:
    """Cases in the reader's scope; ``next_href`` leads to older ones."""

    rows: tuple[CaseRow, ...]
    filters: tuple[Field, ...] = ()
    next_href: str = ""
    #: Where lists are brought along, for whoever may.
    lists_href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineItem:
    """Something that happened, told in one line; ``body`` is a note's text, ``by`` who."""

    at: datetime
    what: str
    kind: Literal["call", "text", "page", "note", "state", "task", "screening", "system"]
    by: str = ""
    body: str = ""
    tone: Tone = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """A task with its due time; ``tone`` is soon for today and now once it is over due."""

    id: str
    title: str
    due_at: datetime | None
    owner: str
    tone: Tone = ""
    done_at: datetime | None = None
    may_finish: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseHeader:
    """The band at the top of a case: what stands between her and harm, in one line."""

    id: str
    ref: str
    state: str
    owner: str
    opened_at: datetime
    fired: FiredRule
    protection: str = ""
    protection_tone: Tone = ""
    intake_ref: str = ""
    intake_href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """A case: header, timeline, notes, tasks, state. ``closing_needs`` says what stands in the way of closing."""

    header: CaseHeader
    timeline: tuple[TimelineItem, ...]
    tasks: tuple[TaskRow, ...] = ()
    next_states: tuple[Option, ...] = ()
    closing_needs: str = ""
    owners: tuple[Option, ...] = ()
    case_workers: tuple[Option, ...] = ()
    note_kinds: tuple[Option, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    readers: tuple[str, ...] = ()
    #: The owner's word to whoever takes her call at night.
    night_line: str = ""
    night_line_by: str = ""
    night_line_at: datetime | None = None
    may_write: bool = False
    may_assign: bool = False
    copy_href: str = ""
    petitions_href: str = ""
    #: Not there for readers who may not know what the register holds.
    protection: ProtectionPanel | None = None
    applications: ApplicationsPanel | None = None
    deadlines: tuple[DeadlineRow, ...] = ()
    errors: tuple[FormError, ...] = ()
    #: What was typed into a form that was refused, by field: it is there to be mended and sent again.
    typed: Mapping[str, str] = field(default_factory=dict)
