"""The process that keeps the backups: the log all the time, a whole copy once a night."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from config.backup.server import Server
from config.backup.store import BackupError, Store
from config.backup.take import take_base
from config.backup.wal import SHIP_EVERY_S, LogKeeper
from core.log import get_logger
from core.metrics import alarms
from core.settings import Settings

log = get_logger(__name__)

_ISTANBUL = ZoneInfo("Europe/Istanbul")
#: The quietest hour of a hotline's night.
_COPY_HOUR = 5
_OLDEST = timedelta(hours=30)


class Keeper:
    """Never gives up: whatever fails is logged, alarmed, and tried again with the next round."""

    def __init__(self, settings: Settings, store: Store, recipient: str) -> None:
        self._settings = settings
        self._store = store
        self._recipient = recipient
        self._log: LogKeeper | None = None

    def run(self, stopping: threading.Event) -> None:
        """Keep on until told to stop; then carry over what there is."""
        while not stopping.is_set():
            self.round(datetime.now(UTC))
            stopping.wait(SHIP_EVERY_S)
        if self._log is not None:
            self._log.stop()

    def round(self, now: datetime) -> None:
        """Carry the log over, and take a copy if it is time."""
        try:
            self._keep_log()
            bases = self._store.bases()
            if copy_is_due(bases[-1].moment if bases else None, now):
                taken = take_base(Server.at(self._settings.database_url), self._store, self._recipient)
                log.info("backup_taken", count=taken.rows)
        except (BackupError, OSError):
            log.exception("backup_failed")
            alarms.add(kind="backup")

    def _keep_log(self) -> None:
        if self._log is None:
            server = Server.at(self._settings.database_url)
            self._log = LogKeeper(server, self._store, self._recipient, self._settings.data_dir / "wal")
        if not self._log.alive():
            self._log.start()
        self._log.ship()


def copy_is_due(last: datetime | None, now: datetime) -> bool:
    """Once a night in the quiet hour; at any hour where there is none, or the last is older than a night may be."""
    if last is None or now - last > _OLDEST:
        return True
    return now.astimezone(_ISTANBUL).hour == _COPY_HOUR and now - last > timedelta(hours=2)
