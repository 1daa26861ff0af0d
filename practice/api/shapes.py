"""Twilio's JSON shapes."""

from __future__ import annotations

from practice.api.base import Json, Request
from practice.calls import Call
from practice.conferences import Conference, Participant
from practice.ground import API_VERSION, Number
from practice.messages import ERROR_TEXTS, Text
from practice.queues import Member, Queue
from practice.segments import segment_count


def call_shape(request: Request, call: Call) -> Json:
    """A call."""
    ground = request.machine.ground
    uri = f"{request.account_uri}/Calls/{call.sid}"
    own = ground.numbers.get(call.to if call.direction == "inbound" else call.from_)
    return {
        "sid": call.sid,
        "account_sid": ground.account_sid,
        "parent_call_sid": call.parent_sid,
        "to": call.to,
        "to_formatted": call.to,
        "from": call.from_,
        "from_formatted": call.from_,
        "phone_number_sid": own.sid if own else "",
        "status": "queued" if call.status == "initiated" else call.status,
        "start_time": ground.rfc2822(call.started_at) if call.started_at is not None else None,
        "end_time": ground.rfc2822(call.ended_at) if call.ended_at is not None else None,
        "duration": str(call.duration) if call.ended_at is not None else None,
        "price": None,
        "price_unit": "USD",
        "direction": call.direction,
        "answered_by": call.answered_by,
        "annotation": None,
        "api_version": API_VERSION,
        "forwarded_from": None,
        "group_sid": None,
        "caller_name": None,
        "queue_time": "0",
        "trunk_sid": None,
        "date_created": ground.rfc2822(call.created_at),
        "date_updated": ground.rfc2822(call.ended_at if call.ended_at is not None else call.created_at),
        "uri": uri + ".json",
        "subresource_uris": {},
    }


def message_shape(request: Request, text: Text) -> Json:
    """A message."""
    ground = request.machine.ground
    return {
        "sid": text.sid,
        "account_sid": ground.account_sid,
        "messaging_service_sid": text.messaging_service_sid,
        "to": text.to,
        "from": text.from_,
        "body": text.body,
        "status": text.status,
        "direction": text.direction,
        "num_segments": str(segment_count(text.body)),
        "num_media": "0",
        "price": None,
        "price_unit": "USD",
        "error_code": text.error_code,
        "error_message": ERROR_TEXTS.get(text.error_code) if text.error_code else None,
        "api_version": API_VERSION,
        "date_created": ground.rfc2822(text.created_at),
        "date_updated": ground.rfc2822(text.updated_at),
        "date_sent": ground.rfc2822(text.sent_at) if text.sent_at is not None else None,
        "uri": f"{request.account_uri}/Messages/{text.sid}.json",
        "subresource_uris": {"media": f"{request.account_uri}/Messages/{text.sid}/Media.json"},
    }


def conference_shape(request: Request, conference: Conference) -> Json:
    """A conference."""
    ground = request.machine.ground
    uri = f"{request.account_uri}/Conferences/{conference.sid}"
    return {
        "sid": conference.sid,
        "account_sid": ground.account_sid,
        "friendly_name": conference.name,
        "status": conference.status,
        "region": "us1",
        "api_version": API_VERSION,
        "date_created": ground.rfc2822(conference.created_at),
        "date_updated": ground.rfc2822(conference.updated_at),
        "reason_conference_ended": conference.reason_ended,
        "call_sid_ending_conference": conference.call_sid_ending,
        "uri": uri + ".json",
        "subresource_uris": {"participants": uri + "/Participants.json"},
    }


def participant_shape(request: Request, participant: Participant) -> Json:
    """A participant who is in a conference."""
    ground = request.machine.ground
    conference = participant.conference
    return {
        "account_sid": ground.account_sid,
        "call_sid": participant.call.sid,
        "label": participant.noun.participant_label or None,
        "conference_sid": conference.sid,
        "muted": participant.muted,
        "hold": participant.hold,
        "coaching": participant.coaches is not None,
        "call_sid_to_coach": participant.coaches,
        "start_conference_on_enter": participant.noun.start_conference_on_enter,
        "end_conference_on_exit": participant.end_on_exit,
        "status": "connected",
        "queue_time": "0",
        "date_created": ground.rfc2822(participant.joined_at),
        "date_updated": ground.rfc2822(conference.updated_at),
        "uri": f"{request.account_uri}/Conferences/{conference.sid}/Participants/{participant.call.sid}.json",
    }


def queued_participant_shape(request: Request, conference_sid: str | None, call: Call, label: str | None) -> Json:
    """A participant whose phone is only about to ring."""
    ground = request.machine.ground
    return {
        "account_sid": ground.account_sid,
        "call_sid": call.sid,
        "label": label,
        "conference_sid": conference_sid,
        "muted": False,
        "hold": False,
        "coaching": False,
        "call_sid_to_coach": None,
        "start_conference_on_enter": True,
        "end_conference_on_exit": False,
        "status": "queued",
        "queue_time": "0",
        "date_created": ground.rfc2822(),
        "date_updated": ground.rfc2822(),
        "uri": f"{request.account_uri}/Conferences/{conference_sid}/Participants/{call.sid}.json",
    }


def queue_shape(request: Request, queue: Queue) -> Json:
    """A queue."""
    ground = request.machine.ground
    return {
        "sid": queue.sid,
        "account_sid": ground.account_sid,
        "friendly_name": queue.name,
        "current_size": len(queue.members),
        "average_wait_time": queue.average_wait,
        "max_size": queue.max_size,
        "date_created": ground.rfc2822(queue.created_at),
        "date_updated": ground.rfc2822(),
        "uri": f"{request.account_uri}/Queues/{queue.sid}.json",
        "subresource_uris": {"members": f"{request.account_uri}/Queues/{queue.sid}/Members.json"},
    }


def member_shape(request: Request, member: Member) -> Json:
    """A waiting call."""
    return {
        "queue_sid": member.queue.sid,
        "call_sid": member.call.sid,
        "date_enqueued": request.machine.ground.rfc2822(member.entered_at),
        "position": member.queue.position(member),
        "wait_time": member.wait_seconds,
        "uri": f"{request.account_uri}/Queues/{member.queue.sid}/Members/{member.call.sid}.json",
    }


def number_shape(request: Request, number: Number) -> Json:
    """A number of the account."""
    ground = request.machine.ground
    return {
        "sid": number.sid,
        "account_sid": ground.account_sid,
        "phone_number": number.number,
        "friendly_name": number.friendly_name,
        "voice_url": number.voice_url,
        "voice_method": number.voice_method,
        "voice_fallback_url": number.voice_fallback_url,
        "voice_fallback_method": number.voice_fallback_method,
        "voice_caller_id_lookup": False,
        "voice_application_sid": number.voice_application_sid or None,
        "trunk_sid": number.trunk_sid or None,
        "status_callback": number.status_callback,
        "status_callback_method": number.status_callback_method,
        "sms_url": number.sms_url,
        "sms_method": number.sms_method,
        "sms_fallback_url": number.sms_fallback_url,
        "sms_fallback_method": number.sms_fallback_method,
        "sms_application_sid": number.sms_application_sid or None,
        "capabilities": {"voice": True, "sms": True, "mms": False, "fax": False},
        "address_requirements": "none",
        "api_version": API_VERSION,
        "beta": False,
        "origin": "twilio",
        "status": "in-use",
        "date_created": ground.rfc2822(number.created_at),
        "date_updated": ground.rfc2822(),
        "uri": f"{request.account_uri}/IncomingPhoneNumbers/{number.sid}.json",
    }


def service_shape(request: Request, sid: str) -> Json:
    """A messaging service."""
    ground = request.machine.ground
    return {
        "sid": sid,
        "account_sid": ground.account_sid,
        "friendly_name": sid,
        "inbound_request_url": None,
        "use_inbound_webhook_on_number": sid not in ground.config.services_that_keep,
        "url": f"/v1/Services/{sid}",
    }


def service_number_shape(request: Request, sid: str) -> Json:
    """A number of ours in a messaging service."""
    ground = request.machine.ground
    number = next(each for each in ground.numbers.values() if each.sid == sid)
    return {"sid": sid, "account_sid": ground.account_sid, "phone_number": number.number, "country_code": "TR"}
