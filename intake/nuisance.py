"""What marks of a number weigh: each half as much after its half-life. Pure; the numbers are in nuisance.yaml."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from math import exp2
from pathlib import Path

from pydantic import Field as Bounded

from core.catalogue import Catalogue, load_catalogue

#: What one fresh mark weighs.
FRESH = 100.0
_DAY_S = 24 * 3600


class Nuisance(Catalogue):
    """After how many days a mark weighs half, and from which weight on the hint stands."""

    half_life_days: int = Bounded(ge=1, le=90)
    hint_from: int = Bounded(ge=1, le=100)


@cache
def nuisance() -> Nuisance:
    """The shipped catalogue; read once, at start."""
    return load_catalogue(Path(__file__).parent / "catalogue" / "nuisance.yaml", Nuisance)


def score(ages_s: Iterable[float], policy: Nuisance | None = None) -> float:
    """What marks of these ages in seconds weigh together; one from the future weighs as a fresh one."""
    half_life_s = (policy or nuisance()).half_life_days * _DAY_S
    return sum(FRESH * exp2(-max(age, 0.0) / half_life_s) for age in ages_s)


def hints(ages_s: Iterable[float], policy: Nuisance | None = None) -> bool:
    """Whether whoever answers is told of it."""
    return score(ages_s, policy) >= (policy or nuisance()).hint_from


__all__ = ["FRESH", "Nuisance", "hints", "nuisance", "score"]
