"""The account itself, its numbers, and its queues by REST."""

from __future__ import annotations

from practice.api.base import Request, RestError, RestResponse, Route, not_found
from practice.api.calls import check_url
from practice.api.shapes import member_shape, number_shape, queue_shape
from practice.ground import Number
from practice.queues import Member, Queue

URLS = {
    "VoiceUrl": "voice_url",
    "VoiceFallbackUrl": "voice_fallback_url",
    "StatusCallback": "status_callback",
    "SmsUrl": "sms_url",
    "SmsFallbackUrl": "sms_fallback_url",
}
METHODS = {
    "VoiceMethod": "voice_method",
    "VoiceFallbackMethod": "voice_fallback_method",
    "StatusCallbackMethod": "status_callback_method",
    "SmsMethod": "sms_method",
    "SmsFallbackMethod": "sms_fallback_method",
}


def fetch_account(request: Request) -> RestResponse:
    """GET the account: proof that the credentials work."""
    ground = request.machine.ground
    request.fields.finish()
    body = {
        "sid": ground.account_sid,
        "friendly_name": "Practice exchange",
        "status": "active",
        "type": "Trial",
        "owner_account_sid": ground.account_sid,
        "date_created": ground.rfc2822(ground.config.start),
        "date_updated": ground.rfc2822(),
        "uri": request.account_uri + ".json",
        "subresource_uris": {},
    }
    return RestResponse(200, body)


# Numbers.


def _number(request: Request) -> Number:
    for number in request.machine.ground.numbers.values():
        if number.sid == request.parts[0]:
            return number
    raise not_found(request.path)


def fetch_number(request: Request) -> RestResponse:
    """GET IncomingPhoneNumbers/PN…."""
    request.fields.finish()
    return RestResponse(200, number_shape(request, _number(request)))


def list_numbers(request: Request) -> RestResponse:
    """GET IncomingPhoneNumbers: PhoneNumber, FriendlyName."""
    wanted, name = request.fields.get("PhoneNumber"), request.fields.get("FriendlyName")
    numbers = [
        number
        for number in request.machine.ground.numbers.values()
        if wanted in (None, number.number) and name in (None, number.friendly_name)
    ]
    return request.page("incoming_phone_numbers", numbers, lambda number: number.sid, number_shape)


def update_number(request: Request) -> RestResponse:
    """POST IncomingPhoneNumbers/PN…: the webhooks' URLs and methods."""
    fields, number = request.fields, _number(request)
    changes: dict[str, str] = {}
    for name, attribute in URLS.items():
        value = fields.get(name)
        if value is not None:
            changes[attribute] = check_url(value, 21502) if value else ""
    for name, attribute in METHODS.items():
        method = fields.method(name)
        if fields.get(name) is not None:
            changes[attribute] = method
    friendly = fields.get("FriendlyName")
    fields.finish()
    if friendly is not None:
        changes["friendly_name"] = friendly
    for attribute, value in changes.items():
        setattr(number, attribute, value)
    return RestResponse(200, number_shape(request, number))


# Queues.


def _queue(request: Request) -> Queue:
    queue = request.machine.queues.queues.get(request.parts[0])
    if queue is None:
        raise not_found(request.path)
    return queue


def _member(request: Request) -> Member:
    member = _queue(request).member(request.parts[1])
    if member is None:
        raise not_found(request.path)
    return member


def create_queue(request: Request) -> RestResponse:
    """POST Queues."""
    name = request.fields.text("FriendlyName")
    size = request.fields.number("MaxSize", request.machine.ground.config.queue_max_size, 1, 5000)
    request.fields.finish()
    if not name:
        raise RestError(400, 20001, "FriendlyName is required")
    if request.machine.queues.by_name(name) is not None:
        raise RestError(400, 22003, "A queue with this name exists")
    return RestResponse(201, queue_shape(request, request.machine.queues.find_or_make(name, size)))


def list_queues(request: Request) -> RestResponse:
    """GET Queues."""
    queues = list(request.machine.queues.queues.values())
    return request.page("queues", queues, lambda queue: queue.sid, queue_shape)


def fetch_queue(request: Request) -> RestResponse:
    """GET Queues/QU…."""
    request.fields.finish()
    return RestResponse(200, queue_shape(request, _queue(request)))


def update_queue(request: Request) -> RestResponse:
    """POST Queues/QU…: FriendlyName, MaxSize."""
    queue, fields = _queue(request), request.fields
    name, size = fields.get("FriendlyName"), fields.number("MaxSize", queue.max_size, 1, 5000)
    fields.finish()
    queue.name, queue.max_size = name or queue.name, size
    return RestResponse(200, queue_shape(request, queue))


def list_members(request: Request) -> RestResponse:
    """GET Members, front first."""
    members = _queue(request).members
    return request.page("queue_members", members, lambda member: member.call.sid, member_shape)


def fetch_member(request: Request) -> RestResponse:
    """GET Members/CA… or Members/Front."""
    request.fields.finish()
    return RestResponse(200, member_shape(request, _member(request)))


def dequeue_member(request: Request) -> RestResponse:
    """POST Members/CA… or Members/Front: take the call out of the queue and send it to Url."""
    member = _member(request)
    url, method = check_url(request.fields.text("Url")), request.fields.method("Method")
    request.fields.finish()
    body = member_shape(request, member)
    if member.call.director is not None:
        member.call.director.redirect(url, method)
    return RestResponse(200, body)


ROUTES = (
    Route("GET", "", fetch_account),
    Route("GET", "IncomingPhoneNumbers", list_numbers),
    Route("GET", "IncomingPhoneNumbers/*", fetch_number),
    Route("POST", "IncomingPhoneNumbers/*", update_number),
    Route("POST", "Queues", create_queue),
    Route("GET", "Queues", list_queues),
    Route("GET", "Queues/*", fetch_queue),
    Route("POST", "Queues/*", update_queue),
    Route("GET", "Queues/*/Members", list_members),
    Route("GET", "Queues/*/Members/*", fetch_member),
    Route("POST", "Queues/*/Members/*", dequeue_member),
)
