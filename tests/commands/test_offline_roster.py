"""The roster for the day when everything is down: written by a worker, opened from a drawer, printed."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.engines.postgres import libpq
from config.roster import jobs
from config.roster.files import newest
from config.roster.sheet import Sheet
from core.sweeping import sweep
from tests.support.sound import FALLBACK, Sound


@pytest.fixture
def house(own_environment: dict[str, str], tmp_path: Path) -> Sound:
    """A centre with people on duty, a key for the roster, and no carrier."""
    sound = Sound(own_environment)
    own_environment["HOTLINE_NUMBERS"] = "+903120000001"
    added = ("--slug", "ankara", "--name", "Ankara <Merkez>", "--province", "06", "--fallback", FALLBACK)
    assert sound.koza("centre", "add", *added).exit_code == 0
    made = sound.koza("backup", "key", str(tmp_path / "drawer.key"))
    own_environment["ROSTER_RECIPIENT"] = made.stdout.strip().splitlines()[-1].partition("=")[2]
    sound.person("ayse", "ankara", "operator")
    sound.person("derya", "ankara", "oncall")
    return sound


def work(sound: Sound) -> None:
    """What a worker does each second."""
    with sound.ground() as ground:
        while sweep(ground):
            pass


def telephones(sound: Sound) -> list[str]:
    said = sound.koza("roster", "print").output
    return [word for line in said.splitlines() for word in line.split() if word.startswith("+905")]


def test_a_worker_writes_it_and_it_opens_without_database_or_settings(house: Sound, tmp_path: Path) -> None:
    numbers = telephones(house)
    assert len(numbers) == 2
    work(house)
    file = newest(house.settings)
    assert file is not None
    assert file.parent == Path(house.environment["KOZA_DATA_DIR"]) / "roster"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not any(number.encode() in file.read_bytes() for number in numbers)

    house.environment.clear()
    opened = house.koza("roster", "open", str(file), "--key", str(tmp_path / "drawer.key"))
    assert opened.exit_code == 0, opened.output
    for words in ("Ayse", "Derya", "nöbetçi", FALLBACK, "112", "+903120000001", *numbers):
        assert words in opened.output
    other = tmp_path / "other.key"
    house.koza("backup", "key", str(other))
    assert "does not open" in house.koza("roster", "open", str(file), "--key", str(other)).output


def test_while_the_database_is_away_the_last_file_is_printed(house: Sound, tmp_path: Path) -> None:
    numbers = telephones(house)
    key = str(tmp_path / "drawer.key")
    present = house.environment["DATABASE_URL"]
    house.environment["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:9/none"
    assert "no sealed roster" in house.koza("roster", "print", "--key", key).output
    house.environment["DATABASE_URL"] = present
    work(house)
    house.environment["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:9/none"
    assert "--key opens" in house.koza("roster", "print").output
    page = tmp_path / "sheet.html"
    assert house.koza("roster", "print", "--key", key, "--html", str(page)).exit_code == 0
    text = page.read_text(encoding="utf-8")
    assert "Ankara &lt;Merkez&gt;" in text
    assert all(number in text for number in numbers)
    assert "http" not in text
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    page.unlink()


def test_printing_is_audited_and_nothing_personal_is_in_the_audit(house: Sound) -> None:
    numbers = telephones(house)
    with psycopg.connect(libpq(house.environment["DATABASE_URL"])) as connection:
        acts = connection.execute("SELECT to_jsonb(a)::text FROM core_audit a WHERE act = 'roster_printed'").fetchall()
    assert len(acts) == 1
    assert not any(number in acts[0][0] for number in numbers)


def test_what_is_a_week_old_is_removed_and_a_full_disk_costs_no_file(house: Sound) -> None:
    folder = Path(house.environment["KOZA_DATA_DIR"]) / "roster"
    folder.mkdir()
    today = datetime.now(UTC).date()
    for days in (1, 6, 9, 40):
        (folder / f"roster-{(today - timedelta(days=days)).isoformat()}.age").write_bytes(b"old")
    (folder / "note.txt").write_text("not ours")
    work(house)
    left = sorted(path.name for path in folder.iterdir())
    assert len(left) == 4
    assert "note.txt" in left
    # No room, and a recipient that is none: the older file stands, and it is due again within minutes.
    before = newest(house.settings)
    assert before is not None
    content = before.read_bytes()
    # What is written there meets a full disk.
    (folder / f"{before.name}.part").symlink_to("/dev/full")
    _due_now(house)
    work(house)
    _still_due(house)
    house.environment["ROSTER_RECIPIENT"] = "age1nobody"
    _due_now(house)
    work(house)
    _still_due(house)
    assert newest(house.settings) == before
    assert before.read_bytes() == content
    assert len(list(folder.iterdir())) == 4


def _due_now(house: Sound) -> None:
    with psycopg.connect(libpq(house.environment["DATABASE_URL"])) as connection:
        connection.execute("UPDATE core_due SET at = now() WHERE kind = %s", [jobs.SHEET])


def _still_due(house: Sound) -> None:
    with psycopg.connect(libpq(house.environment["DATABASE_URL"])) as connection:
        row = connection.execute("SELECT at - now() FROM core_due WHERE kind = %s", [jobs.SHEET]).fetchone()
    assert row is not None
    assert timedelta(0) < row[0] <= timedelta(minutes=10)


def test_the_doctor_says_how_old_it_is(house: Sound) -> None:
    assert house.findings()["offline_roster"].detail == "none yet"
    work(house)
    assert house.findings()["offline_roster"].ok
    file = newest(house.settings)
    assert file is not None
    old = datetime.now(UTC).timestamp() - 31 * 3600
    os.utime(file, (old, old))
    found = house.findings()["offline_roster"]
    assert not found.ok
    assert "31 h old" in found.detail


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001 - made aware
def test_the_next_one_is_due_within_a_day_and_in_the_morning(moment: datetime) -> None:
    following = jobs.next_time(moment)
    assert timedelta(0) < following - moment <= timedelta(days=1)
    assert following.astimezone(jobs._ISTANBUL).time() == jobs.WRITTEN_AT


def test_a_sheet_is_kept_whole() -> None:
    sheet = Sheet(datetime.now(UTC), datetime.now(UTC), ())
    assert Sheet.from_json(sheet.to_json()) == sheet
