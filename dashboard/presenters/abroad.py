"""What leaves the country: to whom, for which lines, what of it, for how long, and why."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.presenters.forms import Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientView:
    """One company that is given something."""

    company: str
    #: Where that is, with the tone in which it is said: what stays in the country is quiet.
    country: str
    tone: Tone
    lines: tuple[str, ...]
    #: Each with what is given, why, and what becomes of it there.
    given: tuple[GivenView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenView:
    """One kind of thing that is given."""

    what: str
    why: str
    kept: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AbroadPage:
    """The page."""

    recipients: tuple[RecipientView, ...]
    #: On what ground it leaves, as the institution decided; empty where nobody has.
    ground: str
    #: What could be switched on, is off, and why: a name and its reasons.
    off: str
    reasons: tuple[str, ...]
