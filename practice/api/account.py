"""The account itself, its numbers, and its queues by REST."""

from __future__ import annotations

import re
from collections.abc import Callable

from practice.api.base import Json, Request, RestError, RestResponse, Route, not_found
from practice.api.calls import check_url
from practice.api.shapes import member_shape, number_shape, queue_shape, service_number_shape, service_shape
from practice.ground import Number
from practice.queues import Member, Queue

URLS = {
    "VoiceUrl": "voice_url",
    "VoiceFallbackUrl": "voice_fallback_url",
    "StatusCallback": "status_callback",
    "SmsUrl": "sms_url",
    "SmsFallbackUrl": "sms_fallback_url",
}
#: What the carrier obeys before the URLs; an empty value takes it off. SID prefixes as the carrier gives them.
ABOVE = {
    "VoiceApplicationSid": ("voice_application_sid", "AP"),
    "SmsApplicationSid": ("sms_application_sid", "AP"),
    "TrunkSid": ("trunk_sid", "TK"),
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
    """POST IncomingPhoneNumbers/PN…: the webhooks' URLs and methods, and what stands above them."""
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
    for name, (attribute, prefix) in ABOVE.items():
        value = fields.get(name)
        if value is not None:
            changes[attribute] = _sid(value, prefix, name) if value else ""
    if changes.get("voice_application_sid"):
        changes["trunk_sid"] = ""
    elif changes.get("trunk_sid"):
        changes["voice_application_sid"] = ""
    friendly = fields.get("FriendlyName")
    fields.finish()
    if friendly is not None:
        changes["friendly_name"] = friendly
    for attribute, value in changes.items():
        setattr(number, attribute, value)
    return RestResponse(200, number_shape(request, number))


def _sid(value: str, prefix: str, name: str) -> str:
    if not re.fullmatch(prefix + "[0-9a-f]{32}", value):
        raise RestError(400, 20001, f"Invalid {name}")
    return value


# Messaging services, which live at a host of their own there and under /v1 here.


def list_services(request: Request) -> RestResponse:
    """GET /v1/Services."""
    sids = list(request.machine.ground.config.messaging_services)
    return _meta_page(request, "services", sids, service_shape)


def list_service_numbers(request: Request) -> RestResponse:
    """GET /v1/Services/MG…/PhoneNumbers: the numbers of ours among the senders of a service."""
    ground = request.machine.ground
    sender = ground.config.messaging_services.get(request.parts[0])
    if sender is None:
        raise not_found(request.path)
    numbers = [number.sid for number in ground.numbers.values() if number.number == sender]
    return _meta_page(request, "phone_numbers", numbers, service_number_shape)


def _meta_page(request: Request, key: str, sids: list[str], shape: Callable[[Request, str], Json]) -> RestResponse:
    """A list in the form of the newer API; so few that there is one page."""
    request.fields.number("PageSize", 50, 1, 1000)
    request.fields.finish()
    meta = {"key": key, "page": 0, "page_size": 50, "url": request.path, "next_page_url": None}
    return RestResponse(200, {key: [shape(request, sid) for sid in sids], "meta": meta})


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
#: Below /v1 instead of the account.
SERVICE_ROUTES = (
    Route("GET", "Services", list_services),
    Route("GET", "Services/*/PhoneNumbers", list_service_numbers),
)
