"""Who tells of somebody else, and why what is kept of that person may be opened, as data."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from pydantic import Field as Bounded
from pydantic import model_validator

from core.catalogue import Catalogue, Text, load_catalogue
from intake.codes import Code, fields

#: Longest text of each field, in characters.
LONGEST: Final = {"name": 200, "number": 40, "words": 500}


class Informants(Catalogue):
    """``roles``: answers to who calls under which somebody else tells of her."""

    roles: tuple[Text, ...] = Bounded(min_length=1)
    relations: tuple[Code, ...] = Bounded(min_length=1)
    reasons: tuple[Code, ...] = Bounded(min_length=1)

    @model_validator(mode="after")
    def _check(self) -> Informants:
        if not {*self.roles} <= fields()["caller_role"].known:
            raise ValueError("roles are answers to who calls")
        return self

    def relation(self, code: str | None) -> str:
        """What that person is to her, in words; the code where an older catalogue named it."""
        return next((str(one.label) for one in self.relations if one.code == code), code or "")


@cache
def informants() -> Informants:
    """The shipped catalogue; read once, at start."""
    return load_catalogue(Path(__file__).parent / "catalogue" / "informants.yaml", Informants)


__all__ = ["LONGEST", "Informants", "informants"]
