"""Signed requests to the program: timeouts, retries and overrides as Twilio's.

Source of the overrides in the URL's fragment: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
"""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from practice.faults import Dice
from practice.signing import signature
from practice.timeline import Timeline

Failure = Literal["timeout", "connect"]
Cause = Literal["4xx", "5xx", "ct", "rt"]

#: Twilio's error codes: HTTP retrieval failure, connection failure, timeout, connection overrides not understood.
HTTP_FAILURE = 11200
CONNECT_FAILURE = 11205
READ_TIMEOUT = 11205
BAD_OVERRIDE = 11243
KEPT_IN_LOG = 5000
RETRY_PAUSE_SECONDS = 0.1


@dataclass(frozen=True)
class Overrides:
    """How patiently one URL is called. Times in seconds."""

    connect: float = 5.0
    read: float = 15.0
    total: float = 15.0
    retries: int = 1
    causes: frozenset[str] = frozenset({"ct"})


@dataclass(frozen=True)
class WebhookRequest:
    """A request to perform: hand the outcome back with `Exchange.deliver` or `Exchange.fail`."""

    id: int
    kind: str
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    form: tuple[tuple[str, str], ...]
    connect_timeout: float
    read_timeout: float
    total_timeout: float

    @property
    def body(self) -> bytes:
        """The form as it goes over the wire; empty for GET."""
        return urlencode(self.form).encode("ascii") if self.method == "POST" else b""


@dataclass(frozen=True)
class Answer:
    """What the program answered. The bytes of a sound stand in the body one by one, as :func:`text_of` makes them."""

    status: int
    content_type: str
    body: str


def text_of(content_type: str, content: bytes) -> str:
    """The body of an answer: a document's text, or a sound's bytes, none of which may get lost."""
    return content.decode("latin-1") if content_type.startswith("audio/") else content.decode("utf-8", "replace")


@dataclass
class LogEntry:
    """One performed request, for tests and the page."""

    at: float
    kind: str
    url: str
    form: tuple[tuple[str, str], ...]
    outcome: str = "pending"
    #: How long the program took to answer, or the carrier to give up.
    seconds: float | None = None

    def ended(self, outcome: str, now: float) -> None:
        """The request was answered or given up."""
        self.outcome, self.seconds = outcome, now - self.at

    def __getitem__(self, name: str) -> str:
        return dict(self.form)[name]

    def get(self, name: str) -> str | None:
        """A parameter, or None when it was not sent."""
        return dict(self.form).get(name)


@dataclass
class Flight:
    """One event on its way, through all its attempts."""

    kind: str
    method: str
    url: str
    overrides: Overrides
    form: tuple[tuple[str, str], ...]
    token: str
    on_answer: Callable[[Answer], None]
    on_failure: Callable[[int, str], None]
    is_callback: bool
    attempts: int = 0
    started: float | None = None


@dataclass
class Attempt:
    """One request of a flight; a copy's answer is thrown away."""

    flight: Flight
    entry: LogEntry
    copy: bool


def parse_overrides(fragment: str) -> Overrides:
    """Read #ct=…&rt=…&tt=…&rc=…&rp=…; raises ValueError for anything else."""
    found = Overrides()
    for key, value in parse_qsl(fragment, keep_blank_values=True, strict_parsing=bool(fragment)):
        if key in ("ct", "rt", "tt"):
            milliseconds = int(value)
            if not 100 <= milliseconds <= (10_000 if key == "ct" else 15_000):
                raise ValueError(f"{key}={value}")
            name = {"ct": "connect", "rt": "read", "tt": "total"}[key]
            found = replace(found, **{name: milliseconds / 1000})  # type: ignore[arg-type]
        elif key == "rc":
            if not 0 <= int(value) <= 5:
                raise ValueError(f"rc={value}")
            found = replace(found, retries=int(value))
        elif key == "rp":
            causes = frozenset(value.split(","))
            if not causes <= {"4xx", "5xx", "ct", "rt", "all"}:
                raise ValueError(f"rp={value}")
            found = replace(found, causes=frozenset({"4xx", "5xx", "ct", "rt"}) if "all" in causes else causes)
        elif key not in ("sni", "e"):
            raise ValueError(key)
    return found


def _no_debugger(code: int, message: str, url: str) -> None:
    """Until there is a debugger."""


def _ignore_answer(answer: Answer) -> None:
    """Nobody waits for the answer."""


def _ignore_failure(code: int, url: str) -> None:
    """Nobody waits for the answer; the debugger knows."""


class Webhooks:
    """The requests that are waiting to leave, and those whose outcome is awaited."""

    def __init__(self, timeline: Timeline, dice: Dice, auth_token: str, seed: str) -> None:
        self._timeline = timeline
        self._dice = dice
        self._auth_token = auth_token
        self._seed = seed
        self._count = 0
        self._open: dict[int, Attempt] = {}
        self.outbox: list[WebhookRequest] = []
        self.log: deque[LogEntry] = deque(maxlen=KEPT_IN_LOG)
        #: Over everything that was ever sent: outcomes, and the seconds that each answer took.
        self.outcomes: Counter[str] = Counter()
        self.seconds = array("f")
        self.errors: Callable[[int, str, str], None] = _no_debugger
        self.now: Callable[[], float] = lambda: 0.0

    def send(
        self,
        kind: str,
        url: str,
        parameters: Mapping[str, str],
        *,
        method: str = "POST",
        on_answer: Callable[[Answer], None] = _ignore_answer,
        on_failure: Callable[[int, str], None] = _ignore_failure,
        is_callback: bool = False,
    ) -> None:
        """Send one event. `is_callback` marks status callbacks, whose answer nobody needs and which may get lost."""
        parts = urlsplit(url)
        bare = parts._replace(fragment="").geturl()
        try:
            overrides = parse_overrides(parts.fragment)
        except ValueError as error:
            self.errors(BAD_OVERRIDE, f"connection override not understood: {error}", bare)
            overrides = Overrides()
        if method == "GET" and parameters:
            bare += ("&" if parts.query else "?") + urlencode(tuple(parameters.items()))
        form = tuple(parameters.items()) if method == "POST" else ()
        flight = Flight(kind, method, bare, overrides, form, self._token(), on_answer, on_failure, is_callback)
        if is_callback and self._dice.strikes("lost_callback", bare):
            return
        wait = 0.0
        if self._dice.strikes("delay", bare):
            wait += self._dice.seconds(self._dice.faults.delay_seconds)
        if is_callback and self._dice.strikes("reorder", bare):
            wait += self._dice.faults.reorder_seconds
        if wait:
            self._timeline.at(self.now() + wait, lambda: self._launch(flight))
        else:
            self._launch(flight)

    def _token(self) -> str:
        self._count += 1
        digest = hashlib.sha256(f"{self._seed}:webhook:{self._count}".encode()).hexdigest()
        return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}"

    def _launch(self, flight: Flight) -> None:
        flight.attempts += 1
        flight.started = self.now() if flight.started is None else flight.started
        self._emit(flight, copy=False)
        if flight.attempts == 1 and self._dice.strikes("duplicate", flight.url):
            self._emit(flight, copy=True)

    def _emit(self, flight: Flight, *, copy: bool) -> None:
        self._count += 1
        headers = [
            ("X-Twilio-Signature", signature(self._auth_token, flight.url, flight.form)),
            ("I-Twilio-Idempotency-Token", flight.token),
            ("User-Agent", "TwilioProxy/1.1"),
            ("X-Home-Region", "us1"),
            ("Accept", "*/*"),
        ]
        if flight.method == "POST":
            headers.append(("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"))
        limits = flight.overrides
        request = WebhookRequest(
            self._count, flight.kind, flight.method, flight.url, tuple(headers), flight.form,
            limits.connect, limits.read, limits.total,
        )  # fmt: skip
        entry = LogEntry(
            self.now(), flight.kind, flight.url, flight.form or tuple(parse_qsl(urlsplit(flight.url).query))
        )
        self.log.append(entry)
        self._open[request.id] = Attempt(flight, entry, copy)
        self.outbox.append(request)

    def deliver(self, request_id: int, answer: Answer) -> None:
        """The program answered."""
        attempt = self._open.pop(request_id, None)
        if attempt is None:
            return
        self._ended(attempt.entry, str(answer.status))
        self.seconds.append(attempt.entry.seconds or 0.0)
        if attempt.copy:
            return
        if 200 <= answer.status < 300:
            attempt.flight.on_answer(answer)
        else:
            self._failed(attempt.flight, "5xx" if answer.status >= 500 else "4xx", HTTP_FAILURE)

    def fail(self, request_id: int, failure: Failure) -> None:
        """The program could not be reached, or did not answer in time."""
        attempt = self._open.pop(request_id, None)
        if attempt is None:
            return
        self._ended(attempt.entry, failure)
        if not attempt.copy:
            cause: Cause = "ct" if failure == "connect" else "rt"
            self._failed(attempt.flight, cause, CONNECT_FAILURE if failure == "connect" else READ_TIMEOUT)

    def _ended(self, entry: LogEntry, outcome: str) -> None:
        entry.ended(outcome, self.now())
        self.outcomes[outcome] += 1

    def _failed(self, flight: Flight, cause: Cause, code: int) -> None:
        used = self.now() - (flight.started or 0.0)
        pause = RETRY_PAUSE_SECONDS * 2 ** (flight.attempts - 1)
        again = flight.attempts <= flight.overrides.retries and cause in flight.overrides.causes
        if again and used + pause < flight.overrides.total:
            self._timeline.at(self.now() + pause, lambda: self._launch(flight))
            return
        self.errors(code, f"{flight.kind}: {cause}", flight.url)
        flight.on_failure(code, flight.url)
