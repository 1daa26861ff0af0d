"""The telephone in the browser."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PhonePage:
    """A tab that may be the reader's telephone."""

    #: This installation has what the carrier wants for it.
    usable: bool
    #: Where the practice exchange is; empty where the carrier is the real one.
    practice: str = ""
    #: She answers in a browser: in this tab, or in another.
    chosen: bool = False
    #: The last digits of her telephone, empty where she has none.
    digits: str = ""
    #: The contact of a talk out of which this reader's telephone dropped: this tab can go back into it at once.
    rejoin: str = ""
