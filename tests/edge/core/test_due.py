"""Due rows: each is done once, in its order, by whoever lives; reactions that fail keep a contact's story in order."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.clock import after, koza_now
from core.database import Ground, new_sessions
from core.due import ALARM_AFTER, Due, DueHandlers, cancel_due, overdue_seconds, set_due
from core.facts import Fact, Reactions
from core.ids import new_id
from core.metrics import REGISTRY
from core.outbox import Outbox
from core.sweeping import sweep
from core.unit_of_work import unit_of_work
from tests.support.house import Clock


@dataclass(frozen=True)
class Knocked(Fact):
    """A fact for these tests."""

    times: int


@dataclass(frozen=True)
class Left(Fact):
    """Another."""

    times: int


def rewired(ground: Ground, reactions: Reactions, due: DueHandlers) -> Ground:
    """The same database with other reactions and handlers."""
    sessions = new_sessions(ground.engine, settings=ground.settings, keyring=ground.keyring, reactions=reactions)
    return replace(ground, sessions=sessions, reactions=reactions, due_handlers=due)


def handling(ground: Ground, kind: str, handler: Callable[[Session, str, int], None]) -> Ground:
    due = DueHandlers()
    due.on(kind, handler)
    return rewired(ground, Reactions(), due)


def fresh_kind() -> str:
    return f"tests.{new_id().hex}"


def rows(ground: Ground, kind: str) -> list[tuple[str, int, int]]:
    with unit_of_work(ground) as session:
        found = session.execute(select(Due.subject, Due.epoch, Due.tries).where(Due.kind == kind).order_by(Due.id))
        return [(row.subject, row.epoch, row.tries) for row in found]


def alarms() -> float:
    return REGISTRY.get_sample_value("koza_alarms_total", {"kind": "reaction_failing"}) or 0.0


def test_several_sweepers_do_each_row_once(ground: Ground) -> None:
    kind, done, lock = fresh_kind(), Counter[str](), threading.Lock()

    def handle(_session: Session, subject: str, _epoch: int) -> None:
        with lock:
            done[subject] += 1

    house = handling(ground, kind, handle)
    with unit_of_work(house) as session:
        for number in range(120):
            set_due(session, kind, str(number), koza_now())
    with ThreadPoolExecutor(4) as threads:
        for sweeper in [threads.submit(sweep, house) for _ in range(4)]:
            sweeper.result()
    sweep(house)
    assert done == Counter({str(number): 1 for number in range(120)})
    assert rows(house, kind) == []


def test_setting_replaces_and_cancelling_forgets(ground: Ground, hand: Clock) -> None:
    kind, heard = fresh_kind(), list[tuple[str, int]]()
    house = handling(ground, kind, lambda _session, subject, epoch: heard.append((subject, epoch)))
    with unit_of_work(house) as session:
        set_due(session, kind, "a", koza_now())
        set_due(session, kind, "a", after(60), epoch=2)
        set_due(session, kind, "b", koza_now())
        cancel_due(session, kind, "b")
        cancel_due(session, kind, "never there")
    sweep(house)
    assert (heard, rows(house, kind)) == ([], [("a", 2, 0)])
    hand.advance(61, sweeping=False)
    with unit_of_work(house) as session:
        assert overdue_seconds(session) >= 1
    sweep(house)
    assert (heard, rows(house, kind)) == ([("a", 2)], [])


def test_a_handler_may_set_its_own_row_again_even_for_the_same_moment(ground: Ground) -> None:
    kind, heard = fresh_kind(), list[int]()

    def handle(session: Session, subject: str, epoch: int) -> None:
        heard.append(epoch)
        if epoch < 3:
            at = session.scalars(select(Due.at).where(Due.kind == kind)).one()
            set_due(session, kind, subject, at, epoch=epoch + 1)

    house = handling(ground, kind, handle)
    with unit_of_work(house) as session:
        set_due(session, kind, "a", koza_now(), epoch=1)
    sweep(house)
    assert (heard, rows(house, kind)) == ([1, 2, 3], [])


@pytest.mark.parametrize("change", ["set", "cancel"])
def test_who_holds_the_call_may_change_its_due_time_while_the_sweeper_waits_for_the_call(
    ground: Ground,
    change: str,
) -> None:
    kind, started, call = fresh_kind(), threading.Event(), text("SELECT pg_advisory_xact_lock(4711)")

    def handle(session: Session, _subject: str, _epoch: int) -> None:
        started.set()
        session.execute(call)

    house = handling(ground, kind, handle)
    with unit_of_work(house) as session:
        set_due(session, kind, "a", koza_now())
    with ThreadPoolExecutor(1) as threads:
        with unit_of_work(house) as session:
            session.execute(call)
            sweeper = threads.submit(sweep, house)
            assert started.wait(20)
            session.execute(text("SET LOCAL lock_timeout = '300ms'"))
            if change == "set":
                set_due(session, kind, "a", after(60), epoch=7)
            else:
                cancel_due(session, kind, "a")
        sweeper.result()
    assert rows(house, kind) == ([("a", 7, 0)] if change == "set" else [])


def test_a_killed_sweeper_leaves_the_row_and_nothing_else(ground: Ground, environment: Mapping[str, str]) -> None:
    kind, subject, heard = fresh_kind(), new_id(), list[str]()
    with unit_of_work(ground) as session:
        set_due(session, kind, str(subject), koza_now())
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.support.core_child", "stuck", kind],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"inside\n"
        house = handling(ground, kind, lambda _session, which, _epoch: heard.append(which))
        sweep(house)
        assert heard == []
        child.kill()
    while not heard:  # the server notices the end of a connection a moment later
        sweep(house)
    assert heard == [str(subject)]
    assert rows(house, kind) == []
    with unit_of_work(house) as session:
        assert session.scalars(select(Outbox).where(Outbox.centre_id == subject)).all() == []


def test_a_row_that_keeps_failing_alarms_once_and_holds_up_no_other(ground: Ground, hand: Clock) -> None:
    kind, heard, before = fresh_kind(), list[str](), alarms()

    def handle(_session: Session, subject: str, _epoch: int) -> None:
        if subject == "bad":
            raise RuntimeError("never")
        heard.append(subject)

    house = handling(ground, kind, handle)
    with unit_of_work(house) as session:
        set_due(session, kind, "bad", koza_now())
        set_due(session, kind, "good", koza_now())
    for tries in range(1, ALARM_AFTER + 2):
        sweep(house)
        assert rows(house, kind) == [("bad", 0, tries)]
        assert alarms() - before == (1 if tries >= ALARM_AFTER else 0)
        hand.advance(400, sweeping=False)
    assert heard == ["good"]
    with unit_of_work(house) as session:
        cancel_due(session, kind, "bad")


@pytest.mark.parametrize("told", [True, False])
def test_people_are_told_once_of_a_row_that_keeps_failing_and_it_stays_if_they_cannot_be(
    ground: Ground, hand: Clock, told: bool
) -> None:
    kind, centre, heard = fresh_kind(), new_id(), list[tuple[str, UUID | None]]()

    def handle(_session: Session, _subject: str, _epoch: int) -> None:
        raise RuntimeError("never")

    def tell(_session: Session, failing: str, centre_id: UUID | None) -> None:
        heard.append((failing, centre_id))
        if not told:
            raise RuntimeError("nor this")

    house = handling(ground, kind, handle)
    house.due_handlers.stuck = tell
    with unit_of_work(house) as session:
        set_due(session, kind, "bad", koza_now(), centre_id=centre)
    for _ in range(ALARM_AFTER + 2):
        sweep(house)
        hand.advance(400, sweeping=False)
    assert heard == [(kind, centre)]
    assert rows(house, kind) == [("bad", 0, ALARM_AFTER + 2)]
    with unit_of_work(house) as session:
        cancel_due(session, kind, "bad")


def test_a_row_of_a_kind_that_this_release_does_not_know_stays(ground: Ground) -> None:
    kind = fresh_kind()
    house = handling(ground, fresh_kind(), lambda *_: None)
    with unit_of_work(house) as session:
        set_due(session, kind, "a", koza_now())
    assert sweep(house) == 0
    assert rows(house, kind) == [("a", 0, 0)]
    with unit_of_work(house) as session:
        cancel_due(session, kind, "a")


@given(
    ranks=st.lists(st.integers(1, 4), min_size=8, max_size=40),
    endless=st.booleans(),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_most_urgent_is_done_first_and_nobody_waits_for_ever(
    ground: Ground, ranks: list[int], endless: bool
) -> None:
    kind, done = fresh_kind(), list[int]()

    def handle(session: Session, subject: str, rank: int) -> None:
        done.append(rank)
        if endless and rank == 1:
            set_due(session, kind, subject, koza_now(), epoch=rank, rank=rank)

    house = handling(ground, kind, handle)
    with unit_of_work(house) as session:
        for number, rank in enumerate(ranks):
            # The less urgent have waited longer.
            set_due(session, kind, str(number), after(-60 * rank), epoch=rank, rank=rank)
    sweep(house, limit=3)
    assert done == ([1, 1, 1] if endless and 1 in ranks else sorted(ranks)[:3])
    sweep(house, limit=4 * len(ranks))
    assert sorted(rank for rank in done if rank > 1) == sorted(rank for rank in ranks if rank > 1)
    with unit_of_work(house) as session:
        for number in range(len(ranks)):
            cancel_due(session, kind, str(number))


def test_a_sweep_whose_time_is_over_begins_nothing_more(ground: Ground) -> None:
    kind, done = fresh_kind(), list[str]()

    def slow(_session: Session, subject: str, _epoch: int) -> None:
        done.append(subject)
        threading.Event().wait(0.02)

    house = handling(ground, kind, slow)
    with unit_of_work(house) as session:
        for number in range(5):
            set_due(session, kind, str(number), koza_now())
    assert sweep(house, seconds=0.0) == 0
    assert sweep(house, seconds=0.01) == 1
    assert sweep(house, limit=2) == 2
    assert sweep(house) >= 2
    assert sorted(done) == ["0", "1", "2", "3", "4"]
