"""The relay's process: waits for the database's notice, does a round, and wakes the workers' queue."""

from __future__ import annotations

import os
import time
from contextlib import suppress

import psycopg
import redis
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.serializers import JSONSerializer

from config.engines.postgres import libpq
from config.feed import NoSink, RedisSink
from config.wiring import build_ground
from core.audit import AUDIT_HEAD, heads
from core.database import Ground
from core.log import configure_logging, get_logger
from core.metrics import alarms
from core.relay import LOCK_KEY, OUTBOX_CHANNEL, WORK_CHANNEL, Relay
from core.settings import Settings
from core.unit_of_work import unit_of_work
from dashboard.feed import RENDERERS

log = get_logger(__name__)

#: Without a notice the relay looks this often.
POLL_S = 0.5
#: After a round it rests for as long as that took, up to this: in a flood, when every moment brings a change, half of
#: a processor at most goes to the screens, and of what changed several times meanwhile the last is drawn.
_REST_S = 0.25
_LOCK_EVERY_S = 1.0
_PRUNE_EVERY_S = 600.0
#: An active relay ticks twice a second; a spare believes that one so silent is not coming back.
HUNG_S = 15.0
_END_THE_HOLDER = """
    SELECT pg_terminate_backend(pid) FROM pg_locks
    WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND objsubid = 1 AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def _listening(settings: Settings) -> psycopg.Connection[tuple[object, ...]]:
    url = libpq(settings.database_url)
    # Both sides notice within a quarter of a minute that the other's machine is gone: the lock must not outlive it.
    connection = psycopg.connect(
        url,
        autocommit=True,
        application_name="koza-relay-lock",
        connect_timeout=3,
        options="-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=3 -c tcp_keepalives_count=3",
        keepalives_idle=5,
        keepalives_interval=3,
        keepalives_count=3,
    )
    connection.execute(f"LISTEN {OUTBOX_CHANNEL}")
    connection.execute(f"LISTEN {WORK_CHANNEL}")
    return connection


def _become_active(connection: psycopg.Connection[tuple[object, ...]], *, hung_s: float = HUNG_S) -> None:
    """Wait until this process holds the lock; a spare waits here until the active one is gone.

    One that is stopped or stuck still holds the lock: when it gives no sign of life for ``hung_s`` its lock is taken
    from it. It ends when it notices; what it may do until then is safe beside another.
    """
    told, since = _ticks(connection), time.monotonic()
    while True:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (LOCK_KEY,)).fetchone()
        if row is not None and row[0]:
            log.info("relay_active")
            return
        time.sleep(_LOCK_EVERY_S)
        ticks = _ticks(connection)
        if ticks != told:
            told, since = ticks, time.monotonic()
        elif time.monotonic() - since > hung_s:
            log.error("relay_hung")
            alarms.add(kind="relay_stalled")
            connection.execute(_END_THE_HOLDER, (LOCK_KEY >> 32, LOCK_KEY & 0xFFFFFFFF))
            since = time.monotonic()


def _ticks(connection: psycopg.Connection[tuple[object, ...]]) -> object:
    return connection.execute("SELECT ticks FROM core_beats WHERE component = 'relay'").fetchone()


class _Waker:
    """Tells the workers' queue that something is due; the workers' own sweep makes that unnecessary, only slower."""

    def __init__(self, url: str | None) -> None:
        self._queue: Queue | None = None
        if url is not None:
            connection = redis.Redis.from_url(url, socket_timeout=2.0, socket_connect_timeout=2.0)
            self._queue = Queue("urgent", connection=connection, serializer=JSONSerializer)

    def wake(self) -> None:
        """Enqueue one round, unless one is waiting already."""
        if self._queue is None:
            return
        with suppress(redis.RedisError, DuplicateJobError):
            self._queue.enqueue(
                "config.jobs.work",
                job_id="work",
                unique=True,
                result_ttl=0,
                failure_ttl=60,
                job_timeout=30,
            )


def _heard(connection: psycopg.Connection[tuple[object, ...]], *, rest_s: float) -> set[str]:
    """Rest, then wait for a notice; the channels of all that have come by then."""
    time.sleep(rest_s)
    first = list(connection.notifies(timeout=POLL_S, stop_after=1))
    return {notice.channel for notice in (*first, *connection.notifies(timeout=0))}


def _log_heads(ground: Ground) -> None:
    """How far each audit chain has come, for whoever keeps the logs: a chain cannot show that its end was cut off."""
    with unit_of_work(ground) as session:
        for chain, head in heads(session).items():
            log.info(AUDIT_HEAD, subject=chain, number=head.number, code=head.mark)


def main() -> None:
    """Run until killed. A lost database connection ends the process, and the supervisor starts another."""
    settings = Settings.load(os.environ)
    configure_logging(json_lines=settings.production)
    ground = build_ground(settings, pool_size=2, application="koza-relay")
    sink = RedisSink(settings.redis_url, ground.keyring.derive("feed")) if settings.redis_url else NoSink()
    relay = Relay(ground, sink, RENDERERS)
    waker = _Waker(settings.redis_url)
    connection = _listening(settings)
    _become_active(connection)
    pruned = time.monotonic()
    while True:
        begun = time.monotonic()
        while relay.tick():
            pass
        worked = time.monotonic() - begun
        if time.monotonic() - pruned > _PRUNE_EVERY_S:
            relay.prune()
            _log_heads(ground)
            pruned = time.monotonic()
        if WORK_CHANNEL in _heard(connection, rest_s=min(worked, _REST_S)):
            waker.wake()
