"""Bring a backup back on a machine that has nothing: into a new data folder, with a server of our own on it.

The secret half of the backup's key and the data key file come from where they are kept; neither is in the backup.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pyrage
from psycopg import conninfo, sql

from config.backup.log import Way
from config.backup.store import BackupError, Base, Store, identity_of, open_stream, open_text
from config.engines.binaries import find_postgres
from config.engines.errors import EngineError
from config.engines.identity import Identity, engine_environment, engine_identity
from config.engines.postgres import PostgresEngine, libpq
from config.engines.processes import wait_until
from core.i18n import gettext as _

#: During the restore the server is reached through a socket in a closed folder; nobody needs a password there.
_OPEN_HBA = "local all all trust\n"
#: For a server whose rules were kept outside its data folder, as Debian does.
_USUAL_HBA = (
    "local all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\nhost all all ::1/128 scram-sha-256\n"
)
_REPLAY_SECONDS = 3600.0
_REPLAYING = "restore_command = 'cp \"log-to-replay/%f\" \"%p\"'\nrecovery_target_timeline = 'latest'\n"
#: A replay pauses for ever on a server that allows less of these than the one that wrote the log.
_AT_LEAST = re.compile(r"^(max_\w+) setting: +(\d+)$", re.MULTILINE)
_NAMES = {"max_prepared_xacts": "max_prepared_transactions", "max_locks_per_xact": "max_locks_per_transaction"}


@dataclass(frozen=True)
class Restored:
    """A data folder with the database in it, and what the copy's own list says was in it.

    ``faults``: why the log did not come back whole; what stands before the gap is there all the same.
    """

    base: Base
    data_dir: Path
    manifest: Mapping[str, Any]
    segments: int
    faults: tuple[str, ...]

    def engine(self) -> PostgresEngine:
        """A server on the folder, with the names and the room of the server that was copied."""
        return _engine(self.data_dir, self.manifest)


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
    owner = engine_identity()
    cluster = data_dir / "postgres"
    try:
        data_dir.mkdir(mode=0o711 if owner.uid is not None else 0o700, parents=True, exist_ok=True)
        cluster.mkdir(mode=0o700)
    except OSError as error:
        raise BackupError(str(error)) from error
    unpack(base.archive, cluster, identity)
    laid_out = _lay_out_log(store, str(manifest.get("system", "")), cluster, identity)
    gap = laid_out.way.gap()
    reached = _replay(data_dir, manifest, owner)
    early = None if gap else laid_out.way.stopped_early(reached)
    faults = (*laid_out.damaged, *(fault for fault in (gap, early) if fault))
    return Restored(base, data_dir, manifest, laid_out.pieces, faults)


def _chosen(store: Store, name: str | None) -> Base:
    bases = store.bases()
    chosen = [base for base in bases if name in (None, base.name)]
    if not chosen:
        known = ", ".join(base.name for base in bases) or "-"
        raise BackupError(_("No such copy in %(folder)s; there are: %(known)s", folder=store.folder, known=known))
    return chosen[-1]


def unpack(archive: Path, cluster: Path, identity: pyrage.x25519.Identity) -> None:
    """Decrypt and unpack in one stream: no second, readable copy of everything lies about if we are killed."""
    failed: list[BackupError] = []
    reading, writing = os.pipe()

    def decrypt() -> None:
        try:
            with os.fdopen(writing, "wb") as target:
                open_stream(archive, target, identity)
        except BackupError as error:
            failed.append(error)
        except OSError as error:
            failed.append(BackupError(f"{archive.name}: {error}"))

    feeder = threading.Thread(target=decrypt, name="decrypt", daemon=True)
    try:
        with os.fdopen(reading, "rb") as source:
            feeder.start()
            with tarfile.open(fileobj=source, mode="r|") as tar:
                tar.extractall(cluster, filter="data")
            # To the end: a file that was cut after its last member must not pass for a whole one.
            while source.read(1 << 20):
                pass
    except (OSError, tarfile.TarError) as error:
        feeder.join()
        # What could not be decrypted is why it could not be unpacked.
        raise (failed or [BackupError(f"{archive.name}: {error}")])[0] from error
    feeder.join()
    if failed:
        raise failed[0]
    for path in cluster.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)


@dataclass(frozen=True)
class _LaidOut:
    """The log beside the data: how many pieces, the way over them, and why some of them do not open."""

    pieces: int
    way: Way
    damaged: tuple[str, ...]


def _lay_out_log(store: Store, system: str, cluster: Path, identity: pyrage.x25519.Identity) -> _LaidOut:
    """Decrypt the log beside the data and tell the server to replay it to its end.

    A piece that does not open is like one that is missing: what stands before it comes back all the same.
    """
    log = store.log(system)
    beside = cluster / "log-to-replay"
    beside.mkdir(mode=0o700)
    whole = log.segments()
    pieces = dict(whole)
    last = log.open_segment()
    if last is not None:
        pieces.setdefault(last.name.partition(".")[0], last)
    damaged = {}
    for name, path in (pieces | log.histories()).items():
        try:
            with (beside / name).open("wb") as target:
                open_stream(path, target, identity)
        except BackupError as error:
            damaged[name] = str(error)
            (beside / name).unlink()
    with (cluster / "postgresql.auto.conf").open("a", encoding="utf-8") as settings:
        settings.write(_REPLAYING)
    (cluster / "recovery.signal").touch(mode=0o600)
    opened = [name for name in pieces if name not in damaged]
    way = Way.of(cluster, beside, (name for name in whole if name not in damaged))
    return _LaidOut(len(opened), way, tuple(damaged.values()))


def _replay(data_dir: Path, manifest: Mapping[str, Any], owner: Identity) -> int:
    """Start the server once, in a closed room, until it has replayed; returns the byte of the log it came to."""
    cluster = data_dir / "postgres"
    rules = cluster / "pg_hba.conf"
    asked = rules.read_text(encoding="utf-8") if rules.exists() else _USUAL_HBA
    rules.write_text(_OPEN_HBA, encoding="utf-8")
    (cluster / "postgresql.conf").touch(mode=0o600)
    for path in (cluster, *cluster.rglob("*")):
        owner.own(path)
    reached = _let_in(data_dir, manifest)
    rules.write_text(asked, encoding="utf-8")
    automatic = cluster / "postgresql.auto.conf"
    automatic.write_text(automatic.read_text(encoding="utf-8").replace(_REPLAYING, ""), encoding="utf-8")
    shutil.rmtree(cluster / "log-to-replay", ignore_errors=True)
    return reached


def _let_in(data_dir: Path, manifest: Mapping[str, Any]) -> int:
    """Let the server replay, and give our account a password of this folder; returns how far it came."""
    engine = _engine(data_dir, manifest)
    try:
        engine.start()
        address = libpq(engine.url())
        with psycopg.connect(address, autocommit=True) as connection:
            if not wait_until(lambda: _replayed(connection), _REPLAY_SECONDS, every=0.1):
                raise BackupError(_("The log was not replayed in time."))
            password = sql.Literal(conninfo.conninfo_to_dict(address)["password"])
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(manifest["user"]), password))
            return _reached(connection)
    except (psycopg.Error, EngineError) as error:
        raise BackupError(_("The restored database does not start: %(error)s", error=error)) from error
    finally:
        engine.stop()


def _engine(data_dir: Path, manifest: Mapping[str, Any]) -> PostgresEngine:
    """A server that reads its rules from the data folder, and allows as much as the one that was copied."""
    cluster = data_dir / "postgres"
    options = {"hba_file": str(cluster / "pg_hba.conf"), "ident_file": str(cluster / "pg_ident.conf")}
    options |= _room(cluster)
    return PostgresEngine(data_dir, user=manifest["user"], database=manifest["database"], options=options)


def _room(cluster: Path) -> dict[str, str]:
    programs = find_postgres(int((cluster / "PG_VERSION").read_text(encoding="utf-8")))
    command = [str(programs.folder / "pg_controldata"), str(cluster)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, env=engine_environment(), cwd="/")
    found = {_NAMES.get(name, name): value for name, value in _AT_LEAST.findall(answer.stdout)}
    # Our own processes need room too.
    return found | {"max_connections": str(max(200, int(found.get("max_connections", 0))))}


def _replayed(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
    return row is not None and row[0] is False


def _reached(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    row = connection.execute("SELECT (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint").fetchone()
    return int(str(row[0])) if row and row[0] is not None else 0
