"""The sockets' process: gevent, patched before anything else; sockets go one way, from us to the screens."""

# ruff: noqa: E402 - the patch must come before every other import
import gevent
from gevent import monkey

# Where each greenlet was made is kept for a debugger, for a hundredth of a second's sleep too: a fifth of the memory.
gevent.config.track_greenlet_tree = False
monkey.patch_all()

import sys

# Socket.IO and Engine.IO bring their clients along, and those all of HTTP, where it is there to be brought; the log's
# library brings a terminal's colours. This process serves, and a quarter of its memory would go to what it never does.
for _unused in ("aiohttp", "requests", "websocket", "rich"):
    sys.modules.setdefault(_unused, None)  # type: ignore[arg-type]  # Python's own way to say: not to be had

import os
import signal
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import redis
from flask import Flask, request
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import SocketIO, join_room
from gevent.lock import BoundedSemaphore
from gevent.pywsgi import WSGIServer
from sqlalchemy.exc import SQLAlchemyError

from config.feed import CHANNEL, FeedError, centre_room, open_feed, topic_room, topics_of
from config.ports import live_port
from config.wire import LONGEST_MESSAGE, Handler, Wire
from config.wiring import build_ground
from core.database import Ground
from core.log import configure_logging, get_logger
from core.relay import beat_age, head_of
from core.settings import Settings
from core.unit_of_work import unit_of_work
from staff.denials import record_denial
from staff.errors import MissingPermissionError
from staff.sessions import Signed, rights_of, session_of

log = get_logger(__name__)

#: Screens that are let in at the same time; the pool has as many connections more for those that look.
AT_THE_DOOR = 2
SESSIONS_EVERY_S = 0.5
#: Whoever cannot see for so long which sessions are still good shows nothing to anybody.
BLIND_S = 5.0
HEAD_EVERY_S = 5.0
RELAY_SILENT_S = 10.0


@dataclass(frozen=True, slots=True)
class Screen:
    """One connected screen: whose it is, and the mark of what her roles could do when it was let in.

    No more is kept of who is signed in: what her roles may do is a tenth of a screen's memory.
    """

    session_id: UUID
    account_id: UUID
    centre_ids: frozenset[UUID]
    rights: str


class Screens:
    """The connected screens: who they are, and what they are told."""

    def __init__(self, ground: Ground, socketio: SocketIO) -> None:
        self._ground = ground
        self._socketio = socketio
        self._screens: dict[str, Screen] = {}
        # When all come at once they wait here, and the looks at the sessions need not wait behind them.
        self._door = BoundedSemaphore(AT_THE_DOOR)
        self._seen_at = time.monotonic()
        self._feed_alive = False
        self._relay_alive = True

    def connect(self, _auth: Any = None) -> None:
        """Let a signed-in screen in. Only raising keeps anybody out here."""
        settings = self._ground.settings
        if request.headers.get("Origin") != settings.dashboard_url:
            raise Refused("origin")
        token = request.cookies.get("__Host-koza" if settings.https else "koza", "")
        try:
            with self._door:
                signed, rights, head = self._admit(token)
        except SQLAlchemyError:
            raise Refused("unavailable") from None
        socket_id: str = request.sid  # type: ignore[attr-defined]
        scope = signed.scope
        self._screens[socket_id] = Screen(signed.session_id, signed.account_id, scope.centre_ids, rights)
        for centre_id in scope.centre_ids:
            join_room(centre_room(centre_id))
            for topic in topics_of(scope):
                join_room(topic_room(centre_id, topic))
        self._socketio.emit("head", self._head(head), to=socket_id)

    def _admit(self, token: str) -> tuple[Signed, str, int]:
        """Who shows this token, the mark of her rights, and the head of her streams.

        A refusal for want of a right is written down.
        """
        with unit_of_work(self._ground) as session:
            signed = session_of(session, token) if token else None
            if signed is None:
                raise Refused("session")
            allowed = signed.scope.may("contact.read")
            if not allowed:
                record_denial(session, MissingPermissionError(signed.actor, "contact.read", "feed", "live"))
            rights = rights_of(session, [signed.session_id]).get(signed.session_id, "")
            heads = head_of(session, list(signed.scope.centre_ids))
        if not allowed:
            raise Refused("permission")
        return signed, rights, sum(heads.values())

    def _head(self, head: int) -> dict[str, Any]:
        return {"n": head, "feed": self._feed_alive and self._relay_alive}

    def leave(self, *_reason: object) -> None:
        """A screen is gone."""
        self._screens.pop(request.sid, None)  # type: ignore[attr-defined]

    def watch_sessions(self) -> None:
        """Disconnect the sockets of sessions that ended, and of people whose rights changed, within a second."""
        while True:
            gevent.sleep(SESSIONS_EVERY_S)
            try:
                self._look()
            except SQLAlchemyError:
                log.warning("sessions_unreadable")

    def _look(self) -> None:
        screens = dict(self._screens)
        if screens:
            with unit_of_work(self._ground) as session:
                rights = rights_of(session, {item.session_id for item in screens.values()})
            for socket_id, item in screens.items():
                now = rights.get(item.session_id)
                if now is None:
                    self._socketio.emit("ended", {}, to=socket_id)
                if now != item.rights:
                    self._disconnect(socket_id)
        self._seen_at = time.monotonic()

    def watch_sight(self) -> None:
        """Disconnect everybody when the sessions cannot be seen, or the look hangs: the screens then ask the server."""
        while True:
            gevent.sleep(SESSIONS_EVERY_S)
            if self._screens and time.monotonic() - self._seen_at > BLIND_S:
                log.error("sessions_unseen", count=len(self._screens))
                for socket_id in list(self._screens):
                    self._disconnect(socket_id)

    def _disconnect(self, socket_id: str) -> None:
        self._screens.pop(socket_id, None)
        self._socketio.server.disconnect(socket_id, namespace="/")

    def tell_heads(self) -> None:
        """Every five seconds the last number of each stream, so that a screen that missed something knows."""
        while True:
            gevent.sleep(HEAD_EVERY_S)
            centres = {centre for item in self._screens.values() for centre in item.centre_ids}
            if not centres:
                continue
            try:
                with unit_of_work(self._ground) as session:
                    heads = head_of(session, list(centres))
                    age = beat_age(session, "relay")
            except SQLAlchemyError:
                continue
            # Heads that stand still because nobody numbers any more look like a quiet night: the screens must poll.
            self._relay_alive = age is not None and age < RELAY_SILENT_S
            for centre_id, head in heads.items():
                self._tell_head(str(centre_id), head, centre_room(centre_id))

    def _tell_head(self, centre_id: str, head: int, whom: str) -> None:
        self._socketio.emit("head", {"centre": centre_id, **self._head(head)}, to=whom)

    def follow(self) -> None:
        """Take what the relay publishes; while Redis is away the screens are told and poll."""
        url = self._ground.settings.redis_url
        if url is None:
            return
        key = self._ground.keyring.derive("feed")
        while True:
            try:
                client = redis.Redis.from_url(url, health_check_interval=5)
                channel = client.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
                channel.subscribe(CHANNEL)
                self._feed_alive = True
                for message in channel.listen():
                    self._deliver(key, message["data"])
            except redis.RedisError:
                log.warning("feed_away")
            self._feed_alive = False
            gevent.sleep(1)

    def _deliver(self, key: bytes, data: bytes) -> None:
        try:
            changes = open_feed(key, data.decode())
        except (FeedError, UnicodeDecodeError, ValueError):
            log.warning("feed_forged")
            return
        for change in changes:
            event = {name: change[name] for name in ("centre", "n", "topic", "subject", "row")}
            barred = set(change["not_for"])
            hidden = {sid: item for sid, item in self._screens.items() if str(item.account_id) in barred}
            room = topic_room(change["centre"], change["topic"])
            self._socketio.emit("change", event, to=room, skip_sid=list(hidden))
            for socket_id, item in hidden.items():
                # She learns that there is something to fetch, and the row that she may not see leaves her screen.
                if UUID(change["centre"]) in item.centre_ids:
                    self._tell_head(change["centre"], change["n"], socket_id)


_APP = Flask("koza-live", static_folder=None)


def create() -> Flask:
    """The application of the sockets' process."""
    settings = Settings.load(os.environ)
    configure_logging(json_lines=settings.production)
    ground = build_ground(settings, pool_size=AT_THE_DOOR, application="koza-live", rooms=False)
    socketio = SocketIO(
        _APP,
        async_mode="gevent",
        cors_allowed_origins=[settings.dashboard_url],
        transports=["websocket"],
        manage_session=False,
        logger=False,
        engineio_logger=False,
        ping_interval=10,
        ping_timeout=10,
        max_http_buffer_size=LONGEST_MESSAGE,
    )
    socketio.server.eio._async["websocket"] = Wire  # noqa: SLF001 - Engine.IO takes its WebSocket from nowhere else
    screens = Screens(ground, socketio)
    socketio.on_event("connect", screens.connect)
    socketio.on_event("disconnect", screens.leave)
    _APP.add_url_rule("/healthz", "healthz", lambda: {"ok": True, "process": os.getpid(), "server": os.getppid()})
    for work in (screens.watch_sessions, screens.watch_sight, screens.tell_heads, screens.follow):
        gevent.spawn(work)
    return _APP


def main() -> None:
    """Serve until told to stop, on the port of ``LIVE_URL``."""
    settings = Settings.load(os.environ)
    port = live_port(settings.live_url, settings.port)
    host = "127.0.0.1" if not settings.production else "0.0.0.0"  # noqa: S104 - behind the balancer
    server = WSGIServer((host, port), create(), handler_class=Handler, log=None, error_log=sys.stderr)
    for number in (signal.SIGTERM, signal.SIGINT):
        # Sockets last until they are cut, and the screens then come back by themselves: there is nothing to wait for.
        gevent.signal_handler(number, server.stop, timeout=0)
    server.serve_forever()
