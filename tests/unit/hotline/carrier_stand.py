"""A carrier over real sockets that answers as it is told, and keeps what it was asked."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from hotline.carriers.protocol import (
    Carrier,
    Outcome,
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


def hang_up(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)
