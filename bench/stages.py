"""Where a webhook's time goes: its stages, its statements, and whose code the processor is in. A process of its own.

The real application is called as its server calls it, one request at a time, with clocks at the seams. A second series
asks a thousand times per second of processor time in whose code it is.
"""

from __future__ import annotations

import io
import os
import re
import signal
import sys
import sysconfig
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from bench import child
from bench.carrier import Account, Carrier, Signed
from bench.measures import median
from config.web import create_app
from core import driver
from core.database import Ground
from core.log import configure_logging
from core.settings import Settings
from core.unit_of_work import run
from hotline import telephone as edge
from hotline.signature import Verdict, Verifier
from hotline.telephone import Telephone

_SEND, _RUN = driver.send, run
_ROOT = Path(__file__).resolve().parent.parent
_LIBRARY = sysconfig.get_paths()["purelib"]
_SAMPLE_S = 0.001
_NAMES = {
    "sqlalchemy": "SQLAlchemy",
    "psycopg": "psycopg",
    "psycopg_binary": "psycopg",
    "flask": "Flask, Werkzeug",
    "werkzeug": "Flask, Werkzeug",
    "structlog": "structlog",
    "cryptography": "cryptography",
    "phonenumbers": "phonenumbers",
    "prometheus_client": "prometheus-client",
}
_LABEL = re.compile(r"^\s*(INSERT INTO|UPDATE|DELETE FROM)\s+(\w+)")
_FROM = re.compile(r"\bFROM\s+(\w+)")


@dataclass
class Taken:
    """The clocks of one request, in seconds."""

    whole: float = 0.0
    signature: float = 0.0
    transaction: float = 0.0
    commit: float = 0.0
    statements: list[tuple[str, float]] = field(default_factory=list)


class Seams:
    """Clocks at the seams of one application."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.taken = Taken()
        telephone: Telephone = app.extensions["koza_telephone"]
        settings = telephone.ground.settings
        verifier = _TimedVerifier(settings.public_url, settings.twilio_account_sid, settings.twilio_auth_tokens)
        verifier.seams = self
        telephone.verifier = verifier
        self._watch_statements(telephone.ground.engine)
        self._watch_transactions()

    def call(self, request: Signed) -> Taken:
        """One request."""
        self.taken = Taken()
        environ = _environ(request)
        begun = time.perf_counter()
        answer = self.app(environ, _refuse_bad)
        b"".join(answer)
        self.taken.whole = time.perf_counter() - begun
        return self.taken

    def _watch_transactions(self) -> None:
        def timed(ground: Ground, work: Callable[[Session], Any]) -> Any:
            begun = time.perf_counter()
            try:
                return _RUN(ground, work)
            finally:
                self.taken.transaction += time.perf_counter() - begun

        edge.run = timed  # type: ignore[attr-defined]

    def _watch_statements(self, engine: Engine) -> None:
        begun = [0.0, 0.0]

        def before(*_: Any) -> None:
            begun[0] = time.perf_counter()

        def after(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            self.taken.statements.append((_label(statement), time.perf_counter() - begun[0]))

        def committing(*_: Any) -> None:
            begun[1] = time.perf_counter()

        def returned(*_: Any) -> None:
            if begun[1]:
                self.taken.commit += time.perf_counter() - begun[1]
                begun[1] = 0.0

        event.listen(engine, "before_cursor_execute", before)
        event.listen(engine, "after_cursor_execute", after)
        event.listen(engine, "commit", committing)
        event.listen(engine, "checkin", returned)

        def send(connection: Any, sent: Sequence[tuple[str, Any]], *, commit: bool = False) -> list[list[Any]]:
            begun[0] = time.perf_counter()
            rows = _SEND(connection, sent, commit=commit)
            together = " + ".join([*(_label(sql) for sql, _ in sent), *(["commit"] if commit else [])])
            self.taken.statements.append((together, time.perf_counter() - begun[0]))
            return rows

        driver.send = send  # type: ignore[assignment]


class _TimedVerifier(Verifier):
    seams: Seams

    def verify(self, *given: Any) -> Verdict:
        begun = time.perf_counter()
        verdict = super().verify(*given)
        self.seams.taken.signature += time.perf_counter() - begun
        return verdict


def _environ(request: Signed) -> dict[str, Any]:
    head, _, body = request.wire.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, path, _ = first.split(" ")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "", "SCRIPT_NAME": "",
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr,
        "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False,
    }  # fmt: skip
    for line in lines:
        name, _, value = line.partition(": ")
        key = name.upper().replace("-", "_")
        environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
    return environ


def _refuse_bad(status: str, _headers: Any, _error: Any = None) -> Callable[[bytes], object]:
    if not status.startswith("200"):
        raise RuntimeError(f"a webhook was answered {status}")
    return lambda _data: None


def _label(statement: str) -> str:
    """What a statement does to which table."""
    if match := _LABEL.match(statement):
        return f"{match[1].split(' ')[0].lower()} {match[2]}"
    if "advisory" in statement:
        return "select advisory lock"
    match = _FROM.search(statement)
    return f"select {match[1]}" if match else "select the time"


@dataclass
class Samples:
    """Whose code the processor was in."""

    counts: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def taking(self) -> Iterator[None]:
        """Ask while the block runs."""
        signal.signal(signal.SIGPROF, lambda _number, frame: self._note(frame))
        signal.setitimer(signal.ITIMER_PROF, _SAMPLE_S, _SAMPLE_S)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)

    def _note(self, frame: FrameType | None) -> None:
        while frame is not None:
            name = _whose(frame.f_code.co_filename)
            if name is not None:
                self.counts[name] += 1
                return
            frame = frame.f_back

    def shares(self) -> dict[str, float]:
        """Each one's part, the largest first."""
        total = sum(self.counts.values()) or 1
        return {name: count / total for name, count in self.counts.most_common()}


def _whose(file: str) -> str | None:
    """Whose a source file is; None for the standard library, whose callers answer for it, and for this module."""
    if file == __file__ or not file.startswith((_LIBRARY, str(_ROOT))):
        return None
    if file.startswith(_LIBRARY):
        package = Path(file).relative_to(_LIBRARY).parts[0]
        return _NAMES.get(package, "other libraries")
    return f"Koza: {Path(file).relative_to(_ROOT).parts[0]}"


def series(seams: Seams, requests: Iterable[Signed]) -> dict[str, Any]:
    """Stages in microseconds (medians), and the statements of the usual request."""
    clocks = [seams.call(request) for request in requests]
    sql = [sum(seconds for _, seconds in taken.statements) for taken in clocks]
    stages = {
        "signature and form": _us(taken.signature for taken in clocks),
        "Flask and the edge": _us(taken.whole - taken.signature - taken.transaction for taken in clocks),
        "statements, round trips": _us(sql),
        "commit": _us(taken.commit for taken in clocks),
        "our code, SQLAlchemy, encryption": _us(
            taken.transaction - spent - taken.commit for taken, spent in zip(clocks, sql, strict=True)
        ),
        "whole": _us(taken.whole for taken in clocks),
    }
    usual = Counter(tuple(label for label, _ in taken.statements) for taken in clocks).most_common(1)[0][0]
    alike = [taken for taken in clocks if tuple(label for label, _ in taken.statements) == usual]
    statements = [
        (label, _us(taken.statements[place][1] for taken in alike)) for place, label in enumerate(usual)
    ]  # fmt: skip
    return {"stages": stages, "statements": statements}


def _us(seconds: Iterable[float]) -> float:
    return median(list(seconds)) * 1e6


def main() -> None:
    """A child: ``account``, ``requests`` (of each kind), ``seed``."""
    told = child.task()
    configure_logging(json_lines=True)
    carrier = Carrier(Account.of(told["account"]), told["seed"])
    seams = Seams(create_app(Settings.load(os.environ), replaying=False))
    count = told["requests"]
    for _ in range(20):
        for request in (carrier.voice(), carrier.sms()):
            seams.call(request)
    rang = [carrier.voice() for _ in range(count)]
    over = list(carrier.statuses([request.sid for request in rang]))
    kinds = {"voice": rang, "status": over[-count:], "sms": [carrier.sms() for _ in range(count)]}
    child.prepared()
    found = {}
    for kind, requests in kinds.items():
        half = count // 2
        found[kind] = series(seams, requests[:half])
        samples = Samples()
        with samples.taking():
            for request in requests[half:]:
                seams.call(request)
        found[kind]["shares"] = samples.shares()
    child.answer(found)


if __name__ == "__main__":
    main()
