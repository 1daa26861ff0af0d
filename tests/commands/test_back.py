"""A way back a revision: told first, only after a copy, and never to nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import psycopg
from click.testing import CliRunner, Result

from config.backup.store import Store
from config.cli import main
from config.engines.postgres import libpq
from tests.support.engines import suite_environment


class Database:
    """An empty database that is migrated, and a place of backups."""

    def __init__(self, url: str, folder: Path) -> None:
        self.environment = suite_environment(url, None, folder) | {
            "KOZA_LANG": "en",
            "BACKUP_DIR": str(folder / "backups"),
            "BACKUP_RECIPIENT": "age1unused",
        }
        self.store = Store(folder / "backups")
        self.store.prepare()

    def koza(self, *arguments: str, said: str | None = None) -> Result:
        return CliRunner().invoke(main, arguments, env=self.environment, input=said)

    def copied(self) -> None:
        base = self.store.new_base(datetime.now(UTC))
        base.archive.touch()
        base.manifest.touch()

    def ask(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(libpq(self.environment["DATABASE_URL"])) as connection:
            return connection.execute(query.encode()).fetchall()

    def revision(self) -> object:
        return self.ask("SELECT version_num FROM alembic_version")[0][0]


def test_a_way_back_says_what_goes_asks_and_goes(empty_database_url: str, tmp_path: Path) -> None:
    database = Database(empty_database_url, tmp_path)
    assert database.koza("migrate").exit_code == 0
    newest = database.revision()
    refused = database.koza("migrate", "--back-to", "0002", "--yes")
    assert refused.exit_code == 1
    assert "koza backup" in refused.output
    database.copied()
    declined = database.koza("migrate", "--back-to", "0002", said="n\n")
    assert declined.exit_code == 1
    assert "hotline_drafts would be gone, with 0 entries." in declined.output
    assert database.revision() == newest
    gone = database.koza("migrate", "--back-to", "0002", said="y\n")
    assert gone.exit_code == 0, gone.output
    assert database.revision() == "0002"
    assert database.ask("SELECT to_regclass('hotline_drafts')") == [(None,)]
    assert database.koza("migrate").exit_code == 0
    assert database.revision() == newest


def test_there_is_no_way_to_nothing_nor_to_what_nobody_knows(empty_database_url: str, tmp_path: Path) -> None:
    database = Database(empty_database_url, tmp_path)
    database.koza("migrate")
    database.copied()
    newest = database.revision()
    for revision in ("base", str(newest), "9999", "-1"):
        refused = database.koza("migrate", "--back-to", revision, "--yes")
        assert refused.exit_code == 1
        assert "is no revision before" in refused.output
    assert database.revision() == newest


def test_a_release_serves_on_a_schema_of_a_later_one_and_the_doctor_says_so(
    empty_database_url: str, tmp_path: Path
) -> None:
    database = Database(empty_database_url, tmp_path)
    database.koza("migrate")
    with psycopg.connect(libpq(empty_database_url)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "at 9999, of a later release" in database.koza("doctor").output
