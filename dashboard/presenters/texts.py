"""What a director decides about her centre's texts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard.presenters.forms import Field, FormError


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedWords:
    """Words that mean danger, who agreed on them and when."""

    id: str
    words: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineText:
    """One text of the machine, word for word."""

    language: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextsPage:
    """The page of /texts."""

    automatic: bool
    policy: tuple[Field, ...]
    word: Field
    words: tuple[AgreedWords, ...]
    says: tuple[MachineText, ...]
    errors: tuple[FormError, ...] = ()
