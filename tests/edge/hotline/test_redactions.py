"""Words are emptied at the carrier once they are safe with us, and it is asked until they are."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.clock import koza_now
from core.due import Due
from core.facts import Reactions
from hotline.carriers.protocol import Outcome, Refused, Retry, Unknown
from hotline.models import Message
from hotline.service.redacting import HERS_KEPT_S, OURS_KEPT_S, REDACT
from tests.edge.hotline.conftest import Room, alarmed
from tests.edge.hotline.test_sends import sms_status
from tests.support.line import fresh_number


@pytest.fixture(autouse=True)
def _nobody_reacts(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the rooms above do in a day about a woman who waits is not the question here."""
    monkeypatch.setattr(Reactions, "to", lambda _self, _fact: [])


def waiting(room: Room) -> list[str]:
    return room.do(lambda session: list(session.scalars(select(Due.subject).where(Due.kind == REDACT))))


def emptied(room: Room, sid: str) -> int:
    return sum(act.what == "redact" for act in room.carrier.of(sid))


def test_her_text_is_emptied_a_day_later_and_stays_with_us(room: Room) -> None:
    sid, _ = room.line.text(fresh_number(), "merhaba")
    room.later(HERS_KEPT_S - 60)
    assert emptied(room, sid) == 0
    room.later(120)
    room.later(HERS_KEPT_S)
    assert emptied(room, sid) == 1
    assert waiting(room) == []
    found = select(Message).where(Message.carrier_sid == sid)
    assert room.do(lambda session: session.scalars(found).one().body) == "merhaba"


def test_what_we_wrote_to_her_is_emptied_when_it_arrived_and_no_page_is(room: Room) -> None:
    her, staff = fresh_number(), fresh_number()
    contact_id = room.text(sender=her)
    room.reply(contact_id, room.permit(contact_id), undo_seconds=0)
    room.page(staff)
    room.send()
    ours, page = room.carrier.of(her)[0].sid, room.carrier.of(staff)[0].sid
    sms_status(room, ours, "sent")
    assert ours not in waiting(room)
    for sid in (ours, page):
        sms_status(room, sid, "delivered")
    room.later(OURS_KEPT_S + 1)
    assert (emptied(room, ours), emptied(room, page)) == (1, 0)


def test_it_is_tried_until_it_is_done(room: Room) -> None:
    sid, _ = room.line.text(fresh_number(), "merhaba")
    answers: list[Outcome | None] = [Retry(20429), Unknown("timeout"), Refused(20009, "permanent"), None]
    before = alarmed("carrier_refused")
    room.carrier.answer = lambda act: answers.pop(0) if act.sid == sid else None
    room.later(HERS_KEPT_S + 1)
    while answers:
        assert waiting(room) == [sid]
        room.later(HERS_KEPT_S)
    assert answers == []
    assert waiting(room) == []
    assert alarmed("carrier_refused") == before


def test_one_that_is_gone_there_is_done_and_a_refused_account_is_told(room: Room) -> None:
    gone, refused = (room.line.text(fresh_number(), "merhaba")[0] for _ in range(2))
    meanings: dict[str, Outcome] = {gone: Refused(20404, "permanent"), refused: Refused(20003, "config_alarm")}
    before = alarmed("carrier_refused")
    room.carrier.answer = lambda act: meanings.get(act.sid)
    room.later(HERS_KEPT_S + 1)
    assert waiting(room) == [refused]
    assert alarmed("carrier_refused") > before


def test_many_are_emptied_a_few_at_a_time_and_none_is_overdue_meanwhile(room: Room) -> None:
    texts = [room.line.text(fresh_number(), "merhaba")[0] for _ in range(12)]
    room.later(HERS_KEPT_S + 1)
    assert sum(emptied(room, sid) for sid in texts) == 10
    assert room.do(lambda session: session.scalars(select(Due.at <= koza_now()).where(Due.kind == REDACT)).all()) == [
        False,
        False,
    ]
    room.later(30)
    assert [emptied(room, sid) for sid in texts] == [1] * 12
