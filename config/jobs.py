"""What the queue calls in a worker. Arguments are none: the rows say what is to be done."""

from __future__ import annotations

from collections.abc import Callable

_rounds: list[Callable[[], None]] = []


def serve(work_round: Callable[[], None]) -> None:
    """Say what one round of this process's work is; called once, at the worker's start."""
    _rounds[:] = [work_round]


def work() -> None:
    """Do one round now. Idempotent: every row is claimed by one transaction."""
    for work_round in _rounds:
        work_round()
