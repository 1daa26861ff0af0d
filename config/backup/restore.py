"""Bring a backup back on a machine that has nothing: into a new data folder, with a server of our own on it.

The secret half of the backup's key and the data key file come from where they are kept; neither is in the backup.
"""

from __future__ import annotations

import json
import shutil
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pyrage
from psycopg import conninfo, sql

from config.backup.store import BackupError, Base, Store, identity_of, open_stream, open_text
from config.engines.errors import EngineError
from config.engines.identity import engine_identity
from config.engines.postgres import PostgresEngine
from config.engines.processes import wait_until
from core.i18n import gettext as _

#: During the restore the server is reached through a socket in a closed folder; nobody needs a password there.
_OPEN_HBA = "local all all trust\n"
_REPLAY_SECONDS = 3600.0
#: Account and database of a server that Koza made.
_OURS = "koza"


@dataclass(frozen=True)
class Restored:
    """A data folder with the database in it, and what the copy's own list says was in it."""

    base: Base
    data_dir: Path
    manifest: Mapping[str, Any]
    segments: int


def restore(store: Store, identity_file: Path, data_dir: Path, *, name: str | None = None) -> Restored:
    """Bring back the newest copy, or the one called ``name``, and the log after it.

    ``data_dir`` must not exist or be empty. Raises :class:`BackupError`.
    """
    if data_dir.exists() and any(data_dir.iterdir()):
        raise BackupError(
            _("%(folder)s is not empty; a restore never goes over a database that is there.", folder=data_dir)
        )
    identity = identity_of(identity_file)
    base = _chosen(store, name)
    manifest = json.loads(open_text(base.manifest, identity))
    if (manifest["user"], manifest["database"]) != (_OURS, _OURS):
        raise BackupError(
            _("This copy is of a server that Koza did not make: decrypt it with age, restore it with pg_ctl.")
        )
    owner = engine_identity()
    data_dir.mkdir(mode=0o711 if owner.uid is not None else 0o700, parents=True, exist_ok=True)
    cluster = data_dir / "postgres"
    cluster.mkdir(mode=0o700)
    _unpack(base.archive, cluster, identity)
    segments = _lay_out_log(store, cluster, identity)
    asked = (cluster / "pg_hba.conf").read_text(encoding="utf-8")
    (cluster / "pg_hba.conf").write_text(_OPEN_HBA, encoding="utf-8")
    for path in (cluster, *cluster.rglob("*")):
        owner.own(path)
    _let_in(data_dir, asked)
    shutil.rmtree(cluster / "log-to-replay", ignore_errors=True)
    return Restored(base, data_dir, manifest, segments)


def _chosen(store: Store, name: str | None) -> Base:
    bases = store.bases()
    chosen = [base for base in bases if name in (None, base.name)]
    if not chosen:
        known = ", ".join(base.name for base in bases) or "-"
        raise BackupError(_("No such copy in %(folder)s; there are: %(known)s", folder=store.folder, known=known))
    return chosen[-1]


def _unpack(archive: Path, cluster: Path, identity: pyrage.x25519.Identity) -> None:
    plain = cluster.parent / "base.tar"
    try:
        with plain.open("wb") as target:
            open_stream(archive, target, identity)
        with tarfile.open(plain) as tar:
            tar.extractall(cluster, filter="data")
    except (OSError, tarfile.TarError) as error:
        raise BackupError(f"{archive.name}: {error}") from error
    finally:
        plain.unlink(missing_ok=True)
    for path in cluster.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)


def _lay_out_log(store: Store, cluster: Path, identity: pyrage.x25519.Identity) -> int:
    """Decrypt the log beside the data and tell the server to replay it to its end."""
    log = cluster / "log-to-replay"
    log.mkdir(mode=0o700)
    segments = store.segments()
    for name, path in segments.items():
        with (log / name).open("wb") as target:
            open_stream(path, target, identity)
    count = len(segments)
    last = store.open_segment()
    if last is not None:
        name = last.name.partition(".")[0]
        if name not in segments:
            with (log / name).open("wb") as target:
                open_stream(last, target, identity)
            count += 1
    with (cluster / "postgresql.auto.conf").open("a", encoding="utf-8") as settings:
        settings.write("restore_command = 'cp \"log-to-replay/%f\" \"%p\"'\nrecovery_target_timeline = 'latest'\n")
    (cluster / "recovery.signal").touch(mode=0o600)
    return count


def _let_in(data_dir: Path, hba: str) -> None:
    """Start the server once, let it replay, give our account a password of this folder, and close the door again."""
    engine = PostgresEngine(data_dir)
    try:
        engine.start()
        address = engine.url().replace("postgresql+psycopg://", "postgresql://", 1)
        with psycopg.connect(address, autocommit=True) as connection:
            if not wait_until(lambda: _replayed(connection), _REPLAY_SECONDS, every=0.1):
                raise BackupError(_("The log was not replayed in time."))
            password = sql.Literal(conninfo.conninfo_to_dict(address)["password"])
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(_OURS), password))
            connection.execute("ALTER SYSTEM RESET restore_command")
            connection.execute("ALTER SYSTEM RESET recovery_target_timeline")
    except (psycopg.Error, EngineError) as error:
        raise BackupError(_("The restored database does not start: %(error)s", error=error)) from error
    finally:
        engine.stop()
    (data_dir / "postgres" / "pg_hba.conf").write_text(hba, encoding="utf-8")


def _replayed(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
    return row is not None and row[0] is False
