"""How long somebody has for herself after a contact of which level, and how many in danger are enough; read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from pydantic import Field, model_validator

from core.catalogue import Catalogue, Entry, load_catalogue

PATH: Final = Path(__file__).parent / "catalogue" / "wrap_up.yaml"


class Pause(Entry):
    """The pause after a contact of one level, in seconds."""

    level: int = Field(ge=1, le=4)
    minimum_seconds: int = Field(ge=0, le=3600)
    maximum_seconds: int = Field(ge=30, le=3600)

    @model_validator(mode="after")
    def _check(self) -> Pause:
        if self.minimum_seconds > self.maximum_seconds:
            raise ValueError("the minimum is longer than the maximum")
        return self


class WrapUpPolicy(Catalogue):
    """The pauses in force; a level that is not named has none."""

    levels: tuple[Pause, ...]
    danger_contacts: int = Field(ge=1, le=100)
    within_hours: int = Field(ge=1, le=24)

    def after(self, level: int) -> Pause | None:
        """The pause after a contact of this level."""
        return next((one for one in self.levels if one.level == level), None)


@cache
def wrap_up_policy() -> WrapUpPolicy:
    """The policy in force. Raises CatalogueError when the file is wrong."""
    return load_catalogue(PATH, WrapUpPolicy)
