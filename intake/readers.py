"""Which fields of an intake a reader of the intake does not read: what is told of her health is not everybody's.

Whoever was given the contact and writes in it reads all of it: she asked, or goes on with it. Others read what their
role needs. A field that is not named here is read by every reader of the intake; a role that is not named here reads
none of those that are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

_CASE_WORK: Final = frozenset({"social_worker", "psychologist", "child_development", "health", "employment"})
_LEAD: Final = frozenset({"shift_lead"})
_LEGAL: Final = frozenset({"legal"})

#: Who reads a field without having been given the contact to write in it.
READERS: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(("pregnancy", "disability", "children", "children_ages", "dependants"), _CASE_WORK),
    "nationality_status": _CASE_WORK | _LEGAL,
    **dict.fromkeys(("display_name", "location_now", "heard_words", "operator_state"), _CASE_WORK | _LEAD),
    **dict.fromkeys(("summary", "wants_words", "police_reference"), _CASE_WORK | _LEAD | _LEGAL),
}


def unread(roles: Collection[str], *, hers: bool) -> frozenset[str]:
    """The fields that this reader does not read; ``hers``: she was given the contact, and writes in it."""
    return frozenset() if hers else frozenset(name for name, who in READERS.items() if not who & set(roles))


__all__ = ["READERS", "unread"]
