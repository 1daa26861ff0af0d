"""docs/security.md, asvs.md and duties.md say what is: tests exist, no row is left out, the table is current."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.who_may import PAGE, ROOT, drawn, table

_ASVS = ROOT / "docs" / "asvs.md"
_DUTIES = ROOT / "docs" / "duties.md"
#: The level of each requirement of ASVS 5.0.0, by section, in order.
LEVELS = """
1.1 22 · 1.2 1111122223 · 1.3 112222222223 · 1.4 222 · 1.5 123 · 2.1 122 · 2.2 112 · 2.3 12223 · 2.4 23 · 3.1 3 ·
3.2 113 · 3.3 12223 · 3.4 11222233 · 3.5 11122333 · 3.6 3 · 3.7 22333 · 4.1 12233 · 4.2 23333 · 4.3 22 · 4.4 1222 ·
5.1 2 · 5.2 112333 · 5.3 113 · 5.4 222 · 6.1 122 · 6.2 111111112222 · 6.3 11223333 · 6.4 112233 · 6.5 22222333 ·
6.6 2223 · 6.7 33 · 6.8 2222 · 7.1 222 · 7.2 1111 · 7.3 22 · 7.4 11222 · 7.5 223 · 7.6 22 · 8.1 1233 · 8.2 1123 ·
8.3 133 · 8.4 23 · 9.1 111 · 9.2 1222 · 10.1 22 · 10.2 223 · 10.3 22223 · 10.4 1111122222233333 · 10.5 22222 ·
10.6 22 · 10.7 222 · 11.1 2233 · 11.2 22233 · 11.3 11233 · 11.4 1222 · 11.5 23 · 11.6 23 · 11.7 33 · 12.1 12233 ·
12.2 11 · 12.3 22223 · 13.1 2333 · 13.2 222223 · 13.3 2233 · 13.4 1222233 · 14.1 22 · 14.2 12223333 · 14.3 122 ·
15.1 12233 · 15.2 12233 · 15.3 1222222 · 15.4 3333 · 16.1 2 · 16.2 22222 · 16.3 2222 · 16.4 222 · 16.5 2223 ·
17.1 23 · 17.2 22223333 · 17.3 22
"""
_WHOLE = frozenset({"6", "7", "8", "14", "16"})


def _levels() -> dict[str, int]:
    sections = [part.split() for part in LEVELS.split("·")]
    return {f"{name}.{place}": int(level) for name, levels in sections for place, level in enumerate(levels, 1)}


def test_the_list_is_that_of_the_standard() -> None:
    levels = list(_levels().values())
    assert [levels.count(level) for level in (1, 2, 3)] == [70, 183, 92]


def test_each_row_of_our_levels_has_its_line_with_a_test_or_a_gap() -> None:
    wanted = {row: level for row, level in _levels().items() if level < 3 or row.partition(".")[0] in _WHOLE}
    lines = re.findall(
        r"^\| (\d+\.\d+\.\d+) \| (\d) \| (.+?) \| (.+?) \|$", _ASVS.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert {row: int(level) for row, level, _what, _test in lines} == wanted
    assert len(lines) == len(wanted)
    held = ("`tests/", "**gap**: ", "does not apply")
    assert [row for row, _level, _what, shown in lines if not shown.startswith(held)] == []
    told = re.search(r"(\d+) rows have a test, (\d+) do not apply, (\d+) are gaps", _ASVS.read_text(encoding="utf-8"))
    assert told is not None
    assert [int(one) for one in told.groups()] == [
        sum(line[3].startswith(kind) for line in lines) for kind in (held[0], held[2], held[1])
    ]


@pytest.mark.parametrize("page", [PAGE, _ASVS, _DUTIES], ids=lambda page: page.name)
def test_every_test_that_is_named_exists(page: Path) -> None:
    named = set(re.findall(r"`(tests/[^`:]+)(?:::(\w+))?`", page.read_text(encoding="utf-8")))
    assert len(named) > 8
    missing = [
        f"{name}::{test}"
        for name, test in sorted(named)
        if not (ROOT / name).is_file() or (test and f"def {test}(" not in (ROOT / name).read_text(encoding="utf-8"))
    ]
    assert missing == []
    defined = {(name, test): f"def {test}(" for name, test in named if test}
    assert [one for one, line in defined.items() if line not in (ROOT / one[0]).read_text(encoding="utf-8")] == []


def test_the_table_of_who_may_what_is_current() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert drawn(page, table()) == page
