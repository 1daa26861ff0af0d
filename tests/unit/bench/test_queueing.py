"""The queue's rules: the simulation against Erlang's formula, and what must hold for any load."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.queueing import Demand, answered_within, chance_of_waiting, simulate, staff_needed

LOADS = st.floats(min_value=0.5, max_value=400)


def test_one_server_waits_as_often_as_it_is_busy() -> None:
    assert chance_of_waiting(1, 0.7) == pytest.approx(0.7)


def test_the_table_of_erlang_c() -> None:
    assert chance_of_waiting(2, 1.0) == pytest.approx(1 / 3)


@pytest.mark.parametrize(("staff", "an_hour"), [(3, 15.0), (6, 33.75), (12, 75.0)])
def test_callers_with_endless_patience_wait_as_the_formula_says(staff: int, an_hour: float) -> None:
    demand = Demand(an_hour, 8.0)
    found = simulate(demand, staff, calls=60_000, seconds=20, seed=7)
    assert found.share(found.waited) == pytest.approx(chance_of_waiting(staff, demand.erlangs), abs=0.03)
    assert found.share(found.in_time) == pytest.approx(answered_within(staff, demand, 20), abs=0.03)
    assert found.gave_up == 0


@given(LOADS)
def test_the_staff_needed_is_the_fewest_that_reach_the_goal(an_hour: float) -> None:
    demand = Demand(an_hour, 8.0)
    staff = staff_needed(demand, share=0.9, seconds=20)
    assert answered_within(staff, demand, 20) >= 0.9
    assert answered_within(staff - 1, demand, 20) < 0.9


@given(LOADS, st.integers(1, 30), st.integers(0, 1000))
def test_every_caller_is_counted_once(an_hour: float, staff: int, seed: int) -> None:
    found = simulate(Demand(an_hour, 8.0, 3.0), staff, calls=300, seconds=20, seed=seed)
    assert found.in_time + found.gave_up <= found.calls == 300
    assert found.gave_up <= found.waited
