"""Inserts that wait one after another, as one statement: what the server does for each statement it does once.

``WITH`` lets one statement insert into several tables; foreign keys are checked at its end, so it does not matter which
part comes first. Rows of one table become one insert with several rows, because the parts of a statement are not done
in their order, and numbers that the table gives must follow ours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

_PLACE = re.compile(r"\$(\d+)")
_ROWS = re.compile(r"\A(INSERT INTO \S+ \([^)]*\) VALUES )\(")


class Insert(NamedTuple):
    """An insert of one row, cut where further rows go; its places are numbered from 1."""

    head: str
    row: str
    tail: str


def cut(sql: str) -> Insert | None:
    """The parts of an insert of one row, or None for any other statement."""
    found = _ROWS.match(sql)
    if found is None:
        return None
    begin, depth = found.end() - 1, 0
    for place in range(begin, len(sql)):
        depth += {"(": 1, ")": -1}.get(sql[place], 0)
        if depth == 0:
            return Insert(found[1], sql[begin : place + 1], sql[place + 1 :])
    return None


class Merged(NamedTuple):
    """One statement in place of several, and where each of its values comes from: which insert, which place there."""

    sql: str
    takes: tuple[tuple[int, int], ...]

    def values(self, given: Sequence[Sequence[Any]]) -> list[Any]:
        """Its values, from those of the inserts."""
        return [given[insert][place] for insert, place in self.takes]


def merge(inserts: Sequence[Insert]) -> Merged:
    """All of them as one statement, with rows of the same insert in their order."""
    alike: dict[Insert, list[int]] = {}
    for number, insert in enumerate(inserts):
        alike.setdefault(insert, []).append(number)
    takes: list[tuple[int, int]] = []

    def numbered(part: str, insert: int) -> str:
        def own(place: re.Match[str]) -> str:
            takes.append((insert, int(place[1]) - 1))
            return f"${len(takes)}"

        return _PLACE.sub(own, part)

    parts = [
        insert.head + ", ".join(numbered(insert.row, number) for number in numbers) + numbered(insert.tail, numbers[0])
        for insert, numbers in alike.items()
    ]
    *before, last = parts
    named = ", ".join(f"w{number} AS ({part})" for number, part in enumerate(before))
    return Merged(f"WITH {named} {last}" if before else last, tuple(takes))


class Waiting(NamedTuple):
    """A write that waits: its statement and values; its parts if it may be merged; what it replaces, if it does."""

    sql: str
    values: list[Any]
    insert: Insert | None
    replaces: tuple[Any, ...]


#: How often a run of inserts has come; one that is rare is not worth a statement of its own on every connection.
_SEEN: dict[tuple[Insert, ...], int] = {}
_MERGED: dict[tuple[Insert, ...], Merged] = {}
_OFTEN, _LONGEST, _REMEMBERED = 4, 32, 400


def together(waiting: Sequence[Waiting]) -> list[tuple[str, Sequence[Any]]]:
    """The statements to send for what waits, in its order: runs of inserts that come often are merged."""
    sent: list[tuple[str, Sequence[Any]]] = []
    for mergeable, group in groupby(waiting, lambda one: one.insert is not None):
        run = list(group)
        merged = _known(run) if mergeable else None
        if merged is None:
            sent += [(one.sql, one.values) for one in run]
        else:
            sent.append((merged.sql, merged.values([one.values for one in run])))
    return sent


def _known(run: list[Waiting]) -> Merged | None:
    replaced = [one.replaces for one in run if one.replaces]
    if not 1 < len(run) <= _LONGEST or len(set(replaced)) < len(replaced):
        # The same row twice: one statement may not touch it twice, and the later one counts.
        return None
    inserts = tuple(one.insert for one in run if one.insert is not None)
    found = _MERGED.get(inserts)
    if found is None and len(_SEEN) < _REMEMBERED:
        _SEEN[inserts] = _SEEN.get(inserts, 0) + 1
        if _SEEN[inserts] >= _OFTEN:
            found = _MERGED[inserts] = merge(inserts)
    return found


__all__ = ["Insert", "Merged", "Waiting", "cut", "merge", "together"]
