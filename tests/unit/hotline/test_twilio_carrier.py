"""Each way an exchange with the carrier can end, over real sockets, and what may be done after it."""

import logging
import socket
import threading
from collections.abc import Callable

import pytest

from hotline.carriers import wire
from hotline.carriers.protocol import (
    Accepted,
    Outcome,
    Refused,
    Retry,
    Unknown,
)
from tests.unit.hotline.carrier_stand import (
    ACCOUNT,
    BODY,
    CALL,
    FALLBACK,
    LINE,
    PERSON,
    TEXT,
    Stand,
    answering,
    call,
    error,
    hang_up,
    message,
    place,
    send,
    standing,
)


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


def _promise_more(connection: socket.socket) -> None:
    connection.sendall(b'HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{"sid": ')


@pytest.mark.parametrize("answer", [hang_up, _promise_more, lambda connection: connection.sendall(b"HTTP/1.1 2")])
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
