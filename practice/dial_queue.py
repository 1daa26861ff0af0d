"""Dial with Queue: connect with whoever waits at the front."""

from __future__ import annotations

from practice.calls import Activity, Call
from practice.dial import finish_dial, tell_action
from practice.queues import Member, Queues
from practice.script import Script
from practice.verbs import Dial, QueueNoun

LOOK_EVERY_SECONDS = 1.0


class DequeueActivity(Activity):
    """The call that dials a queue: waits for a caller, then talks."""

    def __init__(self, queues: Queues, script: Script, verb: Dial, noun: QueueNoun) -> None:
        self._queue = queues.find_or_make(noun.text)
        self._script = script
        self._verb = verb
        self._noun = noun
        self._open = True
        self._member: Member | None = None
        self._whisper: Script | None = None
        self._connected_at: float | None = None
        script.after(0.0, self._look)

    def _look(self) -> None:
        if not self._open or self._member is not None:
            return
        member = self._queue.member("Front")
        if member is None:
            self._script.after(LOOK_EVERY_SECONDS, self._look)
            return
        self._member = member
        about = {**member.parameters(), "DequeingCallSid": self._script.call.sid}
        member.dequeue(self._script.call)
        member.call.on_end.append(self._member_gone)
        if self._noun.url is None:
            self._connect()
            return
        self._whisper = Script(
            self._script.machine, member.call, "whisper", on_end=self._connect, extra=lambda: about
        )  # fmt: skip
        self._whisper.fetch(self._script.resolve(self._noun.url), self._noun.method)

    def _connect(self) -> None:
        if self._open and self._member is not None:
            self._connected_at = self._script.ground.now
            self._script.call.hear(self._member.call.from_, "talking_to")
            self._member.call.hear(self._script.call.to, "talking_to")

    def _member_gone(self, _call: Call) -> None:
        if self._open:
            self._open = False
            finish_dial(self._script, self._verb, self._outcome())

    def _outcome(self) -> dict[str, str]:
        found = {"DialCallStatus": "completed" if self._connected_at is not None else "failed"}
        if self._member is not None:
            found["DialCallSid"] = self._member.call.sid
        if self._connected_at is not None:
            found["DialCallDuration"] = str(int(self._script.ground.now - self._connected_at))
        return found

    def press(self, digit: str) -> None:
        """The star ends the conversation, when the Dial allows it."""
        if digit == "*" and self._verb.hangup_on_star and self._member is not None:
            self._open = False
            self._member.exit("bridged")
            finish_dial(self._script, self._verb, self._outcome())

    def cancel(self, reason: str) -> None:
        """The call hung up or was sent elsewhere: the caller goes on with the TwiML after Enqueue."""
        if not self._open:
            return
        self._open = False
        if self._whisper is not None:
            self._whisper.cancel(reason)
        if self._member is not None:
            self._member.exit("bridged")
        if reason == "hangup":
            tell_action(self._script, self._verb.action, self._verb.method, "dial-action", self._outcome())

    def audience(self) -> list[Call]:
        """The caller who was taken out of the queue."""
        return [self._member.call] if self._member is not None and self._connected_at is not None else []
