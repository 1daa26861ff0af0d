"""Calls: their states, their status callbacks, and who is at the other end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from practice.ground import API_VERSION, Ground
from practice.phones import Behaviour, Handset
from practice.timeline import Timer

Direction = Literal["inbound", "outbound-api", "outbound-dial"]
FINAL = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
EVENT_OF_STATUS = {"initiated": "initiated", "ringing": "ringing", "in-progress": "answered"}


class Activity:
    """What a call is doing at the moment."""

    def press(self, digit: str) -> None:
        """A key was pressed."""

    def cancel(self, reason: str) -> None:
        """Stop, because the call ended ("hangup") or was sent elsewhere ("redirected")."""

    def spoke(self, seconds: float) -> None:
        """The far end said something of that length."""

    def audience(self) -> list[Call]:
        """The calls that hear what the far end says."""
        return []


class Director(Protocol):
    """Whoever directs a call: the script that runs its TwiML."""

    def redirect(self, url: str, method: str) -> None: ...
    def redirect_inline(self, twiml: str) -> None: ...


@dataclass(frozen=True)
class Callback:
    """Where and when to report; events in Twilio's words."""

    url: str
    method: str = "POST"
    events: frozenset[str] = frozenset({"completed"})


@dataclass
class Call:
    """One leg. Made by `CallDesk`."""

    ground: Ground
    sid: str
    from_: str
    to: str
    direction: Direction
    created_at: float
    parent_sid: str | None = None
    callback: Callback | None = None
    fallback: Callback | None = None
    status: str = "queued"
    answered_at: float | None = None
    ended_at: float | None = None
    answered_by: str | None = None
    activity: Activity | None = None
    director: Director | None = None
    on_answer: Callable[[], None] = lambda: None
    on_end: list[Callable[[Call], None]] = field(default_factory=list)
    #: What is told of a call from a SIP trunk beside its parties: the domain it came to, and headers of its INVITE.
    sip: Mapping[str, str] = field(default_factory=dict)
    _sequence: int = 0
    ring_timer: Timer | None = None
    #: The phone at the far end; set by `CallDesk` right after the call is made.
    handset: Handset = field(init=False)

    @property
    def started_at(self) -> float | None:
        """When the call was answered, or began to ring if it never was; None while it is only queued."""
        if self.answered_at is not None:
            return self.answered_at
        return None if self.status in ("queued", "initiated") else self.created_at

    @property
    def over(self) -> bool:
        """Whether the call has reached a final state."""
        return self.status in FINAL

    @property
    def duration(self) -> int:
        """Whole seconds between answer and end (or now)."""
        if self.answered_at is None:
            return 0
        return int((self.ended_at if self.ended_at is not None else self.ground.now) - self.answered_at)

    def parameters(self) -> dict[str, str]:
        """What every webhook about this call carries."""
        found = {
            "CallSid": self.sid,
            "AccountSid": self.ground.account_sid,
            "From": self.from_,
            "To": self.to,
            "Caller": self.from_,
            "Called": self.to,
            "CallStatus": self.status,
            "ApiVersion": API_VERSION,
            "Direction": self.direction,
            **self.sip,
        }
        for end, address in (("From", self.from_), ("To", self.to), ("Caller", self.from_), ("Called", self.to)):
            for name in ("City", "State", "Zip"):
                found[end + name] = ""
            found[end + "Country"] = "TR" if address.startswith("+90") else ""
        if self.parent_sid:
            found["ParentCallSid"] = self.parent_sid
        if self.direction == "inbound":
            found["CallToken"] = "practice"
        if self.answered_by:
            found["AnsweredBy"] = self.answered_by
        return found

    def hear(self, text: str, kind: str = "heard") -> None:
        """Let the far end hear something."""
        if not self.over:
            self.handset.hears(text, kind)

    # What the phone does: the protocol of phones.Leg.

    def answer(self) -> None:
        """The called phone is picked up; a person can also do it on the practice page."""
        if self.direction == "inbound" or self.status not in ("queued", "initiated", "ringing"):
            return
        self.connect()
        self.on_answer()

    def refuse(self, status: str) -> None:
        """The called phone is busy, declines or cannot be reached."""
        if not self.over and self.answered_at is None:
            self.finish(status)

    def press(self, digit: str) -> None:
        """A key is pressed at the far end; keys nobody listens for are lost, as on a real line."""
        if self.over or self.answered_at is None:
            return
        self.handset.note("pressed", digit)
        if self.activity is not None:
            self.activity.press(digit)

    def hang_up(self) -> None:
        """The far end hangs up; a caller who does so before the answer ends as no-answer."""
        if not self.over:
            self.finish("completed" if self.answered_at is not None else "no-answer")

    # What the carrier does.

    def connect(self) -> None:
        """The call is up from now on."""
        if self.answered_at is not None or self.over:
            return
        if self.ring_timer:
            self.ring_timer.cancel()
        self.answered_at = self.ground.now
        self.set_status("in-progress")
        self.handset.connected()

    def set_status(self, status: str) -> None:
        """Move to a state that is not final, and report it."""
        self.status = status
        self.record()
        self._report(EVENT_OF_STATUS.get(status))

    def finish(self, status: str) -> None:
        """End the call with a final status; only the first end counts."""
        if self.over:
            return
        self.status = status
        self.ended_at = self.ground.now
        if self.ring_timer:
            self.ring_timer.cancel()
        self.stop_activity("hangup")
        self.handset.ended(status)
        for listener in list(self.on_end):
            listener(self)
        self.record()
        self._report("completed")

    def stop_activity(self, reason: str) -> None:
        """Stop whatever the call does."""
        activity, self.activity = self.activity, None
        if activity is not None:
            activity.cancel(reason)

    def _report(self, event: str | None) -> None:
        if self.callback is None or not self.callback.url or event not in self.callback.events:
            return
        extra = {
            "CallbackSource": "call-progress-events",
            "Timestamp": self.ground.rfc2822(),
            "SequenceNumber": str(self._sequence),
        }
        self._sequence += 1
        if event == "completed":
            extra["CallDuration"] = str(self.duration)
            extra["Duration"] = str(-(-self.duration // 60))
            extra["SipResponseCode"] = {"busy": "486", "no-answer": "487", "canceled": "487", "failed": "404"}.get(
                self.status, "200"
            )
        self.ground.webhooks.send(
            "call-status",
            self.callback.url,
            {**self.parameters(), **extra},
            method=self.callback.method,
            is_callback=True,
        )

    def record(self) -> None:
        """Write the call into the exchange's own list."""
        self.ground.journal.append({"kind": "call", **self.as_record()})

    def as_record(self) -> dict[str, Any]:
        """The call in plain values, for the state file."""
        return {
            "sid": self.sid,
            "from": self.from_,
            "to": self.to,
            "direction": self.direction,
            "parent_sid": self.parent_sid,
            "status": self.status,
            "created_at": self.created_at,
            "answered_at": self.answered_at,
            "ended_at": self.ended_at,
            "callback": [self.callback.url, self.callback.method, sorted(self.callback.events)]
            if self.callback
            else None,
        }


class CallDesk:
    """Makes calls and keeps the list of all of them."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self.calls: dict[str, Call] = {}

    def make(
        self,
        from_: str,
        to: str,
        direction: Direction,
        *,
        parent_sid: str | None = None,
        callback: Callback | None = None,
        fallback: Callback | None = None,
        behaviour: Behaviour | None = None,
    ) -> Call:
        """Create a call with the phone at its far end; nothing happens yet."""
        call = Call(self._ground, self._ground.new_sid("CA"), from_, to, direction, self._ground.now, parent_sid)
        call.callback = callback
        call.fallback = fallback
        far_end = self._ground.phones.phone(from_ if direction == "inbound" else to)
        call.handset = Handset(self._ground, far_end, call, behaviour)
        self.calls[call.sid] = call
        return call

    def ring(self, call: Call, timeout: float) -> None:
        """Set an outgoing leg going: initiated, ringing, and no-answer after `timeout` seconds of ringing.

        A browser's telephone that no page keeps registered fails before it rings.
        """
        call.set_status("initiated")

        def ring() -> None:
            if call.over:
                return
            if call.handset.phone.reached_until < self._ground.now:
                call.finish("failed")
                return
            call.ring_timer = self._ground.later(timeout, lambda: call.refuse("no-answer"))
            call.set_status("ringing")
            call.handset.ringing(call.from_)

        self._ground.later(self._ground.config.setup_seconds, ring)

    def restore(self, record: dict[str, Any]) -> None:
        """Take a call of an earlier run from the state file; one that was not over ends now, as the line went dead."""
        call = Call(
            self._ground, record["sid"], record["from"], record["to"], record["direction"], record["created_at"],
            record["parent_sid"],
        )  # fmt: skip
        call.handset = Handset(
            self._ground, self._ground.phones.phone(call.from_ if call.direction == "inbound" else call.to), call
        )
        call.status = record["status"]
        call.answered_at = record["answered_at"]
        call.ended_at = record["ended_at"]
        if record["callback"]:
            url, method, events = record["callback"]
            call.callback = Callback(url, method, frozenset(events))
        self.calls[call.sid] = call
