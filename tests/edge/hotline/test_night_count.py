"""Each night the carrier's lists and every contact's end are looked at: what nobody can explain is counted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from core.clock import now as database_now
from escalation.paging.service import request_for_contact
from escalation.paging.service.ends import unexplained
from hotline.night_count import COUNTED_AT, NightCount
from hotline.queries.days import last_counted
from staff.rules import ISTANBUL
from tests.edge.hotline.conftest import ACTOR, Room, alarmed
from tests.edge.hotline.test_reconciler import reconciler
from tests.support.line import fresh_number, fresh_sid

Found = list[tuple[str, str]]


def go_to(room: Room, hour: int, minute: int = 0) -> None:
    """The clock goes on to a time of day; nothing that falls due until then is done."""
    local = room.do(database_now).astimezone(ISTANBUL)
    wanted = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    wait = (wanted if wanted > local else wanted + timedelta(days=1)) - local
    room.hand.advance(wait.total_seconds(), sweeping=False)


@pytest.fixture
def counting(room: Room) -> NightCount:
    """It is noon, and the next count is due tonight."""
    made = NightCount(room.ground, room.carrier)
    go_to(room, 12)
    assert not made.tick()
    return made


def found(room: Room) -> Found:
    """What is unexplained at the line's centre: SID and why."""

    def look(session: object) -> Found:
        rows = unexplained(session, [room.line.centre_id])  # type: ignore[arg-type]
        return [(row.carrier_sid, row.why) for row in rows if row.centre_id == room.line.centre_id]

    return room.do(look)


def tonight(room: Room, counting: NightCount) -> Found:
    """The count of this night is made."""
    go_to(room, COUNTED_AT.hour, COUNTED_AT.minute + 1)
    assert counting.tick()
    return found(room)


def listed(room: Room, sid: str, caller: str, to: str | None = None) -> None:
    """The carrier lists a call or a text of this moment."""
    number = to or room.line.number
    if sid.startswith("CA"):
        room.carrier.calls.append(room.carrier.call(sid, caller, number, inbound=True, status="no-answer"))
    else:
        room.carrier.texts.append(room.carrier.text(sid, caller, number, "yardım", inbound=True))


def hung_up(room: Room) -> str:
    """Somebody calls and hangs up while she waits."""
    caller = fresh_number()
    sid, _ = room.line.ring(caller)
    listed(room, sid, caller)
    room.line.step(f"/twilio/voice/menu/{room.contact_of(sid).id}", sid, caller, Digits="1")
    room.line.status(sid, caller, "completed")
    return sid


def test_a_day_of_calls_and_texts_as_they_come_leaves_nothing_unexplained(room: Room, counting: NightCount) -> None:
    hung_up(room)
    sender = fresh_number()
    sid, _ = room.line.text(sender, "merhaba")
    listed(room, sid, sender)
    # A number of the account that is not ours is none of our business.
    listed(room, fresh_sid("CA"), fresh_number(), fresh_number())
    assert tonight(room, counting) == []
    counted = room.do(last_counted)
    assert counted is not None
    yesterday = room.do(database_now).astimezone(ISTANBUL).date() - timedelta(days=1)
    assert (counted.day, counted.calls, counted.texts) == (yesterday, 1, 1)
    assert not counting.tick()


def test_what_the_carrier_lists_and_never_reached_us_is_counted_until_it_is_in(
    room: Room, counting: NightCount
) -> None:
    lost, caller = fresh_sid("CA"), fresh_number()
    listed(room, lost, caller)
    written, sender = fresh_sid("SM"), fresh_number()
    listed(room, written, sender)
    assert tonight(room, counting) == [(lost, "missing"), (written, "missing")]
    looking = reconciler(room)
    looking.tick()
    # It last looked to the day before, as after an outage.
    with room.ground.engine.begin() as connection:
        connection.execute(
            text("UPDATE core_due SET at = koza_now(), epoch = epoch - 1440 WHERE kind LIKE '%reconcile'")
        )
    looking.tick()
    assert found(room) == []


def test_a_call_that_nobody_is_asked_for_is_counted_until_somebody_is(room: Room, counting: NightCount) -> None:
    sid = hung_up(room)
    contact_id = room.contact_of(sid).id
    before = alarmed("unexplained")
    with room.ground.engine.begin() as connection:
        connection.execute(text("DELETE FROM core_due WHERE kind = 'paging.step'"))
        connection.execute(text("DELETE FROM paging_pages WHERE contact_id = :of"), {"of": contact_id})
    assert tonight(room, counting) == [(sid, "nobody_asked")]
    assert alarmed("unexplained") == before + 1
    # It stands on further nights as well, and once.
    assert tonight(room, counting) == [(sid, "nobody_asked")]
    room.do(lambda session: request_for_contact(session, ACTOR, contact_id, "call_unanswered"))
    assert found(room) == []


def test_a_call_whose_end_was_never_told_is_counted(room: Room, counting: NightCount) -> None:
    caller = fresh_number()
    sid, _ = room.line.ring(caller)
    listed(room, sid, caller)
    assert tonight(room, counting) == [(sid, "not_over")]
    room.line.status(sid, caller, "completed")
    assert found(room) == []


def test_what_was_taken_for_nobodys_is_told_for_a_day(room: Room, counting: NightCount) -> None:
    listed(room, "SMnonsense", fresh_number())
    looking = reconciler(room)
    looking.tick()
    looking.tick()
    room.hand.advance(90, sweeping=False)
    looking.tick()
    assert tonight(room, counting) == [("SMnonsense", "aside")]
    room.hand.advance(86400, sweeping=False)
    assert found(room) == []


def test_a_carrier_that_does_not_answer_is_asked_again_and_no_night_is_left_out(
    room: Room, counting: NightCount
) -> None:
    lost = fresh_sid("CA")
    listed(room, lost, fresh_number())
    room.carrier.away = True
    for _ in range(3):
        go_to(room, COUNTED_AT.hour, COUNTED_AT.minute + 1)
        assert not counting.tick()
    room.carrier.away = False
    assert not counting.tick()
    room.hand.advance(600, sweeping=False)
    assert counting.tick()
    today = room.do(database_now).astimezone(ISTANBUL).date()
    counted = room.do(last_counted)
    assert counted is not None
    assert counted.day == today - timedelta(days=1)
