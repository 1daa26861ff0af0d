"""Logging by allow-list: a field that is not named here does not reach the log.

    log = get_logger(__name__)
    log.info("call_arrived", contact=contact_id, centre=centre_id, ms=12)

An event is a name, not a sentence. Unknown fields are dropped, known ones are scrubbed (core.scrub).
Libraries log through the same net: of their lines only the logger, the level, the place and the
unfilled template remain. Of an exception the log shows types and places, never its message, because
a database error quotes the row and a parser error quotes the text. Lines go to standard error; one that
cannot be written is counted and dropped, because a log that is gone must not end the work it tells of.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, TextIO, cast

import structlog

from core.metrics import log_lines_lost
from core.scrub import DROPPED, Scrubbed, scrub, scrub_template

#: Every field that a log line may hold: identifiers, codes, states, counts, durations.
ALLOWED: Final = frozenset(
    {
        # which record
        *("id", "centre", "contact", "call", "leg", "message", "send", "permit", "conversation", "intake", "case"),
        *("file", "page", "offer", "shift", "staff", "account", "session", "grant", "line", "measure", "referral"),
        *(
            "task",
            "person",
            "due",
            "subject",
            "ref",
            "code",
            "carrier_sid",
            "fact",
            "inbox",
            "request",
            "actor",
            "key_id",
        ),
        # what kind of thing, in words from closed lists
        *("kind", "subject_kind", "act", "state", "from_state", "to_state", "result", "reason", "role", "unit"),
        *("medium", "channel", "language", "province", "level", "rule", "step", "rung", "purpose", "topic", "scope"),
        *("reaction", "handler", "job", "queue", "process", "engine", "component", "logger", "at", "template"),
        *("error", "frames", "error_code", "status", "method", "route", "env", "version", "revision", "signal"),
        # how much
        *("count", "total", "attempt", "attempts", "epoch", "number", "limit", "bytes", "ms", "seconds", "overdue_s"),
        *("lag", "age_s", "port", "pid", "exit_code", "late", "retry_in_s", "waiting", "open", "failed", "skipped"),
    }
)
_EVENT: Final = re.compile(r"[a-z][a-z0-9_.]{0,79}")
_FRAMES: Final = 15

_COLOURS: Final = {"debug": "2", "info": "36", "warning": "33", "error": "31", "critical": "1;31"}

EventDict = MutableMapping[str, Any]


def get_logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """A logger whose lines carry `name`; see the module for what may be logged."""
    return cast("structlog.typing.FilteringBoundLogger", structlog.get_logger(name))


def describe_exception(error: BaseException) -> dict[str, str]:
    """The types of `error` and its causes, and the places it passed: nothing that it says."""
    types, seen, current = [], set[int](), cast("BaseException | None", error)
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        types.append(f"{type(current).__module__}.{type(current).__qualname__}".removeprefix("builtins."))
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    frames = [
        f"{frame.f_globals.get('__name__', '?')}:{line}:{frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    return {"error": " < ".join(types), "frames": " ".join(frames[-_FRAMES:])}


@dataclass(frozen=True)
class _Named:
    """What structlog wraps: nothing but the name. Lines are written by the last processor."""

    name: str = ""


def _only_allowed(logger: Any, method: str, event_dict: EventDict) -> EventDict:
    event = event_dict.pop("event", "")
    raised = event_dict.pop("exc_info", None)
    level = "error" if method == "exception" else method
    clean: dict[str, Scrubbed] = {
        "level_name": level,
        "event": event if isinstance(event, str) and _EVENT.fullmatch(event) else DROPPED,
    }
    if isinstance(logger, _Named):
        clean["logger"] = logger.name
    clean |= {name: scrub(value) for name, value in event_dict.items() if name in ALLOWED}
    # Built from types and places alone; their spaces would not pass as a code.
    clean |= _exception_fields(raised)
    return clean


def _exception_fields(raised: object) -> Mapping[str, str]:
    if raised is True:
        raised = sys.exc_info()[1]
    if isinstance(raised, tuple):
        raised = raised[1]
    return describe_exception(raised) if isinstance(raised, BaseException) else {}


def _to_json(_logger: Any, _method: str, event_dict: EventDict) -> str:
    return json.dumps(event_dict, ensure_ascii=False, separators=(",", ":"))


class _Console:
    """One short line for a person: time, level, event, fields; in colour on a terminal."""

    def __init__(self, *, colour: bool) -> None:
        self._colour = colour

    def __call__(self, _logger: Any, _method: str, event_dict: EventDict) -> str:
        time, level = str(event_dict.pop("time"))[11:19], str(event_dict.pop("level_name"))
        event = str(event_dict.pop("event"))
        frames = str(event_dict.pop("frames", ""))
        fields = " ".join(f"{name}={value}" for name, value in event_dict.items())
        shown = f"\x1b[{_COLOURS.get(level, '0')}m{level:<8}\x1b[0m" if self._colour else f"{level:<8}"
        line = f"{time} {shown} {event} {fields}".rstrip()
        return "\n    ".join([line, *frames.split()])


class _LibraryHandler(logging.Handler):
    """Takes the lines of libraries and passes on what cannot hold content."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log the record's origin; its arguments, and a text without arguments, are dropped.

        A text that came without arguments may have been filled in by the library itself, so only the
        place tells what was said.
        """
        level = record.levelname.lower() if record.levelname.lower() in _COLOURS else "info"
        fields: dict[str, Any] = {"logger": record.name, "at": f"{record.module}:{record.lineno}"}
        event = {"level_name": level, "event": "library", **{key: scrub(value) for key, value in fields.items()}}
        if record.args and isinstance(record.msg, str):
            event["template"] = scrub_template(record.msg)
        event |= _exception_fields(record.exc_info)
        _emit(level, event)


class _Sink:
    """Where lines go; replaced as a whole by configure_logging."""

    def __init__(self, *, json_lines: bool, stream: TextIO | None) -> None:
        self._stream = stream
        self._stamp = structlog.processors.TimeStamper(fmt="iso", utc=True, key="time")
        self._render = _to_json if json_lines else _Console(colour=_is_terminal(stream or sys.stderr))

    def write(self, level: str, event_dict: EventDict) -> None:
        stamped = dict(self._stamp(None, level, {}))
        line = self._render(None, level, {**stamped, **event_dict})
        try:
            _write(self._stream or sys.stderr, line)
        except (OSError, ValueError):
            # Its reader was killed, the disk is full, it was closed: whoever logs is answering a caller.
            log_lines_lost.add()


def _write(stream: TextIO | None, line: str) -> None:
    if stream is None:
        raise ValueError("the process was started without a standard error")
    # One write for the whole line: processes share the stream and must not mix within a line.
    stream.write(line + "\n")
    stream.flush()


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and not stream.closed and stream.isatty()


_sink = _Sink(json_lines=True, stream=None)


def _emit(level: str, event_dict: EventDict) -> None:
    _sink.write(level, event_dict)


def _to_sink(_logger: Any, method: str, event_dict: EventDict) -> EventDict:
    _emit(method, event_dict)
    raise structlog.DropEvent


def _configure_structlog(level: int) -> None:
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, _only_allowed, _to_sink],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_Named,
        cache_logger_on_first_use=False,
    )


# At import already: structlog's default prints every field, and a line may come before the start-up.
_configure_structlog(logging.INFO)


def configure_logging(*, json_lines: bool, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Send all logging of the process through the allow-list; call once, first of all.

    `json_lines` is for production, short lines are for a person. `stream` is standard error unless given.
    """
    global _sink  # noqa: PLW0603 - one sink per process, as standard error is one
    _sink = _Sink(json_lines=json_lines, stream=stream)
    _configure_structlog(level)
    root = logging.getLogger()
    root.handlers[:] = [_LibraryHandler()]
    root.setLevel(max(level, logging.INFO))
    for name in list(logging.Logger.manager.loggerDict):
        known = logging.getLogger(name)
        # A handler of a library's own would write past the net.
        known.handlers[:] = [h for h in known.handlers if isinstance(h, logging.NullHandler)]
        known.propagate = True
    logging.captureWarnings(capture=True)
    logging.raiseExceptions = False
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


def _uncaught(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    _emit("critical", {"level_name": "critical", "event": "uncaught_exception", **describe_exception(error)})


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        _uncaught(args.exc_type, args.exc_value, args.exc_traceback)
