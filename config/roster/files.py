"""The sealed files: one a day, for a week."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

from config.backup.store import BackupError, identity_of, open_text, recipient_of, seal_text
from config.roster.sheet import Sheet, SheetError
from core.i18n import gettext as _
from core.settings import Settings

#: An older roster sends people to telephones of those who sleep, and holds their numbers for nothing.
KEEP = timedelta(days=7)
_NAME = re.compile(r"roster-(\d{4}-\d{2}-\d{2})\.age")


def folder_of(settings: Settings) -> Path:
    """With the backups, which lie elsewhere; without them in the data folder."""
    return (settings.backup_dir or settings.data_dir) / "roster"


def write(settings: Settings, sheet: Sheet, today: date) -> Path:
    """Seal today's file and remove what is too old. Raises ``BackupError`` and ``OSError``; the older file stands."""
    recipient = recipient_of(settings.roster_recipient or "", "ROSTER_RECIPIENT")
    folder = folder_of(settings)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / f"roster-{today.isoformat()}.age"
    seal_text(sheet.to_json(), target, recipient)
    for path in _files(folder):
        if date.fromisoformat(path.name[7:17]) < today - KEEP:
            path.unlink(missing_ok=True)
    return target


def newest(settings: Settings) -> Path | None:
    """The newest file; None where there is none."""
    return max(_files(folder_of(settings)), default=None, key=lambda path: path.name)


def open_sheet(file: Path, key: Path) -> Sheet:
    """What a file holds. Raises ``BackupError``."""
    try:
        return Sheet.from_json(open_text(file, identity_of(key)))
    except SheetError as error:
        raise BackupError(_("%(file)s is no roster.", file=file)) from error
    except OSError as error:
        raise BackupError(str(error)) from error


def _files(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]
    except OSError:
        return []
