"""The ladder by line and hour: each moment of each line has exactly one, and a file that says otherwise is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from core.catalogue import CatalogueError, load_catalogue
from hotline.rules import CEILING_S
from routing.ladder import PATH, Ladder, OfLine, ladder, steps_for

NATIONAL, CENTRE = OfLine("+903120000001", national=True), OfLine("+903120000002", national=False)
DAY, NIGHT = {"from": "07:00", "to": "22:00"}, {"from": "22:00", "to": "07:00", "on_call_seconds": 20}


def read(folder: Path, *by_line: dict[str, Any], **changes: Any) -> Ladder:
    path = folder / "ladder.yaml"
    data = yaml.safe_load(PATH.read_text(encoding="utf-8")) | {"by_line": list(by_line)} | changes
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return load_catalogue(path, Ladder)


def of(line: str, *hours: dict[str, Any]) -> dict[str, Any]:
    return {"line": line, "hours": list(hours)}


def istanbul(clock: str) -> datetime:
    """A moment by the clock of Istanbul, three hours before Greenwich's."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 11, 27, hour, minute, tzinfo=UTC) - timedelta(hours=3)


def test_the_shipped_ladder_is_one_for_every_line_and_hour() -> None:
    for line in (NATIONAL, CENTRE):
        for hour in range(24):
            assert steps_for(ladder(), line, istanbul(f"{hour:02}:00")) == ladder().base


def test_at_night_those_on_call_are_rung_earlier_and_everything_else_is_as_by_day(tmp_path: Path) -> None:
    known = read(tmp_path, of("national", DAY, NIGHT))
    for clock, seconds in (("06:59", 20), ("07:00", 40), ("21:59", 40), ("22:00", 20), ("00:00", 20)):
        steps = steps_for(known, NATIONAL, istanbul(clock))
        assert steps.on_call_seconds == seconds
        assert steps == known.base.model_copy(update={"on_call_seconds": seconds})
        assert steps_for(known, CENTRE, istanbul(clock)) == known.base


def test_a_number_goes_before_its_kind_and_a_kind_before_every(tmp_path: Path) -> None:
    whole = {"from": "00:00", "to": "00:00"}
    known = read(
        tmp_path,
        of("every", {**whole, "first_wave": 2}),
        of("centre", {**whole, "first_wave": 4}),
        of(NATIONAL.number, {**whole, "first_wave": 6}),
    )
    other = OfLine("+903120000003", national=True)
    noon = istanbul("12:00")
    assert [steps_for(known, line, noon).first_wave for line in (NATIONAL, CENTRE, other)] == [6, 4, 2]


cuts = st.lists(st.integers(0, 24 * 60 - 1), min_size=1, max_size=6, unique=True).map(sorted)


@given(cuts, st.integers(0, 24 * 60 - 1))
def test_whatever_the_hours_are_a_moment_has_the_ladder_of_the_hours_in_which_it_lies(
    cuts: list[int], minute: int
) -> None:
    def clock(at: int) -> str:
        return f"{at // 60:02}:{at % 60:02}"

    hours = [
        {"from": clock(start), "to": clock(end), "first_wave": place + 1}
        for place, (start, end) in enumerate(zip(cuts, [*cuts[1:], cuts[0]], strict=True))
    ]
    data = yaml.safe_load(PATH.read_text(encoding="utf-8")) | {"by_line": [of("every", *hours)]}
    known = Ladder.model_validate(data)
    # The one that began last; before the first cut of the day that is the one over midnight.
    begun = max((place for place, start in enumerate(cuts) if start <= minute), default=len(cuts) - 1)
    assert steps_for(known, CENTRE, istanbul(clock(minute))).first_wave == begun + 1


@pytest.mark.parametrize(
    ("by_line", "said"),
    [
        ([of("national", DAY)], "national: no ladder from 00:00 to 07:00"),
        ([of("national", {**NIGHT, "to": "06:00"}, DAY)], "national: no ladder from 06:00 to 07:00"),
        ([of("national", DAY, {**NIGHT, "from": "21:30"})], "national: two ladders from 21:30 to 22:00"),
        ([of("every", {"from": "08:00", "to": "08:00"}, NIGHT)], "every: two ladders"),
        ([of("centre", DAY, NIGHT), of("centre", DAY, NIGHT)], "two ladders for one line: centre"),
        ([of("everywhere", DAY, NIGHT)], "line"),
        ([of("every", {"from": "7:00", "to": "22:00"}, NIGHT)], "from"),
        ([of("every", {**DAY, "ceiling_seconds": 300}, NIGHT)], "ceiling_seconds"),
        ([of("every", DAY, {**NIGHT, "wave_seconds": 45})], "every from 22:00 to 07:00: the steps do not fit"),
        ([of("every", DAY, {**NIGHT, "on_call_seconds": 80})], f"ceiling of a call, {CEILING_S} s"),
    ],
)
def test_a_file_with_two_ladders_or_none_for_a_moment_is_refused_and_says_where(
    tmp_path: Path, by_line: list[dict[str, Any]], said: str
) -> None:
    with pytest.raises(CatalogueError, match=r"ladder\.yaml") as refused:
        read(tmp_path, *by_line)
    assert said in str(refused.value)


def test_no_number_of_the_file_is_the_ceiling_of_a_call(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="ceiling_seconds"):
        read(tmp_path, ceiling_seconds=300)
    with pytest.raises(CatalogueError, match="do not fit"):
        read(tmp_path, wave_seconds=60)
