"""The queue of a hotline as rules: Erlang C for the plain case, and a simulation in which callers give up."""

from __future__ import annotations

import heapq
import math
import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Demand:
    """Calls an hour, how long one takes and how long a caller waits before she gives up (None: for ever)."""

    an_hour: float
    minutes: float
    patience: float | None = None

    @property
    def erlangs(self) -> float:
        """The people who would be in conversation on average if nobody ever waited."""
        return self.an_hour * self.minutes / 60


@dataclass(frozen=True)
class Outcome:
    """What became of the callers of one simulated stretch."""

    calls: int
    waited: int
    in_time: int
    gave_up: int

    def share(self, number: int) -> float:
        """A number of callers as a part of all of them."""
        return number / self.calls if self.calls else 0.0


def chance_of_waiting(staff: int, erlangs: float) -> float:
    """Erlang C: the chance that a caller finds everybody busy; 1 where the staff cannot carry the load."""
    if erlangs >= staff:
        return 1.0
    blocked = 1.0
    for one in range(1, staff + 1):
        blocked = erlangs * blocked / (one + erlangs * blocked)
    return blocked / (1 - erlangs / staff * (1 - blocked))


def answered_within(staff: int, demand: Demand, seconds: float) -> float:
    """Erlang C: the share of callers answered within so many seconds when nobody gives up."""
    spare = staff - demand.erlangs
    if spare <= 0:
        return 0.0
    return 1 - chance_of_waiting(staff, demand.erlangs) * math.exp(-spare * seconds / (demand.minutes * 60))


def staff_needed(demand: Demand, *, share: float, seconds: float) -> int:
    """The fewest people with whom that share is answered within so many seconds."""
    staff = math.floor(demand.erlangs) + 1
    while answered_within(staff, demand, seconds) < share:
        staff += 1
    return staff


def simulate(demand: Demand, staff: int, *, calls: int, seconds: float, seed: int) -> Outcome:
    """First come, first served: who waits longer than her patience hangs up and takes nobody's time."""
    chance = random.Random(seed)
    free = [0.0] * staff
    now, waited, in_time, gave_up = 0.0, 0, 0, 0
    for _ in range(calls):
        now += chance.expovariate(demand.an_hour / 60)
        talk = chance.expovariate(1 / demand.minutes)
        patience = math.inf if demand.patience is None else chance.expovariate(1 / demand.patience)
        wait = max(0.0, free[0] - now)
        waited += wait > 0
        if wait > patience:
            gave_up += 1
            continue
        in_time += wait * 60 <= seconds
        heapq.heapreplace(free, now + wait + talk)
    return Outcome(calls, waited, in_time, gave_up)
