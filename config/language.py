"""The language in which Koza speaks to whoever sits at the terminal."""

from __future__ import annotations

import os
from collections.abc import Mapping


def locale_of(environ: Mapping[str, str] = os.environ) -> str:
    """The terminal's language: KOZA_LANG, else English where the shell says so, else Turkish."""
    chosen = environ.get("KOZA_LANG") or environ.get("LC_ALL") or environ.get("LANG") or "tr"
    return "en" if chosen.lower().startswith("en") else "tr"
