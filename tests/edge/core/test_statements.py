"""Writes wait and leave together: in their order, before anybody looks, and attributed when one is refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from core.crypto import DataKey, keep_data_key, prepare_data_key
from core.database import Ground
from core.due import Due, cancel_due, set_due
from core.ids import new_id
from core.outbox import Outbox, publish
from core.statements import Read, WritesFailedError, read_together, savepoint, send_waiting
from core.unit_of_work import run, unit_of_work
from hotline.breaker import is_away

KIND = "tests.statements"


def due(session: Session, subject: str) -> list[int]:
    return list(session.scalars(select(Due.epoch).where(Due.kind == KIND, Due.subject == subject)))


def waits(session: Session) -> int:
    return len(session.info.get("writes_waiting", []))


def test_what_waits_is_sent_before_anybody_looks(ground: Ground) -> None:
    subject = str(new_id())
    with unit_of_work(ground) as session:
        set_due(session, KIND, subject, timedelta(hours=1), epoch=1)
        set_due(session, KIND, subject, timedelta(hours=1), epoch=2)
        assert waits(session) == 2
        assert due(session, subject) == [2]
        assert waits(session) == 0
        cancel_due(session, KIND, subject)
        assert session.get(DataKey, new_id()) is None
        assert waits(session) == 0
        set_due(session, KIND, subject, timedelta(hours=1), epoch=3)
    with unit_of_work(ground) as session:
        assert due(session, subject) == [3]


def test_a_read_beside_what_waits_does_not_send_it(ground: Ground) -> None:
    one = Read(text("SELECT 1 AS one"))
    with unit_of_work(ground) as session:
        publish(session, new_id(), "tests", "1")
        assert one.all(session, beside=True)[0].one == 1
        assert waits(session) == 1
        assert [row.one for row in one.all(session)] == [1]
        assert waits(session) == 0


def test_they_are_written_in_their_order(ground: Ground) -> None:
    centre = new_id()
    with unit_of_work(ground) as session:
        for number in range(20):
            publish(session, centre, "tests", str(number))
            set_due(session, KIND, f"{centre}:{number}", timedelta(hours=1))
    with unit_of_work(ground) as session:
        rows = session.scalars(select(Outbox.subject).where(Outbox.centre_id == centre).order_by(Outbox.id)).all()
    assert rows == [str(number) for number in range(20)]


def test_what_is_rolled_back_is_not_sent_later(ground: Ground) -> None:
    subject = str(new_id())
    session = ground.sessions()
    assert due(session, subject) == []
    set_due(session, KIND, subject, timedelta(hours=1))
    session.rollback()
    assert waits(session) == 0
    session.close()
    with unit_of_work(ground) as session:
        assert due(session, subject) == []


def test_a_savepoint_takes_back_what_was_written_within_and_nothing_else(ground: Ground) -> None:
    before, within, after = (str(new_id()) for _ in range(3))
    with unit_of_work(ground) as session:
        set_due(session, KIND, before, timedelta(hours=1))
        with suppress(ZeroDivisionError), savepoint(session):
            set_due(session, KIND, within, timedelta(hours=1))
            raise ZeroDivisionError
        set_due(session, KIND, after, timedelta(hours=1))
    with unit_of_work(ground) as session:
        assert [len(due(session, subject)) for subject in (before, within, after)] == [1, 0, 1]


def twice(session: Session, key_id: UUID, subject: str) -> None:
    """Two writes that cannot both be, among others."""
    set_due(session, KIND, subject, timedelta(hours=1))
    _, row = prepare_data_key(session)
    keep_data_key(session, row | {"id": key_id})
    keep_data_key(session, row | {"id": key_id})


def test_writes_that_fail_together_are_sent_one_by_one(ground: Ground) -> None:
    key_id, subject = new_id(), str(new_id())
    with pytest.raises(WritesFailedError) as failure, unit_of_work(ground) as session:
        twice(session, key_id, subject)
    assert isinstance(failure.value.__cause__, IntegrityError)
    with pytest.raises(IntegrityError):
        run(ground, lambda session: twice(session, key_id, subject))
    with unit_of_work(ground) as session:
        assert due(session, subject) == []
        assert session.get(DataKey, key_id) is None


def test_a_single_write_that_fails_is_not_laid_at_the_door_of_who_reads_next(ground: Ground) -> None:
    key_id = new_id()
    with unit_of_work(ground) as session:
        _, row = prepare_data_key(session)
        keep_data_key(session, row | {"id": key_id})
    blamed: list[str] = []

    def work(session: Session) -> None:
        keep_data_key(session, row | {"id": key_id})
        blamed.append("writer passed")
        session.get(DataKey, new_id())

    with pytest.raises(IntegrityError):
        run(ground, work)
    # The second time it fails where it is written.
    assert blamed == ["writer passed"]


def test_no_value_stands_in_the_error(ground: Ground) -> None:
    key_id = new_id()
    with pytest.raises(WritesFailedError) as failure, unit_of_work(ground) as session:
        twice(session, key_id, "kapının arkasındayım")
    assert "kapının" not in f"{failure.value} {failure.value.__cause__}"


def test_a_lost_connection_is_no_failure_of_a_write(ground: Ground) -> None:
    session = ground.sessions()
    pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with ground.engine.connect() as other:
        other.execute(text("RESET ROLE"))
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    publish(session, new_id(), "tests", "1")
    publish(session, new_id(), "tests", "2")
    with pytest.raises(OperationalError) as failure:
        send_waiting(session)
    assert is_away(failure.value)
    session.close()
    with unit_of_work(ground) as session:
        assert session.execute(text("SELECT 1")).scalar_one() == 1


def test_few_round_trips(ground: Ground) -> None:
    """Nothing of the mapper's is asked for what only writes."""
    seen: list[str] = []
    event.listen(ground.engine, "before_cursor_execute", lambda *told: seen.append(told[2]))
    with unit_of_work(ground) as session:
        publish(session, new_id(), "tests", "1")
        cancel_due(session, KIND, "none")
    assert seen == []


def test_a_transaction_ends_with_its_last_writes(ground: Ground) -> None:
    """The mapper's rows and those that wait are there for others as soon as the block has ended."""
    key_id, subject = new_id(), str(new_id())
    with unit_of_work(ground) as session:
        session.add(DataKey(id=key_id, wrapped=b"1", wrapping_key="1"))
        set_due(session, KIND, subject, timedelta(hours=1))
    with unit_of_work(ground) as session:
        assert session.get(DataKey, key_id) is not None
        assert due(session, subject) == [0]


def test_reads_together_see_what_the_one_before_them_waited_for(ground: Ground) -> None:
    one, two = Read(text("SELECT 1 AS one")), Read(text("SELECT 2 AS two UNION SELECT 3 ORDER BY 1"))
    with unit_of_work(ground) as session:
        found = read_together(session, (one, {}), (two, {}))
    assert [[tuple(row) for row in rows] for rows in found] == [[(1,)], [(2,), (3,)]]


def test_what_the_driver_forgets_after_a_rollback_is_prepared_again(ground: Ground) -> None:
    """It lets the server forget everything that is prepared, in the middle of a later transaction."""
    read = Read(text("SELECT 1 AS one"))
    session = ground.sessions()
    for _ in range(8):
        session.execute(text("SELECT 'the driver prepares what comes again'"))
        assert read.all(session)[0].one == 1
    session.rollback()
    for _ in range(2):
        assert read.all(session)[0].one == 1
        session.execute(text("SELECT 'the driver prepares what comes again'"))
        assert read.all(session)[0].one == 1
        session.rollback()
    session.close()


def test_a_number_is_as_large_as_its_column(ground: Ground) -> None:
    """What is prepared with a small number takes a large one."""
    subject = str(new_id())
    for epoch in (1, 70_000):
        with unit_of_work(ground) as session:
            set_due(session, KIND, subject, timedelta(hours=1), epoch=epoch)
    with unit_of_work(ground) as session:
        assert due(session, subject) == [70_000]


def test_a_transaction_that_failed_is_not_called_committed(ground: Ground) -> None:
    session = ground.sessions()
    with suppress(DBAPIError):
        session.connection().exec_driver_sql("SELECT 1 / 0")
    publish(session, new_id(), "tests", "1")
    with pytest.raises(DBAPIError):
        session.commit()
    session.close()
