"""The sockets' process, for real: who gets in, what she is told, and when she is thrown out."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
import pytest
import redis
import websocket
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.engines.postgres import libpq
from config.engines.processes import stop_child, wait_until
from config.feed import CHANNEL, RedisSink, seal_feed
from core.actor import system
from core.audit import AuditEntry
from core.crypto import Keyring
from core.database import Ground
from core.ids import new_id
from core.outbox import publish
from core.relay import Drawn, Message, Relay
from core.unit_of_work import unit_of_work
from staff import service as staff
from staff.catalogue_rows import change_role
from staff.models import RoleVersion
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


def first_of(screen: websocket.WebSocket, *wanted: tuple[str, int]) -> tuple[str, int]:
    """The first of these (event, number) that the screen is told; anything else but older heads is a mistake."""
    for name, data in events(screen):
        told = (name, data["n"] if isinstance(data, dict) and "n" in data else 0)
        if told in wanted:
            return told
        assert name == "head", told
    raise AssertionError("the socket was closed")


def operator(ground: Ground, role: str = "operator") -> tuple[str, UUID, UUID]:
    """(session token, account, centre) of a signed-in operator, or somebody else, of a fresh centre."""
    word = secrets.token_hex(6)
    with unit_of_work(ground) as session:
        centre_id = staff.create_centre(session, _BUILDER, slug=f"l{word}", name="Merkez", province_code="06")
        made = staff.create_account(
            session,
            _BUILDER,
            name=f"op{word}@tests",
            display_name="Deneme",
            password="uzun bir sınama cümlesi",
            roles=(role,),
            centre_id=centre_id,
        )
        token = start_session(session, made.id, centre_id, "tr")
    return token.token, made.id, centre_id


def relay_once(ground: Ground, live: Live, not_for: tuple[str, ...] = ()) -> None:
    sink = RedisSink(live.redis_url, ground.keyring.derive("feed"))

    def draw(_session: Session, subjects: Sequence[str]) -> Mapping[str, Drawn]:
        return {one: ({"id": one}, not_for) for one in subjects}

    relay = Relay(ground, sink, {"contact": draw, "page": draw})
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
    # Both have come in: a screen hears changes from its first head on.
    assert next(events(here)) == next(events(there)) == ("head", {"n": 0, "feed": True})
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


@pytest.fixture
def part(ground: Ground) -> Iterator[Callable[[dict[str, str]], str]]:
    """Gives a role that no other test uses other rights, and those it had back at the end."""
    role = "health"
    with unit_of_work(ground) as session:
        shipped = session.scalars(
            select(RoleVersion.permissions).where(RoleVersion.role == role, RoleVersion.current)
        ).one()

    def change_to(permissions: dict[str, Any]) -> str:
        with unit_of_work(ground) as session:
            change_role(session, _BUILDER, role, permissions)
        return role

    yield change_to
    change_to(dict(shipped))


@pytest.mark.parametrize("rights", [{"contact.read": "assigned"}, {"contact.read": "centre"}])
def test_who_reads_only_a_part_is_told_the_head_alone(
    live: Live, ground: Ground, part: Callable[[dict[str, str]], str], rights: dict[str, str]
) -> None:
    token, _, centre = operator(ground, part(rights))
    screen = live.open(token)
    assert first_of(screen, ("head", 0)) == ("head", 0)
    with unit_of_work(ground) as session:
        publish(session, centre, "contact", "a")
        publish(session, centre, "page", "b")
        publish(session, centre, "unheard_of", "c")
    relay_once(ground, live)
    assert first_of(screen, ("head", 3), ("change", 1), ("change", 2), ("change", 3)) == ("head", 3)


def test_a_topic_that_nobody_named_is_told_to_nobody(live: Live, ground: Ground) -> None:
    token, _, centre = operator(ground)
    screen = live.open(token)
    assert next(events(screen))[0] == "head"
    with unit_of_work(ground) as session:
        for topic in ("perpetrator", "case", "page"):
            publish(session, centre, topic, "x")
    relay_once(ground, live)
    assert change(screen)["topic"] == "page"


def test_whose_rights_change_is_let_in_anew(live: Live, ground: Ground, part: Callable[[dict[str, str]], str]) -> None:
    whole = {"contact.read": "centre", "page.read": "centre"}
    token, _, centre = operator(ground, part(whole))
    screen = live.open(token)
    assert next(events(screen))[0] == "head"
    part({"contact.read": "assigned", "page.read": "centre"})
    assert [name for name, _ in events(screen) if name != "head"] in ([], ["closed"])
    again = live.open(token)
    assert next(events(again))[0] == "head"
    with unit_of_work(ground) as session:
        publish(session, centre, "contact", "a")
        publish(session, centre, "page", "b")
    relay_once(ground, live)
    assert change(again)["topic"] == "page"


def test_who_has_no_board_is_kept_out_and_that_is_written_down(live: Live, ground: Ground) -> None:
    token, account, _ = operator(ground, "auditor")
    assert next(events(live.open(token)))[0] == "refused"
    with unit_of_work(ground) as session:
        denied = session.scalars(select(AuditEntry).where(AuditEntry.actor_id == account)).all()
    assert [(one.act, one.subject_kind, one.detail) for one in denied if one.act.startswith("denied")] == [
        ("denied_permission", "feed", {"wanted": "contact.read"})
    ]


def test_who_is_barred_now_is_told_to_fetch(live: Live, ground: Ground) -> None:
    token, account, _ = operator(ground)
    screen = live.open(token)
    assert first_of(screen, ("head", 0)) == ("head", 0)
    with unit_of_work(ground) as session:
        staff.bar(session, _BUILDER, subjects=[("contact", new_id())], account_id=account, reason="kin")
    relay_once(ground, live, (str(account),))
    assert first_of(screen, ("head", 1), ("change", 1)) == ("head", 1)


def test_who_cannot_see_the_sessions_shows_nothing(live: Live, ground: Ground, database_url: str) -> None:
    token, _, _ = operator(ground)
    screen = live.open(token)
    assert next(events(screen))[0] == "head"
    with psycopg.connect(libpq(database_url), autocommit=True) as owner:
        owner.execute("REVOKE SELECT ON staff_sessions FROM koza_app")
        try:
            assert [name for name, _ in events(screen) if name != "head"] in ([], ["closed"])
            assert next(events(live.open(token)))[0] == "refused"
        finally:
            owner.execute("GRANT SELECT ON staff_sessions TO koza_app")
    assert next(events(live.open(token)))[0] == "head"


@pytest.mark.parametrize(
    ("sent", "kind", "reason"),
    [(b"4" * 5000, websocket.ABNF.OPCODE_TEXT, 1009), (b"4", websocket.ABNF.OPCODE_BINARY, 1003)],
    ids=["long", "binary"],
)
def test_who_sends_what_no_screen_sends_is_sent_away(
    live: Live, ground: Ground, sent: bytes, kind: int, reason: int
) -> None:
    token, _, _ = operator(ground)
    screen = live.open(token)
    assert next(events(screen))[0] == "head"
    screen.send(sent, kind)
    told = {websocket.ABNF.OPCODE_TEXT: b""}
    while websocket.ABNF.OPCODE_CLOSE not in told:
        told |= dict([screen.recv_data(control_frame=True)])
    # The client takes itself for closed by then, and would keep its socket.
    screen.shutdown()
    assert int.from_bytes(told[websocket.ABNF.OPCODE_CLOSE][:2], "big") == reason


def test_a_ping_of_the_transport_is_answered(live: Live, ground: Ground) -> None:
    token, _, _ = operator(ground)
    screen = live.open(token)
    assert next(events(screen))[0] == "head"
    screen.ping(b"here")
    while (answered := screen.recv_data(control_frame=True))[0] != websocket.ABNF.OPCODE_PONG:
        pass
    assert answered[1] == b"here"


def test_nothing_is_compressed_for_a_screen(live: Live, ground: Ground) -> None:
    token, _, _ = operator(ground)
    screen = websocket.create_connection(
        f"ws://127.0.0.1:{live.port}/socket.io/?EIO=4&transport=websocket",
        origin=live.origin,
        cookie=f"koza={token}",
        timeout=_SECONDS,
        header=["Sec-WebSocket-Extensions: permessage-deflate"],
    )
    live.opened.append(screen)
    assert "sec-websocket-extensions" not in (screen.getheaders() or {})


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


def disabled(live: Live, ground: Ground) -> list[str]:
    """What the screen of somebody hears who is disabled, who then may not come back."""
    token, account, _ = operator(ground)
    screen = live.open(token)
    assert next(events(screen))[0] == "head"
    with unit_of_work(ground) as session:
        staff.disable_account(session, _BUILDER, account, reason="left")
    told = [name for name, _ in events(screen) if name != "head"]
    assert next(events(live.open(token)))[0] == "refused"
    return told


def test_a_disabled_account_loses_its_socket(live: Live, ground: Ground) -> None:
    told = disabled(live, ground)
    if told == ["closed"]:
        # The machine was too busy to look at the sessions in time, so everybody was sent away, and she too.
        told = disabled(live, ground)
    assert told in (["ended"], ["ended", "closed"])
