"""The one clock stands still within a transaction, and tests move it for everybody at once."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, text

from core import clock
from core.clock import after, koza_now, now
from core.database import Ground
from core.unit_of_work import unit_of_work
from tests.support.house import Clock


def machine(ground: Ground) -> datetime:
    with unit_of_work(ground) as session:
        moment: datetime = session.execute(text("SELECT now()")).scalar_one()
    return moment


def test_it_is_the_machines_until_it_is_moved(ground: Ground, hand: Clock) -> None:
    with unit_of_work(ground) as session:
        assert now(session) == session.execute(text("SELECT now()")).scalar_one()
        assert session.execute(select(after(90) - koza_now())).scalar_one() == timedelta(seconds=90)
    hand.advance(3600, sweeping=False)
    with unit_of_work(ground) as session:
        assert now(session) - session.execute(text("SELECT now()")).scalar_one() == timedelta(hours=1)
        assert now(session).utcoffset() == timedelta(0)


def test_it_does_not_move_within_a_transaction_that_did_not_move_it(ground: Ground, hand: Clock) -> None:
    with unit_of_work(ground) as session:
        assert now(session) == now(session)
        clock.shift(session, timedelta(hours=2))
        moved = now(session)
    assert moved - machine(ground) < timedelta(hours=2)


def test_it_may_stand_still(ground: Ground, hand: Clock) -> None:
    with ground.engine.begin() as connection:
        connection.execute(text("UPDATE core_clock SET frozen_at = '2026-03-01T22:00Z'"))
    moments = set()
    for _ in range(2):
        with unit_of_work(ground) as session:
            moments.add(now(session).isoformat())
    assert moments == {"2026-03-01T22:00:00+00:00"}
