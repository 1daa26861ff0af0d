"""The examinations of ``koza doctor``. Each answers in one line and none changes anything."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from config.backup.store import Store
from config.engines.binaries import OLDEST_POSTGRES
from config.migrate import alembic_config
from core.crypto import CryptoError, Keyring
from core.database import new_engine
from core.i18n import gettext as _
from core.settings import Settings
from staff import queries as staff_queries

#: A copy is taken each night, and a restore is rehearsed once a quarter.
_OLDEST_COPY = timedelta(hours=30)
_OLDEST_REHEARSAL = timedelta(days=92)
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
        _backup,
        _rehearsal,
    )
    return [examination(settings) for examination in examinations]


def _data_folder(settings: Settings) -> Finding:
    folder = settings.data_dir
    writable = folder.is_dir() and os.access(folder, os.W_OK)
    detail = str(folder) if writable else _("%(folder)s is missing or cannot be written", folder=folder)
    return Finding(_("data folder"), writable, detail)


def _backup(settings: Settings) -> Finding:
    if settings.backup_dir is None:
        # A demonstration holds nothing that anybody would miss.
        return Finding(_("backup"), not settings.production, _("none: set BACKUP_DIR and BACKUP_RECIPIENT"))
    bases = Store(settings.backup_dir).bases()
    if not bases:
        return Finding(_("backup"), ok=False, detail=_("no copy in %(folder)s", folder=settings.backup_dir))
    age = datetime.now(UTC) - bases[-1].moment
    hours = int(age.total_seconds() // 3600)
    return Finding(_("backup"), age <= _OLDEST_COPY, _("the newest copy is %(hours)d h old", hours=hours))


def _rehearsal(settings: Settings) -> Finding:
    told = None if settings.backup_dir is None else Store(settings.backup_dir).rehearsed()
    if told is None:
        return Finding(_("rehearsed restore"), not settings.production, _("none: koza restore shows whether it holds"))
    age = datetime.now(UTC) - datetime.fromisoformat(str(told["at"]))
    detail = _("%(days)d days ago, in %(seconds)s s", days=age.days, seconds=told.get("seconds", "?"))
    return Finding(_("rehearsed restore"), age <= _OLDEST_REHEARSAL, detail)


def _disk(settings: Settings) -> Finding:
    place = settings.data_dir if settings.data_dir.is_dir() else settings.data_dir.parent
    try:
        free = shutil.disk_usage(place).free
    except OSError as error:
        return Finding(_("disk"), ok=False, detail=str(error))
    detail = _("%(n)d MiB free, %(least)d are wanted", n=free >> 20, least=_LEAST_FREE_BYTES >> 20)
    return Finding(_("disk"), free >= _LEAST_FREE_BYTES, detail)


def _key_file(settings: Settings) -> Finding:
    path = settings.data_key_file
    try:
        Keyring.load(path)
    except CryptoError as error:
        return Finding(_("key file"), ok=False, detail=str(error))
    mode = f"{stat.S_IMODE(path.stat().st_mode):04o}"
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        detail = _("%(file)s, mode %(mode)s: others can read it, chmod 600", file=path, mode=mode)
        return Finding(_("key file"), ok=False, detail=detail)
    return Finding(_("key file"), ok=True, detail=_("%(file)s, mode %(mode)s", file=path, mode=mode))


def _database(settings: Settings) -> Finding:
    engine = new_engine(settings.database_url, role=None, pool_size=1)
    try:
        with engine.connect() as connection:
            number = int(connection.execute(text("SHOW server_version_num")).scalar_one())
    except SQLAlchemyError:
        return Finding("PostgreSQL", ok=False, detail=_("does not answer at DATABASE_URL"))
    finally:
        engine.dispose()
    major = number // 10_000
    detail = _("version %(major)d, %(oldest)d or newer is wanted", major=major, oldest=OLDEST_POSTGRES)
    return Finding("PostgreSQL", major >= OLDEST_POSTGRES, detail)


def _schema(settings: Settings) -> Finding:
    engine = new_engine(settings.database_url, role=None, pool_size=1)
    try:
        with engine.connect() as connection:
            present = MigrationContext.configure(connection).get_current_revision()
            scripts = ScriptDirectory.from_config(alembic_config(connection))
    except SQLAlchemyError:
        return Finding(_("schema"), ok=False, detail=_("cannot be read"))
    finally:
        engine.dispose()
    head, known = scripts.get_current_head(), {script.revision for script in scripts.walk_revisions()}
    if present is not None and present not in known:
        return Finding(_("schema"), ok=True, detail=_("at %(present)s, of a later release", present=present))
    if present == head:
        return Finding(_("schema"), ok=True, detail=_("at %(present)s", present=present))
    detail = _(
        "at %(present)s, this release needs %(head)s: koza migrate", present=present or _("nothing yet"), head=head
    )
    return Finding(_("schema"), ok=False, detail=detail)


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
        return Finding(_("lines"), ok=False, detail=_("cannot be read"))
    finally:
        engine.dispose()
    if not lines:
        detail = _("there is none, every call is kept aside: koza centre add")
        return Finding(_("lines"), ok=False, detail=detail)
    if unknown:
        detail = _("no line has %(numbers)s: koza centre add, koza migrate", numbers=", ".join(unknown))
        return Finding(_("lines"), ok=False, detail=detail)
    alone = ", ".join(line.number for line in lines if line.fallback_number is None)
    detail = _("%(n)d, without a fallback: %(numbers)s: koza centre fallback", n=len(lines), numbers=alone)
    return Finding(_("lines"), ok=True, detail=detail if alone else str(len(lines)))


def _redis(settings: Settings) -> Finding:
    if settings.redis_url is None:
        return Finding("Redis", ok=True, detail=_("not used: screens are polled, jobs are swept every second"))
    client = Redis.from_url(settings.redis_url, socket_connect_timeout=2, socket_timeout=2)
    try:
        client.ping()
    except RedisError:
        return Finding("Redis", ok=True, detail=_("does not answer at REDIS_URL: screens are polled, jobs are swept"))
    finally:
        client.close()
    return Finding("Redis", ok=True, detail=_("answers"))
