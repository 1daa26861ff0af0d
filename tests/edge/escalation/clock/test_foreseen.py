"""What an administrator is shown before she changes a day is what the change then does, for any day and any hour."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, time, timedelta
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.unit_of_work import unit_of_work
from escalation.cases.clock import service
from escalation.cases.clock.models import Deadline
from escalation.cases.clock.reckoning import Trigger
from escalation.cases.clock.service import Moved
from tests.edge.escalation.clock.conftest import Clockwork
from tests.edge.escalation.clock.test_before_closed_days import administrator

_SATURDAY = 5
_TOLD = {"title_tr": "İdari izin", "title_en": "Administrative leave", "reason": "official gazette"}
Moments = dict[UUID, tuple[datetime | None, datetime | None]]


class Undone(Exception):  # noqa: N818 - no error: every example begins with the same calendar
    """What was looked at is taken back."""


def running(clockwork: Clockwork) -> set[UUID]:
    """Periods of every kind of end, near and far, some across the holiday of 29 October."""
    now, today = clockwork.house.moment(), clockwork.today()
    begun = [
        ("urgent_submit", Trigger("decision", now)),
        ("urgent_lapse_judge", Trigger("submission", now)),
        ("urgent_lapse_civil", Trigger("submission", now - timedelta(hours=5))),
        ("objection_window", Trigger("service", today)),
        ("service_pending", Trigger("decision", now)),
    ]
    for days in (5, 11, 22, 23, 33):
        begun.append(("measure_expiry", Trigger("decision", today, today + timedelta(days=days))))
        begun.append(("renewal_window", Trigger("decision", today, today + timedelta(days=days + 30))))
    return {clockwork.open(rule, trigger) for rule, trigger in begun}


def moments(session: Session) -> Moments:
    """When every period ends by the law, and on the safe side."""
    rows = session.execute(select(Deadline.id, Deadline.legal_at, Deadline.safe_at)).all()
    return {row.id: (row.legal_at, row.safe_at) for row in rows}


def changed(
    clockwork: Clockwork, day: date, closed_from: time | None
) -> tuple[list[Moved], list[Moved], Moments, Moments]:
    """What is foreseen, what the change then reports, and the moments before and after; all of it undone."""
    actor, scope = clockwork.house["admin"].actor, clockwork.house.scope("admin")
    found: list[tuple[list[Moved], list[Moved], Moments, Moments]] = []
    with suppress(Undone), unit_of_work(clockwork.house.ground) as session:
        foreseen = service.foresee(session, scope, day, closed_from=closed_from, **_TOLD)
        before = moments(session)
        done = service.set_calendar_day(
            session, actor, scope, day, closed_from=closed_from, foreseen=service.print_of(foreseen), **_TOLD
        )
        found.append((foreseen, done, before, moments(session)))
        raise Undone
    return found[0]


def test_what_is_foreseen_is_what_the_change_does(clockwork: Clockwork) -> None:
    administrator(clockwork)
    mine, today = running(clockwork), clockwork.today()
    moved: set[UUID] = set()

    @given(st.integers(0, 60), st.sampled_from([time(0), time(13), time(9, 30), None]))
    @settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def whatever_changes(days: int, closed_from: time | None) -> None:
        day = today + timedelta(days=days)
        if closed_from is None and day.weekday() >= _SATURDAY:
            closed_from = time(0)
        foreseen, done, before, after = changed(clockwork, day, closed_from)
        assert foreseen == done
        told = {
            one.deadline_id: ((one.legal_before, one.safe_before), (one.legal_after, one.safe_after)) for one in done
        }
        # Neither says more or less than what stands in the rows.
        assert {one for one in before if before[one] != after[one]} <= set(told)
        assert all(told[one] == (before[one], after[one]) for one in told)
        moved.update(told)

    whatever_changes()
    # Examples in which nothing moves would show nothing.
    assert len(moved & mine) >= 5
