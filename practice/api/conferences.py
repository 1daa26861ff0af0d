"""Conferences and participants by REST."""

from __future__ import annotations

from practice.api.base import Fields, Request, RestError, RestResponse, Route, in_range, not_found
from practice.api.calls import check_caller, check_destination, check_url, read_callback
from practice.api.shapes import conference_shape, participant_shape, queued_participant_shape
from practice.calls import Callback
from practice.conferences import Conference, Participant
from practice.machine import inline
from practice.twiml_values import BEEPS, CONFERENCE_EVENTS
from practice.verbs import ConferenceNoun, Dial


def find(request: Request) -> Conference:
    """The conference named in the path by SID, or an open one by name; raises RestError."""
    conference = request.machine.conferences.find(request.parts[0])
    if conference is None:
        raise not_found(request.path)
    return conference


def fetch(request: Request) -> RestResponse:
    """GET Conferences/CF…."""
    request.fields.finish()
    return RestResponse(200, conference_shape(request, find(request)))


def listing(request: Request) -> RestResponse:
    """GET Conferences: FriendlyName, Status, DateCreated, DateUpdated."""
    fields = request.fields
    name, status = fields.get("FriendlyName"), fields.get("Status")
    created, updated = in_range(fields, "DateCreated", by_day=True), in_range(fields, "DateUpdated", by_day=True)
    found = [
        each
        for each in reversed(request.machine.conferences.conferences.values())
        if name in (None, each.name) and status in (None, each.status) and created(each.created_at)
        and updated(each.updated_at)
    ]  # fmt: skip
    return request.page("conferences", found, lambda each: each.sid, conference_shape)


def update(request: Request) -> RestResponse:
    """POST Conferences/CF…: Status=completed, or an announcement to everybody."""
    fields, conference = request.fields, find(request)
    status, announce, method = fields.get("Status"), fields.get("AnnounceUrl"), fields.method("AnnounceMethod")
    fields.finish()
    if status not in (None, "completed"):
        raise RestError(400, 20001, "Invalid Status")
    if announce:
        for participant in conference.participants.values():
            participant.play(check_url(announce), method, "announce", again=False)
    if status:
        conference.end("conference-ended-via-api")
    return RestResponse(200, conference_shape(request, conference))


# Participants.


def find_participant(request: Request) -> Participant:
    """The participant named in the path by call SID or label; raises RestError."""
    conference, key = find(request), request.parts[1]
    for participant in conference.participants.values():
        if key in (participant.call.sid, participant.noun.participant_label):
            return participant
    raise not_found(request.path)


def participants(request: Request) -> RestResponse:
    """GET Participants: Muted, Hold, Coaching."""
    fields = request.fields
    muted, hold, coaching = fields.flag("Muted"), fields.flag("Hold"), fields.flag("Coaching")
    found = [
        each
        for each in find(request).participants.values()
        if muted in (None, each.muted) and hold in (None, each.hold) and coaching in (None, each.coaches is not None)
    ]
    return request.page("participants", found, lambda each: each.call.sid, participant_shape)


def fetch_participant(request: Request) -> RestResponse:
    """GET Participants/CA…."""
    request.fields.finish()
    return RestResponse(200, participant_shape(request, find_participant(request)))


def _noun(fields: Fields, name: str) -> ConferenceNoun:
    start, end, muted = fields.flag("StartConferenceOnEnter"), fields.flag("EndConferenceOnExit"), fields.flag("Muted")
    coach = fields.get("CallSidToCoach") if fields.flag("Coaching") else None
    wait, wait_method, beep = fields.get("WaitUrl"), fields.method("WaitMethod"), fields.text("Beep", "true")
    if beep not in BEEPS:
        raise RestError(400, 20001, "Invalid Beep")
    return ConferenceNoun(
        text=name,
        muted=bool(muted),
        beep=beep,
        start_conference_on_enter=start is not False,
        end_conference_on_exit=bool(end),
        participant_label=fields.text("Label"),
        wait_url=wait,
        wait_method=wait_method,
        max_participants=fields.number("MaxParticipants", 250, 2, 250),
        coach=coach,
    )


def _conference(request: Request) -> Conference:
    """The open conference named in the path; a name that is not in use makes a new one."""
    fields, key = request.fields, request.parts[0]
    url, method = fields.get("ConferenceStatusCallback"), fields.method("ConferenceStatusCallbackMethod")
    events = fields.words("ConferenceStatusCallbackEvent", frozenset())
    try:
        CONFERENCE_EVENTS(" ".join(sorted(events)))
    except ValueError as error:
        raise RestError(400, 21626, "Invalid ConferenceStatusCallbackEvent") from error
    fields.finish()
    found = request.machine.conferences.find(key)
    if found is not None and found.status == "completed":
        raise RestError(400, 20001, "The conference is over")
    if found is None and key.startswith("CF") and len(key) == 34:
        raise not_found(request.path)
    callback = Callback(check_url(url, 21609), method, events) if url else None
    return found or request.machine.conferences.find_or_make(key, lambda: callback)


def create_participant(request: Request) -> RestResponse:
    """POST Participants: ring somebody and put them into the conference when they answer."""
    fields, machine = request.fields, request.machine
    to = check_destination(fields.text("To"))
    from_ = check_caller(machine.ground, fields.text("From"), to)
    callback = read_callback(fields)
    timeout = fields.number("Timeout", 60, 1, 600)
    limit = fields.number("TimeLimit", 14_400, 1, 86_400)
    if fields.flag("Record") or fields.text("ConferenceRecord", "do-not-record") not in ("false", "do-not-record"):
        raise RestError(400, 20001, "The practice exchange does not record")
    fields.accept("EarlyMedia", "CallReason", "JitterBufferSize")
    noun = _noun(fields, request.parts[0])
    conference = _conference(request)
    call = machine.desk.make(from_, to, "outbound-api", callback=callback)
    verb = Dial(conference=ConferenceNoun(**{**vars(noun), "text": conference.name}), time_limit=limit)
    machine.outgoing(call, inline((verb,)), timeout=timeout, time_limit=limit)
    label = noun.participant_label or None
    return RestResponse(201, queued_participant_shape(request, conference.sid, call, label))


def update_participant(request: Request) -> RestResponse:
    """POST Participants/CA…: Muted, Hold, AnnounceUrl, Coaching, EndConferenceOnExit."""
    fields, participant = request.fields, find_participant(request)
    muted, hold, end = fields.flag("Muted"), fields.flag("Hold"), fields.flag("EndConferenceOnExit")
    hold_url, hold_method = fields.get("HoldUrl"), fields.method("HoldMethod")
    announce, announce_method = fields.get("AnnounceUrl"), fields.method("AnnounceMethod")
    coaching, coached = fields.flag("Coaching"), fields.get("CallSidToCoach")
    fields.finish()
    if muted is not None:
        participant.set_muted(muted=muted)
    if hold is not None:
        participant.set_hold(hold_url, hold_method, hold=hold)
    if end is not None:
        participant.end_on_exit = end
    if coaching is not None:
        if coaching and coached not in participant.conference.participants:
            raise RestError(400, 20001, "CallSidToCoach is not in the conference")
        participant.coaches = coached if coaching else None
    if coaching is not None or end is not None:
        participant.conference.report("participant-modify", participant)
    if announce:
        participant.play(check_url(announce), announce_method, "announce", again=False)
    return RestResponse(200, participant_shape(request, participant))


def delete_participant(request: Request) -> RestResponse:
    """DELETE Participants/CA…: out of the conference, and on with the TwiML after the Dial."""
    find_participant(request).leave()
    return RestResponse(204, None)


ROUTES = (
    Route("GET", "Conferences", listing),
    Route("GET", "Conferences/*", fetch),
    Route("POST", "Conferences/*", update),
    Route("GET", "Conferences/*/Participants", participants),
    Route("POST", "Conferences/*/Participants", create_participant),
    Route("GET", "Conferences/*/Participants/*", fetch_participant),
    Route("POST", "Conferences/*/Participants/*", update_participant),
    Route("DELETE", "Conferences/*/Participants/*", delete_participant),
)
