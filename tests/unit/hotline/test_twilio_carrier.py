"""Each way an exchange with the carrier can end, over real sockets, and what may be done after it."""

import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from core.trunks import Trunk, TrunkLine
from hotline.carriers import wire
from hotline.carriers.protocol import (
    Accepted,
    Carrier,
    CarrierUnavailable,
    Outcome,
    Refused,
    Retry,
    Unknown,
)
from hotline.carriers.twilio_carrier import TwilioCarrier

ACCOUNT, CALL, TEXT = "AC" + "0" * 32, "CA" + "1" * 32, "SM" + "2" * 32
FALLBACK = "https://koza.example/twilio/voice/fallback"
LINE, PERSON, BODY = "+903121112233", "+905321112233", "Mesajınız alındı."
SINCE = datetime(2026, 11, 23, 10, tzinfo=UTC)


@dataclass
class Stand:
    """A carrier of one answer per connection; keeps what it was asked."""

    answer: Callable[[socket.socket], None]
    port: int = 0
    asked: list[tuple[str, str, dict[str, list[str]], str]] = field(default_factory=list)

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                self.read(connection)
                self.answer(connection)

    def read(self, connection: socket.socket) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        while len(body) < int(headers.get("content-length", 0)):
            body += connection.recv(65536)
        method, target, _ = lines[0].split(" ")
        fields = parse_qs(body.decode() or urlsplit(target).query)
        self.asked.append((method, urlsplit(target).path, fields, headers.get("authorization", "")))

    def carrier(self, **options: Any) -> TwilioCarrier:
        options = {"timeout_s": 5.0, **options}
        return TwilioCarrier(
            account_sid=ACCOUNT,
            username="SK1",
            password="gizli",
            base_url=f"http://127.0.0.1:{self.port}",
            **options,
        )


@contextmanager
def standing(answer: Callable[[socket.socket], None]) -> Iterator[Stand]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stand = Stand(answer, listener.getsockname()[1])
        thread = threading.Thread(target=stand.serve, args=(listener,), daemon=True)
        thread.start()
        yield stand
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def answering(status: int, data: object) -> Callable[[socket.socket], None]:
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return lambda connection: connection.sendall(head.encode() + body)


def error(status: int, code: int | None = None) -> Callable[[socket.socket], None]:
    return answering(status, {"status": status, "message": f"{PERSON} {BODY}", **({"code": code} if code else {})})


def message(**changes: object) -> dict[str, object]:
    return {
        "sid": TEXT,
        "from": LINE,
        "to": PERSON,
        "body": BODY,
        "status": "sent",
        "direction": "outbound-api",
        "error_code": None,
        "date_created": "Mon, 23 Nov 2026 10:00:01 +0000",
        **changes,
    }


def call(**changes: object) -> dict[str, object]:
    return {**message(), "sid": CALL, "status": "ringing", "parent_call_sid": None, **changes}


def send(carrier: Carrier, to: str = PERSON) -> Outcome:
    return carrier.send_text(
        to=to, from_=LINE, body=BODY, token="tok", status_url="https://koza.example/twilio/sms/status", validity_s=300
    )


def place(carrier: Carrier, to: str = PERSON, from_: str = LINE) -> Outcome:
    return carrier.place_call(to=to, from_=from_, url="u", fallback_url="f", status_url="s", token="t", timeout_s=5)


def test_a_text_is_sent_with_what_it_needs_and_nothing_else() -> None:
    with standing(answering(201, message(status="queued"))) as stand:
        assert send(stand.carrier()) == Accepted(TEXT)
    method, path, fields, authorization = stand.asked[0]
    assert (method, path) == ("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
    assert fields == {
        "To": [PERSON],
        "From": [LINE],
        "Body": [BODY],
        "StatusCallback": ["https://koza.example/twilio/sms/status?t=tok"],
        "ValidityPeriod": ["300"],
    }
    assert authorization.startswith("Basic ")


def test_content_can_be_left_unkept_where_the_account_has_that() -> None:
    with standing(answering(201, message())) as stand:
        send(stand.carrier(retain_content=False))
    assert stand.asked[0][2]["ContentRetention"] == ["discard"]
    assert stand.asked[0][2]["AddressRetention"] == ["obfuscate"]


def test_a_call_is_placed() -> None:
    with standing(answering(201, call())) as stand:
        outcome = stand.carrier().place_call(
            to=PERSON,
            from_=LINE,
            url="https://koza.example/twilio/voice/leg/1/0",
            fallback_url=FALLBACK,
            status_url="https://koza.example/twilio/voice/status?x=1#rc=5&rp=all",
            token="a b",
            timeout_s=20,
        )
    assert outcome == Accepted(CALL)
    fields = stand.asked[0][2]
    assert fields["StatusCallback"] == ["https://koza.example/twilio/voice/status?x=1&t=a+b#rc=5&rp=all"]
    assert fields["StatusCallbackEvent"] == ["initiated", "ringing", "answered", "completed"]
    assert (fields["Timeout"], fields["Method"]) == (["20"], ["POST"])
    assert (fields["FallbackUrl"], fields["FallbackMethod"]) == ([FALLBACK], ["POST"])
    assert not {"Record", "MachineDetection", "Twiml"} & set(fields)


def test_where_the_public_is_called_the_carrier_listens_for_a_machine_first() -> None:
    with standing(answering(201, call())) as stand:
        stand.carrier().place_call(
            to=PERSON,
            from_=LINE,
            url="https://koza.example/twilio/voice/called/1",
            fallback_url=FALLBACK,
            status_url="https://koza.example/twilio/voice/status",
            token="a",
            timeout_s=20,
            detect_machine=True,
        )
    fields = stand.asked[0][2]
    # Enable: the document is asked for when it is known, and never while a message is being recorded.
    assert (fields["MachineDetection"], fields["MachineDetectionTimeout"]) == (["Enable"], ["5"])
    assert "AsyncAmd" not in fields


def test_a_live_call_is_redirected_and_ended_and_a_text_redacted() -> None:
    with standing(answering(200, call())) as stand:
        carrier = stand.carrier()
        join = "https://koza.example/twilio/voice/join/1"
        assert carrier.redirect_call(CALL, url=join, fallback_url=FALLBACK) == Accepted(CALL)
        assert carrier.end_call(CALL) == Accepted(CALL)
        carrier.redact_text(TEXT)
    assert [fields for _, _, fields, _ in stand.asked[:2]] == [
        {"Url": [join], "Method": ["POST"], "FallbackUrl": [FALLBACK], "FallbackMethod": ["POST"]},
        {"Status": ["completed"]},
    ]
    assert stand.asked[2][1].endswith(f"/Messages/{TEXT}.json")


ROOM, CONFERENCE, OVER = "c_" + "0" * 32, "CF" + "3" * 32, "CF" + "4" * 32


def rooms(*found: tuple[str, str]) -> Callable[[socket.socket], None]:
    """A list of talking rooms, newest first."""
    listed = [{"sid": sid, "friendly_name": ROOM, "status": status} for sid, status in found]
    return answering(200, {"conferences": listed, "next_page_uri": None})


def in_turn(*answers: Callable[[socket.socket], None]) -> Callable[[socket.socket], None]:
    left = list(answers)

    def answer(connection: socket.socket) -> None:
        left.pop(0)(connection)

    return answer


@pytest.mark.parametrize("muted", [True, False])
def test_a_voice_is_turned_in_the_open_room_of_that_name(muted: bool) -> None:
    found = rooms((OVER, "completed"), (CONFERENCE, "in-progress"))
    done = answering(200, {"call_sid": CALL, "conference_sid": CONFERENCE, "muted": muted})
    with standing(in_turn(found, done)) as stand:
        assert stand.carrier().mute(CALL, room=ROOM, muted=muted) == Accepted(CALL)
    (asked, path, fields, _), (did, there, change, _) = stand.asked
    assert (asked, path.rpartition("/")[2], fields["FriendlyName"]) == ("GET", "Conferences.json", [ROOM])
    assert (did, change) == ("POST", {"Muted": ["true" if muted else "false"]})
    assert there.endswith(f"/Conferences/{CONFERENCE}/Participants/{CALL}.json")


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ((rooms(),), Retry()),
        ((rooms((OVER, "completed")),), Retry()),
        ((rooms((CONFERENCE, "in-progress")), error(404, 20404)), Retry(404)),
        ((rooms((CONFERENCE, "in-progress")), error(503)), Unknown("server_error")),
        # The library tells no code of a list that was refused; asking once more harms nobody.
        ((error(429, 20429),), Unknown("server_error")),
    ],
)
def test_who_is_not_in_the_room_yet_is_asked_for_again(
    answers: tuple[Callable[[socket.socket], None], ...], expected: Outcome
) -> None:
    with standing(in_turn(*answers)) as stand:
        assert stand.carrier().mute(CALL, room=ROOM, muted=False) == expected


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, 21610, Refused(21610, "opted_out")),
        (400, 21614, Refused(21614, "not_mobile")),
        (400, 21211, Refused(21211, "permanent")),
        (400, 21220, Refused(21220, "permanent")),
        (400, 99999, Refused(99999, "permanent")),
        (400, 21611, Retry(21611)),
        (401, 20003, Refused(20003, "config_alarm")),
        (403, None, Refused(403, "config_alarm")),
        (429, 20429, Retry(20429)),
        (429, None, Retry(429)),
        (408, None, Unknown("server_error")),
        (500, 20500, Unknown("server_error")),
        (503, 20503, Unknown("server_error")),
        (307, None, Unknown("server_error")),
    ],
)
def test_what_a_definite_answer_means(status: int, code: int | None, expected: Outcome) -> None:
    with standing(error(status, code)) as stand:
        assert send(stand.carrier()) == expected
    assert len(stand.asked) == 1


def test_nobody_to_connect_to_surely_took_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    stand = Stand(answering(201, {}), port)
    assert send(stand.carrier()) == Retry(None)


def _hang_up(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def _promise_more(connection: socket.socket) -> None:
    connection.sendall(b'HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{"sid": ')


@pytest.mark.parametrize("answer", [_hang_up, _promise_more, lambda connection: connection.sendall(b"HTTP/1.1 2")])
def test_a_connection_that_breaks_may_have_taken_it(answer: Callable[[socket.socket], None]) -> None:
    with standing(answer) as stand:
        assert send(stand.carrier()) == Unknown("broken_connection")
    assert len(stand.asked) == 1


def test_silence_may_have_taken_it() -> None:
    over = threading.Event()

    def say_nothing(_connection: socket.socket) -> None:
        over.wait(30)

    with standing(say_nothing) as stand:
        assert send(stand.carrier(timeout_s=0.2)) == Unknown("timeout")
        over.set()
    assert len(stand.asked) == 1


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"null", b'{"sid": "SM1", "date_created": 7}'])
def test_a_yes_that_cannot_be_read_may_have_taken_it(body: bytes) -> None:
    with standing(answering(201, body)) as stand:
        assert send(stand.carrier()) == Unknown("unreadable_answer")


@pytest.mark.parametrize("number", ["112", "+90112", "155", "+90183"])
def test_numbers_that_must_never_be_dialled_do_not_reach_the_carrier(number: str) -> None:
    stand = Stand(answering(201, {}))
    assert send(stand.carrier(), number) == Refused(None, "permanent")
    assert place(stand.carrier(), number) == Refused(None, "permanent")


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


@pytest.mark.parametrize("answer", [error(500), error(401, 20003), _hang_up, answering(200, b"x"), answering(200, {})])
def test_a_question_without_answer_says_so_and_not_what_was_asked(answer: Callable[[socket.socket], None]) -> None:
    with standing(answer) as stand, pytest.raises(CarrierUnavailable) as caught:
        stand.carrier().find_texts(PERSON, SINCE)
    assert PERSON not in str(caught.value)


def test_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with standing(error(400, 21211)) as stand:
        send(stand.carrier())
    assert caplog.records == []


def test_no_secret_stands_in_a_repr() -> None:
    assert "gizli" not in repr(Stand(answering(200, {})).carrier())


def test_the_library_is_loaded_at_the_first_use_only() -> None:
    import subprocess
    import sys

    code = "import sys, hotline.carriers.twilio_carrier; print('twilio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_a_proxy_of_the_environment_is_used_but_never_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    through = wire._connection("https", "api.twilio.com", None, 5)
    assert (through.host, through.port, through._tunnel_host) == ("proxy.example", 3128, "api.twilio.com")  # type: ignore[attr-defined]
    here = wire._connection("http", "127.0.0.1", 8002, 5)
    assert (here.host, here.port) == ("127.0.0.1", 8002)
