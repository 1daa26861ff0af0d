"""The sockets' process, for real: who gets in, what she is told, and when she is thrown out."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
import redis
import websocket

from config.engines.processes import stop_child, wait_until
from config.feed import CHANNEL, RedisSink, seal_feed
from core.actor import system
from core.crypto import Keyring
from core.database import Ground
from core.outbox import publish
from core.relay import Message, Relay
from core.unit_of_work import unit_of_work
from staff import service as staff
from staff.sessions import start_session

#: One worker alone: every live process on one Redis hears the same channel, and each test waits for its own.
pytestmark = pytest.mark.xdist_group("live")

_BUILDER = system("tests")
_SECONDS = 20.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Live:
    """A running sockets' process."""

    port: int
    origin: str
    redis_url: str
    opened: list[websocket.WebSocket] = field(default_factory=list)

    def open(self, token: str | None, *, origin: str | None = None) -> websocket.WebSocket:
        """A screen's socket, as far as the transport's own hand-shake."""
        screen = websocket.create_connection(
            f"ws://127.0.0.1:{self.port}/socket.io/?EIO=4&transport=websocket",
            origin=self.origin if origin is None else origin,
            cookie=f"koza={token}" if token else None,
            timeout=_SECONDS,
        )
        self.opened.append(screen)
        assert screen.recv().startswith("0")
        screen.send("40")
        return screen


def events(screen: websocket.WebSocket) -> Iterator[tuple[str, Any]]:
    """What the screen is told, pings answered; ends when the socket does."""
    while True:
        try:
            packet = screen.recv()
        except websocket.WebSocketConnectionClosedException:
            return
        if not packet:
            return
        if packet == "2":
            screen.send("3")
        elif packet.startswith("42"):
            name, data = json.loads(packet[2:])
            yield name, data
        elif packet.startswith(("44", "41")):
            yield "refused" if packet.startswith("44") else "closed", None
            return


def change(screen: websocket.WebSocket) -> Any:
    """The next change that the screen is told; heads come every five seconds, so a few of them mean that none comes."""
    for told, (name, data) in enumerate(events(screen)):
        if name == "change":
            return data
        assert told < 5, "no change came"
    raise AssertionError("the socket was closed")


@pytest.fixture(scope="module")
def live(environment: Mapping[str, str], redis_url: str, ground: Ground) -> Iterator[Live]:
    port = _free_port()
    env = {**os.environ, **environment, "LIVE_URL": f"http://127.0.0.1:{port}", "REDIS_URL": redis_url}
    child = subprocess.Popen([sys.executable, "-m", "config.cli", "live"], env=env)

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    assert wait_until(answers, _SECONDS)
    with redis.Redis.from_url(redis_url) as asked:
        assert wait_until(lambda: dict(asked.pubsub_numsub(CHANNEL)).get(CHANNEL.encode(), 0) > 0, _SECONDS)
    yield Live(port, environment["DASHBOARD_URL"], redis_url)
    stop_child(child)
    assert ground is not None


@pytest.fixture(autouse=True)
def _closed(live: Live) -> Iterator[None]:
    yield
    while live.opened:
        live.opened.pop().close()


def operator(ground: Ground) -> tuple[str, UUID, UUID]:
    """(session token, account, centre) of a signed-in operator of a fresh centre."""
    word = secrets.token_hex(6)
    with unit_of_work(ground) as session:
        centre_id = staff.create_centre(session, _BUILDER, slug=f"l{word}", name="Merkez", province_code="06")
        made = staff.create_account(
            session,
            _BUILDER,
            name=f"op{word}@tests",
            display_name="Deneme",
            password="uzun bir sınama cümlesi",
            roles=("operator",),
            centre_id=centre_id,
        )
        token = start_session(session, made.id, centre_id, "tr")
    return token.token, made.id, centre_id


def relay_once(ground: Ground, live: Live, not_for: tuple[str, ...] = ()) -> None:
    sink = RedisSink(live.redis_url, ground.keyring.derive("feed"))
    rows = {"contact": lambda _session, subjects: {one: ({"id": one}, not_for) for one in subjects}}
    relay = Relay(ground, sink, rows)
    # Tests of the same worker leave changes behind, more than one round takes.
    while relay.tick():
        pass


def test_a_screen_without_a_session_or_from_elsewhere_stays_out(live: Live, ground: Ground) -> None:
    token, _, _ = operator(ground)
    for attempt in ((None, None), ("wrong", None)):
        assert next(events(live.open(attempt[0])))[0] == "refused"
    with pytest.raises(websocket.WebSocketBadStatusException):
        live.open(token, origin="https://elsewhere.example")


def test_a_change_reaches_the_screens_of_its_centre_alone(live: Live, ground: Ground) -> None:
    (mine, _, centre), (theirs, _, other) = operator(ground), operator(ground)
    here, there = live.open(mine), live.open(theirs)
    assert next(events(here)) == ("head", {"n": 0, "feed": True})
    with unit_of_work(ground) as session:
        publish(session, centre, "contact", "a")
        publish(session, other, "contact", "b")
    relay_once(ground, live)
    heard = change(here)
    assert (heard["subject"], heard["row"]) == ("a", {"id": "a"})
    assert change(there)["subject"] == "b"


def test_a_barred_reader_is_not_told(live: Live, ground: Ground) -> None:
    token, account, centre = operator(ground)
    screen = live.open(token)
    assert next(events(screen))[0] == "head"
    for subject, barred in (("hidden", (str(account),)), ("shown", ())):
        with unit_of_work(ground) as session:
            publish(session, centre, "contact", subject)
        relay_once(ground, live, barred)
    assert change(screen)["subject"] == "shown"


def test_a_forged_change_is_dropped(live: Live, ground: Ground) -> None:
    token, _, centre = operator(ground)
    screen = live.open(token)
    assert next(events(screen))[0] == "head"
    forged = seal_feed(Keyring.generate().derive("feed"), [Message(centre, 1, "contact", "forged", {"id": "forged"})])
    with redis.Redis.from_url(live.redis_url) as attacker:
        attacker.publish(CHANNEL, forged)
    with unit_of_work(ground) as session:
        publish(session, centre, "contact", "true")
    relay_once(ground, live)
    assert change(screen)["subject"] == "true"


def test_a_disabled_account_loses_its_socket(live: Live, ground: Ground) -> None:
    token, account, _ = operator(ground)
    screen = live.open(token)
    assert next(events(screen))[0] == "head"
    with unit_of_work(ground) as session:
        staff.disable_account(session, _BUILDER, account, reason="left")
    assert [name for name, _ in events(screen) if name != "head"] in (["ended"], ["ended", "closed"])
