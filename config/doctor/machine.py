"""The machine: folders, secrets, keys, clock."""

from __future__ import annotations

import os
import re
import shutil
import stat
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from config.doctor.finding import Finding, Subject
from config.keycopy import CopyNote
from core.crypto import CryptoError, Keyring
from core.i18n import gettext as _
from core.settings import Settings
from staff.security_keys import KeyDesk

#: Below this the journal of a night without a database may not fit.
_LEAST_FREE_BYTES = 1 << 30
#: Codes of the second factor and signatures of the carrier bear less than half a minute; texts and pages carry times.
_MOST_DRIFT = timedelta(seconds=5)
#: Words of examples, and fewer different characters than anything random of this length has.
_SAMPLE = re.compile("secret|change|example|password|parola|sample|koza|12345|abcdef", re.IGNORECASE)
_LEAST_DIFFERENT = 10
_AUTH_TOKEN = re.compile("[0-9a-f]{32}")


def data_folder(subject: Subject) -> Finding:
    """Whether KOZA_DATA_DIR can be written."""
    folder = subject.settings.data_dir
    writable = folder.is_dir() and os.access(folder, os.W_OK)
    detail = str(folder) if writable else _("%(folder)s is missing or cannot be written", folder=folder)
    return Finding(_("data folder"), writable, detail, _("make it, and let the account of the processes write there"))


def disk(subject: Subject) -> Finding:
    """Whether the journal of a bad night fits."""
    folder = subject.settings.data_dir
    place = folder if folder.is_dir() else folder.parent
    try:
        free = shutil.disk_usage(place).free
    except OSError as error:
        return Finding(_("disk"), ok=False, detail=str(error))
    detail = _("%(n)d MiB free, %(least)d are wanted", n=free >> 20, least=_LEAST_FREE_BYTES >> 20)
    return Finding(_("disk"), free >= _LEAST_FREE_BYTES, detail, _("make room: the journal of an outage lies there"))


def secrets(subject: Subject) -> Finding:
    """Whether secrets look like secrets; their values are never shown."""
    weak = _weak(subject.settings)
    if weak:
        detail = _("%(names)s: like an example, or too uniform", names=", ".join(weak))
        return subject.lacks(_("secrets"), detail, _("make new ones: openssl rand -hex 32"))
    count = len(subject.settings.twilio_auth_tokens)
    detail = (
        _("two auth tokens: take the older one out when the carrier has changed over") if count > 1 else _("in order")
    )
    return Finding(_("secrets"), ok=True, detail=detail)


def _weak(settings: Settings) -> list[str]:
    names = {"SECRET_KEY": settings.secret_key, "METRICS_TOKEN": settings.metrics_token or ""}
    weak = [name for name, value in names.items() if value and _uniform(value)]
    if any(not _AUTH_TOKEN.fullmatch(token) or len(set(token)) < 6 for token in settings.twilio_auth_tokens):
        weak.append("TWILIO_AUTH_TOKEN")
    return weak


def _uniform(value: str) -> bool:
    return bool(_SAMPLE.search(value)) or len(set(value)) < _LEAST_DIFFERENT


def key_file(subject: Subject) -> Finding:
    """Whether the key file opens, and for its owner alone."""
    path = subject.settings.data_key_file
    try:
        Keyring.load(path)
    except CryptoError as error:
        return Finding(_("key file"), ok=False, detail=str(error), remedy=_("koza keys create, or bring back the copy"))
    mode = f"{stat.S_IMODE(path.stat().st_mode):04o}"
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        detail = _("%(file)s, mode %(mode)s: others can read it, chmod 600", file=path, mode=mode)
        return Finding(_("key file"), ok=False, detail=detail, remedy=f"chmod 600 {path}")
    return Finding(_("key file"), ok=True, detail=_("%(file)s, mode %(mode)s", file=path, mode=mode))


def key_copy(subject: Subject) -> Finding:
    """Whether a sealed copy of exactly these keys was made, and lies elsewhere."""
    what, remedy = _("second copy of the keys"), _("koza keys copy --to FILE --recipient age1…, and carry it away")
    note = CopyNote.load(subject.settings)
    if note is None:
        return subject.lacks(what, _("none: without the key file the database is unreadable"), remedy)
    if subject.keyring is None or note.fingerprint != subject.keyring.fingerprint():
        return subject.lacks(what, _("of %(day)s: keys were added since", day=note.day), remedy)
    if note.beside(subject.settings.data_key_file):
        detail = _("%(place)s is on the same disk as the key file", place=note.place)
        return subject.lacks(what, detail, _("carry it away and remove it here"))
    return Finding(what, ok=True, detail=_("of %(day)s, %(place)s", day=note.day, place=note.place))


def security_keys(subject: Subject) -> Finding:
    """Directors and administrators are not asked for keys where no browser knows any: somebody must say so."""
    url = subject.settings.dashboard_url
    if KeyDesk(url, production=subject.settings.production).usable:
        return Finding(_("security keys"), ok=True, detail=url)
    detail = _("browsers know none at %(url)s: DASHBOARD_URL must name a host", url=url)
    return Finding(_("security keys"), ok=not subject.settings.production, detail=detail)


def clock(subject: Subject) -> Finding:
    """Whether this machine, the database and the carrier agree about the time."""
    asked = datetime.now(UTC)
    stored = subject.read(lambda session: session.execute(text("SELECT clock_timestamp()")).scalar_one())
    drifts = {} if stored is None else {"PostgreSQL": (stored - asked).total_seconds()}
    told = subject.account
    if told.account is not None and told.account.told_at is not None:
        # The carrier tells whole seconds.
        drifts[_("the carrier")] = (told.account.told_at - told.heard_at).total_seconds() + 0.5
    off = {name: by for name, by in drifts.items() if abs(by) > _MOST_DRIFT.total_seconds()}
    said = ", ".join(f"{name} {by:+.0f} s" for name, by in (off or drifts).items())
    remedy = _("set this machine's clock by the network (NTP)")
    return Finding(_("clock"), not off and bool(drifts), said or _("nobody to compare with answers"), remedy)
