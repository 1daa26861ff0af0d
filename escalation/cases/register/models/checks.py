"""How constraints are written from the rules' own lists."""

from __future__ import annotations

from collections.abc import Iterable


def one_of(column: str, values: Iterable[str]) -> str:
    """The SQL condition that a column holds one of some codes."""
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"
