"""Many dashboards that watch, and one text after the other that they should show. A process of its own.

Each dashboard is a signed-in socket of its own that speaks just enough of WebSocket (RFC 6455) and Socket.IO (protocol
5) to hear. The time runs from the moment a text's webhook is sent until a screen has read the first change that names
its contact. All sockets are read by one thread: a client that cost more than the server would measure itself.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import random
import selectors
import socket
import struct
import time
from dataclasses import dataclass, field
from typing import Any

from bench import child
from bench.carrier import Account, Carrier
from bench.load import Pipe

_READ = 65536
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10
_LOST_S = 5.0


class RefusedError(Exception):
    """A dashboard was not let in."""


class Screen:
    """One dashboard's socket."""

    def __init__(self, port: int, origin: str, token: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._got = b""
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\nOrigin: {origin}\r\nCookie: __Host-koza={token}\r\n\r\n".encode()
        )
        while b"\r\n\r\n" not in self._got:
            self._got += self._more()
        head, _, self._got = self._got.partition(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise RefusedError(head.split(b"\r\n")[0].decode())
        self._write(_TEXT, b"40")
        while not any(packet.startswith("42") for packet in self.packets()):
            pass
        self.socket.setblocking(False)

    def _more(self) -> bytes:
        part = self.socket.recv(_READ)
        if not part:
            raise RefusedError("a dashboard's socket was closed")
        return part

    def packets(self) -> list[str]:
        """What can be read now, as Socket.IO packets; pings are answered."""
        self._got += self._more()
        found = []
        while (frame := self._frame()) is not None:
            kind, data = frame
            if kind == _PING:
                self._write(_PONG, data)
            elif kind == _CLOSE or data.startswith((b"44", b"41")):
                raise RefusedError(data.decode("utf-8", "replace"))
            elif data == b"2":
                self._write(_TEXT, b"3")
            else:
                found.append(data.decode())
        return found

    def _frame(self) -> tuple[int, bytes] | None:
        """Take one whole frame off what was read; a server's frames are not masked and here never fragmented."""
        got = self._got
        if len(got) < 2:
            return None
        length, begin = got[1] & 127, 2
        if length >= 126:
            size = 2 if length == 126 else 8
            begin += size
            if len(got) < begin:
                return None
            length = int.from_bytes(got[2:begin], "big")
        if len(got) < begin + length:
            return None
        self._got = got[begin + length :]
        return got[0] & 15, got[begin : begin + length]

    def _write(self, kind: int, data: bytes) -> None:
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(data))
        self.socket.sendall(struct.pack("!BB", 128 | kind, 128 | len(data)) + mask + masked)


@dataclass
class Watch:
    """What the screens saw of the texts so far, in milliseconds."""

    times: list[float] = field(default_factory=list)
    last: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    missed: int = 0
    connected_s: float = 0.0


class Board:
    """All screens together."""

    def __init__(self, told: dict[str, Any]) -> None:
        self._told = told
        begun = time.perf_counter()
        tokens = told["tokens"]
        self._screens = [
            Screen(told["live_port"], told["origin"], tokens[number % len(tokens)]) for number in range(told["screens"])
        ]
        self.watch = Watch(connected_s=time.perf_counter() - begun)
        # One line alone: all screens are of its centre.
        self._carrier = Carrier(Account.of(told["account"] | {"lines": told["account"]["lines"][:1]}), told["seed"])
        self._pipe = Pipe(told["port"])
        self._ready = selectors.DefaultSelector()
        self._ready.register(self._pipe.socket, selectors.EVENT_READ, None)
        for screen in self._screens:
            self._ready.register(screen.socket, selectors.EVENT_READ, screen)
        #: Contacts that screens have been told of; the worker may have something to tell about any of them.
        self._known: set[str] = set(told["known"])
        self._senders = itertools.count(told["seed"] % 10_000 * 1000)
        self._subject: str | None = None

    def round(self, *, counted: bool = True) -> None:
        """Send one text and wait until every screen has shown it, then let a little time go by."""
        self._subject = None
        seen: dict[int, float] = {}
        answered: float | None = None
        request = self._carrier.sms(f"+90533{next(self._senders):07d}")
        begun = time.perf_counter()
        self._pipe.send(request, begun)
        while (len(seen) < len(self._screens) or answered is None) and time.perf_counter() - begun < _LOST_S:
            for key, _ in self._ready.select(0.5):
                if key.data is None:
                    answered = time.perf_counter() if self._pipe.receive() else answered
                elif self._shows(key.data):
                    seen.setdefault(key.fd, time.perf_counter())
        times = [(at - begun) * 1000 for at in seen.values()]
        if counted and answered is not None:
            self.watch.times += times
            self.watch.last += [max(times)] if times else []
            self.watch.answers.append((answered - begun) * 1000)
        if counted:
            self.watch.missed += len(self._screens) - len(seen)
        self._settle(random.uniform(0.03, 0.12))

    def _shows(self, screen: Screen) -> bool:
        """Read a screen; whether it told of this round's contact, which is the first that was never heard of."""
        new = False
        for packet in screen.packets():
            if not packet.startswith('42["change"'):
                continue
            change = json.loads(packet[2:])[1]
            if change["topic"] != "contact":
                continue
            subject = change["subject"]
            if self._subject is None and subject not in self._known:
                self._subject = subject
                self._known.add(subject)
            new = new or subject == self._subject
        return new

    def _settle(self, seconds: float) -> None:
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            for key, _ in self._ready.select(left):
                if key.data is not None:
                    self._shows(key.data)


def main() -> None:
    """A child: how many ``screens`` and ``events``, where to, with whose ``tokens``, and what is ``known``."""
    told = child.task()
    board = Board(told)
    for _ in range(3):
        board.round(counted=False)
    child.prepared()
    for _ in range(told["events"]):
        board.round()
    child.answer(vars(board.watch))


if __name__ == "__main__":
    main()
