"""Clients that asked for something and are gone, without a word to whoever answers them."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from tests.faults.exchange import Exchange
from tests.faults.house import House

_CLIENTS = 200
#: Linux: a connection that is repaired is closed without a word to the other side, as when its machine is gone.
_TCP_REPAIR = 19
_UPGRADE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: koza\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
_POST = b"POST /twilio/voice HTTP/1.1\r\nHost: koza\r\nX-Twilio-Signature: x\r\nContent-Length: 500\r\n\r\nBody="


class Gone:
    """Two hundred of them; half read nothing any more, the machines of the others are off."""

    def __init__(self) -> None:
        self._kept = 0

    @contextmanager
    def stands(self, house: House, _exchange: Exchange) -> Iterator[None]:
        """They come, and stay for as long as the weather lasts."""
        asked = [
            (house.port, b"GET /sign-in HTTP/1.1\r\nHost: koza\r\n\r\n" * 20),
            (house.port, _POST),
            (house.port + 1, b"GET /healthz HTTP/1.1\r\nHost: koza\r\n\r\n" * 20),
            (house.port + 1, _UPGRADE),
        ]
        left = []
        for number in range(_CLIENTS):
            port, words = asked[number % len(asked)]
            connection = socket.socket()
            # So small that the server cannot get rid of its answers.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            connection.connect(("127.0.0.1", port))
            connection.sendall(words)
            if number % (2 * len(asked)) < len(asked) or not _vanish(connection):
                left.append((port, words, connection))
        screens = {one.getsockname()[1] for _, words, one in left if words is _UPGRADE}
        try:
            yield
        finally:
            self._kept = _kept(house, screens)
            for _, _, connection in left:
                # With a reset: nobody is to find anything to read in it.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()

    def judges(self, _house: House, _exchange: Exchange) -> list[str]:
        """Screens that answered nothing and that ``live`` has not dropped."""
        return [f"live kept {self._kept} dead screens"] if self._kept else []


def _kept(house: House, ports: set[int]) -> int:
    held = [one for pid in house.workers("live") for one in psutil.Process(pid).net_connections(kind="tcp")]
    return sum(bool(one.raddr) and one.raddr.port in ports for one in held)


def _vanish(connection: socket.socket) -> bool:
    """Leave without saying so; False where only root may."""
    try:
        connection.setsockopt(socket.IPPROTO_TCP, _TCP_REPAIR, 1)
    except OSError:
        return False
    connection.close()
    return True
