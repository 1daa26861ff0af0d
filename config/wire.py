"""WebSocket (RFC 6455) on gevent's own server, as Engine.IO asks for it: a screen costs one reader and no more.

The usual ways keep a second reader, the request's parser and, with browsers, two compressors for every screen. Nothing
that a screen is told is large, and what it answers are a few bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from socket import IPPROTO_TCP, SHUT_WR, TCP_NODELAY
from typing import Any, Protocol

from gevent.lock import BoundedSemaphore
from gevent.pywsgi import WSGIHandler
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Message, Ping, TextMessage
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import ProtocolError, generate_accept_token

_SOCKET = "koza.socket"
_READ = 4096
#: A screen sends its connect and its pongs; whoever sends more is no screen of ours.
LONGEST_MESSAGE = 4096


class Times(Protocol):
    """What Engine.IO's server knows of how often a screen is heard."""

    ping_interval: int
    ping_timeout: int


class Handler(WSGIHandler):  # type: ignore[misc]
    """Hands the connection's socket to the application, and does not look for another request behind a socket's."""

    def get_environ(self) -> dict[str, Any]:
        """The request, with the socket that it came by."""
        environ: dict[str, Any] = super().get_environ()
        environ[_SOCKET] = self.socket
        if "HTTP_UPGRADE" in environ:
            self.close_connection = True
        return environ


class Wire:
    """One screen's socket. ``wait`` is called by its reader alone, ``send`` by its writer."""

    def __init__(self, handler: Callable[[Wire], Any], server: Times) -> None:
        self._handler = handler
        self._silence = float(server.ping_interval + server.ping_timeout)
        self._frames = Connection(ConnectionType.SERVER)
        self._sending = BoundedSemaphore()
        self._heard: list[str] = []
        self._part = ""

    def __call__(self, environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Any:
        """Shake hands, and hand over until the socket ends."""
        key = environ.get("HTTP_SEC_WEBSOCKET_KEY", "")
        if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != "13" or not key.isascii():
            start_response("426 Upgrade Required", [("Sec-WebSocket-Version", "13"), ("Content-Length", "0")])
            return []
        self._socket = environ[_SOCKET]
        # Whoever is silent for longer than two pings is gone, and so is whoever takes nothing for so long.
        self._socket.settimeout(self._silence)
        # Small and at once: otherwise the second packet waits until the screen has acknowledged the first.
        self._socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        accept = generate_accept_token(key.encode()).decode()
        self._socket.sendall(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )
        return self._handler(self)

    def send(self, text: str) -> None:
        """Raises ``OSError`` when the screen is gone."""
        self._write(Message(data=text))

    def wait(self) -> str | None:
        """The next message, or ``None`` when the screen is gone."""
        while not self._heard:
            try:
                data = self._socket.recv(_READ)
                # Nothing read is the end, to the protocol too.
                self._frames.receive_data(data or None)
                if not self._take():
                    return None
            except (OSError, ProtocolError):
                return None
        return self._heard.pop(0)

    def _take(self) -> bool:
        """Sort what was read; whether more may come."""
        for event in self._frames.events():
            if isinstance(event, Ping):
                self._write(event.response())
            elif isinstance(event, CloseConnection):
                self.close()
                return False
            elif isinstance(event, BytesMessage):
                self._end(CloseReason.UNSUPPORTED_DATA)
                return False
            elif isinstance(event, TextMessage):
                self._part += event.data
                if len(self._part) > LONGEST_MESSAGE:
                    self._end(CloseReason.MESSAGE_TOO_BIG)
                    return False
                if event.message_finished:
                    self._heard.append(self._part)
                    self._part = ""
        return True

    def close(self) -> None:
        """Say goodbye; what was sent before still arrives. The reader ends when the screen answers, or is silent."""
        self._end(CloseReason.NORMAL_CLOSURE)

    def _end(self, reason: CloseReason) -> None:
        with suppress(OSError, ProtocolError):
            self._write(CloseConnection(code=reason))
            self._socket.shutdown(SHUT_WR)

    def _write(self, event: Event) -> None:
        # Framed and sent in one turn: what two greenlets send may not mix.
        with self._sending:
            self._socket.sendall(self._frames.send(event))
