"""python -m bench backup [--write]: what is lost and how long it takes when a machine and its disk are gone."""

from __future__ import annotations

import argparse
import os
import random
import re
import secrets
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pyrage
from psycopg import sql

from bench.house import Process, StartError, free_port
from bench.machine import Machine
from config.backup.store import Store
from config.backup.wal import SHIP_EVERY_S
from config.engines.postgres import PostgresEngine
from config.engines.processes import in_group, wait_until
from core.crypto import Keyring
from core.database import APP_ROLE

PAGE = Path(__file__).resolve().parent.parent / "docs" / "administrators.md"
_MARKED = re.compile(r"(<!-- measured: backup -->\n).*(<!-- end -->)", re.DOTALL)
_CONTACTS = 20_000
_ROUNDS = 4
_START_S = 120.0
#: Rows of a table again under new ids: every other column as it stands, so that sizes are those of real rows. The
#: number of the copy stands in the object, of no column, or all copies of a row would be made once.
_AGAIN = """
    INSERT INTO {table} OVERRIDING USER VALUE SELECT made.*
    FROM (SELECT * FROM {table} {where} LIMIT %(of)s) one, generate_series(1, %(times)s) copy,
    LATERAL jsonb_populate_record(NULL::{table}, to_jsonb(one) || {fresh} || jsonb_build_object('copy', copy)) made
"""
_FRESH_CONTACT = "jsonb_build_object('id', gen_random_uuid(), 'carrier_sid', md5(gen_random_uuid()::text))"
_FRESH_MESSAGE = "jsonb_build_object('id', gen_random_uuid(), 'carrier_sid', NULL, 'send_id', NULL)"


@dataclass(frozen=True)
class Round:
    """One machine lost and brought back."""

    written: int
    rows: int
    lost_rows: int
    lost_s: float
    restored_s: float
    answers_s: float
    database: int
    archive: int
    log: int


class Place:
    """A machine's folder: its database, the processes on it, and the place of the backups, which is elsewhere."""

    def __init__(self, folder: Path, elsewhere: Path, key: Path) -> None:
        self.folder = folder
        self.engine = PostgresEngine(folder)
        self.backups = elsewhere / "backups"
        self._elsewhere = elsewhere
        self._key = key
        self.port = free_port()

    def environment(self) -> dict[str, str]:
        """What its processes run with."""
        recipient = next(line for line in self._key.read_text().splitlines() if line.startswith("# public key: "))
        return {
            **os.environ,
            "KOZA_ENV": "demo",
            "KOZA_LANG": "en",
            "KOZA_DATA_DIR": str(self.folder),
            "DATABASE_URL": self.engine.url(),
            "REDIS_URL": "",
            "SECRET_KEY": "bench-" + "b" * 32,
            "DATA_KEY_FILE": str(self._elsewhere / "data.key"),
            "PUBLIC_URL": "https://koza.example",
            "PORT": str(self.port),
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": "bench-" + "t" * 26,
            "TWILIO_API_URL": "https://127.0.0.1:9",
            "HOTLINE_NUMBERS": "+903120000001=ankara,+902320000001=izmir",
            "BACKUP_DIR": str(self.backups),
            "BACKUP_RECIPIENT": recipient.removeprefix("# public key: "),
        }

    def koza(self, *arguments: str) -> None:
        """One command, to its end."""
        command = [sys.executable, "-m", "config.cli", *arguments]
        subprocess.run(command, env=self.environment(), check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def start(self, *arguments: str) -> Process:
        """A process of Koza's on it."""
        with (self._elsewhere / "processes.out").open("ab") as log:
            return Process(arguments[0], ["config.cli", *arguments], self.environment(), log)

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        """A connection to its database."""
        return psycopg.connect(self.engine.url().replace("+psycopg", "", 1), autocommit=True)

    def ask(self, query: str) -> int:
        """A number that the database tells."""
        with self.connect() as connection:
            row = connection.execute(query.encode()).fetchone()
        return int(str(row[0])) if row and row[0] is not None else 0


class Writer(threading.Thread):
    """Commits rows one after the other and remembers when each was confirmed, until its database is gone."""

    def __init__(self, place: Place) -> None:
        super().__init__(name="writer", daemon=True)
        self._place = place
        self.confirmed: list[float] = []

    def run(self) -> None:
        """Write a message and its number in one transaction, and again."""
        again = _again("hotline_messages", _FRESH_MESSAGE)
        try:
            with self._place.connect() as connection:
                connection.execute("TRUNCATE bench_confirmed")
                while True:
                    with connection.transaction():
                        connection.execute(again, {"of": 1, "times": 1})
                        connection.execute("INSERT INTO bench_confirmed VALUES (%s)", [len(self.confirmed)])
                    self.confirmed.append(time.perf_counter())
                    time.sleep(0.02)
        except psycopg.Error:
            return


def _again(table: str, fresh: str, where: str = "") -> sql.Composed:
    return sql.SQL(_AGAIN).format(table=sql.Identifier(table), fresh=sql.SQL(fresh), where=sql.SQL(where))


def fill(place: Place) -> None:
    """The demonstration's thirty days, then the same rows again until there are twenty thousand contacts."""
    place.koza("migrate")
    place.koza("demo")
    with place.connect() as connection:
        connection.execute("CREATE TABLE bench_confirmed (number bigint)")
        connection.execute(f"GRANT SELECT ON bench_confirmed TO {APP_ROLE}")
        for table, fresh in (("hotline_contacts", _FRESH_CONTACT), ("hotline_messages", _FRESH_MESSAGE)):
            there = place.ask(f"SELECT count(*) FROM {table}")  # noqa: S608 - the names stand here
            where = "WHERE state = 'closed'" if table == "hotline_contacts" else ""
            asked = {"of": 500, "times": max(1, (_CONTACTS - there) // 500 + 1)}
            connection.execute(_again(table, fresh, where), asked)


def lose(place: Place, keeper: Process, dice: random.Random) -> Writer:
    """Write for a random while, then end everything at once and take the disk away."""
    writer = Writer(place)
    writer.start()
    time.sleep(SHIP_EVERY_S + dice.uniform(0, SHIP_EVERY_S))
    server = place.engine.pid
    for group in (keeper.pid, server):
        if group is not None:
            os.killpg(group, signal.SIGKILL)
    writer.join()
    for group in (keeper.pid, server):
        if group is not None and not wait_until(lambda group=group: not in_group(group), 30):  # type: ignore[misc]
            raise StartError("something outlived the machine")
    keeper.stop()
    place.engine.stop()
    shutil.rmtree(place.folder)
    return writer


def bring_back(place: Place, key: Path, writer: Writer, sizes: tuple[int, int, int]) -> Round:
    """Restore with the drill, start ``koza web`` on it, and see what came back."""
    begun = time.perf_counter()
    arguments = ["restore", str(place.backups), "--key", str(key), "--into", str(place.folder)]
    command = [sys.executable, "-m", "config.cli", *arguments, "--data-key", str(key.with_name("data.key"))]
    subprocess.run(command, env={**os.environ, "KOZA_LANG": "en"}, check=True, stdout=subprocess.DEVNULL)
    restored = time.perf_counter() - begun
    place.engine.start()
    web = place.start("web")
    web.wait_for(place.port)
    answers = time.perf_counter() - begun
    web.stop()
    kept = place.ask("SELECT count(*) FROM bench_confirmed")
    rows = place.ask("SELECT sum(n_live_tup) FROM pg_stat_user_tables")
    confirmed = writer.confirmed
    last = confirmed[kept - 1] if kept else confirmed[0]
    lost = max(0, len(confirmed) - kept)
    return Round(len(confirmed), rows, lost, max(0.0, confirmed[-1] - last), restored, answers, *sizes)


def measure(rounds: int, say: Callable[[str], None]) -> list[Round]:
    """Lose a machine ``rounds`` times; each restored one is the next that is lost."""
    durable = Path("/var/tmp")  # noqa: S108 - mkdtemp makes an unguessable folder in it
    elsewhere = Path(tempfile.mkdtemp(prefix="koza-bench-", dir=durable if durable.is_dir() else None))
    elsewhere.chmod(0o711)
    key, dice = elsewhere / "backup.key", random.Random(secrets.randbits(64))
    made = pyrage.x25519.Identity.generate()
    key.write_text(f"# public key: {made.to_public()}\n{made}\n", encoding="utf-8")
    Keyring.generate().save(elsewhere / "data.key")
    place = Place(elsewhere / "machine 0", elsewhere, key)
    found: list[Round] = []
    try:
        place.engine.start()
        fill(place)
        for number in range(1, rounds + 1):
            say(f"machine {number} of {rounds}")
            keeper = place.start("backup", "run")
            store, wanted = Store(place.backups), place.folder / "wal"
            before = len(found)
            if not wait_until(lambda: _copied(store, wanted, before), _START_S, every=0.2):  # noqa: B023
                raise StartError("no copy was taken")
            size = place.ask("SELECT pg_database_size(current_database())")
            writer = lose(place, keeper, dice)
            log = sum(path.stat().st_size for path in store.wal.rglob("*.age"))
            sizes = (size, store.bases()[-1].archive.stat().st_size, log)
            place = Place(elsewhere / f"machine {number}", elsewhere, key)
            found.append(bring_back(place, key, writer, sizes))
    finally:
        place.engine.stop()
        shutil.rmtree(elsewhere, ignore_errors=True)
    return found


def _copied(store: Store, folder: Path, before: int) -> bool:
    return len(store.bases()) > before and folder.is_dir() and not list(folder.glob("*/copy-wanted"))


def table(found: Sequence[Round]) -> str:
    """What was found, for the page."""

    def span(values: Sequence[float]) -> str:
        return f"{statistics.median(values):.1f} s | {max(values):.1f} s"

    first, last = found[0], found[-1]
    sizes = f"copy {first.archive / 1e6:.0f} MB, log carried over {first.log / 1e6:.0f} to {last.log / 1e6:.0f} MB."
    return "\n".join(
        [
            f"{datetime.now(UTC):%Y-%m-%d}, `python -m bench backup`, {len(found)} machines, {Machine.now().line()}.",
            f"Database {first.database / 1e6:.0f} MB ({_CONTACTS:,} contacts with their messages), {sizes}",
            "",
            "| | Median | Most |",
            "|---|---|---|",
            f"| Committed rows lost, seconds before the end (RPO) | {span([one.lost_s for one in found])} |",
            f"| Restored, and the drill held (RTO) | {span([one.restored_s for one in found])} |",
            f"| … and `koza web` answered | {span([one.answers_s for one in found])} |",
            "",
        ]
    )


def main(argv: Sequence[str]) -> int:
    """Measure and show, perhaps into the administrators' page."""
    parser = argparse.ArgumentParser(prog="python -m bench backup", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write between the marks of {PAGE.name}")
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help="how many machines are lost")
    chosen = parser.parse_args(argv)
    found = measure(chosen.rounds, lambda doing: print(f"… {doing}", file=sys.stderr, flush=True))
    print(table(found))
    if chosen.write:
        written = _MARKED.sub(lambda marks: f"{marks[1]}{table(found)}{marks[2]}", PAGE.read_text(encoding="utf-8"))
        PAGE.write_text(written, encoding="utf-8")
    return 0
