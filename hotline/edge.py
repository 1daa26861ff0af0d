"""The carrier's door: size, signature, shapes, one transaction, an answer in time, and a second durable place.

A request is answered only after its event is durable: in the database, else in the sealed journal. The database gets
at most ``WAIT_S``; a stopped server ignores its own timeouts, so the wait is bounded out here, in a helper thread. A
commit that comes late does no harm, because every event is taken once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.database import Ground
from core.log import get_logger
from core.metrics import alarms, journal_entries, signature_refusals, webhook_requests, webhook_seconds
from core.unit_of_work import run
from hotline import shapes, voice, voice_scripts
from hotline.breaker import Breaker, is_away, is_busy
from hotline.carriers.protocol import TOKEN_PARAMETER
from hotline.form_fields import ShapeError
from hotline.journal import Journal, JournalError
from hotline.roster import RosterError, read_roster
from hotline.rules import CEILING_S
from hotline.service import calls
from hotline.service.arrivals import UnknownLine, arrive_call, arrive_text
from hotline.service.inbox import Event, quarantine
from hotline.service.statuses import sms_status, voice_status
from hotline.signature import Verifier
from hotline.status_rules import call_is_over
from hotline.twiml import CONTENT_TYPE, EMPTY
from staff.edge.marks import carrier

log = get_logger(__name__)

MAX_BODY = 256 * 1024
#: How long a webhook waits for the database before its event goes to the journal.
WAIT_S = 1.5
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


class _GivenUpError(Exception):
    """The request was answered from the journal already; what comes late here is rolled back and replayed as late."""


@dataclass
class Telephone:
    """The carrier's door of one process."""

    ground: Ground
    verifier: Verifier
    journal: Journal
    breaker: Breaker = field(default_factory=Breaker)
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(32, thread_name_prefix="webhook"))

    def handle(self, step: Step, params: Mapping[str, Any]) -> Response:
        """Verify, take, answer."""
        started = time.perf_counter()
        request.max_content_length = MAX_BODY
        body = request.get_data(cache=False)
        query = request.query_string.decode("latin-1")
        verdict = self.verifier.verify(request.path, query, dict(request.headers), body)
        if not verdict.ok:
            signature_refusals.add(reason="missing" if verdict.reason == "no_signature" else "wrong")
            webhook_requests.add(kind=step.kind, result="refused")
            return Response(status=403)
        try:
            answer, result = self._take(step, verdict.form, params)
        except ShapeError as error:
            log.warning("webhook_shape_refused", kind=step.kind, reason=error.code)
            signature_refusals.add(reason="shape")
            return Response(status=403)
        except JournalError:
            log.critical("journal_failed", kind=step.kind)
            alarms.add(kind="journal")
            webhook_requests.add(kind=step.kind, result="unavailable")
            return Response(status=503)
        webhook_requests.add(kind=step.kind, result=result)
        webhook_seconds.observe(time.perf_counter() - started, kind=step.kind)
        return Response(answer or EMPTY, content_type=CONTENT_TYPE)

    def _take(self, step: Step, form: Form, params: Mapping[str, Any]) -> tuple[str, str]:
        answer = self._in_database(step, form, params) if self.breaker.closed() else None
        if answer is not None:
            return answer, "stored"
        step.shape(form)
        answer = step.safe(form, params)
        if not step.durable(form):
            return answer, "unavailable"
        self.journal.append(
            # The one place with the machine's clock: the database is away.
            {"kind": step.kind, "form": dict(form), "params": dict(params), "at": time.time()},  # noqa: TID251
        )
        journal_entries.add()
        return answer, "journalled"

    def _in_database(self, step: Step, form: Form, params: Mapping[str, Any]) -> str | None:
        """The answer of the database's side; None where it could not be had."""
        deadline = time.monotonic() + WAIT_S
        try:
            while True:
                try:
                    answer = self._attempt(step, form, params, deadline)
                except DBAPIError as error:
                    if not is_busy(error) or time.monotonic() >= deadline:
                        raise
                else:
                    self.breaker.worked()
                    return answer
        except ShapeError:
            raise
        except FutureTimeoutError:
            self.breaker.failed()
            log.warning("webhook_without_database", kind=step.kind)
        except DBAPIError as error:
            if is_away(error):
                self.breaker.failed()
            log.exception("webhook_failed", kind=step.kind)
        except Exception:
            # A fault of ours must not cost her the event: it goes to the journal and is tried again from there.
            log.exception("webhook_failed", kind=step.kind)
            alarms.add(kind="reaction_failing")
        return None

    def _attempt(self, step: Step, form: Form, params: Mapping[str, Any], deadline: float) -> str:
        given_up = threading.Event()

        def work(session: Session) -> str:
            answer = step.work(session, form, params)
            session.flush()
            if given_up.is_set():
                raise _GivenUpError
            return answer

        future = self.threads.submit(run, self.ground, work)
        try:
            return future.result(timeout=max(deadline - time.monotonic(), 0.01))
        except FutureTimeoutError:
            given_up.set()
            future.cancel()
            raise

    def duty_numbers(self, line: str) -> tuple[str, ...]:
        """Duty telephones of a line from the last roster; none when there is no roster."""
        path = self.ground.settings.data_dir / "roster.sealed"
        try:
            return read_roster(path, self.ground.keyring.derive("roster")).numbers(line)
        except RosterError:
            return ()


def _safe_call(telephone: Telephone) -> Safe:
    def safe(form: Form, _params: Mapping[str, Any]) -> str:
        line = form.get("To", [""])[0]
        return voice_scripts.safe_twiml(telephone.duty_numbers(line), caller_id=line or None)

    return safe


def _nothing(_form: Form, _params: Mapping[str, Any]) -> str:
    return ""


def _event(kind: str, key: str, form: Form, *stable: str) -> Event:
    account = form.get("AccountSid", [""])[0]
    return Event(kind, key, account, shapes.raw_form(form), stable)


def _late(params: Mapping[str, Any]) -> int | None:
    late = params.get("late_seconds")
    return None if late is None else int(late)


def work_voice(safe: Safe) -> Work:
    """A first ring; ``safe`` answers for a number that is not ours, because its caller needs a person too."""

    def work(session: Session, form: Form, params: Mapping[str, Any]) -> str:
        arrival = shapes.voice_arrival(form)
        event = _event("voice", arrival.call_sid, form, arrival.caller.value, arrival.called.value)
        result = arrive_call(session, arrival, event, voice.greet, _late(params))
        return safe(form, params) if isinstance(result, UnknownLine) else result.answer

    return work


def work_text(session: Session, form: Form, params: Mapping[str, Any]) -> str:
    """A text."""
    arrival = shapes.sms_arrival(form)
    event = _event("sms", arrival.message_sid, form, arrival.sender.value, arrival.recipient.value, arrival.body)
    arrive_text(session, arrival, event, _late(params))
    return ""


def _token(params: Mapping[str, Any]) -> str | None:
    token = params.get("token")
    return str(token) if token else None


def work_voice_status(session: Session, form: Form, params: Mapping[str, Any]) -> str:
    """A status of a call, hers or one of ours."""
    voice_status(session, shapes.voice_status(form), _token(params))
    return ""


def work_text_status(session: Session, form: Form, params: Mapping[str, Any]) -> str:
    """A status of a text of ours."""
    sms_status(session, shapes.sms_status(form), _token(params))
    return ""


def work_conference(session: Session, form: Form, _params: Mapping[str, Any]) -> str:
    """An event of a talking room; only staff leaving it matters, the rest is told by other requests."""
    event = shapes.conference_event(form)
    if event.event == "participant-leave" and event.call_sid:
        calls.left_room(session, event.call_sid)
    return ""


_CONTACT_STEPS: Mapping[str, Callable[[Session, UUID, shapes.VoiceStep], str]] = {
    "wait": voice.wait,
    "left": voice.left,
    "join": lambda session, contact_id, _step: voice.join(session, contact_id),
    "again": lambda session, contact_id, _step: voice.again(session, contact_id),
    "over": lambda session, contact_id, _step: voice.over(session, contact_id),
    "rung": lambda session, contact_id, _step: voice.rung(session, contact_id),
    "rung-over": voice.rung_over,
}


def work_contact_step(safe: Safe) -> Work:
    """A further request of her call; ``safe`` answers for a call that the database does not know."""

    def work(session: Session, form: Form, params: Mapping[str, Any]) -> str:
        contact_id, name = UUID(str(params["contact"])), str(params["name"])
        step = shapes.voice_step(form)
        try:
            if call_is_over(step.status):
                voice.hung_up(session, contact_id, step)
                return voice_scripts.hang_up()
            if name == "menu":
                event = _event("voice.step", f"menu:{contact_id}", form, step.call_sid, step.digits or "")
                return voice.menu(session, contact_id, step, event)
            return _CONTACT_STEPS[name](session, contact_id, step)
        except calls.NotACallError:
            quarantine(session, _event("voice.step", f"{name}:{contact_id}:{step.call_sid}", form))
            return safe(form, params)

    return work


def work_leg(session: Session, form: Form, params: Mapping[str, Any]) -> str:
    """A request of a telephone of staff."""
    leg_id, number = UUID(str(params["leg"])), params["number"]
    step = shapes.voice_step(form)
    if number is None:
        return voice.leg_over(session, leg_id)
    event = _event("voice.leg", f"{leg_id}:{number}", form, step.call_sid, step.digits or "")
    return voice.leg(session, leg_id, int(number), step, event)


def _safe_contact_step(telephone: Telephone) -> Safe:
    """What her call does while nothing can be read: it waits, but never past its ceiling; then the duty telephone."""
    dial = _safe_call(telephone)

    def safe(form: Form, params: Mapping[str, Any]) -> str:
        contact_id = UUID(str(params["contact"]))
        if params["name"] in {"menu", "again", "join"}:
            return voice.waiting_room(contact_id)
        if params["name"] != "wait":
            return dial(form, params)
        waited = shapes.voice_step(form).queue_seconds or 0
        return voice_scripts.leave_waiting_room() if waited >= CEILING_S else voice.wait_without_database(contact_id)

    return safe


def _pressed(form: Form) -> bool:
    """A poll of the waiting room comes again, a key pressed in it does not."""
    return bool(form.get("Digits", [""])[0])


def _never(_form: Form) -> bool:
    return False


def steps(telephone: Telephone) -> dict[str, Step]:
    """Every kind of webhook by its name, as the edge takes it and the journal replays it."""
    safe = _safe_call(telephone)
    contact = _safe_contact_step(telephone)
    all_steps = [
        Step("voice", work_voice(safe), safe, shapes.voice_arrival),
        Step("voice_step", work_contact_step(contact), contact, shapes.voice_step),
        Step("voice_poll", work_contact_step(contact), contact, shapes.voice_step, _pressed),
        Step("voice_leg", work_leg, lambda _form, _params: voice_scripts.hang_up(), shapes.voice_step, _never),
        Step("voice_status", work_voice_status, _nothing, shapes.voice_status),
        Step("conference", work_conference, _nothing, shapes.conference_event, _never),
        Step("sms", work_text, _nothing, shapes.sms_arrival),
        Step("sms_status", work_text_status, _nothing, shapes.sms_status),
    ]
    return {step.kind: step for step in all_steps}


def blueprint(telephone: Telephone) -> Blueprint:
    """The routes of the carrier; every one of them verifies the signature first."""
    door = Blueprint("telephone", __name__, url_prefix="/twilio")
    known = steps(telephone)

    def take(kind: str) -> Callable[[], Response]:
        # The token of our attempt stands in the query of status callbacks alone; elsewhere it is absent.
        return lambda: telephone.handle(known[kind], {"token": request.args.get(TOKEN_PARAMETER)})

    def rule(path: str, name: str, view: Callable[..., Response]) -> None:
        def marked(**arguments: Any) -> Response:
            return view(**arguments)

        door.add_url_rule(path, name, carrier(marked), methods=["POST"])

    rule("/voice", "voice", take("voice"))
    rule("/voice/status", "voice_status", take("voice_status"))
    rule("/voice/conference", "conference", take("conference"))
    rule("/sms", "sms", take("sms"))
    rule("/sms/status", "sms_status", take("sms_status"))

    def contact_step(name: str, contact: UUID) -> Response:
        if name != "menu" and name not in _CONTACT_STEPS:
            return Response(status=404)
        kind = "voice_poll" if name == "wait" else "voice_step"
        return telephone.handle(known[kind], {"name": name, "contact": str(contact)})

    rule("/voice/<name>/<uuid:contact>", "voice_step", contact_step)

    def leg_step(leg: UUID, number: int | None = None) -> Response:
        return telephone.handle(known["voice_leg"], {"leg": str(leg), "number": number})

    rule("/voice/leg/<uuid:leg>/<int:number>", "voice_leg", leg_step)
    rule("/voice/leg-over/<uuid:leg>", "voice_leg_over", leg_step)
    _safe_routes(telephone, rule)
    return door


def _safe_routes(telephone: Telephone, rule: Callable[[str, str, Callable[..., Response]], None]) -> None:
    """Routes of the safe answer, which read no row."""

    def static(name: str, answer: Callable[[Form], str]) -> None:
        step = Step(
            "voice_poll",
            lambda _session, form, _params: answer(form),
            lambda form, _params: answer(form),
            shapes.voice_step,
            _never,
        )
        rule(f"/voice/safe/{name}", f"safe_{name}", lambda: telephone.handle(step, {}))

    static("screen", lambda _form: voice_scripts.screen())
    static("screened", lambda form: voice_scripts.screened(shapes.voice_step(form).key))
    static(
        "after",
        lambda form: voice_scripts.after_duty(
            languages=("tr", "en"),
            again=voice_scripts.SAFE_AFTER,
            talked=shapes.voice_step(form).talked,
        ),
    )
