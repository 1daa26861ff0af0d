"""The numbers of the ladder, read once from the catalogue and checked when first used."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from pydantic import Field

from core.catalogue import Catalogue, load_catalogue
from routing.rules import Plan

PATH: Final = Path(__file__).parent / "catalogue" / "ladder.yaml"


class Ladder(Catalogue):
    """How a waiting contact is offered; seconds unless said otherwise."""

    wave_seconds: int = Field(ge=5, le=60)
    lease_seconds: int = Field(ge=10, le=120)
    same_person_seconds: int = Field(ge=0, le=3600)
    first_wave: int = Field(ge=1, le=50)
    texts_at_once: int = Field(ge=1, le=20)
    phone_roles: tuple[str, ...] = Field(min_length=1)
    on_call_seconds: int = Field(ge=0, le=80)
    on_call_roles: tuple[str, ...]

    @property
    def plan(self) -> Plan:
        """What the rules need of it."""
        return Plan(self.first_wave, self.texts_at_once)


@cache
def ladder() -> Ladder:
    """The ladder in force. Raises CatalogueError when the file is wrong."""
    return load_catalogue(PATH, Ladder)
