"""The common log."""

from __future__ import annotations

import io

from config.console import Console


def test_a_line_says_whose_it_is_and_hides_secrets() -> None:
    out = io.StringIO()
    console = Console({}, ["very-secret-value", "short"], out)
    console.line("web", "token very-secret-value is short")
    assert out.getvalue().rstrip().endswith("web      | token ••• is short")


def test_a_secret_inside_a_longer_one_does_not_uncover_the_rest() -> None:
    out = io.StringIO()
    Console({}, ["password", "postgresql://koza:password@/koza"], out).line("web", "postgresql://koza:password@/koza")
    assert "koza:" not in out.getvalue()


def test_a_closed_terminal_stops_nothing() -> None:
    out = io.StringIO()
    console = Console({}, (), out)
    out.close()
    console.line("web", "still here")
