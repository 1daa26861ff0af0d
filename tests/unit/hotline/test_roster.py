"""The roster outside the database: whole or not at all, sealed, and enough for the safe answer."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from hotline.roster import Roster, RosterError, read_roster, write_roster

KEY = bytes(range(32))
ANKARA, IZMIR, DUTY = "+903121112233", "+902321112233", "+905321112233"
ROSTER = Roster({ANKARA: (DUTY, "+905320000000"), IZMIR: ()}, datetime(2026, 11, 23, 10, tzinfo=UTC))


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "state" / "roster"
    write_roster(path, KEY, ROSTER)
    assert read_roster(path, KEY) == ROSTER
    assert DUTY.encode() not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_new_roster_replaces_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "roster"
    write_roster(path, KEY, ROSTER)
    newer = Roster({ANKARA: ("+905550000000",)}, datetime(2026, 11, 23, 18, tzinfo=UTC))
    write_roster(path, KEY, newer)
    assert read_roster(path, KEY) == newer


def test_a_failed_write_leaves_the_old_roster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "roster"
    write_roster(path, KEY, ROSTER)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("hotline.roster.os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            write_roster(path, KEY, Roster({}, ROSTER.made_at))
    assert read_roster(path, KEY) == ROSTER
    assert list(tmp_path.iterdir()) == [path]


def test_a_line_without_anybody_on_duty_rings_everybody() -> None:
    assert ROSTER.numbers(ANKARA) == (DUTY, "+905320000000")
    assert ROSTER.numbers(IZMIR) == (DUTY, "+905320000000")
    assert ROSTER.numbers("+900000000000") == (DUTY, "+905320000000")
    assert DUTY not in repr(ROSTER)


def test_a_missing_roster_is_said(tmp_path: Path) -> None:
    with pytest.raises(RosterError, match="missing"):
        read_roster(tmp_path / "roster", KEY)


@pytest.mark.parametrize("damage", [b"", b"KZR1", b"KZR1" + bytes(40), None])
def test_a_roster_that_does_not_open_is_said(tmp_path: Path, damage: bytes | None) -> None:
    path = tmp_path / "roster"
    write_roster(path, bytes(32), ROSTER)
    if damage is not None:
        path.write_bytes(damage)
    with pytest.raises(RosterError, match="unreadable"):
        read_roster(path, KEY)
    path.unlink()
    path.mkdir()
    with pytest.raises(RosterError, match="unreadable"):
        read_roster(path, KEY)
