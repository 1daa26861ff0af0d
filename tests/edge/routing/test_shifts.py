"""The rota by hand, and what is pushed down from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from core.clock import now
from hotline.roster import read_roster
from routing import jobs, queries
from routing.people import duty_telephones
from routing.service import ShiftError, add_shift, remove_shift
from staff.scope import Scope
from tests.support.desk import TESTS, Desk

EIGHT = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)


def put(desk: Desk, account: UUID, start: datetime, hours: float, role: str = "operator") -> UUID:
    with desk.work() as session:
        return add_shift(
            session,
            TESTS,
            account_id=account,
            centre_id=desk.centre_id,
            line_id=desk.line.line_id,
            role=role,
            start=start,
            end=start + timedelta(hours=hours),
        )


def test_one_person_does_not_serve_one_line_twice_at_once(desk: Desk) -> None:
    elif_, leyla = desk.person(phone=False), desk.person(phone=False)
    put(desk, elif_, EIGHT, 8)
    with pytest.raises(ShiftError) as refused:
        put(desk, elif_, EIGHT + timedelta(hours=7), 8)
    assert refused.value.reason == "overlap"
    put(desk, elif_, EIGHT + timedelta(hours=8), 8)
    put(desk, elif_, EIGHT, 8, role="shift_lead")
    put(desk, leyla, EIGHT, 8)


@pytest.mark.parametrize(("hours", "reason"), [(0, "order"), (-1, "order"), (31 * 24, "too_long")])
def test_an_interval_that_cannot_be_meant_is_refused(desk: Desk, hours: float, reason: str) -> None:
    with pytest.raises(ShiftError) as refused:
        put(desk, desk.person(phone=False), EIGHT, hours)
    assert refused.value.reason == reason


def test_duty_counts_people_with_the_same_hours_and_ends_before_its_end(desk: Desk) -> None:
    for _ in range(2):
        put(desk, desk.person(phone=False), EIGHT, 8)
    reader = desk.person("shift_lead", phone=False)
    with desk.work() as session:
        scope = Scope.of(session, reader)
        [row] = queries.duty(session, scope, at=EIGHT)
        assert (row.count, row.role, row.start, row.end) == (2, "operator", EIGHT, EIGHT + timedelta(hours=8))
        assert queries.duty(session, scope, at=EIGHT + timedelta(hours=8)) == []
        assert len(queries.on_duty(session, desk.centre_id, desk.line.line_id, at=EIGHT)) == 2
        assert len(queries.shifts(session, scope, since=EIGHT, until=EIGHT + timedelta(days=1))) == 2


def test_a_shift_is_removed_once(desk: Desk) -> None:
    shift = put(desk, desk.person(phone=False), EIGHT, 8)
    with desk.work() as session:
        remove_shift(session, TESTS, shift)
    with pytest.raises(ShiftError), desk.work() as session:
        remove_shift(session, TESTS, shift)


def test_the_roster_outside_the_database_names_the_telephones_on_duty(desk: Desk) -> None:
    elif_ = desk.person()
    with desk.work() as session:
        moment = now(session)
    put(desk, elif_, moment - timedelta(hours=1), 8)
    desk.tick()
    with desk.work() as session:
        numbers = duty_telephones(session)[desk.line.number]
    assert len(numbers) == 1
    ground = desk.line.ground
    roster = read_roster(ground.settings.data_dir / jobs.ROSTER_FILE, ground.keyring.derive(jobs.ROSTER_KEY))
    assert roster.numbers(desk.line.number) == numbers
