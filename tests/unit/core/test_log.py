from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import log
from core.metrics import REGISTRY
from core.phones import national_forms
from core.scrub import DROPPED, NUMBER, TOKEN, scrub, scrub_template

SHE = "+905321234567"
RECORD = UUID("01a207ff-1774-7107-b105-8d238cfe8599")


@contextmanager
def _logging_to(stream: TextIO, *, json_lines: bool) -> Iterator[None]:
    """Configure logging for a block, and leave the process as it was."""
    root, hooks, sink = logging.getLogger(), (sys.excepthook, threading.excepthook), log._sink
    handlers, level = root.handlers[:], root.level
    log.configure_logging(json_lines=json_lines, stream=stream)
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        sys.excepthook, threading.excepthook = hooks
        logging.captureWarnings(capture=False)
        logging.raiseExceptions = True
        log._sink = sink


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    written = io.StringIO()
    with _logging_to(written, json_lines=True):
        yield written


def _lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_codes_and_ids_are_logged(stream: io.StringIO) -> None:
    log.get_logger("hotline.edge").info(
        "call_arrived", contact=RECORD, carrier_sid="CA" + "0123456789abcdef" * 2, ms=12, state="ringing", late=False
    )
    (line,) = _lines(stream)
    assert line.pop("time").startswith("20")
    assert line == {
        "level_name": "info",
        "event": "call_arrived",
        "logger": "hotline.edge",
        "contact": str(RECORD),
        "carrier_sid": "CA" + "0123456789abcdef" * 2,
        "ms": 12,
        "state": "ringing",
        "late": False,
    }


def test_a_field_that_is_not_on_the_list_does_not_exist(stream: io.StringIO) -> None:
    log.get_logger("x").info("text_arrived", body="yardım", name="Ayşe", phone=SHE, From=SHE, state="new")
    assert set(_lines(stream)[0]) == {"time", "level_name", "event", "logger", "state"}


@pytest.mark.parametrize("form", sorted(national_forms(SHE)))
def test_a_number_under_an_allowed_name_is_scrubbed(stream: io.StringIO, form: str) -> None:
    log.get_logger("x").warning("sent", state=form, result=f"to {form}", reason=form.encode())
    assert "4567" not in stream.getvalue()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (12345678901, NUMBER),
        ("10000000146", NUMBER),
        ("444 43 06", NUMBER),
        ("x:05321234567", NUMBER),
        ("dG9rZW4tdG9rZW4tdG9rZW4tdG9rZW4", TOKEN),
        ("JBSWY3DPEHPK3PXP", TOKEN),
        ("kocam beni öldürecek", DROPPED),
        ("Ayşe", DROPPED),
        (b"bytes", DROPPED),
        ({"a": 1}, DROPPED),
        (None, None),
        (3.5, 3.5),
        (250, 250),
        ("R-7K2M-9QXD", "R-7K2M-9QXD"),
        ("R-1234-5678", "R-1234-5678"),
        ("2026-11-23T14:05:00+00:00", "2026-11-23T14:05:00+00:00"),
        ("/twilio/voice/status", "/twilio/voice/status"),
        ("escalation.paging.reactions", "escalation.paging.reactions"),
        (str(RECORD), str(RECORD)),
    ],
)
def test_values(value: object, shown: object) -> None:
    assert scrub(value) == shown


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"])), st.integers(1_000_000, 10**15))
def test_no_run_of_seven_digits_passes(around: str, number: int) -> None:
    assert str(number) not in str(scrub(f"{around}+{number}"))
    assert str(number) not in scrub_template(f"{around}+{number}")


def test_an_event_is_a_name_and_not_a_sentence(stream: io.StringIO) -> None:
    log.get_logger("x").info("Ayşe called from " + SHE)
    assert _lines(stream)[0]["event"] == DROPPED


def test_an_exception_shows_types_and_places_and_not_what_it_says(stream: io.StringIO) -> None:
    try:
        try:
            int(SHE + " Ayşe")
        except ValueError as error:
            raise RuntimeError("Ayşe") from error
    except RuntimeError:
        log.get_logger("x").exception("reaction_failed", reaction="queue")
    (line,) = _lines(stream)
    assert line["level_name"] == "error"
    assert line["error"] == "RuntimeError < ValueError"
    assert "test_an_exception_shows" in line["frames"]
    assert "Ayşe" not in stream.getvalue()
    assert SHE not in stream.getvalue()


def test_a_library_is_heard_without_what_it_carries(stream: io.StringIO) -> None:
    library = logging.getLogger("some.library")
    library.warning("POST to %s failed", SHE)
    library.error("Ayşe: " + SHE)
    first, second = _lines(stream)
    assert first["template"] == "POST to %s failed"
    assert first["logger"] == "some.library"
    assert "template" not in second
    assert second["at"].startswith("test_log:")
    assert SHE not in stream.getvalue()
    assert "Ayşe" not in stream.getvalue()


def test_a_library_cannot_write_past_the_net() -> None:
    past = io.StringIO()
    chatty = logging.getLogger("chatty.library")
    chatty.addHandler(logging.StreamHandler(past))
    chatty.propagate = False
    kept = io.StringIO()
    with _logging_to(kept, json_lines=False):
        chatty.error("told %s", SHE)
    assert past.getvalue() == ""
    assert SHE not in kept.getvalue()
    assert "logger=chatty.library" in kept.getvalue()


def test_an_uncaught_exception_is_logged_without_its_message(stream: io.StringIO) -> None:
    error = ValueError(SHE)
    sys.excepthook(ValueError, error, None)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    (line,) = _lines(stream)
    assert line["event"] == "uncaught_exception"
    assert line["error"] == "ValueError"
    assert SHE not in stream.getvalue()


def test_a_line_before_the_start_up_passes_the_same_net(capsys: pytest.CaptureFixture[str]) -> None:
    log.get_logger("early").info("started", body=SHE, count=1)
    out, err = capsys.readouterr()
    assert out == ""
    assert "body" not in err
    assert '"count":1' in err


def _lost() -> float:
    return REGISTRY.get_sample_value("koza_log_lines_lost_total") or 0.0


def _pipe_without_reader() -> TextIO:
    reading, writing = os.pipe()
    os.close(reading)
    return os.fdopen(writing, "w")


def _full_disk() -> TextIO:
    return open("/dev/full", "w", encoding="utf-8")  # noqa: PTH123 - closed by the test


def _closed() -> TextIO:
    stream = io.StringIO()
    stream.close()
    return stream


@pytest.mark.parametrize("json_lines", [True, False])
@pytest.mark.parametrize("broken", [_pipe_without_reader, _full_disk, _closed])
def test_a_log_that_cannot_be_written_ends_no_work(broken: Callable[[], TextIO], *, json_lines: bool) -> None:
    stream, before = broken(), _lost()
    with _logging_to(stream, json_lines=json_lines):
        log.get_logger("x").warning("first")
        logging.getLogger("some.library").error("second %s", 1)
        sys.excepthook(ValueError, ValueError(), None)
    with suppress(OSError):
        stream.close()
    assert _lost() == before + 3


def test_a_process_without_a_standard_error_logs_into_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = _lost()
    monkeypatch.setattr(sys, "stderr", None)
    with _logging_to(cast("TextIO", None), json_lines=False):
        log.get_logger("x").warning("first")
    assert _lost() == before + 1


#: A worker's thread whose every round fails and is logged; it waits until its reader is gone, and counts to five.
_ROUNDS = """
import os, sys
from config.worker import every
from core.log import configure_logging
from core.metrics import REGISTRY

rounds = 0

def work():
    global rounds
    rounds += 1
    if rounds == 5:
        lost = REGISTRY.get_sample_value("koza_log_lines_lost_total")
        os._exit(0 if lost == 4 else 3)
    raise RuntimeError

configure_logging(json_lines=True)
print("up", flush=True)
sys.stdin.readline()
every(0, work)
"""


def test_a_process_whose_reader_was_killed_goes_on_with_its_rounds() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _ROUNDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        process.stdout.close()
        process.stdin.write(b"\n")
        process.stdin.close()
        assert process.wait(60) == 0
