"""What can go wrong on the way to and from a carrier, as chances or as a list of single accidents."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

FaultName = Literal[
    "duplicate",
    "reorder",
    "lost_callback",
    "delay",
    "callback_first",
    "response_lost",
    "rest_500",
    "rest_503",
    "rest_429",
    "rest_delay",
]


@dataclass(frozen=True, kw_only=True)
class Faults:
    """Chances from 0 to 1, and facts about numbers that make texts fail."""

    #: A webhook is sent twice with one idempotency token; the answer to the second copy is thrown away.
    duplicate: float = 0.0
    #: A status callback is held back for `reorder_seconds`, so that later ones overtake it.
    reorder: float = 0.0
    reorder_seconds: float = 5.0
    #: A status callback is never sent.
    lost_callback: float = 0.0
    #: A webhook leaves up to `delay_seconds` late.
    delay: float = 0.0
    delay_seconds: float = 3.0
    #: The first status callbacks arrive before the REST call that created the call or message returns.
    callback_first: float = 0.0
    #: The REST request is carried out, and its response never arrives.
    response_lost: float = 0.0
    #: The REST request is refused, nothing is done.
    rest_500: float = 0.0
    rest_503: float = 0.0
    rest_429: float = 0.0
    #: The REST response takes `rest_delay_seconds`.
    rest_delay: float = 0.0
    rest_delay_seconds: float = 3.0
    #: Texts to these numbers end "undelivered" with the code; "*" means every number.
    undelivered: Mapping[str, int] = field(default_factory=dict)
    #: Texts to these numbers are refused with 21610 (opted out) or 21614 (not a mobile number).
    opted_out: frozenset[str] = frozenset()
    not_mobile: frozenset[str] = frozenset()


@dataclass
class Accident:
    """A fault that happens exactly once, to the first request whose URL or path contains `where`."""

    fault: FaultName
    where: str


class Dice:
    """Decides for each request whether a fault strikes; the same seed gives the same night."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)  # noqa: S311 -- a repeatable night, no secret
        self.faults = Faults()
        self.accidents: list[Accident] = []

    def seed(self, seed: str) -> None:
        """Let the nights from now on be those of this seed."""
        self._random.seed(seed)

    def once(self, fault: FaultName, where: str = "") -> None:
        """Let `fault` strike the next request whose URL or path contains `where`."""
        self.accidents.append(Accident(fault, where))

    def strikes(self, fault: FaultName, where: str) -> bool:
        """Whether `fault` strikes this request; uses up a matching accident."""
        for accident in self.accidents:
            if accident.fault == fault and accident.where in where:
                self.accidents.remove(accident)
                return True
        chance: float = getattr(self.faults, fault)
        return chance > 0 and self._random.random() < chance

    def seconds(self, most: float) -> float:
        """A random time up to `most`."""
        return self._random.uniform(0.0, most)
