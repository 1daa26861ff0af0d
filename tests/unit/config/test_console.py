"""The common log."""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path

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


def test_a_full_disk_under_the_log_stops_nothing_either() -> None:
    with suppress(OSError), Path("/dev/full").open("w") as out:
        Console({}, (), out).line("web", "still here")
        written = True
    assert written
