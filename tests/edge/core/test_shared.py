"""What the rows of one sweep share of what they read, and that nobody gets what was read before her."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from core.clock import koza_now
from core.database import Ground
from core.due import Due, set_due
from core.sweeping import shared, sweep
from core.unit_of_work import unit_of_work
from tests.edge.core.test_due import fresh_kind, handling


class Reader:
    """A handler that wants to know how many there are of a kind, and what it was told for each row."""

    def __init__(self, ground: Ground, counted: str) -> None:
        self.kind, self.counted = fresh_kind(), counted
        self.reads, self.told = 0, dict[str, int]()
        self.house = handling(ground, self.kind, self.handle)

    def handle(self, session: Session, subject: str, _epoch: int) -> None:
        self.told[subject] = shared(session, "count", lambda: self.count(session))

    def count(self, session: Session) -> int:
        self.reads += 1
        return session.execute(select(func.count()).where(Due.kind == self.counted)).scalar_one()

    def set(self, *subjects: str, counted: int = 0) -> None:
        """In one transaction, these rows become due and so many more of what is counted stand."""
        with unit_of_work(self.house) as session:
            for subject in subjects:
                set_due(session, self.kind, subject, koza_now())
            for number in range(counted):
                set_due(session, self.counted, f"{subjects}{number}", koza_now())


@pytest.fixture
def reader(ground: Ground) -> Reader:
    return Reader(ground, fresh_kind())


def test_what_rows_of_one_sweep_read_is_read_once(reader: Reader) -> None:
    reader.set("a", "b", "c", "d", counted=2)
    assert sweep(reader.house) == 4
    assert (reader.reads, reader.told) == (1, dict.fromkeys("abcd", 2))
    reader.set("e", counted=1)
    assert sweep(reader.house) == 1
    assert (reader.reads, reader.told["e"]) == (2, 3)


@pytest.mark.parametrize("late", ["new", "b"])
def test_a_row_that_is_set_after_the_reading_sees_what_was_written_with_it(reader: Reader, late: str) -> None:
    handle = reader.handle

    def and_somebody_else_acts(session: Session, subject: str, epoch: int) -> None:
        handle(session, subject, epoch)
        if len(reader.told) == 1:
            reader.set(late, counted=1)

    house = handling(reader.house, reader.kind, and_somebody_else_acts)
    reader.set("a", "b", "c", counted=2)
    sweep(house)
    # The others were due before either reading and may be served by both.
    assert (reader.told["a"], reader.told[late]) == (2, 3)
    assert reader.told.keys() == {"a", "b", "c", late}
    assert reader.reads == 2


def test_a_reading_that_is_a_second_old_serves_nobody(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.sweeping._SHARED_S", -1.0)
    reader.set("a", "b", "c")
    sweep(reader.house)
    assert reader.reads == 3


def test_a_handler_that_failed_leaves_a_reading_of_what_was_committed(reader: Reader) -> None:
    """It is read again nowhere, and what its own transaction wrote afterwards was never in it."""
    handle = reader.handle

    def fails_once(session: Session, subject: str, epoch: int) -> None:
        handle(session, subject, epoch)
        set_due(session, reader.counted, "taken back", koza_now())
        session.execute(text("SELECT 1"))
        if len(reader.told) == 1:
            raise RuntimeError("once")

    house = handling(reader.house, reader.kind, fails_once)
    reader.set("a", "b", counted=1)
    sweep(house)
    assert (reader.reads, reader.told) == (1, {"a": 1, "b": 1})


def test_outside_a_sweep_nothing_is_shared(reader: Reader) -> None:
    with unit_of_work(reader.house) as session:
        found = [shared(session, "count", lambda: reader.count(session)) for _ in range(2)]
    assert (found, reader.reads) == ([0, 0], 2)
