"""What an error says about the server, and when the breaker lets somebody ask it again."""

from __future__ import annotations

import time

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from hotline import breaker as breakers


class _RefusalError(Exception):
    def __init__(self, sqlstate: str | None) -> None:
        super().__init__("refused")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("error", "busy", "away"),
    [
        (OperationalError("", {}, _RefusalError("55P03")), True, False),
        (OperationalError("", {}, _RefusalError("40P01")), True, False),
        (OperationalError("", {}, _RefusalError("57P01")), False, True),
        (OperationalError("", {}, _RefusalError("57014")), False, False),
        (OperationalError("", {}, _RefusalError("53300")), False, True),
        (OperationalError("", {}, _RefusalError(None)), False, True),
        (IntegrityError("", {}, _RefusalError("23505")), False, False),
    ],
)
def test_what_an_error_says_about_the_server(error: DBAPIError, busy: bool, away: bool) -> None:
    assert (breakers.is_busy(error), breakers.is_away(error)) == (busy, away)
    assert breakers.is_slow(error) is (error.orig.sqlstate == "57014")  # type: ignore[union-attr]


def test_the_breaker_lets_one_request_try_per_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    breaker = breakers.Breaker()
    assert breaker.closed()
    breaker.failed()
    assert not breaker.closed()
    now[0] += breakers.PAUSE_S
    assert [breaker.closed(), breaker.closed()] == [True, False]
    breaker.worked()
    assert breaker.closed()


def test_one_answer_that_takes_too_long_keeps_nobody_else_from_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    breaker = breakers.Breaker()
    for _ in range(3):
        breaker.slow()
        assert breaker.closed()
        breaker.worked()
    for _ in range(breakers.SLOW_IN_A_ROW):
        breaker.slow()
    assert not breaker.closed()
    now[0] += breakers.PAUSE_S
    assert breaker.closed()
    breaker.slow()
    assert not breaker.closed()
