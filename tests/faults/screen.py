"""A screen that stays through the whole run: its socket, reconnecting, and the board that it keeps.

It does what ``dashboard/static/js/live.js`` does: changes are applied by their number, a gap or a head that is ahead of
it has the whole snapshot fetched, with jitter, and without a socket the snapshot is fetched every three seconds.
"""

from __future__ import annotations

import json
import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import websocket

from tests.faults.desk import Browser
from tests.faults.house import House

_POLL_SECONDS = 3.0
_SILENCE_SECONDS = 12.0
_JITTER_SECONDS = 1.5
_RECONNECT_SECONDS = (0.5, 5.0)
_LOOK_SECONDS = 0.25
_KEPT = {"contact": "rows", "page": "pages"}
#: Topics that carry no row: what they change is fetched.
_FETCHED = frozenset({"duty", "presence", "case", "act"})

Row = dict[str, Any]


@dataclass
class Board:
    """What a screen shows: rows by id, and the last number of each centre's stream."""

    heads: dict[str, int] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    pages: dict[str, Row] = field(default_factory=dict)
    fresh: bool = False

    def snapshot(self, given: Row) -> None:
        """Take a whole snapshot; an older one than we have is dropped."""
        if self.fresh and sum(given["heads"].values()) < sum(self.heads.values()):
            return
        self.heads = dict(given["heads"])
        self.rows, self.pages = ({row["id"]: row for row in given[name]} for name in ("rows", "pages"))
        self.fresh = True

    def change(self, told: Row) -> bool:
        """Apply a change; True when it shows that something was missed, and the snapshot is needed."""
        if not self.fresh:
            return False
        stream = self._stream(told)
        if stream is None or told["n"] > self.heads[stream] + 1:
            return True
        if told["n"] <= self.heads[stream]:
            return False
        self.heads[stream] = told["n"]
        if told["topic"] in _KEPT:
            kept: dict[str, Row] = getattr(self, _KEPT[told["topic"]])
            if told["row"]:
                kept[told["subject"]] = told["row"]
            else:
                kept.pop(told["subject"], None)
        return told["topic"] in _FETCHED

    def behind(self, head: Row) -> bool:
        """Whether the stream's head is ahead of us."""
        stream = self._stream(head)
        return bool(head["n"] > (sum(self.heads.values()) if stream is None else self.heads[stream]))

    def _stream(self, told: Row) -> str | None:
        if told.get("centre") in self.heads:
            return str(told["centre"])
        return next(iter(self.heads)) if len(self.heads) == 1 and not told.get("centre") else None


class Screen(threading.Thread):
    """One browser window with its socket, from before the first blow until it is told to stop."""

    def __init__(self, house: House, browser: Browser, dice: random.Random) -> None:
        super().__init__(name="screen", daemon=True)
        self._house = house
        self._browser = browser
        self._dice = dice
        self._stopping = threading.Event()
        self._fetch_at: float | None = None
        self._heard_at = self._polled_at = 0.0
        self._feed = True
        self._lock = threading.Lock()
        self._board = Board()
        #: What it lived through: sockets that were opened, changes that came by them, snapshots that were fetched.
        self.opened = self.changes = self.fetched = 0

    def board(self) -> tuple[list[Row], list[Row]]:
        """(rows, pages) as they are shown now."""
        with self._lock:
            return list(self._board.rows.values()), list(self._board.pages.values())

    def stop(self) -> None:
        """Close the window."""
        self._stopping.set()
        self.join(30)

    def run(self) -> None:
        """Open a socket, listen, and when it is gone open another."""
        self._fetch()
        while not self._stopping.is_set():
            socket = self._connected()
            if socket is not None:
                self._listen(socket)
                self._fetch()
            again_at = time.monotonic() + self._dice.uniform(*_RECONNECT_SECONDS)
            while time.monotonic() < again_at and not self._stopping.wait(_LOOK_SECONDS):
                self._beat(connected=False)

    def _connected(self) -> websocket.WebSocket | None:
        try:
            socket = websocket.create_connection(
                f"{self._house.live_url.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket",
                origin=self._house.url,
                cookie=self._browser.cookies(),
                timeout=_POLL_SECONDS,
            )
            socket.send("40")
        except (OSError, websocket.WebSocketException):
            return None
        socket.settimeout(_LOOK_SECONDS)
        self.opened += 1
        self._heard_at = time.monotonic()
        return socket

    def _listen(self, socket: websocket.WebSocket) -> None:
        try:
            while not self._stopping.is_set():
                self._beat(connected=True)
                try:
                    packet = str(socket.recv())
                except websocket.WebSocketTimeoutException:
                    continue
                # Nothing: the socket is closed. 41 and 44: the server sends us away, or does not let us in now.
                if not packet or packet.startswith(("41", "44")):
                    return
                if packet == "2":
                    socket.send("3")
                elif packet.startswith("42"):
                    self._hear(*json.loads(packet[2:]))
        except (OSError, websocket.WebSocketException):
            return
        finally:
            socket.close(timeout=0)

    def _hear(self, name: str, data: Row) -> None:
        if name not in {"change", "head"}:
            return
        self._heard_at = time.monotonic()
        with self._lock:
            missed = self._board.change(data) if name == "change" else self._board.behind(data)
        if name == "change":
            self.changes += 1
        else:
            self._feed = data.get("feed") is not False
        if missed and self._fetch_at is None:
            self._fetch_at = time.monotonic() + self._dice.uniform(0, _JITTER_SECONDS)

    def _beat(self, *, connected: bool) -> None:
        moment = time.monotonic()
        deaf = not connected or not self._feed or moment - self._heard_at > _SILENCE_SECONDS
        polls = deaf and moment - self._polled_at >= _POLL_SECONDS
        if polls or (self._fetch_at is not None and moment >= self._fetch_at):
            self._fetch()

    def _fetch(self) -> None:
        self._fetch_at = None
        given = self._browser.get("/board/snapshot")
        self._polled_at = time.monotonic()
        if given is not None:
            self.fetched += 1
            with self._lock:
                self._board.snapshot(given)
