"""The examinations of ``koza doctor``. Each answers in one line and none changes anything."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from config.engines.binaries import OLDEST_POSTGRES
from config.migrate import alembic_config
from core.crypto import CryptoError, Keyring
from core.database import new_engine
from core.settings import Settings
from staff import queries as staff_queries

#: Below this the journal of a night without a database may not fit.
_LEAST_FREE_BYTES = 1 << 30


@dataclass(frozen=True)
class Finding:
    """One examined thing: what, whether it is as it should be, and the detail to act on."""

    what: str
    ok: bool
    detail: str


def examine(settings: Settings) -> list[Finding]:
    """Examine everything; one failure hides no other."""
    examinations: tuple[Callable[[Settings], Finding], ...] = (
        _data_folder,
        _disk,
        _key_file,
        _database,
        _schema,
        _lines,
        _redis,
    )
    return [examination(settings) for examination in examinations]


def _data_folder(settings: Settings) -> Finding:
    folder = settings.data_dir
    writable = folder.is_dir() and os.access(folder, os.W_OK)
    return Finding("data folder", writable, str(folder) if writable else f"{folder} is missing or cannot be written")


def _disk(settings: Settings) -> Finding:
    place = settings.data_dir if settings.data_dir.is_dir() else settings.data_dir.parent
    try:
        free = shutil.disk_usage(place).free
    except OSError as error:
        return Finding("disk", ok=False, detail=str(error))
    return Finding("disk", free >= _LEAST_FREE_BYTES, f"{free // (1 << 20)} MiB free, 1024 are wanted")


def _key_file(settings: Settings) -> Finding:
    path = settings.data_key_file
    try:
        Keyring.load(path)
    except CryptoError as error:
        return Finding("key file", ok=False, detail=str(error))
    mode = stat.S_IMODE(path.stat().st_mode)
    closed = mode & 0o077 == 0
    return Finding(
        "key file", closed, f"{path}, mode {mode:04o}" + ("" if closed else ": others can read it, chmod 600")
    )


def _database(settings: Settings) -> Finding:
    engine = new_engine(settings.database_url, role=None, pool_size=1)
    try:
        with engine.connect() as connection:
            number = int(connection.execute(text("SHOW server_version_num")).scalar_one())
    except SQLAlchemyError:
        return Finding("PostgreSQL", ok=False, detail="does not answer at DATABASE_URL")
    finally:
        engine.dispose()
    major = number // 10_000
    return Finding("PostgreSQL", major >= OLDEST_POSTGRES, f"version {major}, {OLDEST_POSTGRES} or newer is wanted")


def _schema(settings: Settings) -> Finding:
    engine = new_engine(settings.database_url, role=None, pool_size=1)
    try:
        with engine.connect() as connection:
            present = MigrationContext.configure(connection).get_current_revision()
            head = ScriptDirectory.from_config(alembic_config(connection)).get_current_head()
    except SQLAlchemyError:
        return Finding("schema", ok=False, detail="cannot be read")
    finally:
        engine.dispose()
    detail = f"at {present}" if present == head else f"at {present}, this release needs {head}: koza migrate"
    return Finding("schema", present == head, detail)


def _lines(settings: Settings) -> Finding:
    """Whether every number that is published is answered as a line; a call to any other is kept aside."""
    engine = new_engine(settings.database_url, role=None, pool_size=1)
    try:
        with Session(engine) as session:
            lines = staff_queries.lines(session)
            unknown = [
                item.number
                for item in settings.hotline_numbers
                if staff_queries.line_by_number(session, item.number) is None
            ]
    except SQLAlchemyError:
        return Finding("lines", ok=False, detail="cannot be read")
    finally:
        engine.dispose()
    if not lines:
        return Finding("lines", ok=False, detail="there is none, every call is kept aside: koza centre add")
    if unknown:
        return Finding("lines", ok=False, detail=f"no line has {', '.join(unknown)}: koza centre add, koza migrate")
    alone = [line.number for line in lines if line.fallback_number is None]
    detail = f"{len(lines)}" + (f", without a fallback: {', '.join(alone)}: koza centre fallback" if alone else "")
    return Finding("lines", ok=True, detail=detail)


def _redis(settings: Settings) -> Finding:
    if settings.redis_url is None:
        return Finding("Redis", ok=True, detail="not used: screens are polled, jobs are swept every second")
    client = Redis.from_url(settings.redis_url, socket_connect_timeout=2, socket_timeout=2)
    try:
        client.ping()
    except RedisError:
        return Finding("Redis", ok=True, detail="does not answer at REDIS_URL: screens are polled, jobs swept")
    finally:
        client.close()
    return Finding("Redis", ok=True, detail="answers")
