"""Whether this installation can do its work, in detail for people and as one word for the balancer."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from typing import Any, TypeVar

import redis
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from config.revisions import known_revisions, newest_revision, present_revision
from core.database import Ground
from core.due import overdue_seconds
from core.relay import Beat, beat_age
from core.unit_of_work import run, unit_of_work

T = TypeVar("T")
#: A relay or worker that has given no sign of life for this long is down.
STALE_S = 10.0
#: How long the database may take to answer before it counts as away.
WAIT_S = 1.0
_TICK_WAIT_S = 5.0
_TICK_LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class Readiness:
    """The word for the balancer and the detail for people."""

    ready: bool
    detail: dict[str, Any]


#: A hung database holds the thread that asks it; the balancer gets its answer all the same.
_askers = ThreadPoolExecutor(2, thread_name_prefix="readiness")


def look(ground: Ground) -> Readiness:
    """Database, schema and relay decide; Redis away is said and does not. Answers within ``WAIT_S`` in any case."""
    detail = ask(ground, _database_detail)
    if detail is None:
        detail = {"database": "away", "schema": "unknown", "relay": "unknown", "worker": "unknown"}
    detail["redis"] = _redis_word(ground.settings.redis_url)
    return Readiness(detail["schema"] in {"ok", "ahead"} and detail["relay"] == "ok", detail)


def ask(ground: Ground, read: Callable[[Session], T]) -> T | None:
    """What ``read`` finds in the database, or ``None`` when it does not answer within ``WAIT_S``."""
    asked = _askers.submit(run, ground, read)
    try:
        return asked.result(timeout=WAIT_S)
    except (SQLAlchemyError, FutureTimeoutError):
        asked.cancel()
        return None


def _database_detail(session: Session) -> dict[str, Any]:
    detail: dict[str, Any] = {"database": "ok", "schema": _schema_word(session)}
    for component in ("relay", "worker"):
        age = beat_age(session, component)
        detail[component] = "ok" if age is not None and age < STALE_S else "silent"
    detail["overdue_s"] = round(overdue_seconds(session), 1)
    return detail


def _schema_word(session: Session) -> str:
    """``ahead`` serves: a later release only adds to what this one needs (expand, then contract)."""
    present = present_revision(session)
    if present == newest_revision():
        return "ok"
    return "behind" if present is None or present in known_revisions() else "ahead"


def _redis_word(url: str | None) -> str:
    if url is None:
        return "none"
    try:
        redis.Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5).ping()
    except redis.RedisError:
        return "away"
    return "ok"


def await_tick(ground: Ground) -> bool:
    """Whether a worker completes a round that began after this call, within five seconds."""
    deadline = time.monotonic() + _TICK_WAIT_S
    first: int | None = None
    while (left := deadline - time.monotonic()) > 0:
        asked = _askers.submit(_ticks, ground)
        try:
            ticks = asked.result(timeout=left)
        except (SQLAlchemyError, FutureTimeoutError):
            asked.cancel()
            return False
        if first is None:
            first = ticks
        elif ticks >= first + 2:
            # The first of the two may have begun before the call; the second began after it.
            return True
        time.sleep(_TICK_LOOK_S)
    return False


def _ticks(ground: Ground) -> int:
    with unit_of_work(ground) as session:
        row = session.get(Beat, "worker")
        return row.ticks if row else 0
