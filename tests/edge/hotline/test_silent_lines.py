"""A line that nobody reaches for a multiple of its normal gap is told, and whoever reaches it ends that."""

from __future__ import annotations

import pytest

from hotline.jobs import start
from hotline.queries.silence import silent_lines
from hotline.service.silence import EVERY_S
from tests.edge.hotline.conftest import Room, alarmed
from tests.edge.hotline.test_night_count import go_to
from tests.support.line import fresh_number
from tests.support.past import busy_by_day

HOUR = 3600


@pytest.fixture
def past(room: Room) -> None:
    """It is noon; the line has a past, somebody just called, and lines are looked at."""
    go_to(room, 12)
    busy_by_day(room.ground, room.line.centre_id, room.line.line_id)
    room.line.ring(fresh_number())
    room.do(start)


def is_silent(room: Room, hours: float = 0) -> bool:
    """Whether the line is silent when so many hours have passed."""
    room.hand.advance(hours * HOUR)
    return room.line.line_id in {row.line_id for row in room.do(silent_lines)}


def test_it_is_told_once_and_a_test_contact_ends_it(room: Room, past: None) -> None:
    before = alarmed("silent_line")
    assert not is_silent(room, 1.7)
    assert is_silent(room, 0.8)
    assert is_silent(room, EVERY_S / HOUR)
    assert alarmed("silent_line") == before + 1
    room.line.text(fresh_number(), "deneme")
    assert not is_silent(room)
    # The next silence is counted from then on.
    assert not is_silent(room, 1)
    assert is_silent(room, 1.5)


def test_a_night_without_a_call_is_none_on_a_line_that_never_rings_by_night(room: Room, past: None) -> None:
    go_to(room, 17, 50)
    room.line.ring(fresh_number())
    assert not is_silent(room, 13)
    assert is_silent(room, 6)


def test_a_line_without_a_past_never_alarms(room: Room) -> None:
    go_to(room, 12)
    room.line.ring(fresh_number())
    room.do(start)
    assert not is_silent(room, 24 * 3)
