"""docs/rules.md names a test for every rule of the line: each is there, and says its number."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.test_calls_page import TESTS, exists, rows_of

ROWS = rows_of(TESTS.parent / "docs" / "rules.md", head="Rule")
#: What calls and texts are held to; H10 comes with the public pages.
ASKED = {f"H{number}" for number in (*range(1, 10), *range(11, 21))}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.partition(" |")[0])
def test_a_rule_says_all_there_is_to_say_and_its_test_exists(row: str) -> None:
    cells = row.split(" | ")
    assert len(cells) == 4
    number = cells[0].partition(" ")[0].lower()
    assert f"::test_{number}_" in cells[-1]
    assert exists(cells[-1])


def test_every_rule_that_was_asked_for_has_its_row() -> None:
    assert {row.partition(" ")[0] for row in ROWS} == ASKED


def test_every_test_that_says_a_rule_is_named_there() -> None:
    named = set(re.findall(r"::(test_h\d+_\w+)", "\n".join(ROWS)))
    found = set[str]()
    for path in Path(TESTS).rglob("test_*.py"):
        found |= set(re.findall(r"^def (test_h\d+_\w+)\(", path.read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert found == named
