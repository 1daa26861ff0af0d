"""``koza backup`` and ``koza restore``."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import click
import pyrage

from config.backup.drill import Drill, examine
from config.backup.keeper import Keeper
from config.backup.restore import Restored
from config.backup.restore import restore as bring_back
from config.backup.server import Server
from config.backup.store import BackupError, Store
from config.backup.take import take_base
from config.commands.common import settings_or_exit
from config.spoken import Refusal, SpokenGroup, command, option
from config.wiring import build_ground
from core.i18n import gettext as _
from core.log import configure_logging
from core.settings import Settings


@click.group(cls=SpokenGroup, invoke_without_command=True)
@click.pass_context
def backup(context: click.Context) -> None:
    """Take a whole copy now, into BACKUP_DIR, encrypted for BACKUP_RECIPIENT."""
    if context.invoked_subcommand is not None:
        return
    settings = settings_or_exit()
    store, recipient = _place(settings)
    try:
        taken = take_base(Server.at(settings.database_url), store, recipient)
    except BackupError as error:
        raise Refusal(str(error)) from None
    click.echo(_("%(name)s: %(rows)d rows, %(size)d bytes.", name=taken.base.name, rows=taken.rows, size=taken.size))


@backup.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def key(file: Path) -> None:
    """Make the backup's key: the secret half goes into FILE, to be taken away from here; the public half is shown."""
    made = pyrage.x25519.Identity.generate()
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refusal(_("%(file)s is there already; a key is never overwritten.", file=file)) from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(f"# public key: {made.to_public()}\n{made}\n")
    click.echo(_("Keep two copies of %(file)s away from this machine, then delete it here.", file=file), err=True)
    click.echo(f"BACKUP_RECIPIENT={made.to_public()}")


@backup.command()
def run() -> None:
    """Carry the write-ahead log over all the time, and take a whole copy each night."""
    settings = settings_or_exit()
    configure_logging(json_lines=settings.production)
    store, recipient = _place(settings)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stopping.set())
    Keeper(settings, store, recipient).run(stopping)


@command()
@click.argument("backups", type=click.Path(path_type=Path, exists=True, file_okay=False))
@option("--key", "identity", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=True)
@option("--data-key", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=True)
@option("--into", "data_dir", type=click.Path(path_type=Path), required=True)
@option("--copy", "name", help="Which copy; the newest by default.")
def restore(backups: Path, identity: Path, data_key: Path, data_dir: Path, name: str | None) -> None:
    """Bring a backup back into a new data folder and look whether it holds; status 1 if it does not."""
    store = Store(backups.resolve())
    begun = time.monotonic()
    try:
        restored = bring_back(store, identity, data_dir.resolve(), name=name)
    except BackupError as error:
        raise Refusal(str(error)) from None
    seconds = time.monotonic() - begun
    drill = _rehearse(restored, data_key.resolve())
    faults = (*restored.faults, *drill.faults)
    for fault in faults:
        click.echo(fault, err=True)
    click.echo(
        _(
            "%(name)s and %(segments)d pieces of the log: %(rows)d rows in %(seconds).1f s; cases opened: %(cases)d.",
            name=restored.base.name,
            segments=restored.segments,
            rows=drill.rows,
            seconds=seconds,
            cases=drill.opened,
        )
    )
    if faults:
        sys.exit(1)
    try:
        store.note_rehearsal(
            at=datetime.now(UTC).isoformat(), copy=restored.base.name, seconds=round(seconds, 1), rows=drill.rows
        )
    except OSError as error:
        raise Refusal(_("It holds, and that could not be noted: %(error)s", error=error)) from None


def _rehearse(restored: Restored, data_key: Path) -> Drill:
    engine = restored.engine()
    try:
        engine.start()
        ground = build_ground(_settings(engine.url(), restored, data_key), pool_size=1, application="koza-restore")
        try:
            return examine(ground, restored.manifest)
        finally:
            ground.engine.dispose()
    finally:
        engine.stop()


def _settings(database_url: str, restored: Restored, data_key: Path) -> Settings:
    """Settings for reading alone: nobody is called from here, so account and secrets are of the right form only."""
    return Settings.load(
        {
            "KOZA_ENV": "test",
            "DATABASE_URL": database_url,
            "DATA_KEY_FILE": str(data_key),
            "KOZA_DATA_DIR": str(restored.data_dir),
            "SECRET_KEY": os.urandom(32).hex(),
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": os.urandom(16).hex(),
        }
    )


def _place(settings: Settings) -> tuple[Store, str]:
    if settings.backup_dir is None or settings.backup_recipient is None:
        raise Refusal(_("Set BACKUP_DIR and BACKUP_RECIPIENT; koza backup key FILE makes a key."))
    return Store(settings.backup_dir), settings.backup_recipient
