"""The place of the backups: names, encryption, what is kept and for how long.

``base-<moment>.tar.age``   a whole copy, as ``pg_basebackup`` writes it
``base-<moment>.json.age``  what was in it when it was taken; written last, so a copy without it is half-made
``wal/<server>/*.age``      the write-ahead log of that server since the oldest copy (:mod:`config.backup.log`);
                            ``<segment>.partial.age`` is the open one
``rehearsed.json``          when a restore was last rehearsed, and from which copy; holds nothing of a person
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import pyrage

from config.backup.log import Log
from config.engines.processes import write_private
from core.i18n import gettext as _

#: Copies older than this are gone: erasing a record is complete when no backup holds it any more (SAFETY: 35 days).
KEEP = timedelta(days=34)
#: However old a clock says that they are, so many newest copies stay.
ALWAYS_KEPT = 7
_MOMENT = "%Y%m%dT%H%M%SZ"
_BASE = re.compile(r"base-(\d{8}T\d{6}Z)\.json\.age")


class BackupError(Exception):
    """A backup or restore could not be done; the message is for the person at the command line."""


@dataclass(frozen=True)
class Base:
    """One whole copy."""

    moment: datetime
    archive: Path
    manifest: Path

    @property
    def name(self) -> str:
        """Its moment, as it stands in its files' names."""
        return self.moment.strftime(_MOMENT)


class Store:
    """One folder of backups: a mounted disk of another machine, or one that is copied there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.wal = folder / "wal"

    def prepare(self) -> None:
        """Make the folders. Raises :class:`BackupError` where they cannot be written."""
        try:
            self.wal.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise BackupError(str(error)) from error
        if not os.access(self.wal, os.W_OK):
            raise BackupError(_("%(folder)s cannot be written.", folder=self.wal))

    @contextmanager
    def taking(self) -> Iterator[None]:
        """Held while a copy is taken. Raises :class:`BackupError` while another is: one would sweep away the other."""
        self.prepare()
        with (self.folder / ".taking").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise BackupError(_("Another copy is being taken into %(folder)s.", folder=self.folder)) from error
            yield

    def new_base(self, moment: datetime) -> Base:
        """The files of a copy that is about to be taken: of this second, or of the next that has none yet."""
        base = self._base(moment.replace(microsecond=0))
        while base.archive.exists() or base.manifest.exists():
            base = self._base(base.moment + timedelta(seconds=1))
        return base

    def _base(self, moment: datetime) -> Base:
        name = moment.strftime(_MOMENT)
        return Base(moment, self.folder / f"base-{name}.tar.age", self.folder / f"base-{name}.json.age")

    def bases(self, *, until: datetime | None = None) -> list[Base]:
        """Finished copies, oldest first; with ``until`` those alone that are of no later time.

        A clock that went ahead leaves copies of times to come: they hold what they hold, and are no copy of tonight.
        """
        found = []
        for path in self.folder.glob("base-*.json.age"):
            if match := _BASE.fullmatch(path.name):
                base = self._base(datetime.strptime(match[1], _MOMENT).replace(tzinfo=UTC))
                if base.archive.exists() and (until is None or base.moment <= until):
                    found.append(base)
        return sorted(found, key=lambda base: base.moment)

    def log(self, system: str) -> Log:
        """The log of one server: another that is backed up here later begins to count its segments anew."""
        return Log(self.wal / system)

    def sweep(self) -> int:
        """Remove what killed copies left: pieces that were being written, archives without their list; how many.

        Called while :meth:`taking` is held, or a copy that is on its way would be taken for one of them.
        """
        whole = {base.archive for base in self.bases()}
        left = [path for path in self.folder.glob("base-*.tar.age") if path not in whole]
        left += self.folder.glob("base-*.part")
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def prune(self, now: datetime) -> int:
        """Remove copies that are too old, never the newest week's, and the log before the oldest kept; how many files.

        ``now`` is this machine's word. Where its clock went ahead by months every copy is too old at once.
        """
        bases = self.bases()
        old = [base for base in bases[:-ALWAYS_KEPT] if base.moment < now - KEEP]
        paths = [path for base in old for path in (base.manifest, base.archive)]
        kept = bases[len(old) :]
        if kept:
            # A copy brings the log of its own time along; an hour allows for clocks. Open pieces grow old like whole
            # ones, and what is half-written that long will not be finished.
            first = (kept[0].moment - timedelta(hours=1)).timestamp()
            log = (path for path in self.wal.rglob("*") if path.suffix in {".age", ".part"})
            paths += [path for path in log if path.stat().st_mtime < first]
        for path in paths:
            path.unlink(missing_ok=True)
        return len(paths)

    def rehearsed(self) -> Mapping[str, Any] | None:
        """What :meth:`note_rehearsal` wrote; None when no restore was rehearsed, or nobody can read when."""
        try:
            told: dict[str, Any] = json.loads((self.folder / "rehearsed.json").read_text(encoding="utf-8"))
            told_when = datetime.fromisoformat(told["at"])
        except (OSError, ValueError, TypeError, KeyError):
            return None
        return told if told_when.tzinfo is not None else None

    def note_rehearsal(self, **told: str | float) -> None:
        """Write down that a restore was rehearsed and held."""
        write_private(self.folder / "rehearsed.json", json.dumps(told))


def recipient_of(text: str, setting: str = "BACKUP_RECIPIENT") -> pyrage.x25519.Recipient:
    """The public half of a key, as ``setting`` says it. Raises :class:`BackupError`."""
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise BackupError(_("%(setting)s is not the public half of an age key (age1…).", setting=setting)) from error


def identity_of(path: Path) -> pyrage.x25519.Identity:
    """The secret half, from a file as ``koza backup key`` or ``age-keygen`` writes it. Raises :class:`BackupError`."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return pyrage.x25519.Identity.from_str(next(line for line in lines if line.startswith("AGE-SECRET-KEY-")))
    except (OSError, StopIteration, pyrage.IdentityError) as error:
        raise BackupError(_("%(file)s holds no secret age key.", file=path)) from error


def seal_stream(source: IO[bytes], target: Path, recipient: pyrage.x25519.Recipient) -> int:
    """Encrypt a stream into a file that appears as a whole and on the disk, or not at all; returns its size.

    Raises :class:`BackupError`, with nothing left behind: what fails here is mostly a full disk.
    """
    partial = target.with_name(f"{target.name}.part")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            pyrage.encrypt_io(source, out, [recipient])
            out.flush()
            os.fsync(out.fileno())
            size = out.tell()
        partial.replace(target)
    except (OSError, pyrage.EncryptError) as error:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise BackupError(f"{target.name}: {error}") from error
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return size


def seal_text(text: str, target: Path, recipient: pyrage.x25519.Recipient) -> None:
    """Encrypt a text into a file."""
    seal_stream(io.BytesIO(text.encode()), target, recipient)


def open_stream(source: Path, target: IO[bytes], identity: pyrage.x25519.Identity) -> None:
    """Decrypt a file into a stream. Raises :class:`BackupError`."""
    try:
        with source.open("rb") as sealed:
            pyrage.decrypt_io(sealed, target, [identity])
    except pyrage.DecryptError as error:
        raise BackupError(_("%(file)s does not open with this key.", file=source.name)) from error
    except OSError as error:
        # It was cut off or damaged behind its head, or there is no room for what is in it.
        raise BackupError(f"{source.name}: {error}") from error


def open_text(source: Path, identity: pyrage.x25519.Identity) -> str:
    """Decrypt a file that holds a text. Raises :class:`BackupError`."""
    target = io.BytesIO()
    open_stream(source, target, identity)
    return target.getvalue().decode()
