"""Messages by REST: send, look up, list, redact, delete."""

from __future__ import annotations

from practice.api.base import Request, RestError, RestResponse, Route, in_range, not_found
from practice.api.calls import check_url
from practice.api.shapes import message_shape
from practice.calls import Callback
from practice.dial import NUMBER
from practice.messages import FINAL, RefusedError, Text

MAX_BODY = 1600


def _sender(request: Request) -> tuple[str, str | None]:
    config, ground = request.machine.ground.config, request.machine.ground
    service, from_ = request.fields.get("MessagingServiceSid"), request.fields.text("From")
    if service is not None:
        if service not in config.messaging_services:
            raise RestError(404, 20404, f"Messaging Service {service} was not found")
        return config.messaging_services[service], service
    if not from_:
        raise RestError(400, 21603, "A 'From' phone number is required.")
    if from_ not in ground.numbers and from_ not in config.sender_ids:
        raise RestError(400, 21606, "The 'From' phone number is not a valid, SMS-capable number of this account.")
    return from_, None


def create(request: Request) -> RestResponse:
    """POST Messages."""
    fields = request.fields
    from_, service = _sender(request)
    to, body, callback = fields.text("To"), fields.text("Body"), fields.get("StatusCallback")
    fields.number("ValidityPeriod", 36_000, 1, 36_000)
    fields.accept("AddressRetention", "ContentRetention", "SmartEncoded", "ProvideFeedback", "RiskCheck")
    fields.finish()
    if not to:
        raise RestError(400, 21604, "A 'To' phone number is required.")
    if not NUMBER.fullmatch(to):
        raise RestError(400, 21211, "Invalid 'To' Phone Number")
    if not body:
        raise RestError(400, 21602, "Message body is required.")
    if len(body) > MAX_BODY:
        raise RestError(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
    reports = Callback(check_url(callback, 21609)) if callback else None
    try:
        text = request.messages.send(from_, to, body, callback=reports, messaging_service_sid=service)
    except RefusedError as refusal:
        raise RestError(400, refusal.code, str(refusal)) from refusal
    return RestResponse(201, {**message_shape(request, text), "status": "accepted" if service else "queued"})


def find(request: Request) -> Text:
    """The message named in the path; raises RestError."""
    text = request.messages.messages.get(request.parts[0])
    if text is None or text.deleted:
        raise not_found(request.path)
    return text


def fetch(request: Request) -> RestResponse:
    """GET Messages/SM…."""
    request.fields.finish()
    return RestResponse(200, message_shape(request, find(request)))


def listing(request: Request) -> RestResponse:
    """GET Messages: To, From, DateSent. A message that waits to be sent has no date and is hidden by that filter."""
    fields = request.fields
    to, from_ = fields.get("To"), fields.get("From")
    sent = in_range(fields, "DateSent")
    texts = [
        text
        for text in reversed(request.messages.messages.values())
        if not text.deleted and to in (None, text.to) and from_ in (None, text.from_) and sent(text.sent_at)
    ]
    return request.page("messages", texts, lambda text: text.sid, message_shape)


def update(request: Request) -> RestResponse:
    """POST Messages/SM… with an empty Body: redact."""
    text, body = find(request), request.fields.get("Body")
    request.fields.finish()
    if body != "":
        raise RestError(400, 20001, "Only an empty Body can be set")
    if text.status not in FINAL:
        raise RestError(400, 20009, "Cannot redact: the message is not complete")
    request.messages.redact(text)
    return RestResponse(200, message_shape(request, text))


def delete(request: Request) -> RestResponse:
    """DELETE Messages/SM…."""
    text = find(request)
    if text.status not in FINAL:
        raise RestError(409, 20009, "Cannot delete: the message is not complete")
    request.messages.delete(text)
    return RestResponse(204, None)


ROUTES = (
    Route("POST", "Messages", create),
    Route("GET", "Messages", listing),
    Route("GET", "Messages/*", fetch),
    Route("POST", "Messages/*", update),
    Route("DELETE", "Messages/*", delete),
)
