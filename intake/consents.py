"""Whom we may tell of her, what, and why that ends, as data; whether a consent holds, as a rule. Pure."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final, Literal

from pydantic import Field as Bounded
from pydantic import model_validator

from core.catalogue import Catalogue, Text, load_catalogue
from intake.codes import Code

#: How she gave it.
WAYS: Final = ("spoken", "written")
LONGEST_WORDS: Final = 500
State = Literal["holds", "withdrawn", "over", "not_hers"]


class Consents(Catalogue):
    """To whom, what, and why it ends. ``named`` are kinds that say nothing without words beside them."""

    recipients: tuple[Code, ...] = Bounded(min_length=1)
    named: tuple[Text, ...]
    told: tuple[Code, ...] = Bounded(min_length=1)
    withdrawals: tuple[Code, ...] = Bounded(min_length=1)

    @model_validator(mode="after")
    def _check(self) -> Consents:
        for codes in (self.recipients, self.told, self.withdrawals):
            if len({one.code for one in codes}) != len(codes):
                raise ValueError("a code stands twice")
        if not {*self.named} <= {one.code for one in self.recipients}:
            raise ValueError("named are kinds to whom may be told")
        return self

    def recipient(self, code: str) -> str:
        """The kind of institution in words; its code where an older catalogue named it."""
        return _label(self.recipients, code)

    def what(self, code: str) -> str:
        """What may be told, in words; its code where an older catalogue named it."""
        return _label(self.told, code)

    def withdrawal(self, code: str) -> str:
        """Why it ended, in words; its code where an older catalogue named it."""
        return _label(self.withdrawals, code)


def _label(codes: tuple[Code, ...], code: str) -> str:
    return next((str(one.label) for one in codes if one.code == code), code)


@cache
def consents() -> Consents:
    """The shipped catalogue; read once, at start."""
    return load_catalogue(Path(__file__).parent / "catalogue" / "consents.yaml", Consents)


def state_of(*, withdrawn: bool, over: bool, hers: bool) -> State:
    """Whether somebody may be told. What was withdrawn stays so; what somebody else than she said never held."""
    if withdrawn:
        return "withdrawn"
    if not hers:
        return "not_hers"
    return "over" if over else "holds"


__all__ = ["LONGEST_WORDS", "WAYS", "Consents", "State", "consents", "state_of"]
