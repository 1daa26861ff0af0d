from __future__ import annotations

from pathlib import Path

import pytest

from core.catalogue import CatalogueError, load_catalogue
from escalation.paging import rules
from escalation.paging.catalogue_rows import LADDERS, LaddersFile


def test_the_shipped_ladders_serve_every_reason_and_level_once() -> None:
    file = load_catalogue(LADDERS, LaddersFile)
    assert not rules.covers_all((item.reasons, item.levels) for ladder in file.ladders for item in ladder.serves)


def test_a_level_1_page_reaches_its_last_resort_within_the_goal_of_three_minutes() -> None:
    file = load_catalogue(LADDERS, LaddersFile)
    danger = next(ladder for ladder in file.ladders if ladder.slug == "danger")
    assert danger.loops * sum(step.delay_s for step in danger.steps) <= 180
    assert all(step.parallel for step in (*danger.steps, danger.last_resort))
    assert danger.snooze_max_s == 0


def test_levels_1_and_2_are_texted_and_called_at_once() -> None:
    for ladder in load_catalogue(LADDERS, LaddersFile).ladders:
        if any(level <= 2 for item in ladder.serves for level in item.levels):
            assert all(step.parallel for step in (*ladder.steps, ladder.last_resort))


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("reasons: [pager]", "reasons: [due]", "not served exactly once"),
        ("reasons: [pager]", "reasons: [weather]", "reasons"),
        ("    last_resort: {roles: [lead, director], delay_s: 300, parallel: true}\n", "", "last_resort"),
        ("slug: pager", "slug: danger", "twice"),
        ("delay_s: 120", "delay_s: 0", "delay_s"),
    ],
)
def test_a_ladder_that_would_lose_somebody_stops_the_start(tmp_path: Path, old: str, new: str, named: str) -> None:
    text = LADDERS.read_text(encoding="utf-8")
    head, tail = text.split("  - slug: pager", 1)
    changed = head + ("  - slug: pager" + tail).replace(old, new, 1)
    path = tmp_path / "ladders.yaml"
    path.write_text(changed, encoding="utf-8")
    with pytest.raises(CatalogueError, match=named):
        load_catalogue(path, LaddersFile)
