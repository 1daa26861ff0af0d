"""The carrier's webhooks: what each kind does in the database, what it answers without one, and its route.

The door itself, with size, signature, deadline and journal, is `hotline.telephone`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from hotline import call_ins, her_legs, shapes, staff_legs, staff_scripts, voice, voice_scripts
from hotline.carriers.protocol import TOKEN_PARAMETER
from hotline.channel_door import channel_steps
from hotline.fallback import fallback
from hotline.paths import (
    CONTACT_PARAMETER,
    CONTACT_STEPS,
    KEY_PARAMETER,
    OUT_PARAMETER,
    QUIET_PARAMETER,
    ROOM_PARAMETER,
    ROUND_PARAMETER,
    SPOKEN_PARAMETER,
)
from hotline.ping import echo
from hotline.safe import (
    after_duty,
    contact_step,
    duty_call,
    is_quiet,
    pressed_danger,
    pressed_duress,
    round_of,
    staff_step,
)
from hotline.service import calls, holding
from hotline.service.arrivals import UnknownLine, arrive_call, arrive_text
from hotline.service.inbox import Event, quarantine
from hotline.service.statuses import sms_status, voice_status
from hotline.sounds import PATH as SOUNDS
from hotline.sounds import give, speaker_of
from hotline.status_rules import call_is_over
from hotline.telephone import RECORDING, Form, Safe, Step, Telephone, Work
from hotline.voice_scripts import DEFAULT_SPEAKER
from staff.edge.marks import carrier, public


def _nothing(_form: Form, _params: Mapping[str, Any]) -> str:
    return ""


def _event(kind: str, key: str, form: Form, *stable: str) -> Event:
    account = form.get("AccountSid", [""])[0]
    return Event(kind, key, account, shapes.raw_form(form), stable)


def _late(params: Mapping[str, Any]) -> int | None:
    late = params.get("late_seconds")
    return None if late is None else int(late)


def work_voice(safe: Safe) -> Work:
    """A first ring; ``safe`` answers for a number that is not ours, because its caller needs a person too.

    So it does at the on-call number for whoever is none of us, which the round says, and for a ring that came late.
    """

    def work(session: Session, form: Form, params: Mapping[str, Any]) -> str:
        arrival = shapes.voice_arrival(form)
        event = _event("voice", arrival.call_sid, form, arrival.caller.value, arrival.called.value)
        late = _late(params)
        if late is None and call_ins.is_for_staff(session, arrival):
            asked = round_of(params) or is_quiet(form, params)
            return safe(form, params) if asked else call_ins.arrive(session, arrival, event)
        spoken = bool(params.get("spoken"))
        greet = partial(voice.greet, speaker=DEFAULT_SPEAKER if spoken else speaker_of(session))
        result = arrive_call(session, arrival, event, greet, late)
        if isinstance(result, UnknownLine):
            return safe(form, params)
        if is_quiet(form, params):
            return voice.arrived_in_danger(session, arrival.call_sid, late=late is not None)
        if spoken and late is None:
            return voice.arrived_unheard(session, arrival.call_sid)
        return result.answer

    return work


def work_text(session: Session, form: Form, params: Mapping[str, Any]) -> str:
    """A text."""
    arrival = shapes.sms_arrival(form)
    event = _event("sms", arrival.message_sid, form, arrival.sender.value, arrival.recipient.value, arrival.body)
    arrive_text(session, arrival, event, _late(params))
    return ""


def _out(params: Mapping[str, Any]) -> UUID | None:
    """Which time of being led out of the talking room a request is about."""
    out = params.get("out")
    return UUID(str(out)) if out else None


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
        quiet = is_quiet(form, params)
        try:
            if quiet:
                voice.danger(session, contact_id)
            out_id, key = _out(params), step.digits or str(params.get("key") or "")
            over = call_is_over(step.status)
            if name == "apart" and key and (over or _late(params) is not None):
                voice.heard_late(session, contact_id, out_id, key)
            if over:
                voice.hung_up(session, contact_id, step)
                return voice_scripts.hang_up()
            if _late(params) is not None and name != "menu":
                # She was answered long ago and has gone on; where she stands now is told by requests of now.
                return ""
            if name == "wait":
                return voice.wait(session, contact_id, quiet=bool(params.get("quiet")))
            if name == "apart":
                return voice.apart(session, contact_id, out_id, key)
            if name == "menu":
                event = _event("voice.step", f"menu:{contact_id}", form, step.call_sid, key)
                return voice.menu(session, contact_id, key, event)
            return _CONTACT_STEPS[name](session, contact_id, step)
        except holding.NotACallError:
            quarantine(session, _event("voice.step", f"{name}:{contact_id}:{step.call_sid}", form))
            return safe(form, params)

    return work


def work_leg(session: Session, form: Form, params: Mapping[str, Any]) -> str:
    """A request of a telephone of staff."""
    leg_id, number = UUID(str(params["leg"])), params["number"]
    step = shapes.voice_step(form)
    if number is None:
        return staff_legs.leg_over(session, leg_id)
    digits = step.digits or str(params.get("key") or "")
    event = _event("voice.leg", f"{leg_id}:{number}", form, step.call_sid, digits)
    return staff_legs.leg(session, leg_id, int(number), step, event, digits)


def work_her_leg(session: Session, form: Form, params: Mapping[str, Any]) -> str:
    """Her own telephone was answered, which we called."""
    step = shapes.voice_step(form)
    event = _event("voice.called", str(params["leg"]), form, step.call_sid)
    return her_legs.answered(session, UUID(str(params["leg"])), step, event)


def _in_silence(_form: Form, _params: Mapping[str, Any]) -> str:
    """Nobody knows who is there, and nothing can be read: not a word. Later there is nothing to be done about it."""
    return voice_scripts.hang_up()


def _never(_form: Form) -> bool:
    return False


def steps(telephone: Telephone) -> dict[str, Step]:
    """Every kind of webhook by its name, as the edge takes it and the journal replays it."""
    safe = duty_call(telephone)
    contact = contact_step(telephone)
    all_steps = [
        Step("voice", work_voice(safe), safe, shapes.voice_arrival),
        Step("voice_step", work_contact_step(contact), contact, shapes.voice_step),
        Step("voice_poll", work_contact_step(contact), contact, shapes.voice_step, pressed_danger),
        Step("voice_leg", work_leg, staff_step, shapes.voice_step, pressed_duress),
        Step("voice_called", work_her_leg, _in_silence, shapes.voice_step, _never),
        Step("voice_status", work_voice_status, _nothing, shapes.voice_status, urgent=False),
        Step("conference", work_conference, _nothing, shapes.conference_event, _never, urgent=False),
        Step("sms", work_text, _nothing, shapes.sms_arrival, urgent=False),
        Step("sms_status", work_text_status, _nothing, shapes.sms_status, urgent=False),
    ]
    return {step.kind: step for step in (*all_steps, *channel_steps())}


_NOTHING_ASKED: Final[Mapping[str, Any]] = {
    "token": None, "quiet": False, "round": 0, "key": None, "out": None, "room": "", "spoken": False,
}  # fmt: skip


def _query() -> dict[str, Any]:
    """What our own URLs remember: the attempt that a status speaks of, and what was told when nothing could be read."""
    if not request.query_string:
        return dict(_NOTHING_ASKED)
    asked = request.args
    return {
        "token": asked.get(TOKEN_PARAMETER),
        "quiet": asked.get(QUIET_PARAMETER) == "1",
        "round": asked.get(ROUND_PARAMETER, 0, int),
        "key": asked.get(KEY_PARAMETER),
        "out": str(asked.get(OUT_PARAMETER, type=UUID) or "") or None,
        "room": asked.get(ROOM_PARAMETER, ""),
        "spoken": asked.get(SPOKEN_PARAMETER) == "1",
    }


def blueprint(telephone: Telephone) -> Blueprint:
    """The routes of the carrier; every one of them verifies the signature first."""
    door = Blueprint("telephone", __name__, url_prefix="/twilio")
    known = steps(telephone)

    def take(kind: str) -> Callable[[], Response]:
        return lambda: telephone.handle(known[kind], _query())

    def rule(path: str, name: str, view: Callable[..., Response]) -> None:
        def marked(**arguments: Any) -> Response:
            return view(**arguments)

        door.add_url_rule(path, name, carrier(marked), methods=["POST"])

    rule("/voice", "voice", take("voice"))
    rule("/voice/status", "voice_status", take("voice_status"))
    rule("/voice/conference", "conference", take("conference"))
    rule("/sms", "sms", take("sms"))
    rule("/sms/status", "sms_status", take("sms_status"))

    def step(name: str, contact: UUID) -> Response:
        if name not in CONTACT_STEPS:
            return Response(status=404)
        kind = "voice_poll" if name == "wait" else "voice_step"
        return telephone.handle(known[kind], {"name": name, "contact": str(contact), **_query()})

    rule("/voice/<name>/<uuid:contact>", "voice_step", step)

    def leg_step(leg: UUID, number: int | None = None) -> Response:
        return telephone.handle(known["voice_leg"], {"leg": str(leg), "number": number, **_query()})

    rule("/voice/leg/<uuid:leg>/<int:number>", "voice_leg", leg_step)
    rule("/voice/leg-over/<uuid:leg>", "voice_leg_over", leg_step)

    def called(leg: UUID) -> Response:
        return telephone.handle(known["voice_called"], {"leg": str(leg)})

    rule("/voice/called/<uuid:leg>", "voice_called", called)
    after_failure = fallback(telephone)
    rule("/voice/fallback", "voice_fallback", lambda: telephone.handle_static("voice_fallback", after_failure))
    # We tell nobody this address: what comes here raises the alarm at the door, and nothing of it is kept.
    rule("/voice/recording", "recording", lambda: telephone.handle_static(RECORDING, lambda _form: ""))
    rule("/ping", "ping", lambda: telephone.handle_static("ping", lambda form: echo(telephone.ground.keyring, form)))
    _safe_routes(telephone, rule)
    _sounds(telephone, door)
    return door


def _sounds(telephone: Telephone, door: Blueprint) -> None:
    """The one address here that anybody may ask: the carrier signs no request for a sound."""

    @public
    def sound(recording: UUID, name: str) -> Response:  # noqa: ARG001 - for who reads the address
        return give(telephone.sounds, recording)

    door.add_url_rule(f"{SOUNDS.removeprefix('/twilio')}/<uuid:recording>/<name>", "sound", sound)


def _safe_routes(telephone: Telephone, rule: Callable[[str, str, Callable[..., Response]], None]) -> None:
    """Routes of the safe answer, which read no row."""

    def static(name: str, answer: Callable[[Form], str]) -> None:
        rule(f"/voice/safe/{name}", f"safe_{name}", lambda: telephone.handle_static("voice_safe", answer))

    def after(form: Form) -> str:
        asked = _query()
        contact = request.args.get(CONTACT_PARAMETER, type=UUID)
        return after_duty(form, contact, quiet=asked["quiet"], round_=asked["round"])

    def screened(form: Form) -> str:
        return staff_scripts.screened(shapes.voice_step(form).key, danger=_query()["quiet"])

    static("screen", lambda _form: staff_scripts.screen(danger=_query()["quiet"]))
    static("screened", screened)
    static("after", after)
