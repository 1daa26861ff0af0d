"""Who stands on which side of the wall (Law 6284, Art. 15/4). No database."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, Literal, get_args

Origin = Literal["court_order", "voluntary"]
ORIGINS: Final[tuple[Origin, ...]] = get_args(Origin)

#: Work on the survivor's side: whoever holds one of these reads no perpetrator file.
_SURVIVORS_WORK: Final = frozenset({"case.write", "case.open", "intake.write"})


def on_perpetrators_side(permissions: Collection[str]) -> bool:
    """Whether somebody may stand on this side of the wall.

    The director, who directs both units and works in neither, may read; nobody who works on the survivor's side may.
    """
    return not _SURVIVORS_WORK & set(permissions)
