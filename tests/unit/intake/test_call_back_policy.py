"""How often her telephone may ring for us: every history of calls, and the moment at which another is possible."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from intake.call_back_policy import CallBackPolicy, call_back_policy, pause_after


def policy(attempts: int, within_hours: int, pause_minutes: int) -> CallBackPolicy:
    return CallBackPolicy(
        source="tests",
        valid_from=date(2026, 1, 1),
        attempts=attempts,
        within_hours=within_hours,
        pause_minutes=min(pause_minutes, within_hours * 60),
    )


POLICIES = st.builds(policy, st.integers(1, 10), st.integers(1, 168), st.integers(0, 1440))
WAITS = st.lists(st.integers(0, 100 * 3600), max_size=30)


@given(POLICIES, WAITS)
def test_whoever_calls_when_it_is_possible_never_calls_too_often(one: CallBackPolicy, waits: list[int]) -> None:
    called: list[float] = []
    moment = 0.0
    for wait in waits:
        moment += wait
        ago = [moment - at for at in reversed(called)]
        pause = pause_after(ago, one)
        if pause > 1:
            # No moment before that one is possible.
            assert pause_after([since + pause - 1 for since in ago], one) > 0
        moment += pause
        called.append(moment)
    window = one.within_hours * 3600
    for place, at in enumerate(called):
        within = [other for other in called[: place + 1] if at - other < window - 1e-6]
        assert len(within) <= one.attempts
        if place:
            assert at - called[place - 1] >= one.pause_minutes * 60 - 1e-6


def test_what_is_shipped() -> None:
    shipped = call_back_policy()
    assert (shipped.attempts, shipped.within_hours, shipped.pause_minutes) == (3, 24, 20)
    assert pause_after([], shipped) == 0
    assert pause_after([60.0], shipped) == 19 * 60
    assert pause_after([3600.0, 7200.0], shipped) == 0
    assert pause_after([3600.0, 7200.0, 10_800.0], shipped) == 21 * 3600
