"""What the carrier knows of texts and calls is asked for over real sockets, and no answer is no 'nothing'."""

import socket
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from core.trunks import Trunk, TrunkLine
from hotline.carriers.protocol import (
    CarrierUnavailable,
    Refused,
)
from tests.unit.hotline.carrier_stand import (
    ACCOUNT,
    BODY,
    CALL,
    LINE,
    PERSON,
    SINCE,
    TEXT,
    answering,
    call,
    error,
    hang_up,
    message,
    place,
    standing,
)


def test_texts_to_a_number_are_found_from_a_moment_on() -> None:
    rows = [message(), message(sid="SM" + "3" * 32, date_created="Mon, 23 Nov 2026 09:59:59 +0000")]
    with standing(answering(200, {"messages": rows, "next_page_uri": None})) as stand:
        (found,) = stand.carrier().find_texts(PERSON, SINCE)
    assert (found.sid, found.recipient, found.body, found.status, found.inbound) == (TEXT, PERSON, BODY, "sent", False)
    assert found.created_at == datetime(2026, 11, 23, 10, 0, 1, tzinfo=UTC)
    assert stand.asked[0][2]["To"] == [PERSON]
    assert PERSON not in repr(found)
    assert BODY not in repr(found)


def test_calls_to_a_number_are_found_from_a_moment_on() -> None:
    rows = [call(), call(sid="CA" + "3" * 32, date_created="Mon, 23 Nov 2026 09:00:00 +0000")]
    with standing(answering(200, {"calls": rows, "next_page_uri": None})) as stand:
        (found,) = stand.carrier().find_calls(PERSON, SINCE)
    assert (found.sid, found.called, found.status, found.parent_sid) == (CALL, PERSON, "ringing", None)


def test_a_call_from_a_line_of_a_trunk_leaves_by_it_and_is_looked_for_there_too() -> None:
    target = "sip:{number}@sbc.example"
    line = TrunkLine(number=LINE, caller_id="+902120000000")
    trunks = (Trunk(name="T", domain="koza.sip.example", target=target, lines=(line,)),)
    with standing(answering(201, call(status="queued"))) as stand:
        for from_ in (LINE, "+903120000009"):
            place(stand.carrier(trunks=trunks), from_=from_)
    asked = [(fields["To"], fields["From"]) for _, _, fields, _ in stand.asked]
    assert asked == [([f"sip:{PERSON}@sbc.example"], ["+902120000000"]), ([PERSON], ["+903120000009"])]
    with standing(answering(200, {"calls": [call()], "next_page_uri": None})) as stand:
        assert len(stand.carrier(trunks=trunks).find_calls(PERSON, SINCE)) == 2
    assert [fields["To"] for _, _, fields, _ in stand.asked] == [[PERSON], [f"sip:{PERSON}@sbc.example"]]
    with standing(error(500)) as stand:
        for never in ("112", "sip:112@sbc.example", "+90112"):
            assert place(stand.carrier(trunks=trunks), to=never) == Refused(None, "permanent")
    assert stand.asked == []


def test_one_text_or_call_is_found_by_its_sid_and_a_404_is_an_answer() -> None:
    with standing(answering(200, message(status="undelivered", error_code=30003))) as stand:
        text = stand.carrier().find_text(TEXT)
    assert text is not None
    assert (text.sid, text.status, text.error_code) == (TEXT, "undelivered", 30003)
    with standing(answering(200, call())) as stand:
        found = stand.carrier().find_call(CALL)
    assert found is not None
    assert found.sid == CALL
    with standing(error(404, 20404)) as stand:
        assert stand.carrier().find_text(TEXT) is None
    with standing(error(404, 20404)) as stand:
        assert stand.carrier().find_call(CALL) is None
    with standing(error(503, 20503)) as stand, pytest.raises(CarrierUnavailable):
        stand.carrier().find_text(TEXT)


def test_only_what_came_in_is_listed_over_all_pages() -> None:
    first = {
        "messages": [message(direction="inbound"), message()],
        "next_page_uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?Page=1",
    }
    second = {"messages": [message(sid="SM" + "4" * 32, direction="inbound", error_code=30008)], "next_page_uri": None}
    pages = iter([answering(200, first), answering(200, second)])

    def next_page(connection: socket.socket) -> None:
        next(pages)(connection)

    with standing(next_page) as stand:
        found = stand.carrier().list_inbound_texts(SINCE)
    assert [(text.sid, text.error_code) for text in found] == [(TEXT, None), ("SM" + "4" * 32, 30008)]
    with standing(answering(200, {"calls": [call(direction="inbound"), call()], "next_page_uri": None})) as stand:
        assert [row.sid for row in stand.carrier().list_inbound_calls(SINCE)] == [CALL]


@pytest.mark.parametrize("answer", [error(500), error(401, 20003), hang_up, answering(200, b"x"), answering(200, {})])
def test_a_question_without_answer_says_so_and_not_what_was_asked(answer: Callable[[socket.socket], None]) -> None:
    with standing(answer) as stand, pytest.raises(CarrierUnavailable) as caught:
        stand.carrier().find_texts(PERSON, SINCE)
    assert PERSON not in str(caught.value)
