"""What a case tells of a contact in which somebody else told of her: that it was so, and what we did because of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

#: The line that stands for the arrival of such a contact.
TOLD_BY_ANOTHER: Final = "case.told_by_another"
_OURS: Final = frozenset(
    {"DeskContactOpened", "EmergencyCallNoted", "LevelRaised", "LevelLowered", "ReportDutyOpened", "ReportDutyDecided"}
)
_ARRIVALS: Final = frozenset({"CallArrived", "TextArrived"})


def told_as(kind: str, payload: Mapping[str, Any]) -> str:
    """The kind under which a fact of such a contact is told; empty for one that is no part of her story.

    Neither how that person reached us, nor what was said or answered, is hers to be told of.
    """
    if kind in _OURS:
        return kind
    return TOLD_BY_ANOTHER if kind in _ARRIVALS and payload.get("first", True) else ""


__all__ = ["TOLD_BY_ANOTHER", "told_as"]
