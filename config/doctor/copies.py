"""Backups, the rehearsed restore, and the roster for the day when everything is down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from config.backup.store import Store
from config.doctor.finding import Finding, Subject
from config.roster.files import newest
from core.i18n import gettext as _

#: A copy and a roster are taken each night, and a restore is rehearsed once a quarter.
_OLDEST_COPY = timedelta(hours=30)
_OLDEST_REHEARSAL = timedelta(days=92)
#: Two machines' clocks differ by less; what is of a later time than that is not young but wrong.
_APART = timedelta(hours=1)


def backup(subject: Subject) -> Finding:
    """How old the newest copy is."""
    folder = subject.settings.backup_dir
    if folder is None:
        return subject.lacks(_("backup"), _("none: set BACKUP_DIR and BACKUP_RECIPIENT"))
    store = Store(folder)
    if not store.bases():
        return Finding(_("backup"), ok=False, detail=_("no copy in %(folder)s", folder=folder), remedy="koza backup")
    taken = store.bases(until=datetime.now(UTC))
    if not taken:
        detail = _("every copy is of a later time than now: a clock is or was wrong")
        return Finding(_("backup"), ok=False, detail=detail, remedy="koza backup")
    hours, young = _age(taken[-1].moment)
    return Finding(_("backup"), young, _("the newest copy is %(hours)d h old", hours=hours), "koza backup run")


def rehearsal(subject: Subject) -> Finding:
    """When a restore was rehearsed last."""
    folder, what = subject.settings.backup_dir, _("rehearsed restore")
    told = None if folder is None else Store(folder).rehearsed()
    if told is None:
        return subject.lacks(what, _("none: koza restore shows whether it holds"))
    age = datetime.now(UTC) - datetime.fromisoformat(str(told["at"]))
    detail = _("%(days)d days ago, in %(seconds)s s", days=age.days, seconds=told.get("seconds", "?"))
    return Finding(what, -_APART <= age <= _OLDEST_REHEARSAL, detail, _("koza restore, on another machine"))


def offline_roster(subject: Subject) -> Finding:
    """How old the newest sealed roster is."""
    what = _("offline roster")
    if subject.settings.roster_recipient is None:
        detail = _("none: set ROSTER_RECIPIENT, koza backup key makes a key")
        return subject.lacks(what, detail)
    found = newest(subject.settings)
    if found is None:
        return Finding(what, ok=False, detail=_("none yet"), remedy=_("start the worker, which writes it"))
    hours, young = _age(datetime.fromtimestamp(found.stat().st_mtime, UTC))
    detail = _("%(file)s, %(hours)d h old", file=found, hours=hours)
    return Finding(what, young, detail, _("look at the worker's log"))


def _age(moment: datetime) -> tuple[int, bool]:
    age = datetime.now(UTC) - moment
    return int(age.total_seconds() // 3600), -_APART <= age <= _OLDEST_COPY
