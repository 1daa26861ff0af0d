"""The short form of ``make faults``: every process is killed once in a stream of calls and texts; nobody is lost."""

from __future__ import annotations

import pytest

from tests.faults.count import Lists, compare, sees_a_loss, with_twice, without
from tests.faults.house import House
from tests.faults.killer import TARGETS, Blow, worst
from tests.faults.night import Plan, run
from tests.support.engines import passable_folder

SHORT = Plan(
    events=18,
    operators=4,
    kills=1,
    stops=(3.0,),
    holds=0,
    pause=0.3,
    patience=(12.0, 18.0),
    talk=(2.0, 4.0),
    hasten=True,
)
LISTS = Lists(("CA1", "CA2"), ("SM1",), ("CA1", "CA2"), ("SM1",), ("CA9",), ("CA9",))


@pytest.mark.processes
@pytest.mark.xdist_group("supervision")
@pytest.mark.timeout(420)
def test_nothing_is_missing_or_doubled_whatever_is_killed(tmp_path_factory: pytest.TempPathFactory) -> None:
    outcome = run(House(passable_folder(tmp_path_factory, "faults")), SHORT)
    assert outcome.failures() == []
    assert {blow.target for blow in outcome.blows} == set(TARGETS)
    assert outcome.accepted > 0


def test_the_counting_sees_a_loss_a_double_a_stranger_and_a_stray() -> None:
    assert compare(LISTS).clean
    assert compare(without(LISTS, "CA2")).missing == ("CA2",)
    assert compare(without(LISTS, "SM1")).missing == ("SM1",)
    assert compare(with_twice(LISTS, "CA1")).doubled == ("CA1",)
    assert compare(Lists((), (), ("CA1",), ())).unknown == ("CA1",)
    assert compare(Lists((), (), (), (), ("SM5",), ())).strays == ("SM5",)
    assert sees_a_loss(LISTS)


def test_a_run_without_rows_proves_nothing() -> None:
    assert not sees_a_loss(Lists((), (), (), ()))


def test_one_process_that_did_not_come_back_spoils_its_line() -> None:
    blows = [Blow("web", "main process", {}, 1.5), Blow("web", "worker process", {}, None)]
    assert list(worst(blows)) == [("web", 2, None)]
