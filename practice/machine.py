"""The parts of the exchange that scripts work with, and which verb is executed by what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from practice.calls import Activity, Call, Callback, CallDesk
from practice.conferences import Conferences
from practice.dial import DialActivity
from practice.dial_queue import DequeueActivity
from practice.gather import GatherActivity
from practice.ground import Ground
from practice.phones import Behaviour
from practice.queues import Queues, enqueue
from practice.script import Playback, Script
from practice.verbs import Dial, Enqueue, Gather, Pause, Play, Say, Verb

if TYPE_CHECKING:
    from practice.verbs import Document


@dataclass
class Machine:
    """All that a script may reach."""

    ground: Ground
    desk: CallDesk = field(init=False)
    conferences: Conferences = field(init=False)
    queues: Queues = field(init=False)

    def __post_init__(self) -> None:
        self.desk = CallDesk(self.ground)
        self.conferences = Conferences(self.ground)
        self.queues = Queues(self.ground)

    def execute(self, script: Script, verb: Verb) -> Activity | None:
        """Begin a verb that takes time. It goes on with `script.advance` or `fetch`, never before this returns."""
        if isinstance(verb, Say | Play | Pause):
            playback = Playback(script, (verb,), script.advance)
            playback.start()
            return playback
        if isinstance(verb, Gather):
            return GatherActivity(script, verb)
        if isinstance(verb, Enqueue):
            return enqueue(self.queues, script, verb)
        if isinstance(verb, Dial):
            if verb.conference is not None:
                return self.conferences.join(script, verb, verb.conference)
            if verb.queue is not None:
                return DequeueActivity(self.queues, script, verb, verb.queue)
            return DialActivity(self.desk, script, verb)
        return None

    def incoming(
        self,
        from_: str,
        to: str,
        behaviour: Behaviour | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Call:
        """Somebody dials a number, or sip:…@ a domain; one that is not the account's, or leads nowhere, fails."""
        domain = to.partition("@")[2].partition(";")[0] if to.startswith("sip:") else ""
        number = self.ground.sip_domains.get(domain) if domain else self.ground.numbers.get(to)
        callback = fallback = None
        if number is not None:
            callback = (
                Callback(number.status_callback, number.status_callback_method) if number.status_callback else None
            )
            fallback = Callback(number.voice_fallback_url, number.voice_fallback_method)
        call = self.desk.make(from_, to, "inbound", callback=callback, fallback=fallback, behaviour=behaviour)
        if domain:
            call.sip = {
                "SipDomain": domain,
                "SipCallId": call.sid[2:],
                **{f"SipHeader_{name}": value for name, value in (headers or {}).items()},
            }
        call.handset.dialling(to)
        call.set_status("ringing")
        if number is None or not number.voice_url or number.voice_application_sid or number.trunk_sid:
            # What an application or a trunk would do with the call is not of this world; the URLs are not asked.
            call.finish("failed")
            return call
        script = Script(self, call)
        call.director = script
        script.fetch(number.voice_url, number.voice_method)
        return call

    def outgoing(
        self,
        call: Call,
        begin: Callable[[Script], None],
        *,
        timeout: int,
        time_limit: int,
        machine_detection: bool = False,
    ) -> None:
        """Ring an outgoing call; `begin` gives its script the first document when it is answered."""
        script = Script(self, call)
        call.director = script

        def answered() -> None:
            if machine_detection:
                call.answered_by = "machine_start" if call.handset.behaviour.answering == "machine" else "human"
            self.ground.later(time_limit, lambda: call.finish("completed"))
            begin(script)

        call.on_answer = answered
        self.desk.ring(call, timeout)


def inline(document: Document) -> Callable[[Script], None]:
    """A beginning for `Machine.outgoing`: a document given with the request."""
    return lambda script: script.run(document, "")


def from_url(url: str, method: str) -> Callable[[Script], None]:
    """A beginning for `Machine.outgoing`: the document at a URL."""
    return lambda script: script.fetch(url, method)
