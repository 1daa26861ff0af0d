"""The second copy of the key file, sealed for a key that is kept elsewhere, and the note that it was made."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from config.backup.store import recipient_of, seal_text
from config.engines.processes import write_private
from core.crypto import Keyring
from core.settings import Settings

_NOTE = "key-copy.json"


@dataclass(frozen=True)
class CopyNote:
    """When the copy was made, where it was put, for whom it opens, and which keys are in it. No secret is in it."""

    at: str
    place: str
    recipient: str
    fingerprint: str

    @classmethod
    def load(cls, settings: Settings) -> CopyNote | None:
        """The note of the last copy; None where there is none that can be read."""
        try:
            return cls(**json.loads((settings.data_dir / _NOTE).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    @property
    def day(self) -> str:
        """When, to the day."""
        return self.at[:10]

    def beside(self, key_file: Path) -> bool:
        """Whether the copy still lies on the disk of the key file, where one accident takes both."""
        try:
            return Path(self.place).stat().st_dev == key_file.stat().st_dev
        except OSError:
            return False


def copy_keys(settings: Settings, target: Path, recipient: str) -> CopyNote:
    """Seal the key file into ``target`` and note it. Raises ``BackupError``, ``CryptoError`` and ``OSError``."""
    ring = Keyring.load(settings.data_key_file)
    seal_text(settings.data_key_file.read_text(encoding="utf-8"), target, recipient_of(recipient, "--recipient"))
    note = CopyNote(datetime.now(UTC).isoformat(), str(target), recipient, ring.fingerprint())
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    write_private(settings.data_dir / _NOTE, json.dumps(asdict(note)))
    return note
