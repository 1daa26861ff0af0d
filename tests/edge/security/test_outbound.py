"""Addresses that the house itself asks: which they are, and that nobody else can name one."""

from __future__ import annotations

import ast
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.settings import Settings, SettingsError
from dashboard.night import play
from hotline.carriers.client import API_URL
from hotline.carriers.protocol import CarrierUnavailable
from hotline.carriers.twilio_carrier import TwilioCarrier
from hotline.carriers.wire import NotSent, Wire
from tests.edge.dashboard.conftest import House
from tests.support.dumps import dump
from tests.support.line import fresh_number, fresh_sid

_ROOT = Path(__file__).resolve().parents[3]
_ROOMS = ("config", "core", "dashboard", "escalation", "hotline", "intake", "routing", "staff")
#: What can ask another machine for something. Databases and Redis are reached by their drivers, at the settings' own
#: addresses.
_CLIENTS = frozenset({"http.client", "urllib.request", "requests", "httpx", "aiohttp", "ftplib", "smtplib"})
#: Whoever opens another way out writes it down here, with what names the address.
WAYS_OUT = {
    "hotline/carriers/wire.py": "TWILIO_API_URL, or the carrier's own address; the address in a channel's description",
    "dashboard/night.py": "TWILIO_API_URL, in the demonstration alone",
    "config/children.py": "this machine's own processes",
}


def _imported(tree: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return names


def test_the_ways_out_are_those_that_are_named() -> None:
    found = {
        str(path.relative_to(_ROOT))
        for room in _ROOMS
        for path in (_ROOT / room).rglob("*.py")
        if _imported(ast.parse(path.read_text(encoding="utf-8"))) & _CLIENTS
    }
    assert found == set(WAYS_OUT)


@dataclass
class Server:
    """A machine on this one that answers everything alike, and counts who asks."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: str = "{}"
    asked: list[str] = field(default_factory=list)
    url: str = ""


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """It listens."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            server.asked.append(self.path)
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(server.status)
            for name, value in server.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(server.body.encode())))
            self.end_headers()
            self.wfile.write(server.body.encode())

        do_GET = do_POST = answer  # noqa: N815 - the library's names

        def log_message(self, *_words: Any) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        server.url = f"http://127.0.0.1:{listening.server_address[1]}"
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield server
        listening.shutdown()
        thread.join()


@pytest.fixture
def inner() -> Iterator[Server]:
    """A machine of the inner network that nobody outside may make us ask."""
    with serving(Server()) as server:
        yield server


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_what_the_carrier_answers_leads_nowhere_else(inner: Server, status: int) -> None:
    with serving(Server(status=status, headers={"Location": f"{inner.url}/secret"})) as carrier:
        answer = Wire(5.0, carrier.url).request("GET", f"{carrier.url}/x", auth=("a", "b"))
        assert (answer.status_code, carrier.asked) == (status, ["/x"])
        play(carrier.url, "+903120000001", wait=lambda _seconds: None)
        assert len(carrier.asked) > 1
    assert inner.asked == []


def test_a_list_cannot_name_its_next_page_on_another_machine(inner: Server) -> None:
    """The carrier's library follows an address in the answer, with our credentials; our wire does not."""
    body = f'{{"messages": [], "meta": {{"key": "messages", "next_page_url": "{inner.url}/latest/meta-data"}}}}'
    with serving(Server(headers={"Content-Type": "application/json"}, body=body)) as carrier:
        twilio = TwilioCarrier(account_sid="AC" + "0" * 32, username="SK1", password="gizli", base_url=carrier.url)
        with pytest.raises(CarrierUnavailable):
            twilio.list_inbound_texts(datetime(2026, 1, 1, tzinfo=UTC))
        assert len(carrier.asked) == 1
    assert inner.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "http://api.twilio.com/x",
        "https://api.twilio.com:8443/x",
        "https://api.twilio.com.evil.example/x",
        "https://api.twilio.com@evil.example/x",
        "https://evil.example/x",
        "file:///etc/passwd",
        "//evil.example/x",
        "",
    ],
)
def test_the_carriers_own_host_alone_is_asked(url: str) -> None:
    with pytest.raises(NotSent):
        Wire(5.0, API_URL).request("GET", url)


def test_an_address_in_a_text_is_neither_asked_nor_kept(house: House, inner: Server, database_url: str) -> None:
    """Pictures are counted by their kind; where the carrier keeps them is nobody's way into our network."""
    url = f"{inner.url}/2010-04-01/Media/ME{'0' * 32}"
    media = {"NumMedia": "1", "MediaUrl0": url, "MediaContentType0": "image/jpeg"}
    sid, answer = house.desk.line.text(fresh_number(), f"bak {url}", fresh_sid("MM"), **media)
    assert answer.status_code == 200
    assert sid
    house.desk.tick()
    assert inner.asked == []
    assert url.encode() not in dump(database_url)


@pytest.mark.parametrize("name", ["TWILIO_API_URL", "PUBLIC_URL", "DASHBOARD_URL", "LIVE_URL"])
@pytest.mark.parametrize(
    "value",
    [
        "file:///etc/passwd",
        "ftp://host",
        "gopher://host",
        "javascript:alert(1)",
        "https://user:word@host",
        "https://",
        "host",
    ],
)
def test_a_setting_that_is_no_address_of_the_web_stops_the_start(
    environment: dict[str, str], name: str, value: str
) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.load({**environment, name: value})


@pytest.mark.parametrize(
    "away", ["https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:x"]
)
def test_nobody_is_sent_on_to_another_host(house: House, away: str) -> None:
    operator = house.browser("operator", stepped_up=True)
    for path, body in (
        ("/language", {"locale": "tr", "next": away}),
        ("/presence", {"ready": "", "next": away}),
        ("/step-up", {"step_up_to": away, "code": "000000"}),
        ("/sign-out", {"next": away}),
    ):
        answer = operator.post(path, body)
        assert answer.headers.get("Location", "/").startswith("/"), path
        assert "evil" not in answer.headers.get("Location", ""), path
