"""The process that keeps the backups: the log all the time, a whole copy once a night."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from config.backup.server import Server
from config.backup.store import Store
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
    """Never gives up: whatever fails is logged, alarmed, and tried again with the next round.

    The log and the copies are kept apart: a log that cannot be received is one more reason for tonight's copy, and a
    copy of a large database takes longer than twenty seconds.
    """

    def __init__(self, settings: Settings, store: Store, recipient: str) -> None:
        self._settings = settings
        self._store = store
        self._recipient = recipient
        self._log: LogKeeper | None = None
        self._copying: threading.Thread | None = None

    def run(self, stopping: threading.Event) -> None:
        """Keep on until told to stop; then carry over what there is. A copy that is on its way is given up."""
        while not stopping.is_set():
            self.round(datetime.now(UTC))
            stopping.wait(SHIP_EVERY_S)
        self.stop()

    def stop(self) -> None:
        """Receive no more; what was received is carried over."""
        if self._log is not None:
            self._log.stop()

    def round(self, now: datetime) -> None:
        """Carry the log over, and begin a copy if it is time."""
        with _whatever_fails():
            self._keep_log()
        with _whatever_fails():
            if not self.copying() and self._copy_is_wanted(now):
                self._copying = threading.Thread(target=self._copy, name="copy", daemon=True)
                self._copying.start()

    def copying(self) -> bool:
        """Whether a copy is on its way."""
        return self._copying is not None and self._copying.is_alive()

    def _keep_log(self) -> None:
        if self._log is None or not self._log.alive():
            # Asked again each time: behind the same address another server may stand by now.
            server = Server.at(self._settings.database_url)
            if self._log is None or self._log.system != server.system:
                self._log = LogKeeper(server, self._store, self._recipient, self._settings.data_dir / "wal")
            self._log.start()
        self._log.ship()

    def _copy_is_wanted(self, now: datetime) -> bool:
        if self._log is not None and self._log.copy_wanted_since() is not None:
            return True
        bases = self._store.bases(until=now)
        return copy_is_due(bases[-1].moment if bases else None, now)

    def _copy(self) -> None:
        with _whatever_fails():
            kept = self._log
            since = kept.copy_wanted_since() if kept is not None else None
            taken = take_base(Server.at(self._settings.database_url), self._store, self._recipient)
            if kept is not None:
                kept.copy_was_taken(since)
            log.info("backup_taken", count=taken.rows)


@contextmanager
def _whatever_fails() -> Iterator[None]:
    try:
        yield
    except Exception:
        log.exception("backup_failed")
        alarms.add(kind="backup")


def copy_is_due(last: datetime | None, now: datetime) -> bool:
    """Once a night in the quiet hour; at any hour where there is none, or the last is older than a night may be."""
    if last is None or now - last > _OLDEST:
        return True
    return now.astimezone(_ISTANBUL).hour == _COPY_HOUR and now - last > timedelta(hours=2)
