"""Dial to Number, Client and Sip: parallel legs, whispers, the bridge and the action afterwards."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from practice.calls import Activity, Call, Callback, CallDesk
from practice.script import Script
from practice.verbs import Dial, Endpoint

if TYPE_CHECKING:
    from practice.machine import Machine

BAD_NUMBER = 13223
FORBIDDEN_NUMBER = 13225
BAD_CALLER_ID = 13214
NUMBER = re.compile(r"\+[1-9][0-9]{7,14}")


def finish_dial(script: Script, verb: Dial, extra: dict[str, str]) -> None:
    """Go on after a Dial: with its action, or with the next verb."""
    if verb.action is not None:
        script.fetch(verb.action or None, verb.method, extra)
    else:
        script.advance()


def tell_action(script: Script, action: str | None, method: str, kind: str, extra: dict[str, str]) -> None:
    """Report to an action URL whose answer can no longer be executed, because the call is over or elsewhere."""
    if not action:
        return
    target = script.resolve(action)
    if target is not None:
        parameters = {**script.call.parameters(), **extra}
        script.ground.webhooks.send(kind, target, parameters, method=method, is_callback=True)


class Leg(Activity):
    """One dialled leg: ringing, hearing its whisper, bridged or over."""

    def __init__(self, dial: DialActivity, endpoint: Endpoint, call: Call) -> None:
        self._dial = dial
        self.endpoint = endpoint
        self.call = call
        self.state = "ringing"
        self._whisper: Script | None = None

    def answered(self) -> None:
        """The far end picked up: first its whisper, if it has one."""
        self.call.activity = self
        if self.endpoint.send_digits:
            self.call.hear(self.endpoint.send_digits, "tone")
        if self.endpoint.url is None:
            self._dial.bridge(self)
            return
        self.state = "whispering"
        self._whisper = Script(
            self._dial.machine, self.call, "whisper", on_end=lambda: self._dial.bridge(self)
        )  # fmt: skip
        self._whisper.fetch(self._dial.resolve(self.endpoint.url), self.endpoint.method)

    def press(self, digit: str) -> None:
        """A key at the dialled end, for its whisper."""
        if self._whisper is not None and self.state == "whispering":
            self._whisper.press(digit)

    def cancel(self, reason: str) -> None:
        """The leg ends or is sent elsewhere by REST."""
        if self._whisper is not None:
            self._whisper.cancel(reason)
        if reason == "redirected":
            self._dial.leg_over(self, "completed")

    def audience(self) -> list[Call]:
        """Bridged with the parent."""
        return [self._dial.parent] if self.state == "bridged" else []


class DialActivity(Activity):
    """All legs of one Dial."""

    def __init__(self, desk: CallDesk, script: Script, verb: Dial) -> None:
        self.machine: Machine = script.machine
        self.parent = script.call
        self._desk = desk
        self._script = script
        self._verb = verb
        self._open = True
        self._bridged: Leg | None = None
        self._bridged_at = 0.0
        self._legs: list[Leg] = []
        self._start()

    def resolve(self, url: str) -> str | None:
        """A URL of the document that dialled."""
        return self._script.resolve(url) if url else None

    def _start(self) -> None:
        caller_id = self._verb.caller_id or self.parent.from_
        own = caller_id in self._script.ground.numbers
        numbers = [endpoint for endpoint in self._verb.endpoints if endpoint.kind == "number"]
        if numbers and not own and caller_id not in (self.parent.from_, self.parent.to):
            self._script.ground.trouble(BAD_CALLER_ID, "invalid callerId", self._script.url)
            self._nothing()
            return
        for endpoint in self._verb.endpoints:
            self._dial(endpoint, caller_id)
        if not self._legs:
            self._nothing()
        elif not self._verb.answer_on_bridge:
            self.parent.hear("(ringing)", "tone")

    def _nothing(self) -> None:
        self._script.after(0.0, lambda: self._finish("failed", None))

    def _dial(self, endpoint: Endpoint, caller_id: str) -> None:
        address = endpoint.text if endpoint.kind != "client" else f"client:{endpoint.text}"
        if endpoint.kind == "number" and not NUMBER.fullmatch(address):
            self._script.ground.trouble(BAD_NUMBER, "invalid phone number format", self._script.url)
            return
        callback = None
        if endpoint.status_callback:
            target = self._script.resolve(endpoint.status_callback)
            if target:
                callback = Callback(target, endpoint.status_callback_method, endpoint.status_callback_event)
        call = self._desk.make(caller_id, address, "outbound-dial", parent_sid=self.parent.sid, callback=callback)
        leg = Leg(self, endpoint, call)
        call.director = Script(self.machine, call)
        call.on_answer = leg.answered
        call.on_end.append(lambda ended: self.leg_over(leg, ended.status))
        self._legs.append(leg)
        self._desk.ring(call, self._verb.timeout)

    def bridge(self, leg: Leg) -> None:
        """The first leg that is through its whisper wins; the others are cut off."""
        if not self._open or self._bridged is not None or leg.state == "over":
            return
        self._bridged = leg
        self._bridged_at = self._script.ground.now
        leg.state = "bridged"
        self._drop([other for other in self._legs if other is not leg])
        self.parent.connect()
        self.parent.hear(leg.call.to, "talking_to")
        leg.call.hear(self.parent.from_, "talking_to")
        self._script.after(self._verb.time_limit, lambda: leg.call.finish("completed"))

    def leg_over(self, leg: Leg, status: str) -> None:
        """A leg ended; when it was the one, or the last one, the Dial is over."""
        if leg.state == "over":
            return
        leg.state = "over"
        if not self._open:
            return
        if leg is self._bridged or all(other.state == "over" for other in self._legs):
            self._finish(status, leg)

    def _drop(self, legs: list[Leg]) -> None:
        for leg in legs:
            if leg.state != "over":
                leg.call.finish("canceled" if leg.call.answered_at is None else "completed")

    def _outcome(self, status: str, leg: Leg | None) -> dict[str, str]:
        found = {"DialCallStatus": status, "DialBridged": "true" if self._bridged else "false"}
        if leg is not None:
            found["DialCallSid"] = leg.call.sid
        if self._bridged is not None:
            found["DialCallDuration"] = str(int(self._script.ground.now - self._bridged_at))
        return found

    def _finish(self, status: str, leg: Leg | None) -> None:
        self._open = False
        finish_dial(self._script, self._verb, self._outcome(status, leg))

    def press(self, digit: str) -> None:
        """The star ends the dialled leg, when the Dial allows it."""
        if digit == "*" and self._verb.hangup_on_star and self._bridged is not None:
            self._bridged.call.finish("completed")

    def cancel(self, reason: str) -> None:
        """The parent hung up or was sent elsewhere: its legs go with it."""
        if not self._open:
            return
        self._open = False
        outcome = self._outcome("completed" if self._bridged else "canceled", self._bridged)
        self._drop(self._legs)
        if reason == "hangup":
            tell_action(self._script, self._verb.action, self._verb.method, "dial-action", outcome)

    def audience(self) -> list[Call]:
        """The bridged leg."""
        return [self._bridged.call] if self._bridged is not None else []
