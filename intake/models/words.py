"""A column that holds one of a few known words."""

from __future__ import annotations


def one_of(column: str, values: tuple[str, ...]) -> str:
    """SQL of a check that a column holds one of the known words."""
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"
