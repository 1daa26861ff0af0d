"""What belongs to nobody here, or contradicts what is known: kept once, told, sealed for a month, then forgotten."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from config.standing import look
from core.crypto import DataKey
from core.due import Due
from core.sweeping import sweep
from hotline.carriers.protocol import RemoteText
from hotline.models import Conflict, Quarantined
from hotline.queries import set_aside
from hotline.reconciler import EVERY_S, LOOK_BACK_S, Reconciler
from hotline.service.inbox import KEPT_DAYS, KEPT_LONG_ENOUGH
from tests.edge.hotline.conftest import Room, alarmed
from tests.edge.hotline.test_reconciler import reconciler
from tests.support.line import fresh_number, fresh_sid, line_number
from tests.support.planted import SENTENCE

DAY_S = 86_400


def stray(room: Room, sid: str | None = None, body: str = SENTENCE) -> tuple[str, TestResponse]:
    """A text for a number that is not ours."""
    return room.line.text(fresh_number(), body, sid, To=line_number())


def rows(room: Room, sid: str) -> list[Quarantined]:
    return room.do(lambda session: list(session.scalars(select(Quarantined).where(Quarantined.key == sid))))


def keys(room: Room) -> int:
    return room.do(lambda session: session.execute(select(func.count()).select_from(DataKey)).scalar_one())


@pytest.fixture
def looking(room: Room) -> Reconciler:
    """A reconciler whose row has been made, a look ago."""
    made = reconciler(room)
    made.tick()
    made.tick()
    return made


@pytest.fixture
def quiet(room: Room) -> Room:
    """Nothing was set aside today."""
    room.hand.advance((KEPT_DAYS + 2) * DAY_S, sweeping=False)
    room.do(lambda session: [session.delete(row) for row in session.scalars(select(Quarantined))])
    room.do(lambda session: [session.delete(row) for row in session.scalars(select(Conflict))])
    return room


def test_a_repeated_stray_is_kept_told_and_counted_once(quiet: Room) -> None:
    sid, answer = stray(quiet)
    assert answer.status_code == 200
    before, told = keys(quiet), alarmed("quarantine")
    stray(quiet, sid)
    stray(quiet, sid)
    assert len(rows(quiet, sid)) == 1
    assert (keys(quiet), alarmed("quarantine")) == (before, told)


def test_strays_at_once_share_the_key_of_the_day(quiet: Room) -> None:
    before, told = keys(quiet), alarmed("quarantine")
    with ThreadPoolExecutor(4) as pool:
        sids = [sid for sid, _ in pool.map(lambda _: stray(quiet), range(4))]
    used = {row.data_key_id for sid in sids for row in rows(quiet, sid)}
    assert len(used) == 1
    assert keys(quiet) == before + 1
    assert alarmed("quarantine") == told + 4


def test_after_a_month_the_day_is_forgotten_with_its_key(quiet: Room) -> None:
    old, _ = stray(quiet)
    known, _ = quiet.line.text(fresh_number(), "merhaba")
    quiet.line.text(fresh_number(), SENTENCE, known)
    (row,) = rows(quiet, old)
    assert SENTENCE in (quiet.do(lambda session: session.get_one(Quarantined, row.id).payload) or "")
    quiet.hand.advance(DAY_S, sweeping=False)
    young, _ = stray(quiet)
    quiet.hand.advance(KEPT_DAYS * DAY_S - 3600, sweeping=False)
    sweep(quiet.ground)
    assert len(rows(quiet, old)) == 1
    quiet.hand.advance(7200, sweeping=False)
    while sweep(quiet.ground):
        continue
    assert rows(quiet, old) == []
    assert quiet.do(lambda session: session.get(DataKey, row.data_key_id)) is None
    assert quiet.do(lambda session: session.scalars(select(Conflict.id).where(Conflict.key == known)).all()) == []
    assert len(rows(quiet, young)) == 1


def test_what_is_set_aside_can_be_counted_by_screens_and_metrics(quiet: Room) -> None:
    stray(quiet)
    sid, _ = quiet.line.text(fresh_number(), "merhaba")
    quiet.line.text(fresh_number(), "merhaba", sid)
    quiet.line.text(fresh_number(), "merhaba", sid)
    counted = quiet.do(set_aside)
    assert (counted.quarantined, counted.conflicts) == (1, 2)
    standing = look(quiet.ground)
    assert [standing[f"koza_{name}_open"] for name in ("quarantine", "webhook_conflicts")] == [1, 2]


def test_a_stray_at_the_carrier_is_taken_in_at_one_look_alone(room: Room, looking: Reconciler) -> None:
    sid = fresh_sid("SM")
    room.carrier.texts.append(room.carrier.text(sid, fresh_number(), line_number(), SENTENCE, inbound=True))
    room.hand.advance(EVERY_S, sweeping=False)
    looking.tick()
    before, told = keys(room), alarmed("quarantine")
    assert len(rows(room, sid)) == 1
    for _ in range(3):
        room.hand.advance(EVERY_S, sweeping=False)
        assert looking.tick() == 0
    assert (keys(room), alarmed("quarantine")) == (before, told)


def test_an_event_that_fits_no_shape_waits_for_a_person_and_holds_nothing_up(
    room: Room,
    looking: Reconciler,
) -> None:
    bad = "SMnonsense" + fresh_sid("x")
    room.carrier.texts.append(room.carrier.text(bad, fresh_number(), room.line.number, SENTENCE, inbound=True))
    journal, told = alarmed("journal"), alarmed("quarantine")
    asked: list[datetime] = []
    listing = room.carrier.list_inbound_texts

    def listed(since: datetime) -> tuple[RemoteText, ...]:
        asked.append(since)
        return listing(since)

    room.carrier.list_inbound_texts = listed  # type: ignore[method-assign]
    for _ in range(30):
        room.hand.advance(EVERY_S, sweeping=False)
        looking.tick()
    looked_back = room.carrier.now() - asked[-1]
    assert looked_back.total_seconds() < LOOK_BACK_S + 3 * EVERY_S
    assert (alarmed("journal"), alarmed("quarantine")) == (journal, told + 1)
    assert [SENTENCE in (row.payload or "") for row in room.do(lambda s: in_session(s, bad))] == [True]


def in_session(session: Session, sid: str) -> list[Quarantined]:
    """The rows with their payload opened."""
    found = list(session.scalars(select(Quarantined).where(Quarantined.key == sid)))
    assert all(row.payload is not None for row in found)
    return found


def test_a_dropped_key_leaves_nothing_due(quiet: Room) -> None:
    stray(quiet)
    due = select(Due.subject).where(Due.kind == KEPT_LONG_ENOUGH)
    assert len(quiet.do(lambda session: list(session.scalars(due)))) == 1
    quiet.hand.advance((KEPT_DAYS + 2) * DAY_S, sweeping=False)
    while sweep(quiet.ground):
        continue
    assert quiet.do(lambda session: list(session.scalars(due))) == []
