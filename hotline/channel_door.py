"""The door of the channels beside the carrier: their texts and reports, taken like the carrier's webhooks.

The order is the carrier's: size, proof, shape, one transaction or the sealed journal, an answer in time. What proved
itself and cannot be read is set aside for a person before it is refused: it may be her text.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from core.log import get_logger
from core.metrics import alarms, signature_refusals, webhook_requests, webhook_seconds
from hotline import shapes
from hotline.carriers.channels.description import Gateway, secrets_of
from hotline.carriers.channels.reading import (
    ODD,
    REPORT,
    TEXT,
    Fields,
    arrived,
    channel_of,
    forms,
    proves,
    reported,
    sid_of,
)
from hotline.carriers.protocol import TOKEN_PARAMETER
from hotline.journal import JournalError
from hotline.paths import CHANNELS
from hotline.service.arrivals import arrive_text
from hotline.service.inbox import Event, quarantine
from hotline.service.statuses import sms_status
from hotline.telephone import MAX_BODY, Form, Step, Telephone
from staff.edge.marks import carrier

log = get_logger(__name__)

#: How long one request's events may wait for the database together; what is left goes to the journal.
WAIT_S: Final = 1.0
_PLAIN: Final = "text/plain; charset=utf-8"


def _event(kind: str, key: str, form: Form, *stable: str) -> Event:
    channel = str(channel_of(key))
    return Event(kind, key, channel, shapes.raw_form(form), stable, provider="channel")


def work_text(session: Session, form: Form, params: Mapping[str, Any]) -> str:
    """A text that a channel brought."""
    arrival = arrived(_fields(form))
    late = params.get("late_seconds")
    event = _event("sms", arrival.message_sid, form, arrival.sender.value, arrival.recipient.value, arrival.body)
    arrive_text(session, arrival, event, None if late is None else int(late))
    return ""


def work_report(session: Session, form: Form, _params: Mapping[str, Any]) -> str:
    """What a channel says became of a text of ours."""
    sms_status(session, reported(_fields(form)), next(iter(form["Token"]), "") or None)
    return ""


def work_odd(session: Session, form: Form, _params: Mapping[str, Any]) -> str:
    """What a channel brought and nobody can read: for a person to look at."""
    told = next(iter(form["Told"]))
    sid = sid_of(next(iter(form["Channel"])), hashlib.sha256(told.encode()).hexdigest()[:32])
    quarantine(session, _event("channel.odd", sid, form))
    return ""


def _fields(form: Form) -> Mapping[str, list[str]]:
    return {name: list(values) for name, values in form.items()}


def _nothing(_form: Form, _params: Mapping[str, Any]) -> str:
    return ""


def channel_steps() -> Sequence[Step]:
    """What a channel can tell, as its door takes it and the journal replays it."""
    return (
        Step(TEXT, work_text, _nothing, lambda form: arrived(_fields(form)), urgent=False),
        Step(REPORT, work_report, _nothing, lambda form: reported(_fields(form)), urgent=False),
        Step(ODD, work_odd, _nothing, lambda _form: None, urgent=False),
    )


class ChannelDoor:
    """The door of one process for every channel that is described."""

    def __init__(self, telephone: Telephone, described: Sequence[Gateway]) -> None:
        self._telephone = telephone
        self._channels = {channel.name: channel for channel in described}
        self._steps = {step.kind: step for step in channel_steps()}

    def answer(self, name: str, kind: str) -> Response:
        """Prove, take, answer."""
        started = time.perf_counter()
        channel = self._channels.get(name)
        body = None if channel is None else self._proved(channel)
        if channel is None or body is None:
            webhook_requests.add(kind=kind, result="refused")
            return Response(status=403)
        told = forms(channel, kind, body, request.args.get(TOKEN_PARAMETER))
        try:
            result = self._take_all(told)
        except JournalError:
            log.critical("journal_failed", kind=kind)
            alarms.add(kind="journal")
            webhook_requests.add(kind=kind, result="unavailable")
            return Response(status=503)
        webhook_requests.add(kind=kind, result=result)
        webhook_seconds.observe(time.perf_counter() - started, kind=kind)
        odd = [form["Why"][0] for what, form in told if what == ODD]
        if odd:
            log.warning("channel_shape_refused", channel=name, count=len(odd))
            signature_refusals.add(reason="shape")
            return Response("; ".join(dict.fromkeys(odd)) + "\n", status=422, content_type=_PLAIN)
        return Response(channel.taken, content_type=_PLAIN)

    def _proved(self, channel: Gateway) -> bytes | None:
        """The body, where the request proves that the channel sent it."""
        request.max_content_length = MAX_BODY
        shown = request.headers.get(channel.check.header)
        if shown is None:
            # Whoever does not even claim to be the channel may not keep a thread by sending slowly.
            signature_refusals.add(reason="missing")
            return None
        body = request.get_data(cache=False)
        secrets = secrets_of(self._telephone.ground.settings, channel.check.secret)
        if proves(channel.check, secrets, shown, body):
            return body
        signature_refusals.add(reason="wrong")
        return None

    def _take_all(self, told: Sequence[tuple[str, Fields]]) -> str:
        """Take everything, each by itself; returns where it is durable. Raises JournalError."""
        deadline, result = time.monotonic() + WAIT_S, "stored"
        for kind, form in told:
            waits = result == "stored" and time.monotonic() < deadline
            _, result = self._telephone.take(self._steps[kind], form, {}, in_database=waits)
        return result


def blueprint(telephone: Telephone, described: Sequence[Gateway]) -> Blueprint:
    """The routes of every channel; each of them proves the request first."""
    door = Blueprint("channels", __name__, url_prefix=CHANNELS)
    channels = ChannelDoor(telephone, described)

    @carrier
    def texts(channel: str) -> Response:
        return channels.answer(channel, TEXT)

    @carrier
    def reports(channel: str) -> Response:
        return channels.answer(channel, REPORT)

    door.add_url_rule("/<channel>/text", "texts", texts, methods=["POST"])
    door.add_url_rule("/<channel>/report", "reports", reports, methods=["POST"])
    return door


__all__ = ["ChannelDoor", "blueprint", "channel_steps"]
