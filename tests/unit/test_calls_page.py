"""docs/calls.md names a test for every way in which a call can go wrong: each of them is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
FILE = TESTS.parent / "docs" / "calls.md"
PAGE = FILE.read_text(encoding="utf-8")


def rows_of(file: Path, head: str) -> list[str]:
    """The rows of a page's tables, without their ends and without the line that begins with ``head``."""
    rows: list[str] = re.findall(r"^\| (.+) \|$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [row for row in rows if not row.startswith(f"{head} |")]


def exists(cell: str) -> bool:
    """Whether there is the test that a cell names."""
    path, _, name = cell.strip("`").partition("::")
    return re.search(rf"^def {name}\(", (TESTS / path).read_text(encoding="utf-8"), flags=re.MULTILINE) is not None


ROWS = rows_of(FILE, head="The way")
#: Ends that must have a row, each by its name.
ASKED = (
    "nobody on duty",
    "all on break",
    "all busy",
    "all decline",
    "bad number",
    "a machine answers",
    "it refuses what we ask",
    "it times out",
    "an exception at a step of hers",
    "a process is killed in a step",
    "two take her at once",
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.partition(" |")[0])
def test_a_way_says_all_there_is_to_say_and_its_test_exists(row: str) -> None:
    cells = row.split(" | ")
    assert len(cells) == 5
    assert exists(cells[-1])


def test_every_way_that_was_asked_for_has_its_row() -> None:
    ways = {row.partition(" |")[0] for row in ROWS}
    assert set(ASKED) <= ways
    for path in re.findall(r"`tests/([\w/.]+)`", PAGE):
        assert (TESTS / path).is_file()
