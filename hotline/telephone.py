"""The carrier's door of one process: size, signature, shapes, one transaction, an answer in time.

A request is answered only after its event is durable: in the database, else in the sealed journal. The database gets
at most ``WAIT_S``; a stopped server ignores its own timeouts, so every wait for it is bounded out here (core.bounded).
A commit that it does after we gave up does no harm, because every event is taken once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from core.bounded import until
from core.clock import KnownClock
from core.database import Ground
from core.log import get_logger
from core.metrics import alarms, journal_entries, signature_refusals, webhook_requests, webhook_seconds
from core.unit_of_work import run
from hotline.breaker import Breaker, is_away, is_busy, is_slow
from hotline.form_fields import ShapeError
from hotline.journal import Journal, JournalError
from hotline.roster import RosterError, read_roster
from hotline.signature import READ_HEADERS, SIGNATURE_HEADER, Verifier
from hotline.sounds import Sounds, speak_with
from hotline.trunks import on_trunk
from hotline.twiml import CONTENT_TYPE, EMPTY
from hotline.voice_scripts import may_ring

log = get_logger(__name__)

MAX_BODY = 256 * 1024
#: The webhook that tells of a recording, and how the fields begin that do so in any other.
RECORDING = "recording"
_RECORDING_FIELDS = "Recording"
#: How long a webhook waits for the database before its event goes to the journal.
WAIT_S = 1.5
#: How many of a process's webhooks that nobody listens to are worked on at once. In a flood of texts and statuses a
#: caller, and the key 5 that she presses, then find threads and connections free.
PATIENT_PLACES = 4
#: How many more may wait for one of these places. Whoever waits keeps a thread, and a caller may have none left: what
#: comes beyond goes to the journal at once, and from there into the database as soon as there is room.
PATIENT_LINE = 8
Form = Mapping[str, list[str]]
Safe = Callable[[Form, Mapping[str, Any]], str]
Work = Callable[[Session, Form, Mapping[str, Any]], str]


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of webhook: what it does in the database, and what it answers when that is away."""

    kind: str
    work: Work
    safe: Safe
    #: Reads the form and raises ShapeError: what is not of its shape is not believed, with or without a database.
    shape: Callable[[Form], object]
    #: Whether the event must survive; a poll of the waiting room comes again by itself.
    durable: Callable[[Form], bool] = lambda _form: True
    #: Whether somebody has the telephone at her ear until it is answered; texts and statuses make way for it.
    urgent: bool = True


def _without_recording(kind: str, form: Form) -> Form:
    """The form without what it says of a recording. Those do not exist here: somebody switched them on at the carrier.

    A person has to look at once, and nothing of it is kept.
    """
    told = [name for name in form if name.startswith(_RECORDING_FIELDS)]
    if not told and kind != RECORDING:
        return form
    log.critical("call_recorded", kind=kind)
    alarms.add(kind="recording")
    return {name: values for name, values in form.items() if name not in told}


@dataclass
class Telephone:
    """The carrier's door of one process."""

    ground: Ground
    verifier: Verifier
    journal: Journal
    breaker: Breaker = field(default_factory=Breaker)
    clock: KnownClock = field(default_factory=KnownClock)
    wait_s: float = WAIT_S
    patient: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(PATIENT_PLACES))
    line: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(PATIENT_LINE))
    sounds: Sounds = field(init=False)

    def __post_init__(self) -> None:
        self.sounds = Sounds(self.ground)

    def handle(self, step: Step, params: Mapping[str, Any]) -> Response:
        """Verify, take, answer."""
        return self._answered(step.kind, lambda form: self.take(step, form, params))

    def handle_static(self, kind: str, answer: Callable[[Form], str]) -> Response:
        """Verify and answer what needs no row: it neither waits for the database nor says anything about it."""
        return self._answered(kind, lambda form: (answer(form), "static"))

    def _answered(self, kind: str, take: Callable[[Form], tuple[str, str]]) -> Response:
        started = time.perf_counter()
        request.max_content_length = MAX_BODY
        if SIGNATURE_HEADER not in request.headers:
            # Whoever does not even claim to be the carrier may not keep a thread by sending slowly.
            signature_refusals.add(reason="missing")
            webhook_requests.add(kind=kind, result="refused")
            return Response(status=403)
        body = request.get_data(cache=False)
        query = request.query_string.decode("latin-1")
        headers = {name: value for name in READ_HEADERS if (value := request.headers.get(name)) is not None}
        verdict = self.verifier.verify(request.path, query, headers, body)
        if not verdict.ok:
            signature_refusals.add(reason="missing" if verdict.reason == "no_signature" else "wrong")
            webhook_requests.add(kind=kind, result="refused")
            return Response(status=403)
        try:
            form = _without_recording(kind, verdict.form)
            answer, result = take(on_trunk(self.ground.settings.sip_trunks, form))
        except ShapeError as error:
            log.warning("webhook_shape_refused", kind=kind, reason=error.code)
            signature_refusals.add(reason="shape")
            return Response(status=403)
        except JournalError:
            log.critical("journal_failed", kind=kind)
            alarms.add(kind="journal")
            webhook_requests.add(kind=kind, result="unavailable")
            return Response(status=503)
        webhook_requests.add(kind=kind, result=result)
        webhook_seconds.observe(time.perf_counter() - started, kind=kind)
        return Response(answer or EMPTY, content_type=CONTENT_TYPE)

    def take(self, step: Step, form: Form, params: Mapping[str, Any], *, in_database: bool = True) -> tuple[str, str]:
        """Take what proved itself: its answer, and where it is durable now.

        Without ``in_database`` the database is not waited for: whoever brings much at once has waited for it already.
        Raises ShapeError and JournalError.
        """
        answer = self._in_database(step, form, params) if in_database and self.breaker.closed() else None
        if answer is not None:
            return answer, "stored"
        step.shape(form)
        answer = step.safe(form, params)
        if not step.durable(form):
            return answer, "unavailable"
        self.journal.append(
            {"kind": step.kind, "form": dict(form), "params": dict(params), "at": self.clock.seconds()},
        )
        journal_entries.add()
        return answer, "journalled"

    def _in_database(self, step: Step, form: Form, params: Mapping[str, Any]) -> str | None:
        """The answer of the database's side; None where it could not be had."""
        deadline = time.monotonic() + self.wait_s
        if not step.urgent and not self._place():
            # Those before it take too long; the journal takes it, and the breaker is theirs to open.
            log.warning("webhook_without_place", kind=step.kind)
            return None
        try:
            return self._until(deadline, step, form, params)
        finally:
            if not step.urgent:
                self.patient.release()

    def _place(self) -> bool:
        """A place for what nobody listens to; waits for one where not too many do."""
        if self.patient.acquire(blocking=False):
            return True
        if not self.line.acquire(blocking=False):
            return False
        try:
            return self.patient.acquire(timeout=self.wait_s / 2)
        finally:
            self.line.release()

    def _until(self, deadline: float, step: Step, form: Form, params: Mapping[str, Any]) -> str | None:
        def work(session: Session) -> str:
            speak_with(session, self.sounds.speaker)
            return step.work(session, form, params)

        try:
            while True:
                try:
                    with until(deadline):
                        answer = run(self.ground, work)
                except DBAPIError as error:
                    if not is_busy(error) or time.monotonic() >= deadline:
                        raise
                else:
                    self.breaker.worked()
                    return answer
        except ShapeError:
            raise
        except PoolTimeoutError:
            self.breaker.slow()
            log.warning("webhook_without_connection", kind=step.kind)
        except DBAPIError as error:
            if is_slow(error):
                self.breaker.slow()
            elif is_away(error):
                self.breaker.failed()
            log.exception("webhook_failed", kind=step.kind)
        except Exception:
            # A fault of ours must not cost her the event: it goes to the journal and is tried again from there.
            log.exception("webhook_failed", kind=step.kind)
            alarms.add(kind="reaction_failing")
        return None

    def duty_numbers(self, line: str) -> tuple[str, ...]:
        """Duty telephones of a line from the last roster; none when there is no roster."""
        path = self.ground.settings.data_dir / "roster.sealed"
        try:
            return may_ring(read_roster(path, self.ground.keyring.derive("roster")).numbers(line))
        except RosterError:
            return ()


__all__ = ["RECORDING", "WAIT_S", "Form", "Safe", "Step", "Telephone", "Work"]
