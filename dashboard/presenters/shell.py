"""The frame around every page: who is signed in, what waits, what may be opened; sign-in and errors."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from core.i18n import gettext as _
from dashboard.presenters.board import Counts
from dashboard.presenters.forms import Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class NavItem:
    """A place of the left rail; shown only when permitted."""

    key: str
    label: str
    href: str
    icon: str
    current: bool = False
    #: What waits there, as it is shown; empty where nothing does.
    count: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something of the system that a person must know; ``tone`` is now or soon."""

    text: str
    tone: Tone = "soon"
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """Who is signed in."""

    id: str
    display: str
    role: str
    centre: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """What every page of a signed-in person carries. Without ``me`` the page stands alone (sign-in, errors)."""

    locale: str
    csrf_token: str
    now: datetime
    path: str
    title: str = "Koza"
    live_url: str = ""
    head: int = 0
    me: Me | None = None
    nav: tuple[NavItem, ...] = ()
    counts: Counts = field(default_factory=Counts)
    alarms: tuple[Alarm, ...] = ()
    may_receive: bool = False
    ready: bool = False
    #: How she answers in a browser: ready, away, or empty where she answers at a telephone.
    phone: Literal["", "ready", "away"] = ""
    locked: bool = False
    #: The locked screen opens by her security key too.
    has_key: bool = False
    wall: bool = False
    theme: Literal["auto", "light", "dark"] = "auto"
    banner: str = ""


def rail(allowed: Collection[str], current: str, counts: Mapping[str, str] | None = None) -> tuple[NavItem, ...]:
    """The left rail: the places in their order, only those in ``allowed``; ``counts`` is what waits in a place."""
    waiting = counts or {}
    places = (
        ("board", _("Board"), "/", "board"),
        ("cases", _("Cases"), "/cases", "folder"),
        ("register", _("Register"), "/register", "note"),
        ("due", _("Deadlines"), "/due", "clock"),
        ("search", _("Search"), "/search", "search"),
        ("shifts", _("Rota"), "/shifts", "rota"),
        ("pages", _("Pages"), "/pages", "bell"),
        ("reports", _("Reports"), "/reports", "bars"),
        ("staff", _("Staff"), "/staff", "people"),
        ("texts", _("Texts"), "/texts", "text"),
        ("catalogues", _("Catalogues"), "/catalogues", "list"),
        ("night_acts", _("Night acts"), "/night-acts", "moon"),
        ("audit", _("Audit"), "/audit", "list"),
    )
    return tuple(
        NavItem(key=key, label=label, href=href, icon=icon, current=key == current, count=waiting.get(key, ""))
        for key, label, href, icon in places
        if key in allowed
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInPage:
    """The sign-in form. ``refused`` says nothing about which of the three was wrong."""

    name: str = ""
    refused: bool = False
    wait_seconds: int = 0
    demo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUpPage:
    """Asks for the code again before an act. ``fields`` is the act's own form, sent on to the path ``to``."""

    to: str
    fields: tuple[tuple[str, str], ...] = ()
    refused: bool = False
    #: A security key may answer; it alone may where ``code`` is false.
    key: bool = False
    code: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStep:
    """The second step of a sign-in by security key. ``options`` is JSON for the browser."""

    options: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKey:
    """One security key of the reader."""

    id: UUID
    name: str
    added_at: datetime
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysPage:
    """The reader's security keys. ``options`` is JSON for the browser while a key is being added."""

    keys: tuple[OwnKey, ...]
    options: str = ""
    missing: bool = False
    last: bool = False
    usable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordPage:
    """The reader's own sign-in. ``codes`` are shown this once; ``changed``: her sessions have ended."""

    form: Literal["", "password", "pin"]
    min_length: int
    error: str = ""
    changed: bool = False
    pin_set: bool = False
    #: In groups, as it is read, and where she calls in; empty before her first PIN, and where nobody can call in.
    staff_number: str = ""
    call_in: str = ""
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage:
    """A refusal or a fault in neutral words. ``event`` helps support find it in the log."""

    status: Literal[400, 403, 404, 429, 500, 503]
    event: str = ""
