"""What checks and tests take beside what they may take on a machine with two cores: said in words, failing nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Final

#: Seconds. Tests of the other folders (commands, engines, faults, practice, processes) have no budget of their own.
BUDGETS: Final = {"static": 60, "unit": 120, "edge": 150, "browser": 120, "whole run": 600}
_REST: Final = "rest"
_PARTS: Final = ("unit", "edge", "browser", _REST)


def line(part: str, seconds: float) -> str:
    """One part, what it took, and its budget where there is one."""
    budget = BUDGETS.get(part)
    if budget is None:
        return f"{part:<14} {seconds:5.0f} s"
    judged = "over budget: what made it slower?" if seconds > budget else "within budget"
    return f"{part:<14} {seconds:5.0f} s of {budget} s, {judged}"


def lines_of_tests(durations: Iterable[tuple[str, float]], *, workers: int, whole: float) -> Iterator[str]:
    """A line for each part of the tests that ran; ``durations`` are the ids of tests and their seconds.

    Workers run side by side, so a part counts as its sum shared among them.
    """
    sums = dict.fromkeys(_PARTS, 0.0)
    for test, seconds in durations:
        folder = PurePath(test).parts[1:2]
        sums[folder[0] if folder and folder[0] in sums else _REST] += seconds
    yield from (line(part, seconds / workers) for part, seconds in sums.items() if seconds)
    yield line("whole run", whole)
