"""The worker's round for the queue: it ends by itself, in time, and between two rows."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from config import worker
from core.clock import koza_now
from core.database import Ground
from core.due import cancel_due, set_due
from core.unit_of_work import unit_of_work
from tests.edge.core.test_due import fresh_kind, handling, rows


@pytest.mark.parametrize("seconds", [0.2, 0.0])
def test_a_round_ends_in_its_time_however_much_is_due(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    # The queue ends a job that goes on for too long wherever it is, in the midst of a row or of a request.
    monkeypatch.setattr(worker, "_QUICK_S", seconds)
    kind, done = fresh_kind(), list[int]()

    def never_ends(session: Session, subject: str, epoch: int) -> None:
        done.append(epoch)
        set_due(session, kind, subject, koza_now(), epoch=epoch + 1)

    house = handling(ground, kind, never_ends)
    with unit_of_work(house) as session:
        set_due(session, kind, "a", koza_now())
    worker.Rounds(house).quick()
    assert bool(done) == (seconds > 0)
    assert len(done) < 1000
    assert rows(house, kind) == [("a", len(done), 0)]
    with unit_of_work(house) as session:
        cancel_due(session, kind, "a")
