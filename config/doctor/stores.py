"""Database, Redis, and the processes that work on them."""

from __future__ import annotations

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text

from config.doctor.finding import Finding, Subject
from config.engines.binaries import OLDEST_POSTGRES
from config.readiness import STALE_S
from config.revisions import known_revisions, newest_revision, present_revision
from core.due import overdue_seconds
from core.i18n import gettext as _
from core.relay import beat_age

#: What is due and not done for so long is not being done.
_MOST_OVERDUE_S = 60.0


def database(subject: Subject) -> Finding:
    """Whether PostgreSQL answers and is new enough."""
    number = subject.read(lambda session: int(session.execute(text("SHOW server_version_num")).scalar_one()))
    if number is None:
        return Finding("PostgreSQL", ok=False, detail=_("does not answer at DATABASE_URL"))
    major = number // 10_000
    detail = _("version %(major)d, %(oldest)d or newer is wanted", major=major, oldest=OLDEST_POSTGRES)
    return Finding("PostgreSQL", major >= OLDEST_POSTGRES, detail)


def schema(subject: Subject) -> Finding:
    """Whether the database is at this release."""
    found = subject.read(lambda session: (present_revision(session),))
    if found is None:
        return Finding(_("schema"), ok=False, detail=_("cannot be read"))
    present, head = found[0], newest_revision()
    if present is not None and present not in known_revisions():
        return Finding(_("schema"), ok=True, detail=_("at %(present)s, of a later release", present=present))
    if present == head:
        return Finding(_("schema"), ok=True, detail=_("at %(present)s", present=present))
    detail = _(
        "at %(present)s, this release needs %(head)s: koza migrate", present=present or _("nothing yet"), head=head
    )
    return Finding(_("schema"), ok=False, detail=detail, remedy="koza migrate")


def redis(subject: Subject) -> Finding:
    """Redis away costs speed and nothing else."""
    url = subject.settings.redis_url
    if url is None:
        return Finding("Redis", ok=True, detail=_("not used: screens are polled, jobs are swept every second"))
    client = Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2)
    try:
        client.ping()
    except RedisError:
        return Finding("Redis", ok=True, detail=_("does not answer at REDIS_URL: screens are polled, jobs are swept"))
    finally:
        client.close()
    return Finding("Redis", ok=True, detail=_("answers"))


def relay(subject: Subject) -> Finding:
    """Whether somebody carries changes to the screens and chains the audit."""
    return _beating(subject, "relay", _("relay"), "koza relay")


def worker(subject: Subject) -> Finding:
    """Whether somebody sends, pages, and does what is due."""
    found = _beating(subject, "worker", _("worker"), "koza worker")
    overdue = subject.read(overdue_seconds) if found.ok else None
    if overdue is not None and overdue > _MOST_OVERDUE_S:
        detail = _("something has been due for %(seconds)d s", seconds=overdue)
        return Finding(found.what, ok=False, detail=detail, remedy=_("look at the worker's log"))
    return found


def _beating(subject: Subject, component: str, what: str, start: str) -> Finding:
    told = subject.read(lambda session: (beat_age(session, component),))
    age = None if told is None else told[0]
    if age is None:
        detail = _("cannot be read") if told is None else _("never ran")
        return Finding(what, ok=False, detail=detail, remedy=_("start it: %(command)s", command=start))
    detail = _("last sign of life %(seconds)d s ago", seconds=max(age, 0))
    return Finding(what, age < STALE_S, detail, _("start it: %(command)s", command=start))
