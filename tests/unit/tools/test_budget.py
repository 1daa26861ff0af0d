"""What took too long is said, part by part."""

from __future__ import annotations

from tools import budget


def test_parts_are_summed_shared_among_workers_and_held_against_their_budgets() -> None:
    durations = [
        ("tests/unit/core/test_log.py::test_a", 100.0),
        ("tests/unit/core/test_log.py::test_a[1/2]", 20.0),
        ("tests/edge/hotline/test_voice.py::test_b", 302.0),
        ("tests/engines/test_redis.py::test_c", 30.0),
        ("tests/commands/test_commands.py::test_d", 10.0),
    ]
    assert list(budget.lines_of_tests(durations, workers=2, whole=250.0)) == [
        "unit              60 s of 120 s, within budget",
        "edge             151 s of 150 s, over budget: what made it slower?",
        "rest              20 s",
        "whole run        250 s of 600 s, within budget",
    ]


def test_a_part_that_did_not_run_is_not_shown() -> None:
    assert list(budget.lines_of_tests([("tests/browser/test_call.py::test_a", 1.0)], workers=1, whole=2.0)) == [
        "browser            1 s of 120 s, within budget",
        "whole run          2 s of 600 s, within budget",
    ]


def test_the_static_checks_have_a_budget() -> None:
    assert budget.line("static", 61.0) == "static            61 s of 60 s, over budget: what made it slower?"
