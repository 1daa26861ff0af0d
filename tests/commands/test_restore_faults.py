"""Copies that were not finished, pieces that were damaged on their way, and releases of another day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config.back import go_back
from config.revisions import known_revisions, newest_revision
from tests.support.backups import Machine, backed_up, counted
from tests.support.full_disk import no_room

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("restore")]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine of its own: other tests go on from a restored server, and its log is none of this one's history."""
    with backed_up(tmp_path_factory) as machine:
        yield machine


@contextmanager
def shortened(path: Path) -> Iterator[None]:
    """A file of which the second half never arrived."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    try:
        yield
    finally:
        path.write_bytes(content)


def test_a_copy_for_which_there_is_no_room_is_told_and_leaves_nothing(machine: Machine) -> None:
    before = machine.copied()
    files = {path.name for path in machine.store.folder.iterdir()}
    with no_room(64 << 10):
        refused = machine.koza("backup")
    assert (refused.exit_code, type(refused.exception)) == (1, SystemExit)
    assert "base-" in refused.output
    assert {path.name for path in machine.store.folder.iterdir()} == files
    assert machine.store.bases() == before


def test_a_list_that_was_cut_off_is_refused_in_words(machine: Machine) -> None:
    base = machine.copied()[-1]
    with shortened(base.manifest):
        refused = machine.restore("cut-off")
    assert (refused.exit_code, type(refused.exception)) == (1, SystemExit)
    assert base.manifest.name in refused.output
    assert not (machine.folder / "cut-off").exists()


def test_a_damaged_piece_of_the_log_is_like_a_missing_one(machine: Machine) -> None:
    with machine.log_kept() as keeper:
        assert machine.koza("backup").exit_code == 0
        machine.query("CREATE TABLE kept AS SELECT 1 AS number")
        machine.query("SELECT pg_switch_wal()")
        machine.carried(keeper)
        machine.query("INSERT INTO kept VALUES (2)")
        machine.query("SELECT pg_switch_wal()")
        machine.carried(keeper)
        last = list(machine.store.log(keeper.system).segments().values())[-1]
    noted = machine.store.rehearsed()
    with shortened(last):
        answer = machine.restore("damaged")
    assert (answer.exit_code, type(answer.exception)) == (1, SystemExit), answer.output
    assert last.name in answer.output
    assert machine.store.rehearsed() == noted
    assert counted(machine.folder / "damaged", "SELECT number FROM kept") == [(1,)]
    machine.query("DROP TABLE kept")


def test_a_restore_across_an_update_holds_and_one_of_an_older_schema_says_so(machine: Machine) -> None:
    before = sorted(known_revisions())[-2]
    go_back(machine.settings, before)
    try:
        with machine.log_kept() as keeper:
            # As an update does it: first a copy, then the schema.
            assert machine.koza("backup").exit_code == 0
            older = machine.restore("older")
            assert machine.koza("migrate").exit_code == 0
            machine.carried(keeper)
        across = machine.restore("across")
    finally:
        assert machine.koza("migrate").exit_code == 0
    assert (older.exit_code, type(older.exception)) == (1, SystemExit)
    assert f"schema {before}; this release reads {newest_revision()}" in older.output
    assert across.exit_code == 0, across.output
    assert "cases opened: 1" in across.output
