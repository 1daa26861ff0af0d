"""The lawyer's list is that of the shipped data, and holds every rule that is marked."""

from __future__ import annotations

import re

from tools import believed


def test_the_page_is_current() -> None:
    page = believed.PAGE.read_text(encoding="utf-8")
    assert page == believed.drawn(page)


def test_every_mark_of_the_data_has_its_row() -> None:
    listed = [row.file for row in believed.believed()]
    marks = {
        path.relative_to(believed.ROOT).as_posix(): len(
            re.findall(r"\bmark: BELIEVED\b", path.read_text(encoding="utf-8"))
        )
        for path in believed.files()
    }
    assert sum(marks.values()) > 20
    assert {file: count for file, count in marks.items() if listed.count(file) < count} == {}


def test_a_part_that_is_believed_is_told_although_its_rule_is_verified() -> None:
    rows = {row.code for row in believed.believed()}
    assert {"measure_expiry", "urgent_lapse_civil", "duty_courts", "p4_ch"} <= rows
    assert "urgent_lapse_judge" not in rows


def test_every_row_says_what_it_is_and_where_it_is_from() -> None:
    bare = [row for row in believed.believed() if not row.source or not (row.title or row.code == "duty_courts")]
    assert bare == []
