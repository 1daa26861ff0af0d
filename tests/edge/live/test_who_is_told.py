"""Who is told of what by the sockets: every role, another centre, and whoever shows no session or one that ended."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import websocket

from config.feed import topics_of
from core.actor import system
from core.database import Ground
from core.outbox import publish
from core.unit_of_work import unit_of_work
from staff import service as staff
from staff.scope import Scope
from staff.sessions import session_of, sign_out, start_session
from tests.edge.live.test_sockets import Live, _closed, change, events, live, operator, relay_once
from tools.who_may import EXPECTED, ROLES

__all__ = ["_closed", "live"]

#: The same worker as the other tests of the sockets: one Redis, one channel.
pytestmark = pytest.mark.xdist_group("live")

_BUILDER = system("tests")


def colleague(ground: Ground, centre_id: UUID, role: str) -> tuple[str, UUID]:
    """(session token, account) of somebody else of a centre."""
    with unit_of_work(ground) as session:
        made = staff.create_account(
            session,
            _BUILDER,
            name=f"c{secrets.token_hex(6)}@tests",
            display_name="Deneme",
            password="uzun bir sınama cümlesi",
            roles=(role,),
            centre_id=centre_id,
        )
        return start_session(session, made.id, centre_id, "tr").token, made.id


def test_each_role_is_told_of_the_topics_that_are_written_down(ground: Ground) -> None:
    _, _, centre = operator(ground)
    told: dict[str, set[str]] = {topic: set() for topic in EXPECTED.feed}
    for role in ROLES:
        _, account = colleague(ground, centre, role)
        with unit_of_work(ground) as session:
            scope = Scope.of(session, account)
        # Only who sees the board gets a socket at all.
        for topic in topics_of(scope) if scope.may("contact.read") else ():
            told[topic].add(role)
    assert told == {topic: set(roles) for topic, roles in EXPECTED.feed.items()}


def test_on_the_wire_every_role_hears_these_and_another_centre_none(live: Live, ground: Ground) -> None:
    """Two changes that only some may know, then one that whoever has a socket hears: what came before it is all."""
    foreign, _, other = operator(ground)
    _, _, centre = operator(ground)
    screens = {role: live.open(colleague(ground, centre, role)[0]) for role in ROLES}
    boards = EXPECTED.feed["contact"]
    stranger = live.open(foreign)
    heads = {role: next(events(screen))[0] for role, screen in screens.items()}
    assert heads == {role: "head" if role in boards else "refused" for role in ROLES}
    assert next(events(stranger))[0] == "head"
    topics = ("perpetrator", "case", "page", "contact")
    with unit_of_work(ground) as session:
        for topic in topics:
            publish(session, centre, topic, topic)
        publish(session, other, "contact", "theirs")
    relay_once(ground, live)
    for role in sorted(boards):
        expected = [topic for topic in topics if role in EXPECTED.feed[topic]]
        assert [change(screens[role])["topic"] for _ in expected] == expected, role
    assert change(stranger)["subject"] == "theirs"


def _hand_shake(live: Live, **headers: str) -> list[tuple[str, Any]]:
    """What is told first to a client that shows these headers and no others."""
    screen = websocket.create_connection(
        f"ws://127.0.0.1:{live.port}/socket.io/?EIO=4&transport=websocket",
        suppress_origin="Origin" not in headers,
        header=[f"{name}: {value}" for name, value in headers.items()],
        timeout=20,
    )
    live.opened.append(screen)
    assert screen.recv().startswith("0")
    screen.send("40")
    return [next(events(screen))]


def test_a_cookie_without_an_origin_is_not_let_in(live: Live, ground: Ground) -> None:
    token, _, _ = operator(ground)
    assert _hand_shake(live, Cookie=f"koza={token}") == [("refused", None)]


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://127.0.0.1.evil.example", "{ours}.evil.example", "{ours}:1"],
)
def test_a_foreign_origin_is_not_let_in_whatever_a_proxy_is_said_to_have_heard(
    live: Live, ground: Ground, origin: str
) -> None:
    token, _, _ = operator(ground)
    foreign = origin.format(ours=live.origin)
    host = foreign.partition("://")[2] or "evil.example"
    forwarded = {"X-Forwarded-Host": host, "X-Forwarded-Proto": "http", "Cookie": f"koza={token}"}
    try:
        told = _hand_shake(live, Origin=foreign, **forwarded)
    except websocket.WebSocketBadStatusException:
        return
    assert told == [("refused", None)]


def _ended(live: Live, ground: Ground, end: Callable[[str], None]) -> list[str]:
    """What a screen hears when its session ends, and whether the same cookie comes in again."""
    token, _, _ = operator(ground)
    screen = live.open(token)
    assert next(events(screen))[0] == "head"
    end(token)
    told = [name for name, _ in events(screen) if name != "head"]
    assert next(events(live.open(token)))[0] == "refused"
    return told


def test_signing_out_ends_the_socket(live: Live, ground: Ground) -> None:
    def end(token: str) -> None:
        with unit_of_work(ground) as session:
            signed = session_of(session, token)
            assert signed is not None
            sign_out(session, signed)

    told = _ended(live, ground, end)
    if told == ["closed"]:
        # The machine was too busy to look at the sessions in time, so everybody was sent away, and she too.
        told = _ended(live, ground, end)
    assert told in (["ended"], ["ended", "closed"])


def test_a_screen_can_say_nothing_that_anybody_hears(live: Live, ground: Ground) -> None:
    """Events and rooms of a client's own choice are dropped: the sockets go one way."""
    token, _, centre = operator(ground)
    speaker, listener = live.open(token), live.open(token)
    for screen in (speaker, listener):
        assert next(events(screen))[0] == "head"
    for name in ("change", "head", "join", "join_room", "message", "ended"):
        speaker.send("42" + json.dumps([name, {"room": f"centre:{centre}", "subject": "forged", "topic": "contact"}]))
    with unit_of_work(ground) as session:
        publish(session, centre, "contact", "true")
    relay_once(ground, live)
    assert change(listener)["subject"] == "true"
