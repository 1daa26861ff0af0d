"""What is due when, without a clock of its own."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(order=True)
class Timer:
    """One thing to do at a time (seconds since the epoch); equal times run in the order they were set."""

    at: float
    order: int
    action: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """Make the timer do nothing; cancelling twice or after it ran is harmless."""
        self.cancelled = True


class Timeline:
    """A heap of timers."""

    def __init__(self) -> None:
        self._heap: list[Timer] = []
        self._count = 0

    def at(self, when: float, action: Callable[[], None]) -> Timer:
        """Run `action` when the time reaches `when`."""
        self._count += 1
        timer = Timer(when, self._count, action)
        heapq.heappush(self._heap, timer)
        return timer

    def next_due(self) -> float | None:
        """The time of the earliest live timer."""
        while self._heap and self._heap[0].cancelled:
            heapq.heappop(self._heap)
        return self._heap[0].at if self._heap else None

    def pop_due(self, now: float) -> Timer | None:
        """Take the earliest live timer whose time has come."""
        due = self.next_due()
        if due is None or due > now:
            return None
        return heapq.heappop(self._heap)
