"""The journal loses no record that it promised to keep, whatever is torn, killed or full."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.engines.processes import wait_until
from hotline.journal import Journal, JournalError, ReplayHalted, has_pending, replay, waiting

KEY = bytes(range(32))
HEADER = 36
ROOT = Path(__file__).parents[3]

WRITER = """
import sys
import threading
from pathlib import Path
from hotline.journal import Journal, JournalError
journal = Journal(Path(sys.argv[1]), bytes(range(32)))
"""


class Applied(list[dict[str, Any]]):
    """Collects what a replay hands over, and fails where it is told to."""

    def __init__(self, *, failing: set[int] | None = None, halting: int | None = None) -> None:
        super().__init__()
        self.failing = failing or set()
        self.halting = halting

    def __call__(self, record: dict[str, Any]) -> None:
        if record["n"] == self.halting:
            raise ReplayHalted
        if record["n"] in self.failing:
            raise RuntimeError
        self.append(record)

    @property
    def numbers(self) -> list[int]:
        return [record["n"] for record in self]


def files(directory: Path, suffix: str = ".journal") -> list[Path]:
    return sorted(directory.glob(f"*{suffix}"))


def filled(directory: Path, count: int) -> Path:
    """A journal file of a process that is no more."""
    writer = Journal(directory, KEY)
    for number in range(count):
        writer.append({"n": number, "body": "yardım" * (number + 1)})
    writer.release()
    return files(directory)[-1]


def child(code: str, directory: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER + code, str(directory)],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def test_what_waits_is_counted_over_all_files_without_a_key(tmp_path: Path) -> None:
    assert waiting(tmp_path / "none") == 0
    filled(tmp_path, 3)
    torn = filled(tmp_path, 2)
    torn.write_bytes(torn.read_bytes()[:-1])
    live = Journal(tmp_path, KEY)
    live.append({"n": 0})
    assert waiting(tmp_path) == 5
    live.release()
    replay(tmp_path, KEY, Applied())
    assert waiting(tmp_path) == 0


def test_what_was_appended_comes_back_in_order_and_the_file_goes(tmp_path: Path) -> None:
    writer = Journal(tmp_path, KEY)
    records = [{"n": number, "body": "imdat\x00 \ud800 ğ🙏"} for number in range(5)]
    for record in records:
        writer.append(record)
    assert has_pending(tmp_path)
    applied = Applied()
    report = replay(tmp_path, KEY, applied)
    assert applied == records
    assert (report.applied, report.files_removed, report.failed) == (5, 1, 0)
    assert not has_pending(tmp_path)
    writer.append({"n": 9})
    assert replay(tmp_path, KEY, applied).applied == 1


def test_an_empty_or_missing_folder_is_nothing_to_do(tmp_path: Path) -> None:
    assert replay(tmp_path / "none", KEY, Applied()).applied == 0
    assert not has_pending(tmp_path / "none")


def test_nothing_stands_in_clear_and_only_the_owner_may_read(tmp_path: Path) -> None:
    path = filled(tmp_path / "new", 3)
    assert "yardım".encode() not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_file_torn_at_any_byte_gives_every_whole_record(tmp_path: Path, data: st.DataObject) -> None:
    folder = tmp_path / os.urandom(8).hex()
    path = filled(folder, 4)
    content = path.read_bytes()
    ends = _record_ends(content)
    # After a power cut a file may end in zeros; its header was durable before it had its name.
    tail = data.draw(st.sampled_from([b"", b"\x00" * 7, b"\x00" * 600]))
    cut = data.draw(st.integers(HEADER if tail else 0, len(content)))
    path.write_bytes(content[:cut] + tail)
    applied = Applied()
    report = replay(folder, KEY, applied)
    whole = sum(end <= cut for end in ends)
    assert applied.numbers == list(range(whole))
    is_clean = not tail and cut in {0, HEADER, *ends}
    assert len(report.corrupt_pieces) == (0 if is_clean else 1)
    assert (report.files_removed, files(folder)) == (1, [])


def _record_ends(content: bytes) -> list[int]:
    ends, position = [], HEADER
    while position < len(content):
        position += 4 + int.from_bytes(content[position : position + 4], "big")
        ends.append(position)
    return ends


def test_a_record_damaged_in_the_middle_is_set_aside_and_the_rest_applied(tmp_path: Path) -> None:
    path = filled(tmp_path, 3)
    content = bytearray(path.read_bytes())
    content[_record_ends(bytes(content))[0] + 30] ^= 1
    path.write_bytes(content)
    applied = Applied()
    report = replay(tmp_path, KEY, applied)
    assert applied.numbers == [0, 2]
    assert [piece.suffix for piece in report.corrupt_pieces] == [".corrupt"]
    assert report.files_removed == 1


def test_records_cannot_be_swapped_or_repeated(tmp_path: Path) -> None:
    path = filled(tmp_path, 1)
    content = path.read_bytes()
    path.write_bytes(content + content[HEADER:])
    applied = Applied()
    assert len(replay(tmp_path, KEY, applied).corrupt_pieces) == 1
    assert applied.numbers == [0]


def test_a_wrong_key_opens_nothing_and_removes_nothing(tmp_path: Path) -> None:
    path = filled(tmp_path, 2)
    report = replay(tmp_path, bytes(32), Applied())
    assert (report.unreadable, report.corrupt_pieces, report.applied) == ([path], [], 0)
    assert replay(tmp_path, KEY, Applied()).applied == 2


def test_a_record_that_cannot_be_applied_keeps_its_file_and_holds_up_no_other(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    applied = Applied(failing={1})
    report = replay(tmp_path, KEY, applied)
    assert (applied.numbers, report.failed, report.files_removed) == ([0, 2], 1, 0)
    again = Applied()
    assert replay(tmp_path, KEY, again).files_removed == 1
    assert again.numbers == [0, 1, 2]


def test_a_replay_can_be_halted_when_the_database_is_away_again(tmp_path: Path) -> None:
    filled(tmp_path, 2)
    filled(tmp_path, 2)
    applied = Applied(halting=1)
    report = replay(tmp_path, KEY, applied)
    assert (report.halted, applied.numbers, len(files(tmp_path))) == (True, [0], 2)


def test_only_one_replays_at_a_time(tmp_path: Path) -> None:
    filled(tmp_path, 1)
    inner = []
    replay(tmp_path, KEY, lambda _: inner.append(replay(tmp_path, KEY, Applied())))
    assert [(report.busy, report.applied) for report in inner] == [(True, 0)]


def test_the_file_of_another_live_process_is_left_to_it(tmp_path: Path) -> None:
    writer = child("journal.append({'n': 1}); print('ready', flush=True); sys.stdin.read()", tmp_path)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    assert replay(tmp_path, KEY, Applied()).applied == 0
    writer.communicate()
    applied = Applied()
    replay(tmp_path, KEY, applied)
    assert applied.numbers == [1]


def test_a_killed_writer_loses_nothing_it_was_told_is_durable(tmp_path: Path) -> None:
    writer = child(
        "number = 0\nwhile True:\n    journal.append({'n': number}); print(number, flush=True); number += 1\n", tmp_path
    )
    assert writer.stdout is not None
    for _ in range(20):
        last = int(writer.stdout.readline())
    writer.send_signal(signal.SIGKILL)
    # Read as before: what the pipe's reader holds already is not in communicate()'s answer.
    rest = writer.stdout.read().split()
    writer.communicate()
    last = int(rest[-1]) if rest else last
    applied = Applied()
    replay(tmp_path, KEY, applied)
    assert applied.numbers[: last + 1] == list(range(last + 1))
    assert len(applied) <= last + 2  # the one that was durable and not yet answered for


def test_a_full_disk_is_said_and_what_was_durable_stays(tmp_path: Path) -> None:
    full = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
journal.append({'n': 0})
resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))
try:
    journal.append({'n': 1, 'body': 'x' * 500})
except JournalError as error:
    print('refused', 'xxx' in str(error), flush=True)
journal.append({'n': 2})
"""
    out, _ = child(full, tmp_path).communicate()
    assert out == "refused False\n"
    applied = Applied()
    report = replay(tmp_path, KEY, applied)
    assert applied.numbers == [0, 2]
    assert len(report.corrupt_pieces) == 1


def test_a_failed_sync_is_not_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = Journal(tmp_path, KEY)
    writer.append({"n": 0})

    def broken(_descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr("hotline.journal_file.os.fsync", broken)
        with pytest.raises(JournalError, match="Input/output error"):
            writer.append({"n": 1})
        with pytest.raises(JournalError):
            writer.append({"n": 1})
    writer.append({"n": 2})
    applied = Applied()
    replay(tmp_path, KEY, applied)
    assert {0, 2} <= set(applied.numbers)


def appending(journal: Journal, number: int) -> tuple[threading.Thread, list[JournalError]]:
    """A thread that appends a record, and what it failed with."""
    failed: list[JournalError] = []

    def run() -> None:
        try:
            journal.append({"n": number})
        except JournalError as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, failed


@pytest.mark.parametrize("disk_fails", [False, True])
def test_records_that_come_while_the_disk_is_waited_for_are_made_durable_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, disk_fails: bool
) -> None:
    journal = Journal(tmp_path, KEY)
    journal.append({"n": 0})
    (file,) = files(tmp_path)
    sync, synced, waits, goes_on = os.fsync, [], threading.Event(), threading.Event()

    def slow(descriptor: int) -> None:
        synced.append(descriptor)
        waits.set()
        assert goes_on.wait(60)
        if disk_fails and len(synced) > 1:
            raise OSError(5, "Input/output error")
        sync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr("hotline.journal_file.os.fsync", slow)
        first = appending(journal, 1)
        assert waits.wait(60)
        others = [appending(journal, number) for number in (2, 3, 4)]
        assert wait_until(lambda: waiting(tmp_path) == 5, 60)
        goes_on.set()
        for thread, _ in (first, *others):
            thread.join(60)
    assert len(synced) == 2
    assert first[1] == []
    assert [len(failed) for _, failed in others] == [int(disk_fails)] * 3
    applied = Applied()
    replay(tmp_path, KEY, applied)
    assert applied.numbers[:2] == [0, 1]
    assert sorted(applied.numbers) == [0, 1, 2, 3, 4]
    assert not file.exists()


def test_a_file_that_is_ended_is_durable_for_those_who_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path, KEY)
    journal.append({"n": 0})
    sync, waits, goes_on = os.fsync, threading.Event(), threading.Event()

    def slow(descriptor: int) -> None:
        waits.set()
        assert goes_on.wait(60)
        sync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr("hotline.journal_file.os.fsync", slow)
        first = appending(journal, 1)
        assert waits.wait(60)
        second = appending(journal, 2)
        assert wait_until(lambda: waiting(tmp_path) == 3, 60)
        ending = threading.Thread(target=journal.release)
        ending.start()
        goes_on.set()
        for thread in (first[0], second[0], ending):
            thread.join(60)
    assert first[1] == second[1] == []
    applied = Applied()
    replay(tmp_path, KEY, applied)
    assert applied.numbers == [0, 1, 2]


def test_records_of_a_file_go_by_their_rank_and_then_as_they_came(tmp_path: Path) -> None:
    filled(tmp_path, 6)
    applied = Applied()
    replay(tmp_path, KEY, applied, lambda record: record["n"] % 2)
    assert applied.numbers == [0, 2, 4, 1, 3, 5]


def test_a_record_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JournalError):
        Journal(tmp_path, KEY).append({"n": "x" * (4 * 1024 * 1024)})
    assert not has_pending(tmp_path)


def test_a_folder_that_cannot_be_made_is_a_journal_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError):
        Journal(tmp_path / "file" / "journal", KEY).append({"n": 1})


def test_a_forked_child_writes_a_file_of_its_own(tmp_path: Path) -> None:
    forking = """
import os
journal.append({'n': 1})
if os.fork() == 0:
    journal.append({'n': 2})
    os._exit(0)
os.wait()
journal.append({'n': 3})
"""
    writer = child(forking, tmp_path)
    writer.communicate()
    assert writer.returncode == 0
    assert len(files(tmp_path)) == 2
    applied = Applied()
    replay(tmp_path, KEY, applied)
    assert sorted(applied.numbers) == [1, 2, 3]
