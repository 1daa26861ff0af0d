"""A backup is what a restore brings back: a real server, its copy, its log, and another machine's empty folder."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from config.backup.keeper import copy_is_due
from config.backup.store import ALWAYS_KEPT, KEEP, BackupError, Store, identity_of, open_text
from config.cli import main
from core.crypto import Keyring
from tests.support.backups import Machine, counted

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("backup")]


def test_a_copy_and_the_log_after_it_come_back(machine: Machine) -> None:
    taken = machine.koza("backup")
    assert taken.exit_code == 0, taken.output + (machine.folder / "data" / "postgres.log").read_text()
    with machine.log_kept() as keeper:
        # What is committed after the copy stands in the log alone: whole segments, and the open one.
        machine.query("CREATE TABLE after_the_copy AS SELECT 1 AS number")
        machine.query("SELECT pg_switch_wal()")
        machine.query("INSERT INTO after_the_copy VALUES (2)")
        machine.carried(keeper)
    made = machine.restore("another machine")
    assert made.exit_code == 0, made.output
    assert "cases opened: 1" in made.output
    assert counted(machine.folder / "another machine", "SELECT number FROM after_the_copy ORDER BY 1") == [(1,), (2,)]
    rehearsed = machine.store.rehearsed()
    assert rehearsed is not None
    assert rehearsed["copy"] == machine.store.bases()[-1].name
    machine.query("DROP TABLE after_the_copy")


def test_nothing_in_the_place_of_the_backups_is_readable_without_the_secret_key(machine: Machine) -> None:
    base = machine.copied()[-1]
    manifest = json.loads(open_text(base.manifest, identity_of(machine.secret)))
    assert manifest["rows"]["hotline_contacts"] > 0
    for path in (base.archive, base.manifest):
        content = path.read_bytes()
        assert content.startswith(b"age-encryption.org/")
        assert b"hotline_contacts" not in content
        assert path.stat().st_mode & 0o077 == 0
    assert machine.secret.read_text() not in os.environ.values()


def test_another_key_opens_nothing_and_leaves_no_half_database(machine: Machine) -> None:
    machine.copied()
    other = machine.folder / "other.key"
    machine.koza("backup", "key", str(other))
    refused = machine.restore("with another key", secret=other)
    assert refused.exit_code == 1
    assert "does not open with this key" in refused.output


def test_a_restore_with_the_wrong_data_key_is_no_rehearsal(machine: Machine) -> None:
    machine.copied()
    before = machine.store.rehearsed()
    wrong = machine.folder / "wrong.key"
    Keyring.generate().save(wrong)
    made = machine.restore("with the wrong data key", data_key=wrong)
    assert made.exit_code == 1
    assert "data keys:" in made.output
    assert machine.store.rehearsed() == before


def test_a_restore_goes_over_nothing(machine: Machine) -> None:
    folder = machine.folder / "taken"
    folder.mkdir()
    (folder / "something").touch()
    assert "not empty" in machine.restore("taken").output


def test_a_copy_that_failed_is_no_copy(machine: Machine) -> None:
    before = machine.store.bases()
    broken = machine.environment | {"BACKUP_RECIPIENT": "age1nobody"}
    refused = CliRunner().invoke(main, ["backup"], env=broken)
    assert refused.exit_code == 1
    assert machine.store.bases() == before
    assert not list(machine.store.folder.glob("*.part"))


def test_a_backup_key_is_never_overwritten(machine: Machine) -> None:
    before = machine.secret.read_text()
    assert machine.koza("backup", "key", str(machine.secret)).exit_code == 1
    assert machine.secret.read_text() == before


def test_old_copies_and_their_log_go_and_the_newest_stays(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.prepare()
    now = datetime(2026, 11, 25, 2, tzinfo=UTC)
    ages = [KEEP + timedelta(days=2), *(timedelta(days=days) for days in range(ALWAYS_KEPT, 0, -1))]
    for age in ages:
        base = store.new_base(now - age)
        base.archive.touch()
        base.manifest.touch()
    for number, age in ((1, 40), (2, 1)):
        path = store.wal / f"{number:024X}.age"
        path.touch()
        os.utime(path, times=((now - timedelta(days=age)).timestamp(),) * 2)
    assert store.prune(now) == 3
    assert [now - base.moment for base in store.bases()] == ages[1:]
    assert list(store.log("").segments()) == [f"{2:024X}"]
    # A clock that went ahead by months takes nothing more away.
    store.prune(now + 9 * KEEP)
    assert [now - base.moment for base in store.bases()] == ages[1:]
    shutil.rmtree(store.wal)
    with pytest.raises(BackupError):
        identity_of(tmp_path / "nowhere")


def test_a_copy_is_due_once_in_the_quiet_hour_and_whenever_the_last_is_too_old() -> None:
    five = datetime(2026, 11, 25, 2, 10, tzinfo=UTC)  # 05:10 in Istanbul
    assert copy_is_due(None, five)
    assert copy_is_due(five - timedelta(hours=24), five)
    assert not copy_is_due(five - timedelta(minutes=10), five)
    assert not copy_is_due(five - timedelta(hours=1), five + timedelta(hours=3))
    assert copy_is_due(five - timedelta(hours=31), five + timedelta(hours=9))
