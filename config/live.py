"""The sockets' process: gevent, patched before anything else; sockets go one way, from us to the screens."""

# ruff: noqa: E402 - the patch must come before every other import
from gevent import monkey

monkey.patch_all()

import os
from typing import Any

import gevent
import redis
from flask import Flask, request
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import SocketIO, join_room
from gunicorn.app.base import BaseApplication
from sqlalchemy.exc import SQLAlchemyError

from config.feed import CHANNEL, FeedError, centre_room, open_feed
from config.ports import live_port
from config.wiring import build_ground
from core.database import Ground
from core.log import configure_logging, get_logger
from core.relay import beat_age, head_of
from core.settings import Settings
from core.unit_of_work import unit_of_work
from staff.sessions import Signed, live_sessions, session_of

log = get_logger(__name__)

SESSIONS_EVERY_S = 1.0
HEAD_EVERY_S = 5.0
RELAY_SILENT_S = 10.0


class Screens:
    """The connected screens: who they are, and what they are told."""

    def __init__(self, ground: Ground, socketio: SocketIO) -> None:
        self._ground = ground
        self._socketio = socketio
        self._signed: dict[str, Signed] = {}
        self._feed_alive = False
        self._relay_alive = True

    def connect(self, _auth: Any = None) -> None:
        """Let a signed-in screen in. Only raising keeps anybody out here."""
        settings = self._ground.settings
        if request.headers.get("Origin") != settings.dashboard_url:
            raise Refused("origin")
        token = request.cookies.get("__Host-koza" if settings.https else "koza", "")
        with unit_of_work(self._ground) as session:
            signed = session_of(session, token) if token else None
            if signed is None or not signed.scope.may("contact.read"):
                raise Refused("session")
            heads = head_of(session, list(signed.scope.centre_ids))
        socket_id: str = request.sid  # type: ignore[attr-defined]
        self._signed[socket_id] = signed
        for centre_id in signed.scope.centre_ids:
            join_room(centre_room(centre_id))
        self._socketio.emit("head", self._head(sum(heads.values())), to=socket_id)

    def _head(self, head: int) -> dict[str, Any]:
        return {"n": head, "feed": self._feed_alive and self._relay_alive}

    def leave(self, *_reason: object) -> None:
        """A screen is gone."""
        self._signed.pop(request.sid, None)  # type: ignore[attr-defined]

    def watch_sessions(self) -> None:
        """Disconnect the sockets of sessions that ended, within a second."""
        while True:
            gevent.sleep(SESSIONS_EVERY_S)
            signed = dict(self._signed)
            if not signed:
                continue
            try:
                with unit_of_work(self._ground) as session:
                    alive = live_sessions(session, [item.session_id for item in signed.values()])
            except SQLAlchemyError:
                log.warning("sessions_unreadable")
                continue
            for socket_id, item in signed.items():
                if item.session_id not in alive:
                    self._signed.pop(socket_id, None)
                    self._socketio.emit("ended", {}, to=socket_id)
                    self._socketio.server.disconnect(socket_id, namespace="/")

    def tell_heads(self) -> None:
        """Every five seconds the last number of each stream, so that a screen that missed something knows."""
        while True:
            gevent.sleep(HEAD_EVERY_S)
            centres = {centre for item in self._signed.values() for centre in item.scope.centre_ids}
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
                told = {"centre": str(centre_id), **self._head(head)}
                self._socketio.emit("head", told, to=centre_room(centre_id))

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
            hidden = [sid for sid, item in self._signed.items() if str(item.account_id) in barred]
            self._socketio.emit("change", event, to=centre_room(change["centre"]), skip_sid=hidden)


_APP = Flask("koza-live", static_folder=None)


def create() -> Flask:
    """The application of the sockets' process."""
    settings = Settings.load(os.environ)
    configure_logging(json_lines=settings.production)
    ground = build_ground(settings, pool_size=2, application="koza-live")
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
    )
    screens = Screens(ground, socketio)
    socketio.on_event("connect", screens.connect)
    socketio.on_event("disconnect", screens.leave)
    _APP.add_url_rule("/healthz", "healthz", lambda: {"ok": True})
    for work in (screens.watch_sessions, screens.tell_heads, screens.follow):
        gevent.spawn(work)
    return _APP


class _Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn with one gevent worker, configured here and not by files."""

    def __init__(self, bind: str) -> None:
        self._bind = bind
        super().__init__()

    def load_config(self) -> None:
        for name, value in {
            "bind": self._bind,
            "workers": 1,
            "worker_class": "gevent",
            "worker_connections": 4000,
            "accesslog": None,
            "errorlog": "-",
            "loglevel": "warning",
            "proc_name": "koza-live",
            "graceful_timeout": 3,
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return create()


def main() -> None:
    """Serve until told to stop, on the port of ``LIVE_URL``."""
    settings = Settings.load(os.environ)
    port = live_port(settings.live_url, settings.port)
    host = "127.0.0.1" if not settings.production else "0.0.0.0"  # noqa: S104 - behind the balancer
    _Server(f"{host}:{port}").run()
