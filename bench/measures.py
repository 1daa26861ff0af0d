"""What a process tree has used, and the few statistics that the tables show."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

_GONE = (psutil.NoSuchProcess, psutil.ZombieProcess)


def _tree(pid: int) -> list[psutil.Process]:
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except _GONE:
        return []


def cpu_seconds(pid: int) -> float:
    """Processor time of a process, of its living descendants, and of those it has reaped."""
    total = 0.0
    for process in _tree(pid):
        try:
            used = process.cpu_times()
        except _GONE:
            continue
        total += used.user + used.system + used.children_user + used.children_system
    return total


@dataclass(frozen=True)
class Memory:
    """Megabytes of a process tree: ``uss`` would be free without it, ``pss`` adds its part of what is shared."""

    uss: float
    pss: float
    processes: int


def memory(pid: int) -> Memory:
    """What a process tree holds in memory now."""
    uss = pss = 0
    tree = _tree(pid)
    for process in tree:
        try:
            held = process.memory_full_info()
        except (*_GONE, psutil.AccessDenied):
            continue
        uss += held.uss
        # Only Linux knows the proportional part; elsewhere the own part stands for it.
        pss += getattr(held, "pss", held.uss)
    return Memory(uss / 2**20, pss / 2**20, len(tree))


def median(values: Sequence[float]) -> float:
    """The middle value; NaN where nothing was measured."""
    return statistics.median(values) if values else math.nan


def quantile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of the values do not exceed (nearest rank); NaN where nothing was measured."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]
