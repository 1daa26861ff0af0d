"""Dates that people worked out by hand, in docs/deadlines.md, and the page's other tables."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from core.i18n import ISTANBUL
from core.workdays import shipped_file
from escalation.cases.clock.calendar import shipped
from escalation.cases.clock.periods import Term, deadlines_file, parse_term, rule_of
from escalation.cases.clock.reckoning import Trigger, local_of, reckon
from tools import court_calendar, deadline_page

PAGE = Path(__file__).resolve().parents[4] / "docs" / "deadlines.md"


class Row(NamedTuple):
    rule: str
    variant: str
    basis: str
    beginning: str
    decided: str
    day: str
    legal: str
    safe: str
    duty: str
    why: str


def rows() -> list[Row]:
    text = PAGE.read_text(encoding="utf-8").partition("<!-- dates: begin -->")[2].partition("<!-- dates: end -->")[0]
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [Row(*(cell.strip() for cell in line.strip("|").split("|"))) for line in lines]


def moment(text: str) -> datetime | date:
    if " " not in text:
        return date.fromisoformat(text)
    return datetime.fromisoformat(text).replace(tzinfo=ISTANBUL)


def decided(text: str) -> date | Term | None:
    if not text:
        return None
    return date.fromisoformat(text) if "-" in text else parse_term(text)


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.rule} {row.beginning}")
def test_the_reckoning_agrees_with_the_hand(row: Row) -> None:
    trigger = Trigger(row.basis, moment(row.beginning), decided(row.decided))
    found = reckon(rule_of(row.rule), trigger, shipped(), variant=row.variant)
    if found.ends is None:
        assert (row.day, row.legal, row.safe) == ("–", "–", "–")
        return
    legal = local_of(found.ends.legal_at)
    shown = legal.strftime("%H:%M")
    if shown == "00:00":
        shown, legal = "24:00", legal - timedelta(days=1)
    assert legal.date() == found.ends.legal_day
    assert (found.ends.legal_day.isoformat(), shown) == (row.day, row.legal)
    assert local_of(found.ends.safe_at).strftime("%Y-%m-%d %H:%M") == row.safe
    assert ("yes" if found.duty_court else "no") == row.duty


def test_every_rule_stands_in_the_table() -> None:
    assert {row.rule for row in rows()} == set(deadlines_file().by_key)


def test_the_lawyer_s_tables_are_those_of_the_catalogue() -> None:
    assert PAGE.read_text(encoding="utf-8") == deadline_page.page()
    believed = [rule for rule in deadlines_file().rules if rule.mark == "BELIEVED"]
    assert believed
    assert all(f"| BELIEVED | `{rule.key}`" in deadline_page.tables() for rule in believed)


def test_the_shipped_calendar_holds_the_known_days() -> None:
    calendar = shipped()
    for day in ("2026-03-20", "2026-05-27", "2026-10-29", "2027-03-09", "2027-05-16", "2027-05-19", "2028-01-01"):
        assert calendar.is_closed(date.fromisoformat(day)), day
    for day in ("2026-03-19", "2026-05-26", "2026-10-28", "2027-03-08", "2027-10-28"):
        assert calendar.is_half(date.fromisoformat(day)), day
    assert not calendar.is_half(date(2027, 5, 15)), "a Saturday is closed, eve or not"
    assert calendar.reaches(date(2035, 12, 31))
    assert not calendar.reaches(date(2036, 1, 1))


def test_the_library_still_says_what_was_shipped_for_the_announced_years() -> None:
    shipped_rows = {
        (item.day, item.closed_from.isoformat("minutes"), item.title.tr)
        for item in shipped_file().days
        if item.day.year < 2028
    }
    assert {(day, hour, name) for day, hour, name, _, _ in court_calendar.rows() if day.year < 2028} == shipped_rows
