"""Pages to on-call staff, shifts, staff accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard.presenters.forms import Field, FormError, FourEyes, Option, Tone
from dashboard.presenters.listening import ListeningLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to reach one person, as a fact of the page."""

    at: datetime
    person: str
    medium: str
    state: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageListRow:
    """A page in the list."""

    code: str
    href: str
    state: str
    level: int
    reason: str
    opened_at: datetime
    step: int
    steps: int
    due_at: datetime | None = None
    accepted_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageListPage:
    """Open pages first, then those of the last days."""

    open: tuple[PageListRow, ...]
    past: tuple[PageListRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLink:
    """One of many texts that wait; without ``href`` the reader only sees that she does."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageDetailPage:
    """One page. ``may_accept`` shows the accept button: accepting is a promise to make contact by ``contact_by``.

    ``many`` texts share it where that is not 0, or ``calls`` of one number; ``texts`` are the first of them. ``asked``
    is what it was asked for in words, ``with_her`` whether it is about somebody to be reached. The other ``may_*``
    flags decide which of the acts after it exist on the page.
    """

    page: PageListRow
    attempts: tuple[Attempt, ...]
    asked: tuple[str, ...] = ()
    with_her: bool = True
    many: int = 0
    calls: int = 0
    called_at: datetime | None = None
    texts: tuple[TextLink, ...] = ()
    subject_ref: str = ""
    subject_href: str = ""
    may_accept: bool = False
    may_decline: bool = False
    declined: bool = False
    may_note_contact: bool = False
    may_give_back: bool = False
    may_close: bool = False
    close_reasons: tuple[Option, ...] = ()
    closed_reason: str = ""
    contact_by: datetime | None = None
    minutes_to_contact: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftRow:
    """One person's duty on a line in a role."""

    id: str
    person: str
    line: str
    role: str
    starts_at: datetime
    ends_at: datetime
    tone: Tone = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftsPage:
    """The rota as a list and a form to add to it. ``gaps`` are intervals with nobody."""

    rows: tuple[ShiftRow, ...]
    fields: tuple[Field, ...] = ()
    gaps: tuple[str, ...] = ()
    errors: tuple[FormError, ...] = ()
    may_edit: bool = False
    #: For who decides whether anybody may listen: the lines of her own centre.
    listening: tuple[ListeningLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRow:
    """An account in the list of staff."""

    id: str
    sign_in: str
    display: str
    roles: tuple[str, ...]
    centre: str
    active: bool
    last_seen: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffListPage:
    """Staff accounts and the form for a new one."""

    rows: tuple[StaffRow, ...]
    fields: tuple[Field, ...] = ()
    errors: tuple[FormError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TelephoneRow:
    """One telephone of a member of staff. ``last`` warns that pages reach her by no other."""

    id: str
    number: str
    states: tuple[str, ...]
    last: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffEditPage:
    """One account. ``one_time_secret`` is shown once, right after an administrator started a reset."""

    id: str
    sign_in: str
    display: str
    active: bool
    fields: tuple[Field, ...]
    telephones: tuple[TelephoneRow, ...] = ()
    errors: tuple[FormError, ...] = ()
    one_time_secret: str = ""
    #: For supervisors: a new password and second factor for somebody who lost hers.
    reset: FourEyes | None = None
    saved: bool = False
