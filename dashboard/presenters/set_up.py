"""The first day: one page for each step of set-up, beside the list of all steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from markupsafe import Markup

from core.i18n import gettext as _
from dashboard.presenters.forms import Field, FormError, Option, Tone

StepKey = Literal["centre", "director", "line", "fallback", "people", "week", "trial", "green"]
STEPS: tuple[StepKey, ...] = ("centre", "director", "line", "fallback", "people", "week", "trial", "green")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpStep:
    """One step of the list. ``href`` is empty for a step that what comes before it does not allow yet."""

    key: StepKey
    label: str
    minutes: int
    done: bool = False
    current: bool = False
    href: str = ""


#: How long each step takes somebody who does it for the first time.
MINUTES: dict[StepKey, int] = {
    "centre": 1, "director": 4, "line": 1, "fallback": 2, "people": 5, "week": 3, "trial": 3, "green": 1,
}  # fmt: skip


def step_label(key: StepKey) -> str:
    """The name of a step."""
    names: dict[StepKey, str] = {
        "centre": _("Centre"),
        "director": _("Director"),
        "line": _("Line"),
        "fallback": _("Fallback telephone"),
        "people": _("Staff"),
        "week": _("First week"),
        "trial": _("Test call and text"),
        "green": _("Green list"),
    }
    return names[key]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpDoorPage:
    """Asks for the one-time code."""

    refused: bool = False
    wait_seconds: int = 0
    #: Somebody can sign in already, and may not look for set-up at all.
    may_sign_in: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpFormPage:
    """A step that is one form."""

    steps: tuple[SetUpStep, ...]
    title: str
    lead: str
    action: str
    fields: tuple[Field, ...]
    errors: tuple[FormError, ...] = ()
    notes: tuple[str, ...] = ()
    #: What stands already, when the step was done: label and value.
    facts: tuple[tuple[str, str], ...] = ()
    submit: str = ""
    next_href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpCodePage:
    """The authenticator is taken over: the picture, the same as text, and the first code."""

    steps: tuple[SetUpStep, ...]
    name: str
    secret: str
    picture: Markup
    errors: tuple[FormError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpFallbackPage:
    """The fallback number and how its trial call goes. ``waiting``: something may still change by itself."""

    steps: tuple[SetUpStep, ...]
    field: Field
    errors: tuple[FormError, ...] = ()
    number: str = ""
    state: str = ""
    tone: Tone = ""
    proven: bool = False
    waiting: bool = False
    next_href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpPerson:
    """A member of staff who was written down. ``digits`` are the last of her telephone."""

    id: str
    name: str
    display: str
    role: str
    digits: str = ""
    #: none, new (texted, digits are awaited) or proven
    telephone: Literal["none", "new", "proven"] = "none"
    signed_in: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpNewRow:
    """An empty or refused row of the table."""

    number: int
    display: str = ""
    role: str = ""
    telephone: str = ""
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstSignIn:
    """What a member of staff needs for her first sign-in, shown this once and printed for her; or a PIN alone."""

    display: str
    name: str
    password: str = field(repr=False, default="")
    secret: str = field(repr=False, default="")
    pin: str = field(repr=False, default="")
    picture: Markup = field(repr=False, default_factory=Markup)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpPeoplePage:
    """The staff: who is there, empty rows, and after saving the first sign-ins."""

    steps: tuple[SetUpStep, ...]
    people: tuple[SetUpPerson, ...]
    rows: tuple[SetUpNewRow, ...]
    roles: tuple[Option, ...]
    first_sign_ins: tuple[FirstSignIn, ...] = ()
    errors: tuple[FormError, ...] = ()
    notes: tuple[str, ...] = ()
    next_href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpWeekRow:
    """One person's week: what holds for every day, and each day that differs."""

    id: str
    display: str
    role: str
    every: str
    days: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpWeekPage:
    """The first week of shifts."""

    steps: tuple[SetUpStep, ...]
    days: tuple[date, ...]
    patterns: tuple[Option, ...]
    rows: tuple[SetUpWeekRow, ...]
    gaps: tuple[str, ...] = ()
    #: Ask whether she knows of the gaps.
    ask: bool = False
    saved: bool = False
    errors: tuple[FormError, ...] = ()
    next_href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpTrialPage:
    """The call and the text that are waited for."""

    steps: tuple[SetUpStep, ...]
    numbers: tuple[str, ...]
    words: str
    called_at: datetime | None = None
    call_language: str = ""
    call_state: str = ""
    texted_at: datetime | None = None
    no_texts: bool = False
    waiting: bool = False
    next_href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpFinding:
    """One line of the green list."""

    what: str
    ok: bool
    detail: str
    #: What to do where it is not as it should be.
    remedy: str = ""
    #: Not as it should be, and outside production that is told only.
    told: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpGreenPage:
    """Everything that was examined, and the end of set-up."""

    steps: tuple[SetUpStep, ...]
    findings: tuple[SetUpFinding, ...]
    #: Steps that must be done first.
    missing: tuple[SetUpStep, ...] = ()
    red: int = 0
    production: bool = False
    director: str = ""
    errors: tuple[FormError, ...] = ()
