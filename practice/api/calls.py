"""Calls by REST: place, look up, list, redirect, end."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from practice.api.base import Fields, Request, RestError, RestResponse, Route, in_range, not_found
from practice.api.shapes import call_shape
from practice.calls import Call, Callback
from practice.dial import NUMBER
from practice.ground import Ground
from practice.machine import from_url, inline
from practice.script import Script
from practice.twiml import TwimlError, parse_voice
from practice.verbs import Document

MAX_TWIML = 4000
#: Emergency and short public numbers are never dialled through the carrier.
FORBIDDEN = frozenset({"112", "155", "156", "110", "177", "183", "911", "999"})


def check_url(url: str, code: int = 21205) -> str:
    """A URL that the carrier can call; raises RestError."""
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
        raise RestError(400, code, f"Url is not a valid URL: {url}")
    return url


def check_destination(to: str) -> str:
    """A number or address that can be called; raises RestError."""
    if not to:
        raise RestError(400, 21201, "No 'To' number is specified")
    if to.startswith(("client:", "sip:")):
        return to
    if to.removeprefix("+90") in FORBIDDEN:
        raise RestError(400, 21216, "Account not allowed to call this number")
    if not NUMBER.fullmatch(to):
        raise RestError(400, 21211, "Invalid 'To' Phone Number")
    return to


def check_caller(ground: Ground, from_: str, to: str) -> str:
    """A number of the account; a SIP address may be shown any. Raises RestError."""
    if not from_:
        raise RestError(400, 21213, "No 'From' number is specified")
    if from_ not in ground.numbers and not from_.startswith("client:") and not to.startswith("sip:"):
        raise RestError(400, 21210, "'From' phone number is not verified for your account")
    return from_


def read_callback(fields: Fields) -> Callback | None:
    """StatusCallback, its method and events."""
    url, method = fields.get("StatusCallback"), fields.method("StatusCallbackMethod")
    events = fields.words("StatusCallbackEvent", frozenset({"completed"}))
    unknown = events - {"initiated", "ringing", "answered", "completed"}
    if unknown:
        raise RestError(400, 21626, "Invalid StatusCallbackEvent")
    return Callback(check_url(url, 21609), method, events) if url else None


def _read_beginning(fields: Fields) -> Callable[[Script], None]:
    twiml, url, method = fields.get("Twiml"), fields.get("Url"), fields.method("Method")
    if twiml:
        return inline(_parse(twiml))
    if not url:
        raise RestError(400, 21205, "Url parameter is required")
    return from_url(check_url(url), method)


def _parse(twiml: str) -> Document:
    if len(twiml) > MAX_TWIML:
        raise RestError(400, 21218, "Twiml is longer than 4000 characters")
    try:
        return parse_voice(twiml)
    except TwimlError as error:
        raise RestError(400, error.code, str(error)) from error


def create(request: Request) -> RestResponse:
    """POST Calls."""
    fields, machine = request.fields, request.machine
    to = check_destination(fields.text("To"))
    from_ = check_caller(machine.ground, fields.text("From"), to)
    begin = _read_beginning(fields)
    callback = read_callback(fields)
    fallback_url, fallback_method = fields.get("FallbackUrl"), fields.method("FallbackMethod")
    fallback = Callback(check_url(fallback_url), fallback_method) if fallback_url else None
    timeout = fields.number("Timeout", 60, 1, 600)
    limit = fields.number("TimeLimit", 14_400, 1, 86_400)
    detection = fields.text("MachineDetection") in ("Enable", "DetectMessageEnd")
    fields.accept("CallReason", "MachineDetectionTimeout")
    fields.finish()
    call = machine.desk.make(from_, to, "outbound-api", callback=callback, fallback=fallback)
    machine.outgoing(call, begin, timeout=timeout, time_limit=limit, machine_detection=detection)
    return RestResponse(201, call_shape(request, call))


def find(request: Request) -> Call:
    """The call named in the path; raises RestError."""
    call = request.machine.desk.calls.get(request.parts[0])
    if call is None:
        raise not_found(request.path)
    return call


def fetch(request: Request) -> RestResponse:
    """GET Calls/CA…."""
    request.fields.finish()
    return RestResponse(200, call_shape(request, find(request)))


def listing(request: Request) -> RestResponse:
    """GET Calls: To, From, Status, ParentCallSid, StartTime and EndTime."""
    fields = request.fields
    wanted = {name: fields.get(name) for name in ("To", "From", "Status", "ParentCallSid")}
    started, ended = in_range(fields, "StartTime"), in_range(fields, "EndTime")
    calls = [
        call
        for call in reversed(request.machine.desk.calls.values())
        if wanted["To"] in (None, call.to)
        and wanted["From"] in (None, call.from_)
        and wanted["Status"] in (None, call.status)
        and wanted["ParentCallSid"] in (None, call.parent_sid)
        and started(call.started_at)
        and ended(call.ended_at)
    ]
    return request.page("calls", calls, lambda call: call.sid, call_shape)


def update(request: Request) -> RestResponse:
    """POST Calls/CA…: Url or Twiml redirect the call, Status ends it."""
    fields, call = request.fields, find(request)
    status, url, method, twiml = fields.get("Status"), fields.get("Url"), fields.method("Method"), fields.get("Twiml")
    fallback, fallback_method = fields.get("FallbackUrl"), fields.method("FallbackMethod")
    callback = read_callback(fields)
    fields.finish()
    if call.over:
        raise RestError(400, 21220, "Invalid call state: Unable to update record. Call is not in-progress.")
    call.callback = callback or call.callback
    if fallback:
        call.fallback = Callback(check_url(fallback), fallback_method)
    if status is not None:
        _end(call, status)
    elif twiml or url:
        _redirect(call, url or "", method, twiml)
    return RestResponse(200, call_shape(request, call))


def _end(call: Call, status: str) -> None:
    if status == "canceled":
        if call.answered_at is not None or call.direction == "inbound":
            raise RestError(400, 21220, "Invalid call state: Unable to update record. Cannot cancel.")
        call.finish("canceled")
    elif status == "completed":
        call.finish("completed" if call.answered_at is not None else "canceled")
    else:
        raise RestError(400, 21218, "Invalid Status")


def _redirect(call: Call, url: str, method: str, twiml: str | None) -> None:
    if call.answered_at is None or call.director is None:
        raise RestError(400, 21220, "Invalid call state: Unable to update record. Call is not in-progress.")
    if twiml:
        _parse(twiml)
        call.director.redirect_inline(twiml)
    else:
        call.director.redirect(check_url(url), method)


ROUTES = (
    Route("POST", "Calls", create),
    Route("GET", "Calls", listing),
    Route("GET", "Calls/*", fetch),
    Route("POST", "Calls/*", update),
)
