"""A gateway that stands in for a local one: it takes our requests on a socket, and brings texts and reports, signed."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import json
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

NAME = "yerel"
SIGNING, SENDING = "CHANNEL_SECRET_SIGNING", "CHANNEL_SECRET_SENDING"
SECRETS = {SIGNING: "imza-" + "a" * 24, SENDING: "istek-" + "b" * 24}
FILE = """
channels:
  - kind: gateway
    name: yerel
    company: Yerel Mesaj A.Ş.
    country: TR
    lines:
      - number: "{number}"
    check: {{by: hmac, header: X-Signature, secret: CHANNEL_SECRET_SIGNING, prefix: "sha256="}}
    arrival:
      each: results
      id: [messageId]
      sender: from
      line: to
      text: text
    report:
      each: results
      id: messageId
      state: status.name
      states: {{SENT: sent, DELIVRD: delivered, UNDELIV: undelivered, EXPIRED: undelivered}}
      code: error.id
    request:
      url: {url}/sms/send
      secret: CHANNEL_SECRET_SENDING
      timeout_s: 1
      headers: {{Authorization: "App {{secret}}"}}
      json:
        messages:
          - destination: "{{to_digits}}"
            sender: "{{from_digits}}"
            body: "{{text}}"
            minutes: "{{validity_min}}"
            notify: "{{report_url}}"
    answer: {{id: messages.0.messageId, state: messages.0.status, taken: [ACCEPTED], code: messages.0.code}}
    codes: {{"12": 21614, "40": 30001}}
"""


@dataclass
class StandIn:
    """What it was asked for, and what it answers next: a status and a body, or nothing at all."""

    url: str = ""
    #: Of its ids: tests share a database, and an id is known for ever.
    tag: str = field(default_factory=lambda: secrets.token_hex(4))
    asked: list[tuple[Mapping[str, str], dict[str, Any]]] = field(default_factory=list)
    #: Answers in the order in which they are given; then it accepts.
    answers: list[tuple[int, Any] | None] = field(default_factory=list)
    #: How long it takes to answer, unless it is let go.
    stalls_s: float = 0.0
    let_go: threading.Event = field(default_factory=threading.Event)
    headers: dict[str, str] = field(default_factory=dict)

    def environment(self, folder: Path, number: str) -> dict[str, str]:
        """What an installation is told of it."""
        file = folder / "channels.yaml"
        file.write_text(FILE.format(number=number, url=self.url), encoding="utf-8")
        return {"TEXT_CHANNELS_FILE": str(file), **SECRETS}

    def bodies(self) -> list[dict[str, Any]]:
        """The messages that it was asked to take."""
        return [asked["messages"][0] for _, asked in self.asked]

    def accepted(self) -> str:
        """The id of the last message that it took."""
        return self.id(f"m{len(self.asked)}")

    def begin(self) -> None:
        """As if it had just been switched on."""
        fresh = StandIn(url=self.url)
        self.tag, self.asked, self.answers, self.headers = fresh.tag, fresh.asked, fresh.answers, fresh.headers
        self.stalls_s, self.let_go = fresh.stalls_s, fresh.let_go

    def id(self, word: str) -> str:
        """An id that nobody else gives."""
        return f"{word}-{self.tag}"

    def bring(self, client: FlaskClient, what: str, results: Any, **more: Any) -> TestResponse:
        """Texts or reports, signed."""
        body = results if isinstance(results, bytes) else json.dumps({"results": results}).encode()
        headers = {"X-Signature": signature(more.get("secret", SECRETS[SIGNING]), body)}
        return client.post(f"/channels/{NAME}/{what}{more.get('query', '')}", data=body, headers=headers)


def signature(secret: str, body: bytes) -> str:
    """As the gateway signs."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """It listens."""
    gateway = StandIn()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            gateway.asked.append((dict(self.headers), asked))
            taken = {"messages": [{"messageId": gateway.accepted(), "status": "ACCEPTED"}]}
            answer = gateway.answers.pop(0) if gateway.answers else (200, taken)
            if gateway.stalls_s:
                gateway.let_go.wait(gateway.stalls_s)
            if answer is None:
                self.close_connection = True
                return
            body = json.dumps(answer[1]).encode()
            self.send_response(answer[0])
            for name, value in gateway.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            with suppress(OSError):  # whoever asked may have gone
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_words: Any) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        gateway.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield gateway
        gateway.let_go.set()
        server.shutdown()
        thread.join()
