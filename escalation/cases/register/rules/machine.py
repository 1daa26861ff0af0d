"""A state machine as data: named moves, from which states each may be made, and where it leads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Move:
    """A move from any of some states into one."""

    before: frozenset[str]
    after: str


@dataclass(frozen=True, slots=True)
class Machine:
    """The states of a record and every move between them. ``name`` begins the acts in the audit."""

    name: str
    first: tuple[str, ...]
    states: tuple[str, ...]
    moves: Mapping[str, Move]

    def after(self, state: str, move: str) -> str | None:
        """The state that ``move`` leads to from ``state``; ``None`` where it may not be made."""
        wanted = self.moves.get(move)
        return wanted.after if wanted is not None and state in wanted.before else None

    def possible(self, state: str) -> tuple[str, ...]:
        """The moves that may be made from a state, in the order in which the machine lists them."""
        return tuple(name for name, move in self.moves.items() if state in move.before)


def moves(**items: tuple[str, str]) -> dict[str, Move]:
    """Moves by name, each as ("state state", "state after")."""
    return {name: Move(frozenset(before.split()), after) for name, (before, after) in items.items()}
