"""What can go wrong with backups while nobody looks: gaps, lost slots, killed copies, two at once, another's server."""

from __future__ import annotations

import io
import json
import os
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.backup.keeper import Keeper
from config.backup.log import Way
from config.backup.restore import unpack
from config.backup.server import Server
from config.backup.store import BackupError, Store, seal_stream
from config.backup.wal import LogKeeper
from config.engines.postgres import PostgresEngine, libpq
from config.engines.processes import wait_until
from tests.support.backups import Machine, counted

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("backup")]

_PLACES = 256
#: It only bounds a failure: on a busy machine a receiver takes its time to end.
_PATIENCE_S = 180


def named(timeline: int, place: int) -> str:
    return f"{timeline:08X}{place // _PLACES:08X}{place % _PLACES:08X}"


@pytest.fixture
def keeper(machine: Machine) -> Iterator[Keeper]:
    keeper = Keeper(machine.settings, machine.store, machine.environment["BACKUP_RECIPIENT"])
    yield keeper
    assert wait_until(lambda: not keeper.copying(), _PATIENCE_S)
    keeper.stop()
    machine.forget_slot()


def after_a_round(keeper: Keeper, now: datetime) -> None:
    keeper.round(now)
    assert wait_until(lambda: not keeper.copying(), _PATIENCE_S)


def noon() -> datetime:
    """Now, but never in the hour of the nightly copy."""
    now = datetime.now(UTC)
    return now + timedelta(hours=3) if now.hour in {1, 2} else now


@given(first=st.integers(1, 600), places=st.lists(st.integers(1, 600), min_size=1, unique=True))
def test_a_replay_has_a_gap_exactly_where_a_place_is_missing(first: int, places: list[int]) -> None:
    way = Way(named(1, first), tuple(sorted(named(1, place) for place in places)), None, 16 << 20)
    ahead = {place for place in places if place >= first}
    assert (way.gap() is None) == (not ahead or ahead == set(range(first, max(ahead) + 1)))


def test_a_replay_that_stopped_before_the_last_whole_piece_is_told() -> None:
    way = Way(named(1, 3), (named(1, 3), named(2, 4)), named(2, 4), 16 << 20)
    assert way.gap() is None
    assert named(2, 4) in (way.stopped_early(4 * (16 << 20)) or "")
    assert way.stopped_early(4 * (16 << 20) + 1) is None


def test_a_log_with_a_gap_comes_back_up_to_it_and_is_no_rehearsal(machine: Machine) -> None:
    machine.koza("backup")
    before = machine.store.rehearsed()
    with machine.log_kept() as kept:
        machine.query("CREATE TABLE gap AS SELECT 1 AS number")
        for _ in range(4):
            machine.query("SELECT pg_switch_wal()")
            machine.query("INSERT INTO gap SELECT max(number) + 1 FROM gap")
        machine.carried(kept)
    log = machine.store.log(kept.system)
    assert len(log.segments()) >= 4
    list(log.segments().values())[-2].unlink()
    made = machine.restore("behind a gap")
    assert made.exit_code == 1, made.output
    assert "1 pieces are missing" in made.output
    assert machine.store.rehearsed() == before
    assert (5,) not in counted(machine.folder / "behind a gap", "SELECT number FROM gap")
    machine.query("DROP TABLE gap")


def test_a_lost_slot_leads_to_a_whole_copy_at_once_also_after_the_keeper_was_killed(
    machine: Machine, keeper: Keeper
) -> None:
    after_a_round(keeper, noon())
    taken = len(machine.store.bases())
    after_a_round(keeper, noon())
    assert len(machine.store.bases()) == taken
    keeper.stop()
    machine.forget_slot()
    # Killed between the new slot and the copy: the copy does not come about, and the next keeper must know.
    with machine.store.taking():
        after_a_round(keeper, noon())
    keeper.stop()
    assert len(machine.store.bases()) == taken
    second = Keeper(machine.settings, machine.store, machine.environment["BACKUP_RECIPIENT"])
    after_a_round(second, noon())
    assert len(machine.store.bases()) == taken + 1
    after_a_round(second, noon())
    assert len(machine.store.bases()) == taken + 1
    second.stop()
    assert machine.restore("after a lost slot").exit_code == 0


def test_a_log_that_cannot_be_kept_does_not_keep_tonights_copy_from_being_taken(
    machine: Machine, tmp_path: Path
) -> None:
    (tmp_path / "wal").write_text("no folder")
    settings = replace(machine.settings, data_dir=tmp_path)
    keeper = Keeper(settings, machine.store, machine.environment["BACKUP_RECIPIENT"])
    before = len(machine.store.bases())
    after_a_round(keeper, noon() + timedelta(days=3))
    assert len(machine.store.bases()) == before + 1


def test_while_the_backups_are_away_the_log_fills_this_disk_up_to_a_limit_and_nothing_of_it_is_missed(
    machine: Machine, tmp_path: Path
) -> None:
    server, recipient = Server.at(machine.engine.url()), machine.environment["BACKUP_RECIPIENT"]
    waiting = tmp_path / "wal"
    kept = LogKeeper(server, machine.store, recipient, waiting, most_waiting=40 << 20)
    kept.start()
    log = machine.store.log(kept.system)
    try:
        machine.carried(kept)
        before = set(log.segments())
        aside = log.folder.rename(log.folder.with_name("aside"))
        log.folder.write_text("no folder")
        refused: list[BackupError] = []

        def ends() -> bool:
            machine.query("CREATE TABLE IF NOT EXISTS away AS SELECT 1 AS number")
            machine.query("SELECT pg_switch_wal()")
            try:
                kept.ship()  # nothing of it may have been received yet
            except BackupError as error:
                refused.append(error)
            return not kept.alive()

        assert wait_until(ends, _PATIENCE_S)
        assert refused
        assert sum(path.stat().st_size for path in waiting.rglob("*")) < 100 << 20
        # Nothing is received while what waits can go nowhere, however often it is tried.
        with pytest.raises(OSError, match="File exists"):
            kept.start()
        assert not kept.alive()
        log.folder.unlink()
        aside.rename(log.folder)
        kept.start()
        machine.query("SELECT pg_switch_wal()")
        machine.carried(kept)
        new = sorted(set(log.segments()) - before)
        assert len(new) > 2
        assert Way(new[0], tuple(new), None, 16 << 20).gap() is None
    finally:
        if log.folder.is_file():
            log.folder.unlink()
            log.folder.with_name("aside").rename(log.folder)
        kept.stop()
        machine.forget_slot()
        machine.query("DROP TABLE IF EXISTS away")


def test_an_error_of_the_database_ends_neither_the_keeper_nor_the_command_with_a_traceback(
    machine: Machine, tmp_path: Path
) -> None:
    # Of a database without our schema no copy can be taken.
    elsewhere = machine.environment | {"DATABASE_URL": machine.engine.url("postgres"), "BACKUP_DIR": str(tmp_path)}
    other = replace(machine, environment=elsewhere)
    keeper = Keeper(other.settings, other.store, other.environment["BACKUP_RECIPIENT"])
    after_a_round(keeper, noon())
    keeper.stop()
    machine.forget_slot()
    assert other.store.bases() == []
    refused = other.koza("backup")
    assert refused.exit_code == 1
    assert "alembic_version" in refused.output
    assert isinstance(refused.exception, SystemExit)


def test_the_log_is_carried_over_while_a_copy_is_on_its_way(machine: Machine, keeper: Keeper) -> None:
    with psycopg.connect(libpq(machine.engine.url())) as holding:
        # The copy counts every table first, and waits for this one.
        holding.execute("LOCK TABLE hotline_contacts IN ACCESS EXCLUSIVE MODE")
        keeper.round(noon())
        machine.query("SELECT pg_switch_wal()")
        system = machine.query("SELECT system_identifier::text FROM pg_control_system()")[0][0]
        log = machine.store.log(str(system))
        before = set(log.segments())

        def carried() -> bool:
            keeper.round(noon())
            return set(log.segments()) > before

        assert wait_until(carried, 30)
        assert keeper.copying()


def test_what_killed_copies_left_is_swept_away_by_the_next(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.prepare()
    whole, half = store.new_base(datetime(2026, 11, 25, 2, tzinfo=UTC)), store.new_base(datetime.now(UTC))
    for path in (whole.archive, whole.manifest, half.archive, half.archive.with_suffix(".age.part")):
        path.touch()
    assert store.sweep() == 2
    assert [base.name for base in store.bases()] == [whole.name]
    old = (whole.moment - timedelta(days=1)).timestamp()
    log = store.log("7")
    log.folder.mkdir()
    for name in (f"{named(1, 1)}.partial.age", f"{named(1, 2)}.age.part"):
        (log.folder / name).touch()
        os.utime(log.folder / name, times=(old, old))
    assert store.prune(whole.moment) == 2


def test_two_copies_are_not_taken_at_once_and_never_share_a_name(machine: Machine) -> None:
    with machine.store.taking():
        refused = machine.koza("backup")
    assert refused.exit_code == 1
    assert "Another copy is being taken" in refused.output
    now = datetime.now(UTC)
    first = machine.store.new_base(now)
    first.archive.touch()
    assert machine.store.new_base(now).name != first.name
    first.archive.unlink()


def test_two_processes_do_not_keep_one_log(machine: Machine) -> None:
    with machine.log_kept(), pytest.raises(BackupError, match="wal/"), machine.log_kept():
        pass


def test_a_restored_server_is_backed_up_and_restored_again(machine: Machine) -> None:
    machine.koza("backup")
    assert machine.restore("second life").exit_code == 0
    life = machine.folder / "second life"
    engine = PostgresEngine(life)
    engine.start()
    environment = machine.environment | {"DATABASE_URL": engine.url(), "KOZA_DATA_DIR": str(life)}
    second = replace(machine, engine=engine, environment=environment)
    keeper = Keeper(second.settings, second.store, second.environment["BACKUP_RECIPIENT"])
    try:
        before = len(second.store.bases())
        after_a_round(keeper, noon())
        # It has no slot: its log begins anew, and a copy leads to it at once.
        assert len(second.store.bases()) == before + 1
        second.query("CREATE TABLE second_life AS SELECT 1 AS number")
        second.query("SELECT pg_switch_wal()")
        second.query("INSERT INTO second_life VALUES (2)")
        system = second.query("SELECT system_identifier::text FROM pg_control_system()")[0][0]
        log = second.store.log(str(system))
        received = "SELECT coalesce(min(flush_lsn) >= pg_current_wal_lsn(), false) FROM pg_stat_replication"
        assert wait_until(lambda: second.query(received) == [(True,)], 30)
        keeper.round(noon())
        assert any(name.startswith("00000002") for name in log.segments())
    finally:
        keeper.stop()
        engine.stop()
    made = second.restore("third life")
    assert made.exit_code == 0, made.output
    assert counted(machine.folder / "third life", "SELECT number FROM second_life ORDER BY 1") == [(1,), (2,)]


def test_a_server_with_other_names_and_its_rules_elsewhere_comes_back(machine: Machine) -> None:
    folder = machine.folder / "as Debian does"
    outside = machine.folder / "etc"
    outside.mkdir(mode=0o755)
    (outside / "pg_hba.conf").write_text("local all all scram-sha-256\nlocal replication all scram-sha-256\n")
    (outside / "pg_hba.conf").chmod(0o644)
    engine = PostgresEngine(
        folder,
        user="hotline",
        database="calls",
        options={"hba_file": str(outside / "pg_hba.conf"), "max_connections": "260"},
    )
    engine.start()
    try:
        for name in ("pg_hba.conf", "postgresql.conf"):
            (folder / "postgres" / name).unlink()
        backups = str(machine.folder / "backups of another")
        environment = machine.environment | {"DATABASE_URL": engine.url(), "BACKUP_DIR": backups}
        other = replace(machine, engine=engine, environment=environment | {"KOZA_DATA_DIR": str(folder)})
        for command in ("migrate", "demo", "backup"):
            done = other.koza(command)
            assert done.exit_code == 0, done.output
    finally:
        engine.stop()
    made = other.restore("of another")
    assert made.exit_code == 0, made.output
    restored = machine.folder / "of another" / "postgres"
    assert "trust" not in (restored / "pg_hba.conf").read_text()
    assert "restore_command" not in (restored / "postgresql.auto.conf").read_text()


def test_no_readable_copy_lies_beside_the_target_while_an_archive_is_unpacked(tmp_path: Path) -> None:
    identity = pyrage.x25519.Identity.generate()
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        for name in ("first", "second"):
            info = tarfile.TarInfo(name)
            info.size = 1 << 20
            tar.addfile(info, io.BytesIO(os.urandom(info.size)))
    plain.seek(0)
    sealed = tmp_path / "sealed"
    seal_stream(plain, sealed, identity.to_public())
    content = sealed.read_bytes()
    # An archive that arrives slowly: the restore stands still in the middle, as one that is killed there would.
    slow, target = tmp_path / "slow", tmp_path / "target"
    os.mkfifo(slow)
    target.mkdir()
    cluster = target / "postgres"
    cluster.mkdir()
    unpacking = threading.Thread(target=unpack, args=(slow, cluster, identity))
    unpacking.start()
    with slow.open("wb") as out:
        out.write(content[: len(content) * 3 // 4])
        out.flush()
        assert wait_until(lambda: (cluster / "first").exists() or len(list(target.iterdir())) > 1, 30)
        assert [path.name for path in target.iterdir()] == ["postgres"]
        out.write(content[len(content) * 3 // 4 :])
    unpacking.join()
    assert (cluster / "second").stat().st_size == 1 << 20


def test_a_shortened_archive_is_refused_with_its_name(tmp_path: Path) -> None:
    identity = pyrage.x25519.Identity.generate()
    sealed = tmp_path / "sealed"
    seal_stream(io.BytesIO(json.dumps("x" * (1 << 20)).encode()), sealed, identity.to_public())
    sealed.write_bytes(sealed.read_bytes()[: 1 << 19])
    with pytest.raises(BackupError, match="sealed"):
        unpack(sealed, tmp_path / "nowhere", identity)
