"""The control API: what the practice page, demonstrations and loss counting ask the exchange, as JSON over POST."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from typing import Any

from flask import Blueprint, Response, jsonify, request

from practice.calls import Call
from practice.exchange import Exchange
from practice.faults import Faults
from practice.phones import Behaviour, Phone, Press, TextBack
from practice.runner import Runner

Json = dict[str, Any]
MAX_LINES = 500


class ControlError(ValueError):
    """A control request that makes no sense."""


def behaviour_from(given: Mapping[str, Any] | None) -> Behaviour | None:
    """Read a behaviour: the fields of `phones.Behaviour` in JSON. Raises ControlError."""
    if given is None:
        return None
    try:
        return Behaviour(
            **{
                **given,
                "presses": tuple(Press(**press) for press in given.get("presses", ())),
                "text_backs": tuple(TextBack(**back) for back in given.get("text_backs", ())),
            }
        )
    except TypeError as error:
        raise ControlError(str(error)) from error


def faults_from(given: Mapping[str, Any]) -> Faults:
    """Read faults: the fields of `faults.Faults` in JSON. Raises ControlError."""
    sets = {"opted_out", "not_mobile"}
    try:
        values: dict[str, Any] = {name: frozenset(value) if name in sets else value for name, value in given.items()}
        return Faults(**values)
    except TypeError as error:
        raise ControlError(str(error)) from error


def faults_as_json(faults: Faults) -> Json:
    """Faults in plain values."""
    plain = {each.name: getattr(faults, each.name) for each in fields(faults)}
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in plain.items()}


def _line(call: Call, address: str) -> Json:
    calling = call.direction == "inbound"
    return {
        "sid": call.sid,
        "calling": calling,
        "status": call.status,
        "answered": call.answered_at is not None,
        "other": call.to if calling else call.from_,
        "since": call.answered_at or call.created_at,
        "address": address,
    }


def _far_end(call: Call) -> str:
    return call.from_ if call.direction == "inbound" else call.to


def _phone(exchange: Exchange, phone: Phone, since: int) -> Json:
    lines = phone.transcript[max(since, len(phone.transcript) - MAX_LINES) :]
    return {
        "address": phone.address,
        "answering": phone.behaviour.answering,
        "next": len(phone.transcript),
        "lines": [asdict(line) for line in lines],
        "calls": [
            _line(call, phone.address)
            for call in exchange.calls.values()
            if not call.over and _far_end(call) == phone.address and call.status in ("ringing", "in-progress")
        ],
    }


class Controls:
    """One method per command; each takes the exchange and the JSON of the request."""

    def __init__(self, on_call: tuple[str, ...]) -> None:
        self._on_call = on_call

    def look(self, exchange: Exchange, given: Json) -> Json:
        """Phones with the lines since the last look: {"since": {address: n}}. Also who exists."""
        since: Mapping[str, int] = given.get("since", {})
        rung = [
            phone.address
            for phone in exchange.phones.values()
            if any(line.kind in ("ringing", "text_in") for line in phone.transcript)
        ]
        return {
            "now": exchange.now,
            "numbers": [
                {"number": each.number, "name": each.friendly_name} for each in exchange.ground.numbers.values()
            ],
            "on_call": list(self._on_call),
            "rung": rung,
            "phones": [_phone(exchange, exchange.phone(address), start) for address, start in since.items()],
        }

    def call(self, exchange: Exchange, given: Json) -> Json:
        """Place a call: {"from", "to", "behaviour"?, "headers"? of a SIP trunk}."""
        behaviour = behaviour_from(given.get("behaviour"))
        return {"sid": exchange.call(given["from"], given["to"], behaviour, given.get("headers")).sid}

    def text(self, exchange: Exchange, given: Json) -> Json:
        """Send a text: {"from", "to", "body"}."""
        return {"sid": exchange.text(given["from"], given["to"], given["body"]).sid}

    def answer(self, exchange: Exchange, given: Json) -> Json:
        """Answer a ringing phone: {"sid"}."""
        exchange.calls[given["sid"]].answer()
        return {}

    def decline(self, exchange: Exchange, given: Json) -> Json:
        """Decline a ringing phone: {"sid"}."""
        exchange.calls[given["sid"]].refuse("busy")
        return {}

    def press(self, exchange: Exchange, given: Json) -> Json:
        """Press keys: {"sid", "digits"}."""
        for digit in given["digits"]:
            exchange.calls[given["sid"]].press(digit)
        return {}

    def hang_up(self, exchange: Exchange, given: Json) -> Json:
        """Hang up: {"sid"}."""
        exchange.calls[given["sid"]].hang_up()
        return {}

    def say(self, exchange: Exchange, given: Json) -> Json:
        """Speak into a call: {"sid", "words"}; answers who hears it."""
        return {"heard_by": exchange.speak(given["sid"], given["words"])}

    def behaviour(self, exchange: Exchange, given: Json) -> Json:
        """Set what a phone does: {"address", "behaviour"}."""
        exchange.set_behaviour(given["address"], behaviour_from(given["behaviour"]) or Behaviour())
        return {}

    def faults(self, exchange: Exchange, given: Json) -> Json:
        """Set or (without "faults") read the faults."""
        if "faults" in given:
            exchange.faults = faults_from(given["faults"])
        return faults_as_json(exchange.faults)

    def fault_once(self, exchange: Exchange, given: Json) -> Json:
        """One accident: {"fault", "where"?}."""
        if given["fault"] not in {each.name for each in fields(Faults)}:
            raise ControlError(f"unknown fault {given['fault']}")
        exchange.fault_once(given["fault"], given.get("where", ""))
        return {}

    def truth(self, exchange: Exchange, given: Json) -> Json:
        """Every call and message created since a time, and the errors, for loss counting: {"since"?: seconds}."""
        since = float(given.get("since", 0.0))
        return {
            "now": exchange.now,
            "calls": [call.as_record() for call in exchange.calls.values() if call.created_at >= since],
            "messages": [text.as_record() for text in exchange.messages.values() if text.created_at >= since],
            "errors": [asdict(error) for error in exchange.errors if error.at >= since],
        }

    def calls(self, exchange: Exchange, given: Json) -> Json:
        """Some calls as they are now: {"sids"}. Whoever accompanies a few need not be told of all."""
        return {"calls": [exchange.calls[sid].as_record() for sid in given["sids"]]}

    def requests(self, exchange: Exchange, given: Json) -> Json:
        """The webhooks that were sent: {"kind"?, "since"?}."""
        since = float(given.get("since", 0.0))
        entries = [entry for entry in exchange.requests(given.get("kind")) if entry.at >= since]
        return {"requests": [{**asdict(entry), "form": dict(entry.form)} for entry in entries]}

    def tally(self, exchange: Exchange, _given: Json) -> Json:
        """How every webhook ended that was ever sent, also those that are kept no more."""
        outcomes, seconds = exchange.tally()
        return {"outcomes": outcomes, "seconds": seconds}


def blueprint(runner: Runner, on_call: tuple[str, ...]) -> Blueprint:
    """POST /control/<command> with a JSON object; answers a JSON object."""
    edge = Blueprint("control", __name__, url_prefix="/control")
    controls = Controls(on_call)
    commands: dict[str, Callable[[Exchange, Json], Json]] = {
        name.replace("_", "-"): getattr(controls, name) for name in vars(Controls) if not name.startswith("_")
    }

    @edge.post("/<command>")
    def run(command: str) -> tuple[Response, int]:
        if command not in commands:
            return jsonify(error="unknown command"), 404
        given = request.get_json(force=False)
        try:
            with runner.turn() as exchange:
                return jsonify(commands[command](exchange, given)), 200
        except (KeyError, TypeError, ControlError) as error:
            return jsonify(error=f"{type(error).__name__}: {error}"), 400

    return edge
